using System.Globalization;
using Carillon.Protocol;

namespace Carillon.Notifications;

/// <summary>The part of the table that is about pull requests. Each fact stands or does not, whatever the others do.</summary>
internal static class PullRequestRules
{
    private const string MergeReady = "pr.merge_ready";
    private static readonly TimeSpan CoolDown = TimeSpan.FromSeconds(60);

    public static IReadOnlyList<(NotifierRule Rule, Func<PullRequest, bool> Stands)> Table { get; } =
    [
        (new NotifierRule(MergeReady, Priorities.Action, "Ready to merge.", CoolDown)
        {
            NeedsSomebody = true,
            Actions = [ActionKinds.MergePullRequest, ActionKinds.OpenPullRequest, ActionKinds.OpenSession],
        }, one => one.MergeReady),
        (new NotifierRule("pr.closed", Priorities.Action, "Closed without being merged.", CoolDown)
        {
            Actions = [ActionKinds.OpenPullRequest, ActionKinds.OpenSession],
        }, one => one.State == PullRequestStates.Closed),
        (new NotifierRule("pr.merged", Priorities.Info, "Merged.", CoolDown)
        {
            Actions = [ActionKinds.OpenPullRequest, ActionKinds.OpenSession],
        }, one => one.State == PullRequestStates.Merged),
        (new NotifierRule("pr.ci_failing", Priorities.Action, "Checks are failing.", CoolDown)
        {
            NeedsSomebody = true,
            Actions = [ActionKinds.OpenChecks, ActionKinds.OpenSession],
        }, one => IsOpen(one) && one.Checks == CheckStates.Failing),
        (new NotifierRule("pr.changes_requested", Priorities.Action, "Changes requested.", CoolDown)
        {
            NeedsSomebody = true,
            Actions = [ActionKinds.OpenReview, ActionKinds.OpenSession],
        }, one => IsOpen(one) && one.Review == ReviewStates.ChangesRequested),
        (new NotifierRule("pr.conflicts", Priorities.Action, "Conflicts with the base branch.", CoolDown)
        {
            NeedsSomebody = true,
            Actions = [ActionKinds.OpenPullRequest, ActionKinds.OpenSession],
        }, one => IsOpen(one) && one.Conflicts),
    ];

    /// <summary>One cause for each pull request and kind of fact. What is ready is a certain commit: another head is another cause.</summary>
    public static string Cause(PullRequest one, NotifierRule rule)
    {
        var cause = string.Create(CultureInfo.InvariantCulture, $"pr:{one.SessionId}:{one.Provider}/{one.Owner}/{one.Repo}/{one.Number}:{rule.Type}");
        return rule.Type == MergeReady ? $"{cause}:{one.HeadSha}" : cause;
    }

    /// <summary>The rules that say how the pull request is.</summary>
    public static IEnumerable<NotifierRule> Standing(PullRequest one) => Table.Where(entry => entry.Stands(one)).Select(entry => entry.Rule);

    private static bool IsOpen(PullRequest one) => one.State == PullRequestStates.Open;
}
