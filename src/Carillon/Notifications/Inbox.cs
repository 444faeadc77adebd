using Carillon.Changes;
using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Notifications;

/// <summary>What goes into a row, before there is one.</summary>
internal sealed record NewNotification(string Type, string Priority, string Message)
{
    public string? Title { get; init; }

    public string? ProjectId { get; init; }

    public string? SessionId { get; init; }

    public string? Subject { get; init; }

    public string? Data { get; init; }

    public string? Actions { get; init; }

    public string? DedupeKey { get; init; }

    public string? CauseKey { get; init; }

    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>How much text it is, about.</summary>
    public long Length => Message.Length + (Title?.Length ?? 0) + (Subject?.Length ?? 0) + (Data?.Length ?? 0) + (Actions?.Length ?? 0);

    /// <summary>The name of who published it; null when the server itself says it.</summary>
    public string? PublishedBy { get; init; }

    /// <summary>For so long after the last time, the same thing joins the row that tells of it, whatever became of that row, and does not ring.</summary>
    public TimeSpan CoolDown { get; init; }

    /// <summary>So much time lies between two rings of a row, unless it becomes louder.</summary>
    public TimeSpan RingEvery { get; init; }

    /// <summary>Somebody waits for the answer: other words ask something else, and ring at once.</summary>
    public bool IsQuestion { get; init; }
}

/// <summary>Writes rows of inboxes, inside somebody's commit, each with the change that tells of it.</summary>
internal sealed class Inbox(ChangeLog changes)
{
    /// <summary>So many rows are resolved in one commit at most: everybody else's wait for it.</summary>
    public const int Step = 500;

    private const string Insert = """
        INSERT INTO notifications (seq, rang_seq, id, person_id, project_id, session_id, type, priority, title, message, subject, data,
          actions, dedupe_key, cause_key, count, occurred_at, received_at, rang_at, published_by)
        VALUES ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $15, $16, $16, $17)
        """;
    private const string FindOpen = $"""
        SELECT {NotificationRow.Columns} FROM notifications
        WHERE person_id = $1 AND dedupe_key = $2 AND (seen_at IS NULL OR resolved_at IS NULL OR received_at > $3)
        ORDER BY seq DESC LIMIT 1
        """;
    private const string Repeat = """
        UPDATE notifications SET seq = $2, rang_seq = $3, rang_at = $4, count = $5, type = $6, priority = $7, session_id = $8, title = $9,
          message = $10, subject = $11, data = $12, actions = $13, cause_key = $14, published_by = $15, occurred_at = $16, received_at = $17,
          seen_at = $18, read_at = $19, archived_at = $20, resolved_at = NULL
        WHERE id = $1
        """;
    private const string FindUnresolved = $"""
        SELECT {NotificationRow.Columns} FROM notifications
        WHERE cause_key = $1 AND resolved_at IS NULL AND (CAST($2 AS TEXT) IS NULL OR project_id = $2) ORDER BY seq LIMIT $3
        """;
    private const string CountUnresolved = "SELECT count(*) FROM notifications WHERE cause_key = $1 AND resolved_at IS NULL AND person_id = $2";
    private const string DeleteOfSession = "DELETE FROM notifications WHERE session_id = $1 AND project_id = $2";
    private const string DeleteAnswers = "DELETE FROM publish_answers WHERE session_id = $1";
    private const string SetResolved = "UPDATE notifications SET resolved_at = $2 WHERE seq = $1";

    /// <summary>Adds a row, or lets it join the one that tells of the same thing already, which comes to the top and may ring again.</summary>
    public NotificationRow Add(WriteScope write, string personId, NewNotification wanted)
    {
        var known = wanted.DedupeKey is { } key
            ? write.Sql.First(FindOpen, NotificationRow.Read, personId, key, (write.Now - wanted.CoolDown).ToUnixTimeMilliseconds())
            : null;
        var row = Called(write, known, personId, wanted);
        return known is null || RingRules.Rings(known, wanted, write.Now) ? Ring(write, row) : Keep(write, row);
    }

    /// <summary>The cause is gone: marks rows of it, of one project if that is named, and tells how many. <see cref="Step"/> may mean more.</summary>
    public int Resolve(WriteScope write, string causeKey, string? projectId = null)
    {
        var rows = write.Sql.Query(FindUnresolved, NotificationRow.Read, causeKey, projectId, (long)Step);
        foreach (var row in rows)
        {
            write.Sql.Execute(SetResolved, row.Seq, write.NowMilliseconds);
            changes.Append(write, (row with { ResolvedAt = write.Now }).Change(ChangeTypes.NotificationResolved));
        }

        return rows.Count;
    }

    /// <summary>
    /// Deletes what all inboxes hold of a session, and what was answered to those who published it. Of the same project only: a program may
    /// name a session that there is not, and mean another.
    /// </summary>
    public void DeleteOf(WriteScope write, string sessionId, string projectId)
    {
        write.Sql.Execute(DeleteOfSession, sessionId, projectId);
        write.Sql.Execute(DeleteAnswers, sessionId);
    }

    /// <summary>True when a row tells this person of a cause that stands, even one that was put away.</summary>
    public bool HasUnresolved(WriteScope write, string personId, string causeKey) => write.Sql.Number(CountUnresolved, causeKey, personId) > 0;

    /// <summary>The row with its newest call, at a new place, and otherwise as its person left it.</summary>
    private NotificationRow Called(WriteScope write, NotificationRow? known, string personId, NewNotification wanted) => new()
    {
        Seq = changes.NextSeq,
        RangSeq = known?.RangSeq ?? 0,
        RangAt = known?.RangAt ?? default,
        Id = known?.Id ?? Ids.New("ntf_", write.Now),
        PersonId = personId,
        ProjectId = wanted.ProjectId,
        SessionId = wanted.SessionId,
        Type = wanted.Type,
        Priority = wanted.Priority,
        Title = wanted.Title,
        Message = wanted.Message,
        Subject = wanted.Subject,
        Data = wanted.Data,
        Actions = wanted.Actions,
        DedupeKey = wanted.DedupeKey,
        CauseKey = wanted.CauseKey,
        PublishedBy = wanted.PublishedBy,
        Count = known?.Count + 1 ?? 1,
        OccurredAt = wanted.OccurredAt ?? write.Now,
        ReceivedAt = write.Now,
        SeenAt = known?.SeenAt,
        ReadAt = known?.ReadAt,
        ArchivedAt = known?.ArchivedAt,
    };

    /// <summary>An alert is due: whatever the person did with the row before was about an earlier call.</summary>
    private NotificationRow Ring(WriteScope write, NotificationRow row)
    {
        var isNew = row.Count == 1;
        row = row with { RangSeq = row.Seq, RangAt = write.Now, SeenAt = null, ReadAt = null, ArchivedAt = null };
        if (isNew)
        {
            write.Sql.Execute(
                Insert, row.Seq, row.Id, row.PersonId, row.ProjectId, row.SessionId, row.Type, row.Priority, row.Title, row.Message, row.Subject,
                row.Data, row.Actions, row.DedupeKey, row.CauseKey, row.OccurredAt.ToUnixTimeMilliseconds(), write.NowMilliseconds, row.PublishedBy);
        }
        else
        {
            Store(write, row);
        }

        changes.Append(write, row.Change(isNew ? ChangeTypes.NotificationCreated : ChangeTypes.NotificationRang));
        return row;
    }

    private NotificationRow Keep(WriteScope write, NotificationRow row)
    {
        Store(write, row);
        changes.Append(write, row.Change(ChangeTypes.NotificationUpdated));
        return row;
    }

    private static void Store(WriteScope write, NotificationRow row) => write.Sql.Execute(
        Repeat, row.Id, row.Seq, row.RangSeq, row.RangAt.ToUnixTimeMilliseconds(), row.Count, row.Type, row.Priority, row.SessionId, row.Title,
        row.Message, row.Subject, row.Data, row.Actions, row.CauseKey, row.PublishedBy, row.OccurredAt.ToUnixTimeMilliseconds(),
        row.ReceivedAt.ToUnixTimeMilliseconds(), row.SeenAt?.ToUnixTimeMilliseconds(), row.ReadAt?.ToUnixTimeMilliseconds(),
        row.ArchivedAt?.ToUnixTimeMilliseconds());
}
