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
        : action.Url is not null && ActionKinds.Find(action.Kind) is not { MayHaveUrl: true }
            ? $"An action of the kind {action.Kind} leads to no other site."
        : null;
}
