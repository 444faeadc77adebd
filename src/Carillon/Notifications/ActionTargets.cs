using System.ComponentModel.DataAnnotations;
using Carillon.Protocol;
using Microsoft.Extensions.Options;

namespace Carillon.Notifications;

internal sealed class ActionsOptions
{
    public const string Section = "Actions";

    /// <summary>The hosts that an action may lead to, whole names.</summary>
    [Required]
    public string[] Hosts { get; set; } = ["github.com", "gitlab.com", "linear.app"];
}

[OptionsValidator]
internal sealed partial class ActionsOptionsValidator : IValidateOptions<ActionsOptions>;

/// <summary>Where an action may lead: a path of this server, or an address on one of the configured hosts. Never a callback.</summary>
internal sealed class ActionTargets(IOptions<ActionsOptions> options)
{
    private const int LongestTarget = 2_000;

    public IReadOnlyList<string> Hosts => options.Value.Hosts;

    /// <summary>What is wrong with where the action leads; null when it may lead there.</summary>
    public string? Objection(NotificationAction action) =>
        action.Route is not null && action.Url is not null ? "An action has a route or a url, not both."
        : action.Route is { } route && !IsLocalRoute(route) ? "A route is a path of this server that starts with one '/'."
        : action.Url is { } url && !IsAllowedUrl(url) ? $"A url is https, with the default port and no user info, on one of {string.Join(", ", Hosts)}."
        : action.Url is not null && action.Kind is not (ActionKinds.OpenPullRequest or ActionKinds.OpenReview or ActionKinds.OpenChecks)
            ? $"An action of the kind {action.Kind} leads to no other site."
        : null;

    public static bool IsLocalRoute(string route) =>
        route.Length <= LongestTarget && route is ['/', ..] && route is not ['/', '/' or '\\', ..]
        && !route.Any(letter => char.IsControl(letter) || letter is '\\');

    public bool IsAllowedUrl(string url) =>
        url.Length <= LongestTarget
        && !url.Any(letter => char.IsControl(letter) || letter is '\\' or ' ')

        // The text itself, not what a parser makes of it: browsers forgive what others do not.
        && url.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
        && Uri.TryCreate(url, UriKind.Absolute, out var parsed)
        && parsed.IsDefaultPort
        && parsed.UserInfo.Length == 0
        && !parsed.Authority.Contains('@', StringComparison.Ordinal)
        && url.AsSpan(8).IndexOfAny('@', ':') is var sign && (sign < 0 || url.AsSpan(8).IndexOfAny('/', '?', '#') is var end and >= 0 && sign > end)
        && Hosts.Contains(parsed.Host, StringComparer.OrdinalIgnoreCase);
}
