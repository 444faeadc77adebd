using System.Net;
using Microsoft.Extensions.Options;

namespace Carillon.Sessions.Forges;

internal sealed class ForgesOptions
{
    public const string Section = "Forges";

    public ForgeOptions GitHub { get; set; } = new() { BaseUrl = "https://api.github.com" };

    public ForgeOptions GitLab { get; set; } = new() { BaseUrl = "https://gitlab.com/api/v4" };

    /// <summary>How long a forge may take to be read whole, and again to merge. A person waits for it.</summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromSeconds(20);
}

internal sealed class ForgeOptions
{
    /// <summary>Where its REST interface is.</summary>
    public string BaseUrl { get; set; } = string.Empty;

    /// <summary>What it knows this server by. Without one, nothing is merged there.</summary>
    public string? Token { get; set; }

    /// <summary>The repositories, as <c>owner/name</c>, that may be merged in by whoever works in a project, by the project's id. None unless they are listed.</summary>
    public Dictionary<string, string[]> Repositories { get; set; } = [];

    /// <summary>Whether this repository is listed for the project.</summary>
    public bool Lists(string projectId, PullRequestName name) =>
        Repositories.TryGetValue(projectId, out var listed) && listed.Contains($"{name.Owner}/{name.Repo}", StringComparer.OrdinalIgnoreCase);
}

internal sealed class ForgesOptionsValidator : IValidateOptions<ForgesOptions>
{
    private static readonly TimeSpan ShortestLimit = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestLimit = TimeSpan.FromMinutes(5);

    public ValidateOptionsResult Validate(string? name, ForgesOptions options) =>
        (Objection(nameof(options.GitHub), options.GitHub) ?? Objection(nameof(options.GitLab), options.GitLab)
            ?? (options.TimeLimit < ShortestLimit || options.TimeLimit > LongestLimit ? $"TimeLimit is {ShortestLimit} to {LongestLimit}." : null)) is { } objection
            ? ValidateOptionsResult.Fail($"{ForgesOptions.Section}:{objection}")
            : ValidateOptionsResult.Success;

    private static string? Objection(string forge, ForgeOptions options) =>
        !Uri.TryCreate(options.BaseUrl, UriKind.Absolute, out var url) || url.UserInfo.Length > 0 || url.Query.Length > 0 || url.Fragment.Length > 0
            || !(url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && IsLoopback(url)))
            ? $"{forge}:BaseUrl is the https address of its REST interface, without user info or query. Plain http is for this machine alone: the token goes there."
        : options.Repositories.SelectMany(project => project.Value ?? []).FirstOrDefault(name => !IsRepository(name)) is { } wrong
            ? $"{forge}:Repositories holds '{wrong}', which is not written as owner/name."
        : options.Token is { Length: > 0 } token && !token.All(letter => letter is > ' ' and < '\x7f') ? $"{forge}:Token holds a character that no token has."
        : null;

    private static bool IsRepository(string? name) =>
        name?.Split('/') is { Length: >= 2 } parts && parts.All(part => part.Length > 0 && part.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_'));

    private static bool IsLoopback(Uri url) => url.Host == "localhost" || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
