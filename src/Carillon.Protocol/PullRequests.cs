namespace Carillon.Protocol;

/// <summary>A pull request that a session works on, as it was last recorded.</summary>
public sealed record PullRequest
{
    /// <summary>The session.</summary>
    public required string SessionId { get; init; }

    /// <summary>One of <see cref="Providers"/>.</summary>
    public required string Provider { get; init; }

    /// <summary>The owner of the repository at the forge.</summary>
    public required string Owner { get; init; }

    /// <summary>The repository's name.</summary>
    public required string Repo { get; init; }

    /// <summary>Its number in the repository.</summary>
    public required long Number { get; init; }

    /// <summary>Its title.</summary>
    public required string Title { get; init; }

    /// <summary>Its page at the forge.</summary>
    public required string Url { get; init; }

    /// <summary>The commit at its head.</summary>
    public required string HeadSha { get; init; }

    /// <summary>One of <see cref="PullRequestStates"/>.</summary>
    public required string State { get; init; }

    /// <summary>True while it is a draft.</summary>
    public required bool Draft { get; init; }

    /// <summary>Whether the forge would merge it; null when the forge has not said.</summary>
    public bool? Mergeable { get; init; }

    /// <summary>True when it conflicts with its base.</summary>
    public required bool Conflicts { get; init; }

    /// <summary>One of <see cref="CheckStates"/>.</summary>
    public required string Checks { get; init; }

    /// <summary>One of <see cref="ReviewStates"/>.</summary>
    public required string Review { get; init; }

    /// <summary>True when it is open, no draft, mergeable, without conflicts, with passing checks and no changes requested.</summary>
    public required bool MergeReady { get; init; }

    /// <summary>When it was first recorded.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the record last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>The body of <c>PUT /api/v1/sessions/{id}/pull-requests/{provider}/{owner}/{repo}/{number}</c>.</summary>
public sealed record PullRequestReport
{
    /// <summary>Its title, at most 300 characters.</summary>
    public required string Title { get; init; }

    /// <summary>Its page: https, on one of the hosts of <c>Actions:Hosts</c>.</summary>
    public required string Url { get; init; }

    /// <summary>The commit at its head, 7 to 64 hexadecimal digits.</summary>
    public required string HeadSha { get; init; }

    /// <summary>One of <see cref="PullRequestStates"/>.</summary>
    public required string State { get; init; }

    /// <summary>True while it is a draft.</summary>
    public required bool Draft { get; init; }

    /// <summary>Whether the forge would merge it; null when the forge has not said.</summary>
    public bool? Mergeable { get; init; }

    /// <summary>True when it conflicts with its base.</summary>
    public required bool Conflicts { get; init; }

    /// <summary>One of <see cref="CheckStates"/>.</summary>
    public required string Checks { get; init; }

    /// <summary>One of <see cref="ReviewStates"/>.</summary>
    public required string Review { get; init; }
}

/// <summary>One pull request, wrapped.</summary>
public sealed record PullRequestAnswer
{
    /// <summary>The pull request.</summary>
    public required PullRequest PullRequest { get; init; }
}

/// <summary>The pull requests of a session, newest first.</summary>
public sealed record PullRequestList
{
    /// <summary>The pull requests.</summary>
    public required IReadOnlyList<PullRequest> PullRequests { get; init; }

    /// <summary>The change log's head in the same snapshot.</summary>
    public required long HeadSeq { get; init; }
}

/// <summary>The payload of a <c>pr_updated</c> change.</summary>
public sealed record PullRequestChange
{
    /// <summary>The pull request as it is now.</summary>
    public required PullRequest PullRequest { get; init; }

    /// <summary>As it was; null for a new one.</summary>
    public PullRequest? Before { get; init; }

    /// <summary>The name of the session's owner, who is told.</summary>
    public required string Owner { get; init; }

    /// <summary>The title of the session.</summary>
    public required string SessionTitle { get; init; }

    /// <summary>The session that started this one, if any.</summary>
    public string? ParentSessionId { get; init; }
}

/// <summary>Forges that pull requests can live at.</summary>
public static class Providers
{
    /// <summary>GitHub, or a GitHub Enterprise server.</summary>
    public const string GitHub = "github";

    /// <summary>GitLab; its merge requests.</summary>
    public const string GitLab = "gitlab";

    /// <summary>Both.</summary>
    public static IReadOnlyList<string> All { get; } = [GitHub, GitLab];
}

/// <summary>Whether a pull request is still open.</summary>
public static class PullRequestStates
{
    /// <summary>Open.</summary>
    public const string Open = "open";

    /// <summary>Closed without having been merged.</summary>
    public const string Closed = "closed";

    /// <summary>Merged.</summary>
    public const string Merged = "merged";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Open, Closed, Merged];
}

/// <summary>What the checks of a pull request say.</summary>
public static class CheckStates
{
    /// <summary>All passed.</summary>
    public const string Passing = "passing";

    /// <summary>At least one failed.</summary>
    public const string Failing = "failing";

    /// <summary>At least one has not finished.</summary>
    public const string Pending = "pending";

    /// <summary>There are none, or nobody knows.</summary>
    public const string Unknown = "unknown";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Passing, Failing, Pending, Unknown];
}

/// <summary>What reviewers say of a pull request.</summary>
public static class ReviewStates
{
    /// <summary>Approved.</summary>
    public const string Approved = "approved";

    /// <summary>Somebody wants changes.</summary>
    public const string ChangesRequested = "changes_requested";

    /// <summary>Nobody has said anything that counts.</summary>
    public const string None = "none";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Approved, ChangesRequested, None];
}
