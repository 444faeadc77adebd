using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Notifications;

/// <summary>Where an action may lead: a path of this server, or an address on one of the configured hosts. Never a callback.</summary>
internal sealed class ActionTargets(Addresses addresses)
{
    /// <summary>What is wrong with where the action leads; null when it may lead there.</summary>
    public string? Objection(NotificationAction action) =>
        action.Route is not null && action.Url is not null ? "An action has a route or a url, not both."
        : action.Route is { } route && !Addresses.IsLocalPath(route) ? "A route is a path of this server that starts with one '/'."
        : action.Url is { } url && !addresses.IsAllowedUrl(url) ? addresses.Rule
        : action.Url is not null && action.Kind is not (ActionKinds.OpenPullRequest or ActionKinds.OpenReview or ActionKinds.OpenChecks)
            ? $"An action of the kind {action.Kind} leads to no other site."
        : null;

    /// <summary>What the action, or the notification that carries it, has to say for it to lead anywhere; null when that is said.</summary>
    public static string? Missing(NotificationAction action, string? projectId, string? sessionId, PullRequestSubject? pullRequest) => action.Kind switch
    {
        ActionKinds.OpenPullRequest or ActionKinds.OpenReview or ActionKinds.OpenChecks when action.Route is null && action.Url is null =>
            $"The action {action.Id} of the kind {action.Kind} needs the url that it opens, or a route of this server.",
        ActionKinds.OpenSession when action.Route is null && SessionRoute(projectId, sessionId) is null =>
            $"The action {action.Id} of the kind {action.Kind} needs a route, or a notification with sessionId and projectId.",
        ActionKinds.RestoreSession or ActionKinds.SendMessage when SessionRoute(projectId, sessionId) is null =>
            $"The action {action.Id} of the kind {action.Kind} needs a notification with sessionId and projectId.",
        ActionKinds.MergePullRequest when sessionId is null || pullRequest is null =>
            $"The action {action.Id} of the kind {action.Kind} needs a notification with sessionId and data.subject.pullRequest.",
        _ => null,
    };

    /// <summary>Where a session is; null when the notification does not say which session.</summary>
    public static string? SessionRoute(string? projectId, string? sessionId) =>
        projectId is null || sessionId is null ? null : $"/projects/{Uri.EscapeDataString(projectId)}/sessions/{Uri.EscapeDataString(sessionId)}";
}
