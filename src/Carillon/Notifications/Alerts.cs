using System.Globalization;
using System.Text.Json;
using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Storage;
using Microsoft.Extensions.Options;

namespace Carillon.Notifications;

/// <summary>Finds the ids of the people who rang a session's bell on. The Sessions room answers.</summary>
internal delegate IReadOnlyList<string> FindSubscribers(WriteScope write, string sessionId);

/// <summary>Turns facts into rows of inboxes, and takes back those whose cause is gone, inside somebody's commit.</summary>
internal sealed class Alerts(Inbox inbox, Membership membership, FindSubscribers findSubscribers, IOptions<NotifierOptions> options)
{
    private const int LongestQuote = 140;

    /// <summary>The changes that hold facts.</summary>
    public static bool IsFact(ChangeRow row) => row.Type is ChangeTypes.SessionUpdated or ChangeTypes.PullRequestUpdated;

    /// <summary>Takes in what happened.</summary>
    public void Take(WriteScope write, ChangeRow row)
    {
        if (row.Type == ChangeTypes.SessionUpdated)
        {
            Take(write, JsonSerializer.Deserialize(row.Payload, CarillonJson.Lenient.SessionChange)!, row.CreatedAt);
        }
        else
        {
            Take(write, JsonSerializer.Deserialize(row.Payload, CarillonJson.Lenient.PullRequestChange)!, row.ProjectId!, row.CreatedAt);
        }
    }

    /// <summary>Raises what stands and needs somebody, where no row tells of it.</summary>
    public void RaiseMissing(WriteScope write, Session session, IReadOnlyList<PullRequest> pullRequests)
    {
        if (!IsHeard(session.ParentSessionId) || Owner(session.Owner, session.ProjectId) is not { } owner)
        {
            return;
        }

        if (SessionRules.Standing(session.Activity) is { NeedsSomebody: true } rule
            && !inbox.HasUnresolved(write, owner, SessionRules.Cause(session.Id, rule)))
        {
            Raise(write, owner, rule, session, session.UpdatedAt);
        }

        foreach (var one in pullRequests)
        {
            foreach (var missing in PullRequestRules.Standing(one)
                .Where(rule => rule.NeedsSomebody && !inbox.HasUnresolved(write, owner, PullRequestRules.Cause(one, rule))))
            {
                Raise(write, owner, missing, one, session.ProjectId, session.Title, one.UpdatedAt);
            }
        }
    }

    /// <summary>The causes that may stand in an inbox while a session and its pull requests are like this.</summary>
    public static HashSet<string> Causes(Session session, IReadOnlyList<PullRequest> pullRequests) =>
    [
        .. SessionRules.Standing(session.Activity) is { } rule ? [SessionRules.Cause(session.Id, rule)] : (string[])[],
        .. pullRequests.SelectMany(one => PullRequestRules.Standing(one).Select(rule => PullRequestRules.Cause(one, rule))),
    ];

    private void Take(WriteScope write, SessionChange fact, DateTimeOffset at)
    {
        var session = fact.Session;
        var raised = SessionRules.Raised(fact);
        if (fact.ActivityBefore != session.Activity)
        {
            // The opposite fact: whatever this session was waiting for, it is past it now.
            foreach (var rule in SessionRules.All.Where(rule => rule != raised))
            {
                inbox.Resolve(write, SessionRules.Cause(session.Id, rule));
            }
        }

        if (raised is not null && IsHeard(session.ParentSessionId))
        {
            foreach (var person in Told(write, raised, fact))
            {
                Raise(write, person, raised, session, at);
            }
        }
    }

    private void Take(WriteScope write, PullRequestChange fact, string projectId, DateTimeOffset at)
    {
        var (now, before) = (fact.PullRequest, fact.Before);
        foreach (var (rule, stands) in PullRequestRules.Table)
        {
            var cause = PullRequestRules.Cause(now, rule);
            var causeBefore = before is null ? cause : PullRequestRules.Cause(before, rule);
            if (!stands(now) || causeBefore != cause)
            {
                inbox.Resolve(write, causeBefore);
            }

            var isNews = before is null || !stands(before) || causeBefore != cause;
            if (stands(now) && isNews && IsHeard(fact.ParentSessionId) && Owner(fact.Owner, projectId) is { } owner)
            {
                Raise(write, owner, rule, now, projectId, fact.SessionTitle, at);
            }
        }
    }

    private bool IsHeard(string? parentSessionId) => parentSessionId is null || options.Value.Children;

    private string? Owner(string name, string projectId) =>
        membership.FindByName(name) is { } owner && membership.Sees(owner.Id, projectId) ? owner.Id : null;

    /// <summary>Whom the rule tells, each once, if they still see the project.</summary>
    private IEnumerable<string> Told(WriteScope write, NotifierRule rule, SessionChange fact)
    {
        var session = fact.Session;
        IEnumerable<string?> people = [membership.FindByName(session.Owner)?.Id];
        if (rule.TellsSubscribers)
        {
            people = people.Append(fact.Run is { } run ? membership.FindByName(run.AskedBy)?.Id : null).Concat(findSubscribers(write, session.Id));
        }

        return people.OfType<string>().Distinct().Where(person => membership.Sees(person, session.ProjectId));
    }

    private void Raise(WriteScope write, string personId, NotifierRule rule, Session session, DateTimeOffset at)
    {
        var own = Markdown.Plain(PlainText.WithoutBidiControls(session.Message ?? string.Empty));
        if (own == Markdown.Plain(session.Title))
        {
            // A session that is one question: it stands in the heading already.
            own = string.Empty;
        }

        Add(write, personId, rule, SessionRules.Cause(session.Id, rule), message => new NewNotification(
            rule.Type, session.Hosted ? rule.PriorityHere ?? rule.Priority : rule.Priority, Words(rule, message, own))
        {
            Title = PlainText.WithoutBidiControls(session.Title),
            ProjectId = session.ProjectId,
            SessionId = session.Id,
            Subject = Subject(session.Id, session.Title, session.ProjectId, null),

            Actions = Json(rule.Actions.Where(kind => session.Hosted || IsPossibleElsewhere(kind, session))
                .Select(kind => Action(kind, session.ProjectId, session.Id, null))),
            OccurredAt = at,
        });
    }

    // An agent elsewhere is started where it runs, and a permission is given where it is asked for: words do not decide it.
    private static bool IsPossibleElsewhere(string kind, Session session) => kind switch
    {
        ActionKinds.RestoreSession => false,
        ActionKinds.SendMessage => session.Activity == Activities.WaitingInput,
        _ => true,
    };

    private void Raise(WriteScope write, string personId, NotifierRule rule, PullRequest one, string projectId, string sessionTitle, DateTimeOffset at)
    {
        // The name says which one a button merges, whatever the title promises.
        var name = string.Create(CultureInfo.InvariantCulture, $"{one.Owner}/{one.Repo}{(one.Provider == Providers.GitLab ? '!' : '#')}{one.Number}");
        Add(write, personId, rule, PullRequestRules.Cause(one, rule), message =>
            new NewNotification(rule.Type, rule.Priority, PlainText.Shortened($"{name}: {message}", NotificationRules.LongestMessage))
            {
                Title = PlainText.Shortened(one.Title, NotificationRules.LongestTitle),
                ProjectId = projectId,
                SessionId = one.SessionId,
                Subject = Subject(one.SessionId, sessionTitle, projectId, one),
                Actions = Json(rule.Actions.Select(kind => Action(kind, projectId, one.SessionId, one))),
                OccurredAt = at,
            });
    }

    private void Add(WriteScope write, string personId, NotifierRule rule, string cause, Func<string, NewNotification> make)
    {
        var changed = options.Value.Rules.GetValueOrDefault(rule.Type);
        if (changed is { Enabled: false })
        {
            return;
        }

        var notification = make(changed?.Message ?? rule.Message);
        inbox.Add(write, personId, notification with
        {
            Priority = changed?.Priority ?? notification.Priority,
            DedupeKey = cause,
            CauseKey = cause,
            CoolDown = changed?.CoolDown ?? rule.CoolDown,
            IsQuestion = rule.IsQuestion,
        });
    }

    private string Subject(string sessionId, string sessionTitle, string projectId, PullRequest? pullRequest)
    {
        var project = membership.FindProject(projectId);
        return JsonSerializer.Serialize(new NotificationSubject
        {
            Session = new SessionSubject { Id = sessionId, ProjectId = projectId, Title = sessionTitle },
            Project = project is null ? null : new ProjectSubject { Id = project.Id, Name = project.Name },
            PullRequest = pullRequest is null ? null : new PullRequestSubject
            {
                Provider = pullRequest.Provider,
                Owner = pullRequest.Owner,
                Repo = pullRequest.Repo,
                Number = pullRequest.Number,
                HeadSha = pullRequest.HeadSha,
            },
        }, CarillonJson.Compact.NotificationSubject);
    }

    private static string Words(NotifierRule rule, string message, string own)
    {
        if (own.Length == 0)
        {
            return message;
        }

        // One line of what may be a page: the rest stands in the session.
        var quote = string.Join(' ', own.Split((char[])['\n', '\r', '\t', ' '], StringSplitOptions.RemoveEmptyEntries));
        return rule.UsesOwnWords ? own
            : rule.QuotesLastWords ? $"{message}: {PlainText.Shortened(quote, LongestQuote + 1)}"
            : message;
    }

    private static NotificationAction Action(string kind, string projectId, string sessionId, PullRequest? pullRequest) => new()
    {
        Id = kind,
        Kind = kind,
        Label = kind switch
        {
            ActionKinds.SendMessage => "Reply",
            ActionKinds.RestoreSession => "Restore",
            ActionKinds.MergePullRequest => "Merge",
            ActionKinds.OpenPullRequest => "Open pull request",
            ActionKinds.OpenReview => "Open review",
            ActionKinds.OpenChecks => "Open checks",
            _ => "Open session",
        },
        Route = kind == ActionKinds.OpenSession ? $"/projects/{Uri.EscapeDataString(projectId)}/sessions/{Uri.EscapeDataString(sessionId)}" : null,
        Url = kind switch
        {
            ActionKinds.OpenPullRequest or ActionKinds.OpenReview => pullRequest?.Url,
            ActionKinds.OpenChecks => pullRequest is null ? null : ChecksPage(pullRequest),
            _ => null,
        },
    };

    /// <summary>Both forges show the checks on a page below the pull request's own; a page of another form is opened as it is.</summary>
    private static string ChecksPage(PullRequest one)
    {
        var end = one.Provider == Providers.GitLab ? "merge_requests" : "pull";
        return !one.Url.EndsWith(string.Create(CultureInfo.InvariantCulture, $"/{end}/{one.Number}"), StringComparison.Ordinal) ? one.Url
            : one.Provider == Providers.GitLab ? $"{one.Url}/pipelines"
            : $"{one.Url}/checks";
    }

    private static string Json(IEnumerable<NotificationAction> actions) =>
        JsonSerializer.Serialize([.. actions], CarillonJson.Compact.IReadOnlyListNotificationAction);
}
