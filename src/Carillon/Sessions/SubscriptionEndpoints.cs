using System.Text.Json;
using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Carillon.Sessions;

internal static class SubscriptionEndpoints
{
    /// <summary>Chooses which notifications of a session the asking person gets; without a body, all.</summary>
    public static async Task<Results<NoContent, Refusal>> Subscribe(
        string id, HttpRequest request, Access access, Subscriptions subscriptions, CancellationToken cancel)
    {
        // Read here: with a parameter for it, routing would take a request without a body elsewhere.
        if (HasBody(request) && !request.HasJsonContentType())
        {
            return Problems.NotJson;
        }

        var mode = HasBody(request) ? (await ReadAsync(request, cancel))?.Mode ?? BellModes.All : BellModes.All;
        return mode is BellModes.All or BellModes.NeedsMe
            ? await SetAsync(id, mode, access, subscriptions, cancel)
            : Problems.InvalidBellMode;
    }

    /// <summary>Turns off the asking person's notifications of a session, also for its owner.</summary>
    public static Task<Results<NoContent, Refusal>> Unsubscribe(string id, Access access, Subscriptions subscriptions, CancellationToken cancel) =>
        SetAsync(id, BellModes.Off, access, subscriptions, cancel);

    /// <summary>Which notifications the asking person gets of these sessions. Sessions that the person cannot see are left out.</summary>
    public static async Task<Results<Ok<SubscriptionStates>, Refusal>> States(
        Access access, Subscriptions subscriptions, CancellationToken cancel, string? ids = null)
    {
        var asked = ids?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct().ToList() ?? [];
        if (asked.Count > Subscriptions.MostAsked)
        {
            return Problems.InvalidRequest.Because($"ids names at most {Subscriptions.MostAsked} sessions, with commas between them.");
        }

        var modes = await subscriptions.ModesAsync(asked, access, cancel);
        return TypedResults.Ok(new SubscriptionStates
        {
            Subscriptions = modes.ToDictionary(one => one.Key, one => one.Value != BellModes.Off),
            Modes = modes,
        });
    }

    private static bool HasBody(HttpRequest request) =>
        request.ContentLength is not 0 && request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true;

    private static async Task<BellChoice?> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        try
        {
            return await request.ReadFromJsonAsync(CarillonJson.Default.BellChoice, cancel);
        }
        catch (JsonException error)
        {
            // As the framework says it of other bodies, so that the answer names the member.
            throw new BadHttpRequestException("The body is not a choice.", StatusCodes.Status400BadRequest, error);
        }
    }

    private static async Task<Results<NoContent, Refusal>> SetAsync(
        string id, string mode, Access access, Subscriptions subscriptions, CancellationToken cancel) =>
        await subscriptions.SetAsync(id, mode, access, cancel) ? TypedResults.NoContent() : Problems.SessionNotFound;
}
