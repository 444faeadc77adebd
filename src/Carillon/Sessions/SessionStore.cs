using System.Data.Common;
using System.Text.Json;
using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Storage;
using Directory = Carillon.Accounts.Directory;

namespace Carillon.Sessions;

/// <summary>Sessions, as their agents report them.</summary>
internal sealed class SessionStore(Database database, Writer writer, ChangeLog changes, Directory directory)
{
    // A report that says nothing new is written down this often at most: it only proves that the agent still works.
    private static readonly TimeSpan ProgressStep = TimeSpan.FromSeconds(30);

    // Whoever sees few of many sessions still reads few times.
    private const long SmallestRead = 512;

    private const string Columns = "id, project_id, owner_id, agent, title, activity, message, parent_id, created_at, updated_at, progress_at";
    private const string Find = $"SELECT {Columns} FROM sessions WHERE id = $1";
    private const string Insert = $"INSERT INTO sessions ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    private const string Update = """
        UPDATE sessions SET title = $2, activity = $3, message = $4, updated_at = $5, progress_at = $6 WHERE id = $1
        """;
    private const string Progress = "UPDATE sessions SET progress_at = $2 WHERE id = $1";
    private const string Latest = $"""
        SELECT {Columns} FROM sessions WHERE (updated_at < $1 OR (updated_at = $1 AND id < $2)) ORDER BY updated_at DESC, id DESC LIMIT $3
        """;
    private const string LatestOfProject = $"""
        SELECT {Columns} FROM sessions WHERE project_id = $4 AND (updated_at < $1 OR (updated_at = $1 AND id < $2)) ORDER BY updated_at DESC, id DESC LIMIT $3
        """;

    /// <summary>The session, if this access may know of it.</summary>
    public async Task<Session?> FindAsync(string id, Access access, CancellationToken cancel) =>
        await database.FirstAsync(Find, Read, cancel, id) is { } row && directory.FindVisible(access, row.ProjectId) is not null ? View(row) : null;

    /// <summary>How a notification names a session.</summary>
    public async ValueTask<SessionSubject?> FindSubjectAsync(string id, Access access, CancellationToken cancel) =>
        await FindAsync(id, access, cancel) is { } session
            ? new SessionSubject { Id = session.Id, ProjectId = session.ProjectId, Title = session.Title }
            : null;

    /// <summary>Sessions that this access sees, most recently changed first.</summary>
    public Task<SessionList> ListAsync(Access access, string? projectId, int limit, SessionPage? before, CancellationToken cancel) =>
        database.SnapshotAsync(async reading =>
        {
            var found = new List<SessionRow>();
            var from = before ?? SessionPage.Newest;
            var size = Math.Max(limit + 1L, SmallestRead);
            List<SessionRow> batch;
            do
            {
                // Hidden sessions are passed over, so a page may take more than one read to fill.
                batch = projectId is null
                    ? await reading.QueryAsync(Latest, Read, from.UpdatedAt, from.Id, size)
                    : await reading.QueryAsync(LatestOfProject, Read, from.UpdatedAt, from.Id, size, projectId);
                found.AddRange(batch.Where(row => directory.FindVisible(access, row.ProjectId) is not null));
                if (batch.Count > 0)
                {
                    from = new SessionPage(batch[^1].UpdatedAt, batch[^1].Id);
                }
            }
            while (found.Count <= limit && batch.Count == size);

            var page = found.Take(limit).ToList();
            return new SessionList
            {
                Sessions = [.. page.Select(View)],
                NextBefore = found.Count > limit ? new SessionPage(page[^1].UpdatedAt, page[^1].Id).ToString() : null,
                HeadSeq = await reading.NumberAsync(ChangeTable.Head),
            };
        }, cancel);

    /// <summary>Takes a report in. The first one of a session makes it, in the project that the report names.</summary>
    public Task<(Session? Session, Refusal? Refusal)> ReportAsync(string id, ActivityReport report, Access access, CancellationToken cancel) =>
        writer.RunAsync<(Session?, Refusal?)>(write =>
        {
            var known = write.Sql.First(Find, Read, id);
            if (known is null)
            {
                return (report.ProjectId ?? access.BoundProjectId) is not { } projectId ? (null, Problems.SessionNotFound)
                    : directory.FindVisible(access, projectId) is null ? (null, Problems.ProjectNotFound)
                    : (View(Add(write, id, projectId, report, access)), null);
            }

            if (directory.FindVisible(access, known.ProjectId) is null)
            {
                return (null, Problems.SessionNotFound);
            }

            return known.OwnerId == access.PersonId ? (View(Change(write, known, report)), null) : (null, Problems.SessionOwner);
        }, cancel);

    private SessionRow Add(WriteScope write, string id, string projectId, ActivityReport report, Access access)
    {
        var row = new SessionRow(
            id, projectId, access.PersonId, report.Agent ?? "agent", report.Title ?? id, report.Activity, report.Message, report.ParentSessionId,
            write.NowMilliseconds, write.NowMilliseconds, write.NowMilliseconds);
        write.Sql.Execute(
            Insert, row.Id, row.ProjectId, row.OwnerId, row.Agent, row.Title, row.Activity, row.Message, row.ParentId,
            row.CreatedAt, row.UpdatedAt, row.ProgressAt);
        Tell(write, row, before: null);
        return row;
    }

    private SessionRow Change(WriteScope write, SessionRow known, ActivityReport report)
    {
        var row = known with
        {
            Title = report.Title ?? known.Title,
            Activity = report.Activity,

            // The words belong to the activity that they came with.
            Message = report.Message ?? (report.Activity == known.Activity ? known.Message : null),
        };
        if (row == known)
        {
            if (write.NowMilliseconds - known.ProgressAt >= ProgressStep.TotalMilliseconds)
            {
                write.Sql.Execute(Progress, known.Id, write.NowMilliseconds);
            }

            return known;
        }

        row = row with { UpdatedAt = write.NowMilliseconds, ProgressAt = write.NowMilliseconds };
        write.Sql.Execute(Update, row.Id, row.Title, row.Activity, row.Message, row.UpdatedAt, row.ProgressAt);
        Tell(write, row, known.Activity);
        return row;
    }

    private void Tell(WriteScope write, SessionRow row, string? before)
    {
        var payload = JsonSerializer.SerializeToUtf8Bytes(
            new SessionChange { Session = View(row), ActivityBefore = before }, CarillonJson.Compact.SessionChange);
        changes.Append(write, new NewChange(ChangeTypes.SessionUpdated, Topics.Sessions, payload) { ProjectId = row.ProjectId, SessionId = row.Id });
    }

    private Session View(SessionRow row) => new()
    {
        Id = row.Id,
        ProjectId = row.ProjectId,
        Agent = row.Agent,
        Title = row.Title,
        Owner = directory.Find(row.OwnerId)?.Name ?? "somebody who left",
        Activity = row.Activity,
        Message = row.Message,
        ParentSessionId = row.ParentId,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt),
        UpdatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.UpdatedAt),
    };

    private static SessionRow Read(DbDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5),
        row.TextOrNull(6), row.TextOrNull(7), row.GetInt64(8), row.GetInt64(9), row.GetInt64(10));

    private sealed record SessionRow(
        string Id, string ProjectId, string OwnerId, string Agent, string Title, string Activity, string? Message, string? ParentId,
        long CreatedAt, long UpdatedAt, long ProgressAt);
}

/// <summary>Where the next page of sessions begins.</summary>
internal readonly record struct SessionPage(long UpdatedAt, string Id)
{
    public static readonly SessionPage Newest = new(long.MaxValue, string.Empty);

    public override string ToString() => $"{UpdatedAt}.{Id}";

    public static bool TryParse(string? text, out SessionPage page)
    {
        page = Newest;
        var dot = text?.IndexOf('.', StringComparison.Ordinal) ?? -1;
        if (dot <= 0 || !long.TryParse(text.AsSpan(0, dot), out var updatedAt))
        {
            return false;
        }

        page = new SessionPage(updatedAt, text![(dot + 1)..]);
        return true;
    }
}
