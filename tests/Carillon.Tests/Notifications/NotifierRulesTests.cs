using Carillon.Protocol;

namespace Carillon.Notifications;

public sealed class NotifierRulesTests
{
    private static readonly List<NotifierRule> All = [.. SessionRules.All, .. PullRequestRules.Table.Select(entry => entry.Rule)];

    [Theory]
    [InlineData("working", "idle", null, false, "run.finished")]
    [InlineData("stuck", "idle", null, false, "run.finished")]
    [InlineData("starting", "idle", null, false, null)]
    [InlineData("exited", "idle", null, false, null)]
    [InlineData("working", "idle", "completed", false, "run.finished")]
    [InlineData("starting", "idle", "completed", false, "run.finished")]
    [InlineData("idle", "idle", "completed", false, "run.finished")]
    [InlineData("working", "idle", "completed", true, null)]
    [InlineData("working", "idle", "stopped", false, null)]
    [InlineData("working", "waiting_input", "completed", false, "session.needs_input")]
    [InlineData("working", "waiting_input", "completed", true, "session.needs_input")]
    [InlineData("working", "waiting_input", "stopped", false, null)]
    [InlineData("working", "working", "completed", false, null)]
    [InlineData("working", "killed", "stopped", false, null)]
    [InlineData("working", "killed", "failed", false, null)]
    [InlineData("working", "exited", "failed", false, "session.exited")]
    [InlineData("idle", "exited", "failed", false, "session.exited")]
    [InlineData("exited", "exited", "failed", false, "session.exited")]
    [InlineData("working", "working", "failed", false, "session.exited")]
    [InlineData("idle", "exited", null, false, null)]
    [InlineData("blocked", "exited", null, false, null)]
    [InlineData("stuck", "exited", null, false, "session.exited")]
    [InlineData("waiting_input", "blocked", null, false, "session.blocked")]
    [InlineData("waiting_input", "waiting_input", null, false, null)]
    [InlineData(null, "waiting_input", null, false, "session.needs_input")]
    [InlineData(null, "idle", null, false, null)]
    public void What_happens_to_a_session_rings_as_the_table_says(string? before, string after, string? run, bool silent, string? type) =>
        Assert.Equal(type, SessionRules.Raised(new SessionChange
        {
            Session = Session(after),
            ActivityBefore = before,
            Run = run is null ? null : new RunEnd { Id = "run_1", Status = run, AskedBy = "ada", Silent = silent },
        })?.Type);

    [Theory]
    [InlineData("waiting_input", "session.needs_input")]
    [InlineData("blocked", "session.blocked")]
    [InlineData("stuck", "session.stuck")]
    [InlineData("exited", "session.exited")]
    [InlineData("idle", "run.finished")]
    [InlineData("working", null)]
    [InlineData("starting", null)]
    [InlineData("killed", null)]
    public void What_a_session_does_keeps_one_notification_standing(string activity, string? type) =>
        Assert.Equal(type, SessionRules.Standing(activity)?.Type);

    [Fact]
    public void What_a_pull_request_is_stands_each_by_itself()
    {
        var ready = new PullRequest
        {
            SessionId = "s",
            Provider = "github",
            Owner = "example",
            Repo = "shop",
            Number = 12,
            Title = "T",
            Url = "https://github.com/example/shop/pull/12",
            HeadSha = "abcdef0",
            State = "open",
            Draft = false,
            Mergeable = true,
            Conflicts = false,
            Checks = "passing",
            Review = "none",
            MergeReady = true,
            CreatedAt = default,
            UpdatedAt = default,
        };
        var all = ready with { MergeReady = false, Checks = "failing", Review = "changes_requested", Conflicts = true };
        Assert.Equal("pr.merge_ready", Standing(ready));
        Assert.Equal("pr.ci_failing pr.changes_requested pr.conflicts", Standing(all));
        Assert.Equal("pr.closed", Standing(all with { State = "closed" }));
        Assert.Equal("pr.merged", Standing(all with { State = "merged" }));
        Assert.Equal("", Standing(ready with { MergeReady = false, Checks = "pending" }));

        // What is ready is a commit; what fails is the pull request.
        var moved = ready with { HeadSha = "abcdef1" };
        Assert.Equal(
            ["pr.merge_ready"],
            PullRequestRules.Table.Select(entry => entry.Rule).Where(rule => PullRequestRules.Cause(ready, rule) != PullRequestRules.Cause(moved, rule)).Select(rule => rule.Type));
        Assert.Equal(All.Count, All.Select(rule => PullRequestRules.Cause(ready, rule)).Distinct().Count());

        static string Standing(PullRequest one) => string.Join(' ', PullRequestRules.Standing(one).Select(rule => rule.Type));
    }

    [Fact]
    public void Every_rule_offers_at_most_four_actions_of_known_kinds()
    {
        Assert.All(All, rule =>
        {
            Assert.InRange(rule.Actions.Count, 1, NotificationRules.MostActions);
            Assert.Equal(rule.Actions.Count, rule.Actions.Distinct().Count());
            Assert.All(rule.Actions, kind => Assert.Contains(kind, ActionKinds.All));
        });
        Assert.Equal(All.Count, All.Select(rule => rule.Type).Distinct().Count());
    }

    private static Session Session(string activity) => new()
    {
        Id = "s",
        ProjectId = "p",
        Agent = "demo",
        Title = "T",
        Owner = "ada",
        Activity = activity,
        Hosted = true,
        CreatedAt = default,
        UpdatedAt = default,
    };
}
