using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Sessions;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Carillon.Chat;

internal static class MessageEndpoints
{
    /// <summary>What was said in a session: the newest messages before a position, oldest first.</summary>
    public static async Task<Results<Ok<MessageList>, Refusal>> List(
        string id, Access access, SessionStore sessions, MessageStore messages, CancellationToken cancel, long? beforeSeq = null, PageSize? limit = null) =>
        await sessions.FindRowAsync(id, access, cancel) is null
            ? Problems.SessionNotFound
            : TypedResults.Ok(await messages.ListAsync(id, beforeSeq, limit?.Rows ?? PageSize.Default, cancel));

    /// <summary>Says something to the agent. 201 means that it is on the disk of the server; the same id again is the same message.</summary>
    public static async Task<Results<Created<MessageAnswer>, Refusal>> Send(
        string id, SendMessage request, Access access, ChatStore chat, CancellationToken cancel)
    {
        if (MessageRules.Objection(request) is { } objection)
        {
            return Problems.InvalidMessage.Because(objection);
        }

        var (message, refusal) = await chat.SendAsync(id, request, access, cancel);
        return message is null ? refusal! : TypedResults.Created($"/api/v1/sessions/{id}/messages", new MessageAnswer { Message = message });
    }
}
