using System.Globalization;
using System.Text.Json;
using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Http;
using Carillon.Notifications;
using Carillon.Protocol;
using Carillon.Sessions;
using Carillon.Storage;

namespace Carillon;

/// <summary>What happens to the pull requests of sessions, as the notifier tells it.</summary>
internal sealed class PullRequestFacts(StandingFacts facts, Membership membership, MergePullRequest merging) : IFactSource
{
    public IReadOnlyList<NotifierRule> Rules { get; } = [.. PullRequestRules.Table.Select(entry => entry.Rule)];

    public string ChangeType => ChangeTypes.PullRequestUpdated;

    public string CausePrefix => "pr:";

    public FactChange Read(WriteScope write, ChangeRow change)
    {
        // Whole or not at all: of half a fact nobody could be told the right thing. The follower passes over it, and says so.
        var said = JsonSerializer.Deserialize(change.Payload, CarillonJson.Lenient.PullRequestChange)!;
        var (now, before) = (said.PullRequest, said.Before);
        if (facts.FindSession(write, now.SessionId) is null)
        {
            // Deleted since: what was read of it before is told to nobody.
            return FactChange.None;
        }

        var about = new About(change.ProjectId!, said.Owner, said.SessionTitle, said.ParentSessionId, change.CreatedAt);
        var over = new List<string>();
        var raised = new List<Fact>();
        foreach (var (rule, stands) in PullRequestRules.Table)
        {
            var cause = PullRequestRules.Cause(now, rule);
            var causeBefore = before is null ? cause : PullRequestRules.Cause(before, rule);
            if (!stands(now) || causeBefore != cause)
            {
                over.Add(causeBefore);
            }

            if (stands(now) && (before is null || !stands(before) || causeBefore != cause))
            {
                raised.Add(FactOf(write, rule, now, about));
            }
        }

        return new FactChange(over, raised);
    }

    public string? KeyOf(ChangeRow change) => change.SessionId;

    public string? KeyOf(string cause, string? sessionId) => sessionId;

    public Task<List<string>> InNeedAsync(string after, int limit, CancellationToken cancel) => facts.SessionsWithOpenPullRequestsAsync(after, limit, cancel);

    public IReadOnlyList<Fact> Standing(WriteScope write, string key) => facts.FindSession(write, key) is { } session
        ? [.. StandingFacts.PullRequestsOf(write, key).SelectMany(one => PullRequestRules.Standing(one).Select(rule => FactOf(
            write, rule, one, new About(session.ProjectId, session.Owner, session.Title, session.ParentSessionId, one.UpdatedAt))))]
        : [];

    private Fact FactOf(WriteScope write, NotifierRule rule, PullRequest one, About about)
    {
        // The name says which one a button merges, whatever the title promises.
        var name = new PullRequestName(one.Provider, one.Owner, one.Repo, one.Number);
        var (owner, others) = Listeners.Of(write, one.SessionId, rule, membership.FindByName(about.Owner)?.Id);
        return new Fact(rule, PullRequestRules.Cause(one, rule))
        {
            People = [.. owner, .. others],
            ProjectId = about.ProjectId,
            SessionId = one.SessionId,
            ParentSessionId = about.ParentSessionId,
            Title = PlainText.Shortened(one.Title, NotificationRules.LongestTitle),
            Words = message => PlainText.Shortened($"{name}: {message}", NotificationRules.LongestMessage),
            Subject = new NotificationSubject
            {
                Session = new SessionSubject { Id = one.SessionId, ProjectId = about.ProjectId, Title = about.SessionTitle },
                PullRequest = new PullRequestSubject { Provider = one.Provider, Owner = one.Owner, Repo = one.Repo, Number = one.Number, HeadSha = one.HeadSha },
            },
            Actions = [.. rule.Actions.Where(kind => kind != ActionKinds.MergePullRequest || merging.Objection(about.ProjectId, name) is null).Select(kind => ActionOffer.Of(kind, about.ProjectId, one.SessionId, kind == ActionKinds.OpenChecks ? ChecksPage(one) : one.Url))],
            At = about.At,
        };
    }

    /// <summary>Both forges show the checks on a page below the pull request's own; a page of another form is opened as it is.</summary>
    private static string ChecksPage(PullRequest one)
    {
        var end = one.Provider == Providers.GitLab ? "merge_requests" : "pull";
        return !one.Url.EndsWith(string.Create(CultureInfo.InvariantCulture, $"/{end}/{one.Number}"), StringComparison.Ordinal) ? one.Url
            : one.Provider == Providers.GitLab ? $"{one.Url}/pipelines"
            : $"{one.Url}/checks";
    }

    /// <summary>What a pull request does not say of its session.</summary>
    private sealed record About(string ProjectId, string Owner, string SessionTitle, string? ParentSessionId, DateTimeOffset At);
}
