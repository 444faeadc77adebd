using Carillon.Http;
using Carillon.Protocol;
using Microsoft.Extensions.Options;

namespace Carillon.Notifications;

internal sealed class ActionsOptions
{
    public const string Section = "Actions";

    private static readonly string[] Usual = ["github.com", "gitlab.com", "linear.app"];

    /// <summary>The hosts that an action may lead to, whole names. Default: <c>github.com</c>, <c>gitlab.com</c> and <c>linear.app</c>.</summary>
    /// <remarks>Empty unless configured: the binder adds to what is there, and an operator could never take a host away.</remarks>
    public string[] Hosts { get; set; } = [];

    /// <summary>The hosts in force.</summary>
    public IReadOnlyList<string> InForce => Hosts is [] ? Usual : Hosts;
}

internal sealed class ActionsOptionsValidator : IValidateOptions<ActionsOptions>
{
    public ValidateOptionsResult Validate(string? name, ActionsOptions options) =>
        options.Hosts.FirstOrDefault(host => Uri.CheckHostName(host) != UriHostNameType.Dns || host.EndsWith('.')) is { } wrong
            ? ValidateOptionsResult.Fail($"Actions:Hosts holds '{wrong}', which is not the name of a host. Write names such as github.com.")
            : ValidateOptionsResult.Success;
}

/// <summary>Where an action may lead: a path of this server, or an address on one of the configured hosts. Never a callback.</summary>
internal sealed class ActionTargets(IOptions<ActionsOptions> options)
{
    private const int LongestTarget = 2_000;
    private const string Https = "https://";

    public IReadOnlyList<string> Hosts => options.Value.InForce;

    /// <summary>What is wrong with where the action leads; null when it may lead there.</summary>
    public string? Objection(NotificationAction action) =>
        action.Route is not null && action.Url is not null ? "An action has a route or a url, not both."
        : action.Route is { } route && !IsLocalRoute(route) ? "A route is a path of this server that starts with one '/'."
        : action.Url is { } url && !IsAllowedUrl(url) ? $"A url is https, with the default port and no user info, on one of {string.Join(", ", Hosts)}."
        : action.Url is not null && action.Kind is not (ActionKinds.OpenPullRequest or ActionKinds.OpenReview or ActionKinds.OpenChecks)
            ? $"An action of the kind {action.Kind} leads to no other site."
        : null;

    public static bool IsLocalRoute(string route) =>
        route is ['/', ..] && PlainText.Is(route, LongestTarget) && !route.Contains('\\', StringComparison.Ordinal) && IsPlainPath(PathOf(route));

    private static string PathOf(string route) => route.AsSpan().IndexOfAny('?', '#') is var end and >= 0 ? route[..end] : route;

    // Nothing that a browser would fold into another path, or into another host.
    private static bool IsPlainPath(string path) =>
        !path.Contains("//", StringComparison.Ordinal) && !path.Split('/').Any(step => step is "." or "..")
        && !path.Contains("%2f", StringComparison.OrdinalIgnoreCase) && !path.Contains("%5c", StringComparison.OrdinalIgnoreCase)
        && !path.Contains("%2e", StringComparison.OrdinalIgnoreCase);

    /// <summary>The text itself decides, not what a parser makes of it: parsers forgive, and each forgives something else.</summary>
    public bool IsAllowedUrl(string url)
    {
        if (!PlainText.Is(url, LongestTarget) || url.Any(letter => char.IsWhiteSpace(letter) || letter is '\\')
            || !url.StartsWith(Https, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        // Whoever is in front of the first slash is whom a browser goes to: no user info, no port, nothing that only looks like the host.
        var rest = url[Https.Length..];
        var end = rest.AsSpan().IndexOfAny('/', '?', '#');
        return Hosts.Contains(end < 0 ? rest : rest[..end], StringComparer.OrdinalIgnoreCase) && Uri.TryCreate(url, UriKind.Absolute, out _);
    }
}
