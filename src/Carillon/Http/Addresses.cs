using System.Globalization;
using Microsoft.Extensions.Options;

namespace Carillon.Http;

internal sealed class ActionsOptions
{
    public const string Section = "Actions";

    private static readonly string[] Usual = ["github.com", "gitlab.com", "linear.app"];

    /// <summary>The hosts that an action or a pull request may lead to, whole names. Default: <c>github.com</c>, <c>gitlab.com</c> and <c>linear.app</c>.</summary>
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

/// <summary>Where a person may be led: to a path of this server, or to an address on one of the configured hosts.</summary>
internal sealed class Addresses(IOptions<ActionsOptions> options)
{
    private const int Longest = 2_000;
    private const string Https = "https://";

    public IReadOnlyList<string> Hosts => options.Value.InForce;

    /// <summary>The rule in words, for whoever broke it.</summary>
    public string Rule => $"A url is https, with the default port and no user info, on one of {string.Join(", ", Hosts)}.";

    /// <summary>One slash at the beginning, and nothing that a browser would take for another host or a line break.</summary>
    public static bool IsLocalPath(string path) =>
        path is ['/', ..] && PlainText.Is(path, Longest) && !path.Contains('\\', StringComparison.Ordinal) && IsPlain(WithoutQuery(path));

    /// <summary>The text itself decides, not what a parser makes of it: parsers forgive, and each forgives something else.</summary>
    public bool IsAllowedUrl(string url)
    {
        if (!PlainText.Is(url, Longest) || url.Any(letter => char.IsWhiteSpace(letter) || letter is '\\')
            || !url.StartsWith(Https, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        // Whoever is in front of the first slash is whom a browser goes to: no user info, no port, nothing that only looks like the host.
        var rest = url[Https.Length..];
        var end = rest.AsSpan().IndexOfAny('/', '?', '#');
        return Hosts.Contains(end < 0 ? rest : rest[..end], StringComparer.OrdinalIgnoreCase) && Uri.TryCreate(url, UriKind.Absolute, out _);
    }

    /// <summary>
    /// Whether an address is the page of this pull request, or one below it: <c>…/owner/repo/pull/7</c>, at GitLab
    /// <c>…/group/repo/-/merge_requests/7</c>. A link that says one thing and a button that does another would deceive whoever decides.
    /// </summary>
    public static bool IsPullRequest(string url, string owner, string repo, long number)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address))
        {
            return false;
        }

        var number10 = number.ToString(CultureInfo.InvariantCulture);
        return ((string[])["pull", "pulls", "-/merge_requests", "merge_requests"]).Any(kind =>
            $"{address.AbsolutePath}/".StartsWith($"/{owner}/{repo}/{kind}/{number10}/", StringComparison.OrdinalIgnoreCase));
    }

    private static string WithoutQuery(string path) => path.AsSpan().IndexOfAny('?', '#') is var end and >= 0 ? path[..end] : path;

    // Nothing that a browser would fold into another path, or into another host.
    private static bool IsPlain(string path) =>
        !path.Contains("//", StringComparison.Ordinal) && !path.Split('/').Any(step => step is "." or "..")
        && !path.Contains("%2f", StringComparison.OrdinalIgnoreCase) && !path.Contains("%5c", StringComparison.OrdinalIgnoreCase)
        && !path.Contains("%2e", StringComparison.OrdinalIgnoreCase);
}
