using Carillon.Accounts;
using Carillon.Http;
using Carillon.Notifications;
using Carillon.Protocol;
using Carillon.Sessions;

namespace Carillon;

/// <summary>Where the actions that a notification offers meet the rooms that can do them.</summary>
internal static class ActionFulfilments
{
    public static void AddActionFulfilments(this IServiceCollection services)
    {
        services.AddSingleton<IActionFulfilment, SessionActions>();
        services.AddSingleton<IActionFulfilment, MergeAction>();
    }

    /// <summary><c>merge-pr</c>: the notification says which pull request, and at which head the person saw it.</summary>
    private sealed class MergeAction(MergePullRequest merge) : IActionFulfilment
    {
        public IReadOnlyList<string> Kinds { get; } = [ActionKinds.MergePullRequest];

        public async Task<Outcome<ActionResult>> FulfilAsync(
            Notification notification, NotificationAction action, string? text, Access access, Actor by, CancellationToken cancel) =>
            notification.Event is not { SessionId: { } session, Data.Subject.PullRequest: { } seen }
                ? Problems.ActionPreconditionFailed.Because("The notification does not say which pull request, and at which head.")
            : await merge.MergeAsync(session, seen, access, by, cancel) is { } refusal ? refusal
            : new ActionResult();
    }
}
