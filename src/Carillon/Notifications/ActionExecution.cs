using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Notifications;

/// <summary>
/// Fulfils a kind of action that belongs to another room: a session is restored by Sessions, a pull request merged by its forge.
/// A kind that nobody fulfils is refused with a reason.
/// </summary>
internal interface IActionFulfilment
{
    IReadOnlyList<string> Kinds { get; }

    Task<Outcome<ActionResult>> FulfilAsync(
        Notification notification, NotificationAction action, string? text, Access access, Actor by, CancellationToken cancel);
}

/// <summary>Does what a notification offers.</summary>
internal sealed class ActionExecution(NotificationTable notifications, ActionTargets targets, IEnumerable<IActionFulfilment> fulfilments)
{
    public async Task<Outcome<ActionAnswer>> ExecuteAsync(
        string id, string actionId, ActionRequest request, Access access, Actor by, CancellationToken cancel)
    {
        if (await notifications.FindAsync(id, access, cancel) is not { } row)
        {
            return Problems.NotificationNotFound;
        }

        var notification = row.View();
        if (notification.Actions.FirstOrDefault(action => action.Id == actionId) is not { } action)
        {
            return Problems.ActionNotFound;
        }

        var kind = ActionKinds.Find(action.Kind);
        if (request.Text is not null && kind is not { TakesText: true })
        {
            return Problems.InvalidRequest.Because("Only send-message takes a text.");
        }

        // Checked when it was stored, and again now: the list of hosts may have become shorter since.
        if (targets.Objection(action) is { } objection)
        {
            return Problems.ActionTargetInvalid.Because(objection);
        }

        Outcome<ActionResult> outcome = kind switch
        {
            { Doer: ActionDoer.Inbox } => new ActionResult(),
            { Name: ActionKinds.OpenSession } => Open(action.Route ?? SessionRoute(notification), null, "The notification belongs to no session."),
            { Doer: ActionDoer.Surface } => Open(action.Route, action.Url, "The action has no address to open."),
            _ => await FulfilAsync(notification, action, request.Text, access, by, cancel),
        };
        if (outcome.IsRefused(out var refusal, out var result))
        {
            return refusal;
        }

        await notifications.UpdateAsync(
            id, new NotificationUpdate { Read = true, Archived = action.Kind == ActionKinds.Dismiss ? true : null }, access, cancel);
        return new ActionAnswer { ActionId = action.Id, Kind = action.Kind, Result = result };
    }

    private async Task<Outcome<ActionResult>> FulfilAsync(
        Notification notification, NotificationAction action, string? text, Access access, Actor by, CancellationToken cancel) =>
        fulfilments.FirstOrDefault(one => one.Kinds.Contains(action.Kind)) is { } fulfilment
            ? await fulfilment.FulfilAsync(notification, action, text, access, by, cancel)
            : Problems.ActionPreconditionFailed.Because($"This server cannot do {action.Kind} yet. Open the session or the forge instead.");

    private static Outcome<ActionResult> Open(string? route, string? url, string otherwise) =>
        route is null && url is null
            ? Problems.ActionTargetInvalid.Because(otherwise)
            : new ActionResult { Route = route, Url = url };

    private static string? SessionRoute(Notification notification) =>
        notification.Event is { ProjectId: { } project, SessionId: { } session }
            ? ActionOffer.SessionRoute(project, session)
            : null;
}
