using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Storage;
using Directory = Carillon.Accounts.Directory;

namespace Carillon.Sessions;

/// <summary>Sessions: who sees which, and what their agents report.</summary>
internal sealed class SessionStore(
    Database database, Writer writer, SessionRecords records, SessionLimits limits, IHostedRuns runs, IAgentsElsewhere elsewhere, Directory directory)
{
    // A report that says nothing new is written down this often at most: it only proves that the agent still works.
    private static readonly TimeSpan ProgressStep = TimeSpan.FromSeconds(30);

    // Whoever sees few of many sessions still reads few times.
    private const long SmallestRead = 512;

    private const string Find = $"SELECT {SessionRow.Columns} FROM sessions WHERE id = $1";
    private const string Latest = $"""
        SELECT {SessionRow.Columns} FROM sessions WHERE (updated_at < $1 OR (updated_at = $1 AND id < $2)) ORDER BY updated_at DESC, id DESC LIMIT $3
        """;
    private const string LatestOfProject = $"""
        SELECT {SessionRow.Columns} FROM sessions WHERE project_id = $4 AND (updated_at < $1 OR (updated_at = $1 AND id < $2)) ORDER BY updated_at DESC, id DESC LIMIT $3
        """;

    /// <summary>The session, if this access may know of it.</summary>
    public async Task<Session?> FindAsync(string id, Access access, CancellationToken cancel) =>
        await FindRowAsync(id, access, cancel) is { } row ? records.View(row) : null;

    /// <summary>The same, as the database has it.</summary>
    public async Task<SessionRow?> FindRowAsync(string id, Access access, CancellationToken cancel) =>

        // No id of ours holds U+0000, and a database may refuse to look for one.
        !id.Contains('\0', StringComparison.Ordinal)
        && await database.FirstAsync(Find, SessionRow.Read, cancel, id) is { } row && directory.FindVisible(access, row.ProjectId) is not null
            ? row : null;

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
                    ? await reading.QueryAsync(Latest, SessionRow.Read, from.UpdatedAt, from.Id, size)
                    : await reading.QueryAsync(LatestOfProject, SessionRow.Read, from.UpdatedAt, from.Id, size, projectId);
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
                Sessions = [.. page.Select(records.View)],
                NextBefore = found.Count > limit ? new SessionPage(page[^1].UpdatedAt, page[^1].Id).ToString() : null,
                HeadSeq = await reading.NumberAsync(ChangeTable.Head),
            };
        }, cancel);

    /// <summary>Takes a report in. The first one of a session makes it, in the project that the report names.</summary>
    public Task<(ActivityAnswer? Answer, Refusal? Refusal)> ReportAsync(string id, ActivityReport report, Access access, CancellationToken cancel) =>
        writer.RunAsync<(ActivityAnswer?, Refusal?)>(write =>
        {
            var known = records.Find(write, id);
            if (known is null)
            {
                return (report.ProjectId ?? access.BoundProjectId) is not { } projectId ? (null, Problems.SessionNotFound)
                    : directory.FindVisible(access, projectId) is null ? (null, Problems.ProjectNotFound)
                    : limits.Objection(write, access.PersonId) is { } objection ? (null, objection)
                    : (Answer(write, Add(write, id, projectId, report, access)), null);
            }

            if (directory.FindVisible(access, known.ProjectId) is null)
            {
                return (null, Problems.SessionNotFound);
            }

            // What runs here may be talked to by everybody who sees it, and its programs report for whom they answer.
            return known.OwnerId == access.PersonId || known.IsHosted
                ? (Answer(write, Change(write, known, report)), null)
                : (null, Problems.SessionOwner);
        }, cancel);

    private ActivityAnswer Answer(WriteScope write, SessionRow row) => new()
    {
        Session = records.View(row),
        MessagesWaiting = row.IsHosted ? 0 : elsewhere.CountWaiting(write, row.Id),
    };

    private SessionRow Add(WriteScope write, string id, string projectId, ActivityReport report, Access access)
    {
        var row = new SessionRow
        {
            Id = id,
            ProjectId = projectId,
            OwnerId = access.PersonId,
            Agent = report.Agent ?? "agent",
            Title = report.Title ?? id,
            Activity = report.Activity,
            Message = report.Message,
            ParentId = report.ParentSessionId,
            CreatedAt = write.NowMilliseconds,
            UpdatedAt = write.NowMilliseconds,
            ProgressAt = write.NowMilliseconds,
        };
        records.Add(write, row);
        Hear(write, row, report);
        return row;
    }

    private SessionRow Change(WriteScope write, SessionRow known, ActivityReport report)
    {
        if (known is { IsHosted: true, Activity: Activities.Killed })
        {
            // A person has ended it; what its programs still say while they die brings it back to nobody.
            return known;
        }

        if (known.IsHosted && report.Activity is not (Activities.Working or Activities.WaitingInput or Activities.Blocked or Activities.Stuck)
            && runs.IsUnderWay(write, known.Id))
        {
            // Its program says that it is done, while its answer is still on the way: the end of the run says so better.
            records.NoteProgress(write, known.Id);
            return known;
        }

        var row = known with
        {
            // Somebody has called a session of this server something; what a program would call it is its folder's name.
            Title = known.IsHosted ? known.Title : report.Title ?? known.Title,
            Activity = report.Activity,

            // The words belong to the activity that they came with.
            Message = report.Message ?? (report.Activity == known.Activity ? known.Message : null),
        };
        if (row == known && write.NowMilliseconds - known.ProgressAt >= ProgressStep.TotalMilliseconds)
        {
            records.NoteProgress(write, known.Id);
        }

        if (row != known && !known.IsHosted)
        {
            Hear(write, row, report);
        }

        return records.Change(write, known, row);
    }

    // What an agent says while it works is gone with the next step; what it says when it stops is said to somebody.
    private void Hear(WriteScope write, SessionRow row, ActivityReport report)
    {
        if (!string.IsNullOrWhiteSpace(report.Message) && row.Activity is not (Activities.Starting or Activities.Working))
        {
            elsewhere.Hear(write, row, report.Message);
        }
    }
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
