using Carillon.Protocol;

namespace Carillon.Notifications;

/// <summary>Actions as the server offers them by itself: each kind once, with the label of the table.</summary>
internal static class ActionOffer
{
    /// <summary>An action about a session, and about a page of its forge when <paramref name="url"/> names one.</summary>
    public static NotificationAction Of(string kind, string projectId, string sessionId, string? url = null)
    {
        var known = ActionKinds.Find(kind)!;
        return new NotificationAction
        {
            Id = kind,
            Kind = kind,
            Label = known.Label,
            Route = kind == ActionKinds.OpenSession ? SessionRoute(projectId, sessionId) : null,
            Url = known.MayHaveUrl ? url : null,
        };
    }

    /// <summary>The path of a session's page.</summary>
    public static string SessionRoute(string projectId, string sessionId) => $"/projects/{Uri.EscapeDataString(projectId)}/sessions/{Uri.EscapeDataString(sessionId)}";
}
