using System.Globalization;
using Carillon.Protocol;

namespace Carillon.Sessions;

/// <summary>Which pull request: its forge, its repository and its number there.</summary>
internal sealed record PullRequestName(string Provider, string Owner, string Repo, long Number)
{
    private const int LongestPart = 100;
    private const int LongestOwner = 255;

    /// <summary>As people write it: <c>example/shop#12</c>, at GitLab <c>example/shop!12</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Owner}/{Repo}{(Provider == Providers.GitLab ? '!' : '#')}{Number}");

    /// <summary>Reads the parts of a path. A group inside a group of GitLab is written with <c>%2F</c>, which routing leaves as it is.</summary>
    public static PullRequestName FromPath(string provider, string owner, string repo, long number) =>
        new(provider, provider == Providers.GitLab ? owner.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase) : owner, repo, number);

    /// <summary>What is wrong with it; null when it can name a pull request.</summary>
    public string? Objection() =>
        !Providers.All.Contains(Provider) ? $"'{Provider}' is not a provider. Providers are {string.Join(", ", Providers.All)}."
        : Owner.Length > LongestOwner || !Owner.Split('/').All(IsPlain) || (Provider == Providers.GitHub && Owner.Contains('/', StringComparison.Ordinal))
            ? "owner is a plain name of letters, digits, dots, dashes and underscores; at GitLab also groups with %2F between them."
        : !IsPlain(Repo) ? "repo is a plain name of letters, digits, dots, dashes and underscores."
        : Number is < 1 or > int.MaxValue ? "number is the pull request's number at its forge, from 1."
        : null;

    // It becomes part of the forge's address, so it holds nothing that could lead elsewhere in it.
    private static bool IsPlain(string name) =>
        name.Length is >= 1 and <= LongestPart && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_')
        && name is not ("." or "..");
}
