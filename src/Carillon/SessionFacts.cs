using System.Text.Json;
using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Http;
using Carillon.Notifications;
using Carillon.Protocol;
using Carillon.Sessions;
using Carillon.Storage;

namespace Carillon;

/// <summary>What happens to sessions, as the notifier tells it.</summary>
internal sealed class SessionFacts(StandingFacts facts, Membership membership) : IFactSource
{
    private const int LongestQuote = 140;

    public IReadOnlyList<NotifierRule> Rules => SessionRules.All;

    public string ChangeType => ChangeTypes.SessionUpdated;

    public string CausePrefix => "session:";

    public FactChange Read(WriteScope write, ChangeRow change)
    {
        // Whole or not at all: of half a fact nobody could be told the right thing. The follower passes over it, and says so.
        var said = JsonSerializer.Deserialize(change.Payload, CarillonJson.Lenient.SessionChange)!;
        var session = said.Session;
        if (facts.FindSession(write, said.Session.Id) is null)
        {
            // Deleted since: what was read of it before is told to nobody.
            return FactChange.None;
        }

        var raised = SessionRules.Raised(said);
        return new FactChange(
            // The opposite fact: whatever this session was waiting for, it is past it now.
            said.ActivityBefore == session.Activity
                ? []
                : [.. SessionRules.All.Where(rule => rule != raised).Select(rule => SessionRules.Cause(session.Id, rule))],
            raised is null ? [] : FactsOf(write, raised, session, said.Run?.AskedBy, change.CreatedAt));
    }

    public string? KeyOf(ChangeRow change) => change.SessionId;

    public string? KeyOf(string cause, string? sessionId) => sessionId;

    public Task<List<string>> InNeedAsync(string after, int limit, CancellationToken cancel) => facts.SessionsInNeedAsync(after, limit, cancel);

    public IReadOnlyList<Fact> Standing(WriteScope write, string key) =>
        facts.FindSession(write, key) is { } session && SessionRules.Standing(session.Activity) is { } rule
            ? FactsOf(write, rule, session, askedBy: null, session.UpdatedAt)
            : [];

    /// <summary>The fact for the owner and the one for the others: they cannot do the same about it.</summary>
    private IReadOnlyList<Fact> FactsOf(WriteScope write, NotifierRule rule, Session session, string? askedBy, DateTimeOffset at)
    {
        var asker = askedBy is null ? null : membership.FindByName(askedBy)?.Id;
        var (owner, others) = Listeners.Of(write, session.Id, rule, membership.FindByName(session.Owner)?.Id, asker);
        return [FactOf(rule, session, owner, isOwner: true, at), FactOf(rule, session, others, isOwner: false, at)];
    }

    private static Fact FactOf(NotifierRule rule, Session session, IReadOnlyList<string> people, bool isOwner, DateTimeOffset at)
    {
        var own = PlainText.WithoutBidiControls(session.Message ?? string.Empty);
        if (OneLine(own) == session.Title)
        {
            // A session that is one question: it stands in the heading already.
            own = string.Empty;
        }

        return new Fact(rule, SessionRules.Cause(session.Id, rule))
        {
            People = people,
            ProjectId = session.ProjectId,
            SessionId = session.Id,
            ParentSessionId = session.ParentSessionId,
            Title = PlainText.WithoutBidiControls(session.Title),
            Words = message => Words(rule, message, own),
            Priority = session.Hosted ? rule.PriorityHere : null,
            Subject = new NotificationSubject { Session = new SessionSubject { Id = session.Id, ProjectId = session.ProjectId, Title = session.Title } },
            Actions = [.. rule.Actions.Where(kind => session.Hosted || IsPossibleElsewhere(kind, session, isOwner)).Select(kind => ActionOffer.Of(kind, session.ProjectId, session.Id))],
            At = at,
        };
    }

    private static string Words(NotifierRule rule, string message, string own)
    {
        if (own.Length == 0)
        {
            return message;
        }

        // One line of what may be a page: the rest stands in the session.
        return rule.UsesOwnWords ? own
            : rule.QuotesLastWords ? $"{message}: {PlainText.Shortened(OneLine(own), LongestQuote + 1)}"
            : message;
    }

    private static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    // An agent elsewhere is started where it runs, and a permission is given where it is asked for: words do not decide it. Only its owner
    // may talk to it.
    private static bool IsPossibleElsewhere(string kind, Session session, bool isOwner) => kind switch
    {
        ActionKinds.RestoreSession => false,
        ActionKinds.SendMessage => isOwner && session.Activity == Activities.WaitingInput,
        _ => true,
    };
}
