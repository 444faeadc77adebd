using System.Text.Json.Nodes;
using static Carillon.Sessions.Forges.GitHubStandIn;
using static Carillon.Sessions.Forges.GitLabStandIn;

namespace Carillon.Sessions.Forges;

public sealed class GitLabForgeTests : IAsyncLifetime
{
    private static readonly PullRequestName Request = GitLabStandIn.Name;

    private ForgeStandIn? _standIn;

    private ForgeStandIn StandIn => _standIn!;

    public async ValueTask InitializeAsync() => _standIn = (await ForgeStandIn.StartAsync()).ReadyAtGitLab();

    public ValueTask DisposeAsync() => StandIn.DisposeAsync();

    [Fact]
    public async Task What_stands_in_nobodys_way_is_read_and_merged_at_its_head()
    {
        using var forge = GitLabStandIn.Open(ForgeStandIn.Options(gitLab: StandIn.Address));
        var state = await forge.ReadAsync(Request, CancellationToken.None);
        Assert.Equal(new ForgeState { HeadSha = Head, State = "open", IsMergeable = true, Checks = "passing", Review = "none" }, state);
        Assert.Null(MergeRules.Objection(state, Head, "GitLab"));
        await forge.MergeAsync(Request, Head, state.MergeMethod, CancellationToken.None);
        Assert.Equal(("PUT /projects/group%2Fsub%2Fshop/merge_requests/12/merge", $$"""{"sha":"{{Head}}"}"""), (StandIn.Asked.Last().Line, StandIn.Asked.Last().Body));
        Assert.All(StandIn.Asked, one => Assert.Equal($"Bearer {ForgeStandIn.Token}", one.Authorization));
    }

    [Theory]
    [InlineData("state", "\"closed\"", "it is closed.")]
    [InlineData("state", "\"merged\"", "it is merged already.")]
    [InlineData("state", "\"locked\"", "merging it at this moment.")]
    [InlineData("draft", "true", "it is a draft.")]
    [InlineData("work_in_progress", "true", "it is a draft.")]
    [InlineData("has_conflicts", "true", "it conflicts with its base.")]
    [InlineData("sha", $"\"{OtherHead}\"", "moved from 6dcb09b5 to 7638417d")]
    [InlineData("sha", "null", "moved")]
    [InlineData("detailed_merge_status", "null", "GitLab has not worked out yet")]
    [InlineData("detailed_merge_status", "\"checking\"", "not worked out yet")]
    [InlineData("detailed_merge_status", "\"unchecked\"", "not worked out yet")]
    [InlineData("detailed_merge_status", "\"preparing\"", "not worked out yet")]
    [InlineData("detailed_merge_status", "\"approvals_syncing\"", "not worked out yet")]
    [InlineData("detailed_merge_status", "\"conflict\"", "it conflicts with its base.")]
    [InlineData("detailed_merge_status", "\"draft_status\"", "it is a draft.")]
    [InlineData("detailed_merge_status", "\"ci_still_running\"", "its checks have not finished.")]
    [InlineData("detailed_merge_status", "\"ci_must_pass\"", "wants a pipeline to succeed")]
    [InlineData("detailed_merge_status", "\"requested_changes\"", "changes are requested.")]
    [InlineData("detailed_merge_status", "\"not_approved\"", "wants it approved")]
    [InlineData("detailed_merge_status", "\"discussions_not_resolved\"", "discussions")]
    [InlineData("detailed_merge_status", "\"need_rebase\"", "rebased")]
    [InlineData("detailed_merge_status", "\"not_open\"", "GitLab says that it cannot be merged.")]
    [InlineData("detailed_merge_status", "\"security_policy_violations\"", "'security_policy_violations'")]
    [InlineData("head_pipeline", "null", null)]
    [InlineData("head_pipeline", $$"""{"sha":"{{OtherHead}}","ref":"refs/merge-requests/12/merge","status":"success"}""", null)]
    [InlineData("head_pipeline", $$"""{"sha":"{{OtherHead}}","ref":"bell","status":"success"}""", "its checks have not finished.")]
    [InlineData("head_pipeline", $$"""{"sha":"{{Head}}","status":"failed"}""", "its checks are failing.")]
    [InlineData("head_pipeline", $$"""{"sha":"{{Head}}","status":"canceled"}""", "its checks are failing.")]
    [InlineData("head_pipeline", $$"""{"sha":"{{Head}}","status":"running"}""", "its checks have not finished.")]
    [InlineData("head_pipeline", $$"""{"sha":"{{Head}}","status":"manual"}""", "its checks have not finished.")]
    [InlineData("head_pipeline", $$"""{"sha":"{{Head}}","status":"skipped"}""", "nobody knows whether its checks pass.")]
    public async Task What_stands_in_its_way_is_said(string member, string value, string? expected)
    {
        StandIn.MergeRequest(request => request[member] = JsonNode.Parse(value))
            .InPages($"/projects/group%2Fsub%2Fshop/repository/commits/{OtherHead}/statuses", page => page, []);
        var objection = MergeRules.Objection(await ReadAsync(), Head, "GitLab");
        if (expected is null)
        {
            Assert.Null(objection);
        }
        else
        {
            Assert.Contains(expected, objection, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Statuses_of_all_pages_count_each_as_it_was_last()
    {
        StandIn.JobStatuses([Job("build", "success", 1)], [Job("external", "failed", 2)]);
        Assert.Equal("failing", (await ReadAsync()).Checks);
        StandIn.JobStatuses([Job("build", "failed", 1)], [Job("build", "success", 2), Job("lint", "failed", 3, allowFailure: true), Job("deploy", "manual", 4, allowFailure: true), Job("docs", "skipped", 5)]);
        Assert.Equal("passing", (await ReadAsync()).Checks);
        StandIn.JobStatuses([Job("build", "success", 1)], [Job("external", "running", 2)]);
        Assert.Equal("pending", (await ReadAsync()).Checks);
        StandIn.JobStatuses([]).MergeRequest(request => request["head_pipeline"] = null);
        Assert.Equal("passing", (await ReadAsync()).Checks);
    }

    [Theory]
    [InlineData("none", "unreviewed", "reviewed", "review_started", "unapproved")]
    [InlineData("approved", "reviewed", "approved")]
    [InlineData("changes_requested", "approved", "requested_changes")]
    public async Task Whoever_requests_changes_is_heard(string review, params string[] states)
    {
        StandIn.Reviewers([.. states.Select(Reviewer)]);
        Assert.Equal(review, (await ReadAsync()).Review);
    }

    [Fact]
    public async Task More_pages_than_can_be_looked_at_are_refused_and_not_passed_over()
    {
        StandIn.JobStatuses([.. Enumerable.Range(0, 21).Select(_ => new JsonArray(Job("build", "success")))]);
        Assert.Contains("more than 1000 statuses", (await Assert.ThrowsAsync<ForgeException>(ReadAsync)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, "401 Unauthorized", "Forges:GitLab:Token")]
    [InlineData(405, "405 Method Not Allowed", "It says: 405 Method Not Allowed")]
    [InlineData(406, "Branch cannot be merged", "It says: Branch cannot be merged")]
    [InlineData(409, "SHA does not match HEAD of source branch", "It says: SHA does not match")]
    [InlineData(422, "Branch cannot be merged", "GitLab refuses with 422.")]
    public async Task A_merge_that_gitlab_refuses_gives_its_reason(int status, string message, string words)
    {
        StandIn.MergeAtGitLab(status, message);
        using var forge = GitLabStandIn.Open(ForgeStandIn.Options(gitLab: StandIn.Address));
        var failure = await Assert.ThrowsAsync<ForgeException>(() => forge.MergeAsync(Request, Head, null, CancellationToken.None));
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        Assert.False(failure.IsUnreachable);
    }

    [Fact]
    public async Task A_merge_that_gitlab_only_takes_in_is_none()
    {
        StandIn.On("PUT /projects/group%2Fsub%2Fshop/merge_requests/12/merge", new JsonObject { ["state"] = "opened" });
        using var forge = GitLabStandIn.Open(ForgeStandIn.Options(gitLab: StandIn.Address));
        Assert.Contains("has not merged", (await Assert.ThrowsAsync<ForgeException>(() => forge.MergeAsync(Request, Head, null, CancellationToken.None))).Message, StringComparison.Ordinal);
    }

    private async Task<ForgeState> ReadAsync()
    {
        using var forge = GitLabStandIn.Open(ForgeStandIn.Options(gitLab: StandIn.Address));
        return await forge.ReadAsync(Request, CancellationToken.None);
    }
}
