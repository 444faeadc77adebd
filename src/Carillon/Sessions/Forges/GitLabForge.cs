using System.Text.Json.Serialization;
using Carillon.Protocol;
using Microsoft.Extensions.Options;

namespace Carillon.Sessions.Forges;

/// <summary>GitLab, from version 15.6 on: older ones do not tell what keeps a merge request from being merged.</summary>
internal sealed class GitLabForge : IForge, IDisposable
{
    private readonly ForgeClient _client;

    public GitLabForge(IOptions<ForgesOptions> options, TimeProvider time, ILogger<GitLabForge> log) =>
        _client = new ForgeClient(Title, "application/json", options.Value.GitLab, options.Value.TimeLimit, time, log);

    public string Provider => Providers.GitLab;

    public string Title => "GitLab";

    public string? Objection(string projectId, PullRequestName name) => _client.Objection(projectId, name);

    public Task<ForgeState> ReadAsync(PullRequestName name, CancellationToken cancel) => _client.WithinLimitAsync(async within =>
    {
        var request = await _client.GetAsync(PathOf(name), GitLabJson.Default.GitLabMergeRequest, within);
        var status = request.DetailedMergeStatus;
        var state = new ForgeState
        {
            HeadSha = request.Sha?.ToLowerInvariant() ?? string.Empty,
            State = request.State switch
            {
                "opened" or "locked" => PullRequestStates.Open,
                "merged" => PullRequestStates.Merged,
                _ => PullRequestStates.Closed,
            },
            IsDraft = request.Draft || request.WorkInProgress || status is "draft_status",
            IsMergeable = status is null or "checking" or "unchecked" or "preparing" or "approvals_syncing" ? null : status is "mergeable",
            HasConflicts = request.HasConflicts || status is "conflict",
            Checks = CheckStates.Unknown,
            Review = ReviewStates.None,
            Obstacle = request.State is "locked" ? "GitLab is merging it at this moment." : Obstacle(status),
        };
        if (state.State != PullRequestStates.Open || request.Sha is null)
        {
            return state;
        }

        var statuses = await _client.GetPagesAsync(
            $"{ProjectOf(name)}/repository/commits/{Uri.EscapeDataString(request.Sha)}/statuses", GitLabJson.Default.GitLabStatusArray, "statuses", within);
        var reviewers = await _client.GetPagesAsync($"{PathOf(name)}/reviewers", GitLabJson.Default.GitLabReviewerArray, "reviewers", within);
        return state with
        {
            Checks = Checks.Together(
            [
                .. request.HeadPipeline is { } pipeline ? [PipelineOf(pipeline, request.Sha)] : (string[])[],
                .. Latest(statuses.SelectMany(page => page)).Select(StatusOf),
                .. status is "ci_still_running" ? [CheckStates.Pending] : (string[])[],
            ]),
            Review = ReviewOf(status, [.. reviewers.SelectMany(page => page)]),
        };
    }, cancel);

    public Task MergeAsync(PullRequestName name, string head, string? method, CancellationToken cancel) => _client.WithinLimitAsync(async within =>
    {
        var merged = await _client.PutAsync(
            $"{PathOf(name)}/merge", new GitLabMerge { Sha = head }, GitLabJson.Default.GitLabMerge, GitLabJson.Default.GitLabMergeRequest, within);
        return merged.State is "merged" ? merged : throw new ForgeException("GitLab took the request and has not merged.", isUnreachable: false);
    }, cancel);

    public void Dispose() => _client.Dispose();

    private static string ProjectOf(PullRequestName name) => $"/projects/{Uri.EscapeDataString($"{name.Owner}/{name.Repo}")}";

    private static string PathOf(PullRequestName name) => $"{ProjectOf(name)}/merge_requests/{name.Number}";

    // What has a member of its own in the state is no obstacle beside it.
    private static string? Obstacle(string? status) => status switch
    {
        null or "mergeable" or "checking" or "unchecked" or "preparing" or "approvals_syncing" or "conflict" or "draft_status" or "not_open"
            or "requested_changes" or "ci_still_running" => null,
        "ci_must_pass" => "GitLab wants a pipeline to succeed first.",
        "not_approved" => "GitLab wants it approved first.",
        "discussions_not_resolved" => "GitLab wants its discussions resolved first.",
        "need_rebase" => "GitLab wants it rebased first.",
        "merge_request_blocked" or "blocked_status" => "another merge request blocks it at GitLab.",
        "status_checks_must_pass" or "external_status_checks" => "GitLab wants all of its status checks to pass first.",
        var other => $"GitLab says '{other}'.",
    };

    private static string PipelineOf(GitLabPipeline pipeline, string head) =>
        // One for the merged result runs on a commit that GitLab made. Any other has to be about this head.
        pipeline.Sha is { } sha && sha != head && pipeline.Ref?.EndsWith("/merge", StringComparison.Ordinal) is not true ? CheckStates.Pending : StateOf(pipeline.Status);

    private static string StatusOf(GitLabStatus status) => status switch
    {
        { AllowFailure: true, Status: "failed" or "canceled" or "manual" } => CheckStates.Passing,
        { Status: "skipped" } => CheckStates.Passing,
        _ => StateOf(status.Status),
    };

    // A pipeline that was skipped has looked at nothing: GitLab itself does not take it for a success.
    private static string StateOf(string? status) => status switch
    {
        "success" => CheckStates.Passing,
        "failed" or "canceled" => CheckStates.Failing,
        "created" or "waiting_for_resource" or "waiting_for_callback" or "preparing" or "pending" or "running" or "scheduled" or "manual" or "canceling" => CheckStates.Pending,
        _ => CheckStates.Unknown,
    };

    /// <summary>Each job or check once, as it was run last: a commit keeps those of every pipeline that it ever had.</summary>
    private static IEnumerable<GitLabStatus> Latest(IEnumerable<GitLabStatus> statuses) =>
        statuses.GroupBy(status => status.Name).Select(same => same.MaxBy(status => status.Id)!);

    private static string ReviewOf(string? status, IReadOnlyList<GitLabReviewer> reviewers) =>
        status is "requested_changes" || reviewers.Any(reviewer => reviewer.State is "requested_changes") ? ReviewStates.ChangesRequested
        : reviewers.Any(reviewer => reviewer.State is "approved") ? ReviewStates.Approved
        : ReviewStates.None;
}

internal sealed record GitLabMergeRequest
{
    public required string State { get; init; }

    public bool Draft { get; init; }

    public bool WorkInProgress { get; init; }

    public string? Sha { get; init; }

    public bool HasConflicts { get; init; }

    public string? DetailedMergeStatus { get; init; }

    public GitLabPipeline? HeadPipeline { get; init; }
}

internal sealed record GitLabPipeline
{
    public string? Sha { get; init; }

    public string? Ref { get; init; }

    public string? Status { get; init; }
}

internal sealed record GitLabStatus
{
    public long Id { get; init; }

    public string? Name { get; init; }

    public string? Status { get; init; }

    public bool? AllowFailure { get; init; }
}

internal sealed record GitLabReviewer
{
    public string? State { get; init; }
}

internal sealed record GitLabMerge
{
    public required string Sha { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(GitLabMergeRequest))]
[JsonSerializable(typeof(GitLabStatus[]))]
[JsonSerializable(typeof(GitLabReviewer[]))]
[JsonSerializable(typeof(GitLabMerge))]
internal sealed partial class GitLabJson : JsonSerializerContext;
