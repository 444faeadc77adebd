using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Notifications;

/// <summary>Which rows of an inbox are asked for.</summary>
internal sealed record InboxQuery(string PersonId, string? BoundProjectId)
{
    public string? ProjectId { get; init; }

    public string? SessionId { get; init; }

    public bool UnreadOnly { get; init; }

    public bool IncludeArchived { get; init; }

    public bool UnresolvedOnly { get; init; }

    public int Limit { get; init; }

    public long? BeforeSeq { get; init; }
}

/// <summary>Reads inboxes, and changes what became of their rows.</summary>
internal sealed class NotificationTable(Database database, Writer writer, ChangeLog changes, Membership membership)
{
    public const int MostIds = 500;

    // A step of read-all: one commit each, so that a huge inbox does not hold up everybody else's.
    private const int Step = 500;

    // A filter that is not asked for is null; the casts tell PostgreSQL what a null is.
    private const string InScope = """
        person_id = $1 AND (CAST($2 AS TEXT) IS NULL OR project_id = $2) AND (CAST($3 AS TEXT) IS NULL OR session_id = $3)
        AND (CAST($4 AS TEXT) IS NULL OR project_id = $4)
        AND (project_id IS NULL OR EXISTS (
          SELECT 1 FROM projects WHERE projects.id = project_id
          AND (closed = 0 OR EXISTS (SELECT 1 FROM project_members WHERE project_members.project_id = projects.id AND user_id = $1))))
        """;
    private const string Page = $"""
        SELECT {NotificationRow.Columns} FROM notifications
        WHERE {InScope} AND seq < $5 AND ($6 = 0 OR read_at IS NULL) AND ($7 = 1 OR archived_at IS NULL) AND ($8 = 0 OR resolved_at IS NULL)
        ORDER BY seq DESC LIMIT $9
        """;
    private const string CountUnread = $"""
        SELECT count(*) FROM notifications WHERE {InScope} AND read_at IS NULL AND archived_at IS NULL
        """;
    private const string CountUnhandled = CountUnread + " AND resolved_at IS NULL";
    private const string Find = $"SELECT {NotificationRow.Columns} FROM notifications WHERE id = $1 AND person_id = $2";
    private const string SetState = "UPDATE notifications SET seen_at = $2, read_at = $3, archived_at = $4 WHERE seq = $1";
    private const string Unread = $"""
        SELECT {NotificationRow.Columns} FROM notifications
        WHERE {InScope} AND read_at IS NULL AND archived_at IS NULL AND seq <= $5 ORDER BY seq LIMIT $6
        """;

    public Task<NotificationList> ListAsync(InboxQuery query, CancellationToken cancel) => database.SnapshotAsync(async reading =>
    {
        // One more than asked for tells whether there is an older page.
        var rows = await reading.QueryAsync(
            Page, NotificationRow.Read, query.PersonId, query.ProjectId, query.SessionId, query.BoundProjectId, query.BeforeSeq ?? long.MaxValue,
            query.UnreadOnly ? 1L : 0L, query.IncludeArchived ? 1L : 0L, query.UnresolvedOnly ? 1L : 0L, query.Limit + 1L);
        var page = rows.Take(query.Limit).ToList();
        return new NotificationList
        {
            Notifications = [.. page.Select(row => row.View())],
            UnreadCount = await reading.NumberAsync(CountUnread, query.PersonId, query.ProjectId, query.SessionId, query.BoundProjectId),
            UnhandledCount = await reading.NumberAsync(CountUnhandled, query.PersonId, query.ProjectId, query.SessionId, query.BoundProjectId),
            Limit = query.Limit,
            NextBeforeSeq = rows.Count > query.Limit ? page[^1].Seq : null,
            HeadSeq = await reading.NumberAsync(ChangeTable.Head),
        };
    }, cancel);

    /// <summary>The row, if it is this person's and the access may know of its project.</summary>
    public async Task<NotificationRow?> FindAsync(string id, Access access, CancellationToken cancel) =>
        await database.FirstAsync(Find, NotificationRow.Read, cancel, id, access.PersonId) is { } row && IsInReach(row, access) ? row : null;

    /// <summary>Marks a row. What changes nothing writes nothing.</summary>
    public Task<NotificationRow?> UpdateAsync(string id, NotificationUpdate update, Access access, CancellationToken cancel) =>
        writer.RunAsync(write =>
        {
            if (write.Sql.First(Find, NotificationRow.Read, id, access.PersonId) is not { } row || !IsInReach(row, access))
            {
                return null;
            }

            return Change(write, row, row with
            {
                SeenAt = update.Seen is true ? row.SeenAt ?? write.Now : row.SeenAt,
                ReadAt = Marked(update.Read, row.ReadAt, write.Now),
                ArchivedAt = Marked(update.Archived, row.ArchivedAt, write.Now),
            });
        }, cancel);

    /// <summary>Marks rows read, the named ones or all that are in scope; or the named ones unread again.</summary>
    public async Task<int> ReadAllAsync(ReadAllNotifications request, Access access, CancellationToken cancel)
    {
        if (request.Ids is { } ids)
        {
            return await writer.RunAsync(write => MarkNamed(write, ids, request, access), cancel);
        }

        var updated = 0;
        long? upTo = request.UpToSeq;
        int step;
        do
        {
            step = await writer.RunAsync(write =>
            {
                // What arrives between two steps was not there when the person clicked.
                upTo ??= changes.NextSeq - 1;
                return ReadSome(write, request, upTo.Value, access);
            }, cancel);
            updated += step;
        }
        while (step == Step);

        return updated;
    }

    private int MarkNamed(WriteScope write, IReadOnlyList<string> ids, ReadAllNotifications request, Access access)
    {
        var updated = 0;
        foreach (var id in ids.Distinct())
        {
            if (write.Sql.First(Find, NotificationRow.Read, id, access.PersonId) is { } row && IsInReach(row, access)
                && row.Seq <= (request.UpToSeq ?? long.MaxValue)
                && (request.ProjectId is null || row.ProjectId == request.ProjectId)
                && (request.SessionId is null || row.SessionId == request.SessionId)
                && (request.Read is false ? row.ReadAt is not null : row is { ReadAt: null, ArchivedAt: null }))
            {
                Change(write, row, row with { ReadAt = request.Read is false ? null : write.Now });
                updated++;
            }
        }

        return updated;
    }

    private int ReadSome(WriteScope write, ReadAllNotifications request, long upTo, Access access)
    {
        var rows = write.Sql.Query(
            Unread, NotificationRow.Read, access.PersonId, request.ProjectId, request.SessionId, access.BoundProjectId, upTo, (long)Step);
        foreach (var row in rows)
        {
            Change(write, row, row with { ReadAt = write.Now });
        }

        return rows.Count;
    }

    private NotificationRow Change(WriteScope write, NotificationRow before, NotificationRow after)
    {
        // Opening or putting away what one has not been shown does not happen.
        if (after.SeenAt is null && (after.ReadAt is not null || after.ArchivedAt is not null))
        {
            after = after with { SeenAt = write.Now };
        }

        if (after != before)
        {
            write.Sql.Execute(
                SetState, after.Seq, after.SeenAt?.ToUnixTimeMilliseconds(), after.ReadAt?.ToUnixTimeMilliseconds(),
                after.ArchivedAt?.ToUnixTimeMilliseconds());
            changes.Append(write, after.Change(ChangeTypes.NotificationUpdated));
        }

        return after;
    }

    private static DateTimeOffset? Marked(bool? wanted, DateTimeOffset? present, DateTimeOffset now) => wanted switch
    {
        true => present ?? now,
        false => null,
        null => present,
    };

    // Membership and recipient: whoever left a closed project has left what happened in it.
    private bool IsInReach(NotificationRow row, Access access) =>
        (access.BoundProjectId is null || row.ProjectId == access.BoundProjectId)
        && (row.ProjectId is null || membership.Sees(access.PersonId, row.ProjectId));
}

/// <summary>Put away and old enough.</summary>
internal sealed class RetainedNotifications : IRetained
{
    private const int Step = 500;

    private const string TrimArchived = """
        DELETE FROM notifications WHERE seq IN (SELECT seq FROM notifications WHERE archived_at < $1 ORDER BY archived_at LIMIT $2)
        """;

    public int Trim(WriteScope write, RetentionOptions options) =>
        write.Sql.Execute(TrimArchived, (write.Now - options.Notifications).ToUnixTimeMilliseconds(), (long)Step);
}

/// <summary>The inbox of a person who is gone, and the answers that their programs were given.</summary>
internal sealed class ErasedInboxes : IErased
{
    private const int Step = 500;

    private const string EraseRows = "DELETE FROM notifications WHERE seq IN (SELECT seq FROM notifications WHERE person_id = $1 LIMIT $2)";

    // A token that is bound to a project keeps its answers under both.
    private const string EraseAnswers = """
        DELETE FROM publish_answers WHERE (person_id, key) IN
          (SELECT person_id, key FROM publish_answers WHERE person_id = $1 OR (person_id > $1 || '/' AND person_id < $1 || '0') LIMIT $2)
        """;

    public int Erase(WriteScope write, string personId) =>
        write.Sql.Execute(EraseRows, personId, (long)Step) is > 0 and var rows ? rows : write.Sql.Execute(EraseAnswers, personId, (long)Step);
}
