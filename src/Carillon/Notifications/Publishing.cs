using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Storage;
using Microsoft.Extensions.Options;

namespace Carillon.Notifications;

/// <summary>Finds how a notification names a session; null when this access sees no such session. The Sessions room answers.</summary>
internal delegate ValueTask<SessionSubject?> FindSessionSubject(string sessionId, Access access, CancellationToken cancel);

/// <summary>Takes in what agents and programs publish.</summary>
internal sealed class Publishing(
    Writer writer, Inbox inbox, NotificationRules rules, Membership membership, TokenQuota quota, FindSessionSubject findSession,
    IOptions<NotificationsOptions> options)
{
    private const string FindAnswer = "SELECT request, answer FROM publish_answers WHERE person_id = $1 AND key = $2";
    private const string KeepAnswer = """
        INSERT INTO publish_answers (person_id, key, request, answer, created_at, session_id) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (person_id, key) DO UPDATE SET answer = excluded.answer
        """;

    public async Task<Outcome<PublishedNotification>> PublishAsync(
        PublishNotification wanted, string? idempotencyKey, Access access, CancellationToken cancel)
    {
        if (rules.Objection(wanted) is { } objection)
        {
            return Problems.InvalidNotification.Because(objection);
        }

        if (idempotencyKey is not null && !PlainText.Is(idempotencyKey, 200))
        {
            return Problems.InvalidNotification.Because("Idempotency-Key has 1 to 200 characters.");
        }

        var session = wanted.SessionId is { } sessionId ? await findSession(sessionId, access, cancel) : null;
        var projectId = wanted.ProjectId ?? session?.ProjectId ?? access.BoundProjectId;
        var project = projectId is null ? null : await membership.FindVisibleAsync(access, projectId, cancel);
        if (projectId is not null && project is null)
        {
            return Problems.ProjectNotFound;
        }

        if (session is not null && session.ProjectId != projectId)
        {
            return Problems.SessionNotFound.Because($"The session belongs to another project than {projectId}.");
        }

        var (people, unknown) = Addressees(wanted.To, access, project);
        if (unknown is not null)
        {
            await membership.CatchUpAsync(cancel);
            (people, unknown) = Addressees(wanted.To, access, project);
        }

        if (unknown is not null)
        {
            return Problems.RecipientNotFound.Because($"'{unknown}' does not exist or cannot see the project.");
        }

        var notification = new NewNotification(wanted.Type, wanted.Priority, Markdown.Words(wanted.Message))
        {
            Title = wanted.Title is { } title ? Markdown.Line(title) : null,
            ProjectId = projectId,
            SessionId = session?.Id ?? wanted.SessionId,
            Subject = SubjectJson(session?.Id ?? wanted.SessionId, session, project, NotificationRules.PullRequestOf(wanted)),
            Data = NotificationRules.DataOf(wanted) is { Count: > 0 } data ? JsonSerializer.Serialize(data, CarillonJson.Compact.IReadOnlyDictionaryStringJsonElement) : null,
            Actions = wanted.Actions is { Count: > 0 } actions ? JsonSerializer.Serialize([.. actions.Select(Labelled)], CarillonJson.Compact.IReadOnlyListNotificationAction) : null,
            DedupeKey = wanted.DedupeKey is { } dedupe ? $"{access.PersonId}/{projectId}/{dedupe}" : null,
            CauseKey = wanted.CauseKey is { } cause ? OwnCause(access.PersonId, cause) : null,
            OccurredAt = wanted.OccurredAt,
            PublishedBy = membership.Find(access.PersonId)!.Name,
            RingEvery = options.Value.RingEvery,
        };
        if (quota.Objection(access, people.Count, notification.Length * people.Count) is { } quotaObjection)
        {
            return quotaObjection;
        }

        var request = idempotencyKey is null ? null : Fingerprint(wanted, projectId);
        return await writer.RunAsync(write => Publish(write, notification, people, access, session?.Id, idempotencyKey, request), cancel);
    }

    /// <summary>Takes back what this person's programs published for a cause.</summary>
    public async Task<Outcome<UpdatedCount>> ResolveAsync(ResolveNotifications request, Access access, CancellationToken cancel)
    {
        if (!PlainText.Is(request.CauseKey, 200))
        {
            return Problems.InvalidNotification.Because("causeKey has 1 to 200 characters and no control characters.");
        }

        var cause = OwnCause(access.PersonId, request.CauseKey);
        var updated = 0;
        int step;
        do
        {
            step = await writer.RunAsync(write => inbox.Resolve(write, cause, access.BoundProjectId), cancel);
            updated += step;
        }
        while (step == Inbox.Step);

        return new UpdatedCount { Updated = updated };
    }

    // What the server does is called what it is: a button "Open the log" that merges would deceive whoever presses it.
    private static NotificationAction Labelled(NotificationAction action) =>
        ActionKinds.Find(action.Kind) is { Doer: ActionDoer.Server } kind ? action with { Label = kind.Label } : action;

    // Keys are the publisher's own words: two people's programs that choose the same ones must not resolve or rewrite each other's
    // alerts, nor may a key carry words from one project into another's row.
    private static string KeyOwner(Access access) => access.BoundProjectId is { } project ? $"{access.PersonId}/{project}" : access.PersonId;

    private static string OwnCause(string personId, string cause) => $"{personId}/{cause}";

    private Outcome<PublishedNotification> Publish(
        WriteScope write, NewNotification notification, List<Person> people, Access access, string? knownSession, string? key, string? request)
    {
        if (key is not null
            && write.Sql.First(FindAnswer, row => (Request: row.GetString(0), Answer: row.GetString(1)), KeyOwner(access), key) is { Request: not null } earlier)
        {
            if (earlier.Request != request)
            {
                return Problems.IdempotencyKeyReused;
            }

            // An answer that cannot be read any more is one that was lost, and is given again.
            if (StoredJson.Read(earlier.Answer, CarillonJson.Lenient.PublishedNotification, "publish_answers.answer", $"{KeyOwner(access)}, {key}") is { } published)
            {
                return published;
            }
        }

        NotificationRow? answer = null;
        foreach (var person in people)
        {
            var row = inbox.Add(write, person.Id, notification);
            if (answer is null || person.Id == access.PersonId)
            {
                answer = row;
            }
        }

        // What others did with their rows is theirs to know.
        if (answer!.PersonId != access.PersonId)
        {
            answer = answer with { RangSeq = answer.Seq, SeenAt = null, ReadAt = null, ArchivedAt = null };
        }

        var result = new PublishedNotification { Notification = answer.View(), Recipients = people.Count };
        if (key is not null)
        {
            write.Sql.Execute(
                KeepAnswer, KeyOwner(access), key, request, JsonSerializer.Serialize(result, CarillonJson.Default.PublishedNotification), write.NowMilliseconds,
                knownSession);
        }

        return result;
    }

    private (List<Person> People, string? Unknown) Addressees(IReadOnlyList<string>? to, Access access, ProjectEntry? project)
    {
        if (to is null)
        {
            return ([membership.Find(access.PersonId)!], null);
        }

        var people = new Dictionary<string, Person>();
        foreach (var name in to)
        {
            IEnumerable<Person> named =
                string.Equals(name, WellKnown.Everyone, StringComparison.OrdinalIgnoreCase) ? membership.People.Where(person => Sees(person, project))
                : (name.StartsWith(WellKnown.PushIdPrefix, StringComparison.Ordinal) ? membership.FindByPushId(name) : membership.FindByName(name)) is { } one
                    && Sees(one, project) ? [one]
                : [];
            var count = people.Count;
            var isKnown = false;
            foreach (var person in named)
            {
                isKnown = true;
                people.TryAdd(person.Id, person);
            }

            if (!isKnown)
            {
                return ([], name);
            }
        }

        return ([.. people.Values], null);
    }

    private bool Sees(Person person, ProjectEntry? project) => project is null || membership.Sees(person.Id, project.Id);

    private static string? SubjectJson(string? sessionId, SessionSubject? session, ProjectEntry? project, PullRequestSubject? pullRequest) =>
        sessionId is null && project is null && pullRequest is null ? null : JsonSerializer.Serialize(new NotificationSubject
        {
            Session = sessionId is null ? null : session ?? new SessionSubject { Id = sessionId, ProjectId = project?.Id },
            Project = project is null ? null : new ProjectSubject { Id = project.Id, Name = project.Name },
            PullRequest = pullRequest,
        }, CarillonJson.Compact.NotificationSubject);

    private static string Fingerprint(PublishNotification wanted, string? projectId) => Base64Url.EncodeToString(SHA256.HashData(
        [.. Encoding.UTF8.GetBytes($"{projectId}\n"), .. JsonSerializer.SerializeToUtf8Bytes(wanted, CarillonJson.Default.PublishNotification)]));
}

/// <summary>Nobody repeats a request days later.</summary>
internal sealed class RetainedAnswers : IRetained
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(2);
    private const long Step = 500;

    private const string TrimOld = """
        DELETE FROM publish_answers WHERE (person_id, key) IN
          (SELECT person_id, key FROM publish_answers WHERE created_at < $1 ORDER BY created_at LIMIT $2)
        """;

    public int Trim(WriteScope write, RetentionOptions options) => write.Sql.Execute(TrimOld, (write.Now - Kept).ToUnixTimeMilliseconds(), Step);
}
