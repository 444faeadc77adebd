using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Carillon.Sessions;

internal static class SubscriptionEndpoints
{
    /// <summary>Rings the asking person's bell for a session on.</summary>
    public static Task<Results<NoContent, Refusal>> Subscribe(string id, Access access, Subscriptions subscriptions, CancellationToken cancel) =>
        SetAsync(id, on: true, access, subscriptions, cancel);

    /// <summary>Rings it off.</summary>
    public static Task<Results<NoContent, Refusal>> Unsubscribe(string id, Access access, Subscriptions subscriptions, CancellationToken cancel) =>
        SetAsync(id, on: false, access, subscriptions, cancel);

    /// <summary>Which of these sessions ring the asking person's bell. What the person does not see is left out.</summary>
    public static async Task<Results<Ok<SubscriptionStates>, Refusal>> States(
        Access access, Subscriptions subscriptions, CancellationToken cancel, string? ids = null)
    {
        var asked = ids?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct().ToList() ?? [];
        return asked.Count > Subscriptions.MostAsked
            ? Problems.InvalidRequest.Because($"ids names at most {Subscriptions.MostAsked} sessions, with commas between them.")
            : TypedResults.Ok(new SubscriptionStates { Subscriptions = await subscriptions.StatesAsync(asked, access, cancel) });
    }

    private static async Task<Results<NoContent, Refusal>> SetAsync(
        string id, bool on, Access access, Subscriptions subscriptions, CancellationToken cancel) =>
        await subscriptions.SetAsync(id, on, access, cancel) ? TypedResults.NoContent() : Problems.SessionNotFound;
}
