using System.Text.Json.Serialization;
using Carillon.Protocol;
using Microsoft.Extensions.Options;

namespace Carillon.Sessions.Forges;

/// <summary>GitHub, or a GitHub Enterprise server.</summary>
internal sealed class GitHubForge : IForge, IDisposable
{
    private readonly ForgeClient _client;

    public GitHubForge(IOptions<ForgesOptions> options, TimeProvider time, ILogger<GitHubForge> log)
    {
        _client = new ForgeClient(Title, "application/vnd.github+json", options.Value.GitHub, options.Value.TimeLimit, time, log);
        _client.Headers.Add("X-GitHub-Api-Version", "2022-11-28");
    }

    public string Provider => Providers.GitHub;

    public string Title => "GitHub";

    public string? Objection(string projectId, PullRequestName name) => _client.Objection(projectId, name);

    public Task<ForgeState> ReadAsync(PullRequestName name, CancellationToken cancel) => _client.WithinLimitAsync(async within =>
    {
        var repository = RepositoryOf(name);
        var pull = await _client.GetAsync($"{repository}/pulls/{name.Number}", GitHubJson.Default.GitHubPull, within);
        var state = new ForgeState
        {
            HeadSha = pull.Head.Sha.ToLowerInvariant(),
            State = pull.Merged ? PullRequestStates.Merged : pull.State == "open" ? PullRequestStates.Open : PullRequestStates.Closed,
            IsDraft = pull.Draft || pull.MergeableState is "draft",
            IsMergeable = pull.MergeableState is "unknown" ? null : pull.Mergeable,
            HasConflicts = pull.MergeableState is "dirty",
            Checks = CheckStates.Unknown,
            Review = ReviewStates.None,
            Obstacle = Obstacle(pull.MergeableState),
            MergeMethod = MethodOf(pull.Base?.Repo),
        };
        if (state.State != PullRequestStates.Open)
        {
            return state;
        }

        var commit = $"{repository}/commits/{Uri.EscapeDataString(pull.Head.Sha)}";
        var runs = await _client.GetPagesAsync($"{commit}/check-runs", GitHubJson.Default.GitHubCheckRuns, "checks", within);
        var statuses = await _client.GetPagesAsync($"{commit}/status", GitHubJson.Default.GitHubStatuses, "statuses", within);
        var reviews = await _client.GetPagesAsync($"{repository}/pulls/{name.Number}/reviews", GitHubJson.Default.GitHubReviewArray, "reviews", within);
        return state with
        {
            Checks = Checks.Together([.. runs.SelectMany(page => page.CheckRuns).Select(CheckOf), .. statuses.SelectMany(StatusesOf)]),
            Review = ReviewOf(reviews.SelectMany(page => page)),
        };
    }, cancel);

    public Task MergeAsync(PullRequestName name, string head, string? method, CancellationToken cancel) => _client.WithinLimitAsync(async within =>
    {
        var merged = await _client.PutAsync(
            $"{RepositoryOf(name)}/pulls/{name.Number}/merge", new GitHubMerge { Sha = head, MergeMethod = method }, GitHubJson.Default.GitHubMerge,
            GitHubJson.Default.GitHubMerged, within);
        return merged.Merged ? merged : throw new ForgeException("GitHub took the request and did not merge.", isUnreachable: false);
    }, cancel);

    public void Dispose() => _client.Dispose();

    private static string RepositoryOf(PullRequestName name) => $"/repos/{Uri.EscapeDataString(name.Owner)}/{Uri.EscapeDataString(name.Repo)}";

    /// <summary>A token of an administrator could merge over the rules of a branch, so what GitHub has against it counts here.</summary>
    private static string? Obstacle(string? mergeableState) => mergeableState switch
    {
        // Unstable: something that need not pass has not. That is seen among the checks.
        null or "clean" or "has_hooks" or "unstable" or "dirty" or "draft" or "unknown" => null,
        "blocked" => "a rule of its base branch blocks it at GitHub.",
        "behind" => "its branch is behind its base, and a rule of the base forbids that.",
        var other => $"GitHub calls it '{other}', which this server does not know.",
    };

    /// <summary>A merge commit is GitHub's usual way; where the repository forbids it, one of those that it allows.</summary>
    private static string? MethodOf(GitHubRepository? repository) =>
        repository is not { AllowMergeCommit: false } ? null
        : repository.AllowSquashMerge is true ? "squash"
        : repository.AllowRebaseMerge is true ? "rebase"
        : null;

    private static string CheckOf(GitHubCheckRun run) => run switch
    {
        { Status: not "completed" } => CheckStates.Pending,
        { Conclusion: "success" or "neutral" or "skipped" } => CheckStates.Passing,
        { Conclusion: "failure" or "cancelled" or "timed_out" or "action_required" or "stale" or "startup_failure" } => CheckStates.Failing,
        _ => CheckStates.Unknown,
    };

    // The combined state of a commit without statuses is "pending", for ever.
    private static IEnumerable<string> StatusesOf(GitHubStatuses page) =>
        page.Statuses.Select(status => StatusOf(status.State)).Concat(page.Statuses is [] && page.State is not "failure" ? [] : [StatusOf(page.State)]);

    private static string StatusOf(string? state) => state switch
    {
        "success" => CheckStates.Passing,
        "failure" or "error" => CheckStates.Failing,
        "pending" => CheckStates.Pending,
        _ => CheckStates.Unknown,
    };

    /// <summary>Reviews come oldest first. A remark takes nothing back: what a reviewer decided stands until the next decision.</summary>
    private static string ReviewOf(IEnumerable<GitHubReview> reviews)
    {
        var decisions = new Dictionary<string, string>();
        foreach (var review in reviews)
        {
            if (review.State is { } decision && decision is "APPROVED" or "CHANGES_REQUESTED" or "DISMISSED")
            {
                // Who left GitHub has no name: each such review stands for itself.
                decisions[review.User?.Login ?? $"#{review.Id}"] = decision;
            }
        }

        return decisions.ContainsValue("CHANGES_REQUESTED") ? ReviewStates.ChangesRequested
            : decisions.ContainsValue("APPROVED") ? ReviewStates.Approved
            : ReviewStates.None;
    }
}

internal sealed record GitHubPull
{
    public required string State { get; init; }

    public bool Merged { get; init; }

    public bool Draft { get; init; }

    public bool? Mergeable { get; init; }

    public string? MergeableState { get; init; }

    public required GitHubHead Head { get; init; }

    public GitHubBase? Base { get; init; }
}

internal sealed record GitHubHead
{
    public required string Sha { get; init; }
}

internal sealed record GitHubBase
{
    public GitHubRepository? Repo { get; init; }
}

internal sealed record GitHubRepository
{
    public bool? AllowMergeCommit { get; init; }

    public bool? AllowSquashMerge { get; init; }

    public bool? AllowRebaseMerge { get; init; }
}

internal sealed record GitHubCheckRuns
{
    public required IReadOnlyList<GitHubCheckRun> CheckRuns { get; init; }
}

internal sealed record GitHubCheckRun
{
    public string? Status { get; init; }

    public string? Conclusion { get; init; }
}

internal sealed record GitHubStatuses
{
    public string? State { get; init; }

    public required IReadOnlyList<GitHubStatus> Statuses { get; init; }
}

internal sealed record GitHubStatus
{
    public string? State { get; init; }
}

internal sealed record GitHubReview
{
    public long Id { get; init; }

    public GitHubUser? User { get; init; }

    public string? State { get; init; }
}

internal sealed record GitHubUser
{
    public string? Login { get; init; }
}

internal sealed record GitHubMerge
{
    public required string Sha { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? MergeMethod { get; init; }
}

internal sealed record GitHubMerged
{
    public bool Merged { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(GitHubPull))]
[JsonSerializable(typeof(GitHubCheckRuns))]
[JsonSerializable(typeof(GitHubStatuses))]
[JsonSerializable(typeof(GitHubReview[]))]
[JsonSerializable(typeof(GitHubMerge))]
[JsonSerializable(typeof(GitHubMerged))]
internal sealed partial class GitHubJson : JsonSerializerContext;
