using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Sessions;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Carillon.Conversations;

internal static class MessageEndpoints
{
    private const int MostConfirmed = 100;

    /// <summary>The conversation of a session: the newest messages before a position, oldest first.</summary>
    public static async Task<Results<Ok<MessageList>, Refusal>> List(
        string id, Access access, SessionTable sessions, MessageTable messages, CancellationToken cancel, long? beforeSeq = null, PageSize? limit = null) =>
        await sessions.FindRowAsync(id, access, cancel) is not { } session
            ? Problems.SessionNotFound
            : TypedResults.Ok(await messages.ListAsync(session.Id, beforeSeq, limit?.Rows ?? PageSize.Default, cancel));

    /// <summary>Sends a message to the agent. 201 means that the server has stored it; the same id again is the same message.</summary>
    public static async Task<Results<Created<MessageAnswer>, Refusal>> Send(
        string id, SendMessage request, Access access, SessionLife life, CancellationToken cancel)
    {
        if (MessageRules.Objection(request) is { } objection)
        {
            return Problems.InvalidMessage.Because(objection);
        }

        var sent = await life.SendAsync(id, request, access, cancel);
        return sent.Answer(message => TypedResults.Created($"/api/v1/sessions/{id}/messages", new MessageAnswer { Message = message }));
    }

    /// <summary>Withdraws a message that is queued, or that an agent elsewhere has not fetched. 409 when the agent has it.</summary>
    public static async Task<Results<NoContent, Refusal>> Withdraw(
        string id, string messageId, Access access, SessionLife life, CancellationToken cancel) =>
        await life.WithdrawAsync(id, messageId, access, cancel) is { } refusal ? refusal : TypedResults.NoContent();

    /// <summary>Hands messages to an agent that runs elsewhere. Those that it does not confirm within 10 seconds are handed out again.</summary>
    public static async Task<Results<Ok<TakenMessages>, Refusal>> Take(
        string id, TakeMessages request, Access access, Handover handover, StreamPlaces places, CancellationToken cancel)
    {
        if (request.Wait < 0 || request.Wait > Handover.LongestWait.TotalSeconds)
        {
            return Problems.InvalidMessage.Because($"wait is 0 to {Handover.LongestWait.TotalSeconds} seconds.");
        }

        // Whoever waits holds a request open, as a stream does.
        using var place = request.Wait == 0 ? null : places.Take(access.PersonId);
        if (request.Wait > 0 && place is null)
        {
            return Problems.TooManyStreams;
        }

        return (await handover.TakeAsync(id, TimeSpan.FromSeconds(request.Wait), access, cancel)).Answer(TypedResults.Ok);
    }

    /// <summary>Confirms that the agent has these messages. A session that waited for its person is working from then on.</summary>
    public static async Task<Results<Ok<ActivityAnswer>, Refusal>> Confirm(
        string id, DeliveredMessages request, Access access, Handover handover, CancellationToken cancel)
    {
        if (request.Ids.Count is 0 or > MostConfirmed || request.Ids.Any(one => one is null || !PlainText.Is(one, MessageRules.LongestId)))
        {
            return Problems.InvalidMessage.Because($"ids has 1 to {MostConfirmed} ids of messages.");
        }

        return (await handover.ConfirmAsync(id, request.Ids, access, cancel)).Answer(TypedResults.Ok);
    }
}
