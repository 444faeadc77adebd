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

    /// <summary>For so long after the last time, the same thing joins the row that tells of it, whatever became of that row.</summary>
    public TimeSpan CoolDown { get; init; }
}

/// <summary>Writes rows of inboxes, inside somebody's commit, each with the change that tells of it.</summary>
internal sealed class Inbox(ChangeLog changes)
{
    /// <summary>So many rows are resolved in one commit at most: everybody else's wait for it.</summary>
    public const int Step = 500;

    private const string Insert = """
        INSERT INTO notifications (seq, id, person_id, project_id, session_id, type, priority, title, message, subject, data, actions,
          dedupe_key, cause_key, count, occurred_at, received_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $15, $16, $16)
        """;
    private const string FindOpen = $"""
        SELECT {NotificationRow.Columns} FROM notifications
        WHERE person_id = $1 AND dedupe_key = $2 AND (seen_at IS NULL OR resolved_at IS NULL OR updated_at > $3)
        ORDER BY seq DESC LIMIT 1
        """;
    private const string Repeat = """
        UPDATE notifications SET count = $2, priority = $3, title = $4, message = $5, subject = $6, data = $7, actions = $8, occurred_at = $9,
          cause_key = $10, read_at = $11, archived_at = $12, resolved_at = NULL, updated_at = $13, type = $14, session_id = $15,
          seen_at = $16 WHERE seq = $1
        """;
    private const string FindUnresolved = $"""
        SELECT {NotificationRow.Columns} FROM notifications
        WHERE cause_key = $1 AND resolved_at IS NULL AND (CAST($2 AS TEXT) IS NULL OR project_id = $2) ORDER BY seq LIMIT $3
        """;
    private const string CountUnresolved = "SELECT count(*) FROM notifications WHERE cause_key = $1 AND resolved_at IS NULL AND person_id = $2";
    private const string SetResolved = "UPDATE notifications SET resolved_at = $2 WHERE seq = $1";

    /// <summary>Adds a row, or lets it join the one that tells of the same thing already.</summary>
    public NotificationRow Add(WriteScope write, string personId, NewNotification wanted) =>
        wanted.DedupeKey is { } key && write.Sql.First(
            FindOpen, NotificationRow.Read, personId, key, (write.Now - wanted.CoolDown).ToUnixTimeMilliseconds()) is { } open
            ? Join(write, open, wanted)
            : AddNew(write, personId, wanted);

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

    /// <summary>True when a row tells this person of a cause that stands, even one that was put away.</summary>
    public bool HasUnresolved(WriteScope write, string personId, string causeKey) => write.Sql.Number(CountUnresolved, causeKey, personId) > 0;

    private NotificationRow AddNew(WriteScope write, string personId, NewNotification wanted)
    {
        var row = new NotificationRow
        {
            Seq = changes.NextSeq,
            Id = Ids.New("ntf_", write.Now),
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
            OccurredAt = wanted.OccurredAt ?? write.Now,
            ReceivedAt = write.Now,
        };
        write.Sql.Execute(
            Insert, row.Seq, row.Id, personId, row.ProjectId, row.SessionId, row.Type, row.Priority, row.Title, row.Message, row.Subject, row.Data,
            row.Actions, row.DedupeKey, row.CauseKey, row.OccurredAt.ToUnixTimeMilliseconds(), write.NowMilliseconds);
        changes.Append(write, row.Change(ChangeTypes.NotificationCreated));
        return row;
    }

    private NotificationRow Join(WriteScope write, NotificationRow open, NewNotification wanted)
    {
        // What nothing will ever resolve, or what had been resolved and is back, asks for the person again. What still stands as
        // it was stays as the person left it: a repeat is not news, unless it is louder.
        var isLouder = Loudness(wanted.Priority) > Loudness(open.Priority);
        var isNews = wanted.CauseKey is null || open.ResolvedAt is not null || isLouder;
        var row = open with
        {
            Count = open.Count + 1,
            Type = wanted.Type,
            SessionId = wanted.SessionId,
            Priority = wanted.Priority,
            Title = wanted.Title,
            Message = wanted.Message,
            Subject = wanted.Subject,
            Data = wanted.Data,
            Actions = wanted.Actions,
            CauseKey = wanted.CauseKey,
            OccurredAt = wanted.OccurredAt ?? write.Now,
            SeenAt = isLouder ? null : open.SeenAt,
            ReadAt = isNews ? null : open.ReadAt,
            ArchivedAt = isNews ? null : open.ArchivedAt,
            ResolvedAt = null,
        };
        write.Sql.Execute(
            Repeat, row.Seq, row.Count, row.Priority, row.Title, row.Message, row.Subject, row.Data, row.Actions,
            row.OccurredAt.ToUnixTimeMilliseconds(), row.CauseKey, row.ReadAt?.ToUnixTimeMilliseconds(), row.ArchivedAt?.ToUnixTimeMilliseconds(),
            write.NowMilliseconds, row.Type, row.SessionId, row.SeenAt?.ToUnixTimeMilliseconds());
        changes.Append(write, row.Change(ChangeTypes.NotificationUpdated));
        return row;
    }

    private static int Loudness(string priority) => priority switch
    {
        Priorities.Urgent => 3,
        Priorities.Action => 2,
        Priorities.Warning => 1,
        _ => 0,
    };
}
