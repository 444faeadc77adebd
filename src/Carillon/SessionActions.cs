using System.Security.Cryptography;
using System.Text;
using Carillon.Accounts;
using Carillon.Conversations;
using Carillon.Http;
using Carillon.Notifications;
using Carillon.Protocol;
using Carillon.Sessions;

namespace Carillon;

/// <summary>Does what a notification offers about its session: answer the agent, or bring it back.</summary>
internal sealed class SessionActions(SessionLife chat) : IActionFulfilment
{
    public IReadOnlyList<string> Kinds { get; } = [ActionKinds.SendMessage, ActionKinds.RestoreSession];

    public async Task<Outcome<ActionResult>> FulfilAsync(
        Notification notification, NotificationAction action, string? text, Access access, Actor by, CancellationToken cancel)
    {
        if (notification.Event is not { SessionId: { } sessionId, ProjectId: { } projectId })
        {
            return Problems.ActionTargetInvalid.Because("The notification belongs to no session.");
        }

        var refusal = action.Kind == ActionKinds.SendMessage
            ? await SendAsync(notification, action, SessionName.Public(sessionId), text, access, cancel)
            : (await chat.RestoreAsync(SessionName.Public(sessionId), access, by, cancel)).Refusal;
        return refusal is null
            ? new ActionResult { Route = ActionOffer.SessionRoute(projectId, sessionId) }
            : refusal == Problems.SessionNotHosted || refusal == Problems.SessionNotFound
                ? Problems.ActionPreconditionFailed.Because($"{refusal.Title}. {refusal.Detail}")
                : refusal;
    }

    private async Task<Refusal?> SendAsync(
        Notification notification, NotificationAction action, SessionName session, string? text, Access access, CancellationToken cancel)
    {
        // The same words to the same question are one answer, however often the button was pressed or the request repeated.
        var asked = $"{notification.Event.Timestamp.UtcTicks} {text}";
        var message = new SendMessage
        {
            Id = $"{notification.Id}.{action.Id}.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(asked)))[..16]}",
            Message = text ?? string.Empty,
        };
        return text is null ? Problems.InvalidRequest.Because("send-message needs a text.")
            : MessageRules.TextObjection(text) is { } objection ? Problems.InvalidRequest.Because(objection.Replace("message", "text", StringComparison.Ordinal))
            : (await chat.SendAsync(session, message, access, cancel)).Refusal;
    }
}
