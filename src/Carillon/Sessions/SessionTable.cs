using System.Text.Json;
using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Sessions;

/// <summary>Sessions: written inside somebody's commit, each with the change that tells of it, and read by whoever may know of them.</summary>
internal sealed class SessionTable(Database database, ChangeLog changes, Membership membership)
{
    /// <summary>The condition of a query whose rows <see cref="Choose"/> chooses among: <c>$1</c> is the name, <c>$2</c> who asks.</summary>
    public const string IsNamed = "(id = $1 OR (owner_id = $2 AND given_id = $1))";

    // Whoever sees few of many sessions still reads few times.
    private const long SmallestRead = 512;

    // What one search may cost, also when it finds nothing.
    private const long SearchRead = 1_000;
    private const int MostSearched = 5_000;

    private const string Latest = $"""
        SELECT {SessionRow.Columns} FROM sessions WHERE (updated_at < $1 OR (updated_at = $1 AND id < $2)) AND ($4 = 1 OR archived_at IS NULL)
        ORDER BY updated_at DESC, id DESC LIMIT $3
        """;
    private const string LatestOfProject = $"""
        SELECT {SessionRow.Columns} FROM sessions WHERE project_id = $5 AND (updated_at < $1 OR (updated_at = $1 AND id < $2)) AND ($4 = 1 OR archived_at IS NULL)
        ORDER BY updated_at DESC, id DESC LIMIT $3
        """;
    private const string FindOne = $"SELECT {SessionRow.Columns} FROM sessions WHERE id = $1";
    private const string FindNamed = $"SELECT {SessionRow.Columns} FROM sessions WHERE {IsNamed}";
    private const string FindMade = $"SELECT {SessionRow.Columns}, creation_request FROM sessions WHERE owner_id = $1 AND creation_key = $2";
    private const string Insert = $"""
        INSERT INTO sessions ({SessionRow.Stored}, creation_key, creation_request)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
        """;
    private const string Update = """
        UPDATE sessions SET title = $2, activity = $3, message = $4, updated_at = $5, progress_at = $6, agent_state = $7, queue_ticket = $8,
          reported_at = $9, tool = $10, failed = $11, archived_at = $12 WHERE id = $1
        """;
    private const string SetByPerson = "UPDATE sessions SET title = $2, named = $3, archived_at = $4 WHERE id = $1";
    private const string DeleteBells = "DELETE FROM subscriptions WHERE session_id = $1";
    private const string DeletePullRequests = "DELETE FROM pull_requests WHERE session_id = $1";
    private const string DeleteRow = "DELETE FROM sessions WHERE id = $1";
    private const string SetProgress = "UPDATE sessions SET progress_at = $2 WHERE id = $1";
    private const string SetAgentState = "UPDATE sessions SET agent_state = $2 WHERE id = $1";
    private const string SetReport = "UPDATE sessions SET progress_at = $2, reported_at = $3, tool = $4 WHERE id = $1";

    /// <summary>The session of that public id, whoever asks.</summary>
    public SessionRow? Find(WriteScope write, string id) => write.Sql.First(FindOne, SessionRow.Read, id);

    /// <summary>The session that this access calls so, if it may know of it.</summary>
    public SessionRow? Find(WriteScope write, SessionName name, Access access) =>
        Choose(write.Sql.Query(FindNamed, SessionRow.Read, name.Id, access.PersonId), name, access);

    /// <summary>The one of these that this access means by the name, if it may know of it.</summary>
    public SessionRow? Choose(IEnumerable<SessionRow> rows, SessionName name, Access access) =>
        InOrder(rows, name, access).FirstOrDefault(row => membership.FindVisible(access, row.ProjectId) is not null);

    /// <summary>The session that this person's programs call so.</summary>
    public static SessionRow? FindOwn(WriteScope write, string givenId, string ownerId) =>
        write.Sql.Query(FindNamed, SessionRow.Read, givenId, ownerId).Find(row => IsCalled(row, givenId, ownerId));

    /// <summary>The session that this person made under this key, and what the request was, if there is one.</summary>
    public (SessionRow Session, string Request)? FindCreated(WriteScope write, string ownerId, CreationKey key) =>
        write.Sql.First(FindMade, row => ((SessionRow, string)?)(SessionRow.Read(row), row.GetString(SessionRow.Width)), ownerId, key.Key);

    public void Add(WriteScope write, SessionRow row, CreationKey? key = null)
    {
        write.Sql.Execute(
            Insert, row.Id, row.ProjectId, row.OwnerId, row.Agent, row.Title, row.Activity, row.Message, row.ParentId, row.CreatedAt, row.UpdatedAt,
            row.ProgressAt, row.IsHosted ? 1L : 0L, row.Folder, row.AgentState, row.QueueTicket, row.ReportedAt, row.Tool, row.HasFailed ? 1L : 0L, row.GivenId,
            row.IsNamed ? 1L : 0L, row.ArchivedAt, key?.Key, key?.Request);
        Tell(write, row, known: null, run: null);
    }

    /// <summary>Changes a session, which counts as progress. What stays as it is tells nobody anything, unless a run ended.</summary>
    public SessionRow Change(WriteScope write, SessionRow known, SessionRow wanted, RunEnd? run = null)
    {
        if (wanted == known && run is null)
        {
            return known;
        }

        var row = wanted with
        {
            UpdatedAt = write.NowMilliseconds,
            ProgressAt = write.NowMilliseconds,
            Tool = wanted.Activity == Activities.Working ? wanted.Tool : null,
            HasFailed = wanted.Activity == Activities.Exited && HasFailed(known, run),

            // What was put away comes back when something happens in it; that it ends is nothing to look at.
            ArchivedAt = wanted.Activity is Activities.Exited or Activities.Killed ? wanted.ArchivedAt : null,
        };
        write.Sql.Execute(
            Update, row.Id, row.Title, row.Activity, row.Message, row.UpdatedAt, row.ProgressAt, row.AgentState, row.QueueTicket,
            row.ReportedAt, row.Tool, row.HasFailed ? 1L : 0L, row.ArchivedAt);
        Tell(write, row, known, run);
        return row;
    }

    /// <summary>Changes what a person decides about a session: its title, and whether it is put away. That is no progress.</summary>
    public SessionRow Amend(WriteScope write, SessionRow known, SessionRow wanted)
    {
        if (wanted != known)
        {
            write.Sql.Execute(SetByPerson, wanted.Id, wanted.Title, wanted.IsNamed ? 1L : 0L, wanted.ArchivedAt);
            Tell(write, wanted, known, run: null);
        }

        return wanted;
    }

    /// <summary>Deletes a session and all that the log told of it. The other rooms' parts of it go before: afterwards nothing names it.</summary>
    public void Delete(WriteScope write, SessionRow row)
    {
        write.Sql.Execute(DeleteBells, row.Id);
        write.Sql.Execute(DeletePullRequests, row.Id);
        write.Sql.Execute(DeleteRow, row.Id);
        changes.Erase(
            write, row.Id, row.ProjectId, new NewChange(ChangeTypes.SessionDeleted, Topics.Sessions, ChangeRow.Nothing) { ProjectId = row.ProjectId, SessionId = row.Id });
    }

    /// <summary>Notes that the agent gets on, without telling anybody.</summary>
    public void NoteProgress(WriteScope write, string id) => write.Sql.Execute(SetProgress, id, write.NowMilliseconds);

    /// <summary>Keeps what the agent wants to have back with its next task, which is nobody else's affair.</summary>
    public void KeepAgentState(WriteScope write, string id, string state) => write.Sql.Execute(SetAgentState, id, state);

    /// <summary>The same by a report, which may say what the agent waits for.</summary>
    public void NoteReport(WriteScope write, SessionRow row) =>
        write.Sql.Execute(SetReport, row.Id, write.NowMilliseconds, row.ReportedAt, row.Tool);

    /// <summary>The session, if this access may know of it.</summary>
    public async Task<Session?> FindAsync(string id, Access access, CancellationToken cancel) =>
        await FindRowAsync(id, access, cancel) is { } row ? View(row) : null;

    /// <summary>The same, as the database has it.</summary>
    /// <remarks>Whoever goes on with it uses the id of the row: what it was asked for by may be its owner's own name for it.</remarks>
    public async Task<SessionRow?> FindRowAsync(SessionName name, Access access, CancellationToken cancel)
    {
        // No id of ours holds U+0000, and a database may refuse to look for one.
        if (name.Id.Contains('\0', StringComparison.Ordinal))
        {
            return null;
        }

        foreach (var row in InOrder(await database.QueryAsync(FindNamed, SessionRow.Read, cancel, name.Id, access.PersonId), name, access))
        {
            if (await membership.FindVisibleAsync(access, row.ProjectId, cancel) is not null)
            {
                return row;
            }
        }

        return null;
    }

    // A person's programs mean their own session. The page's addresses name sessions of everybody by their public ids.
    private static IEnumerable<SessionRow> InOrder(IEnumerable<SessionRow> rows, SessionName name, Access access) =>
        name.IsPublic || access.Kind == AccessKind.SignIn
            ? rows.OrderByDescending(row => row.Id == name.Id)
            : rows.OrderByDescending(row => IsCalled(row, name.Id, access.PersonId));

    private static bool IsCalled(SessionRow row, string givenId, string ownerId) => row.GivenId == givenId && row.OwnerId == ownerId;

    /// <summary>
    /// Who reports for a session: its owner, and what runs in it, whoever asked. A run speaks for its own session and for no other one of the
    /// server, also when its person owns both.
    /// </summary>
    public static bool MaySpeakFor(SessionRow session, Access access) =>
        access.RunsSessionId == session.Id || (session.OwnerId == access.PersonId && !(session.IsHosted && access.RunsSessionId is not null));

    /// <summary>How a notification names a session.</summary>
    public async ValueTask<SessionSubject?> FindSubjectAsync(string id, Access access, CancellationToken cancel) =>
        await FindAsync(id, access, cancel) is { } session
            ? new SessionSubject { Id = session.Id, ProjectId = session.ProjectId, Title = session.Title }
            : null;

    /// <summary>Sessions that this access sees, most recently changed first.</summary>
    public Task<SessionList> ListAsync(Access access, string? projectId, int limit, SessionPage? before, string words, bool includeArchived, CancellationToken cancel) =>
        database.SnapshotAsync(async reading =>
        {
            var asked = words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            var found = new List<SessionRow>();
            var looked = 0;
            var from = before ?? SessionPage.Newest;
            var size = asked.Length > 0 ? SearchRead : Math.Max(limit + 1L, SmallestRead);
            List<SessionRow> batch;
            do
            {
                // Hidden sessions are passed over, so a page may take more than one read to fill.
                batch = projectId is null
                    ? await reading.QueryAsync(Latest, SessionRow.Read, from.UpdatedAt, from.Id, size, includeArchived ? 1L : 0L)
                    : await reading.QueryAsync(LatestOfProject, SessionRow.Read, from.UpdatedAt, from.Id, size, includeArchived ? 1L : 0L, projectId);
                found.AddRange(batch.Where(row => membership.FindVisible(access, row.ProjectId) is { } project && HasWords(row, project, asked)));
                looked += batch.Count;
                if (batch.Count > 0)
                {
                    from = new SessionPage(batch[^1].UpdatedAt, batch[^1].Id);
                }
            }
            while (found.Count <= limit && batch.Count == size && (asked.Length == 0 || looked < MostSearched));

            var page = found.Take(limit).ToList();
            var goesOn = found.Count > limit ? new SessionPage(page[^1].UpdatedAt, page[^1].Id) : batch.Count == size ? from : (SessionPage?)null;
            return new SessionList
            {
                Sessions = [.. page.Select(View)],
                NextBefore = goesOn?.ToString(),
                HeadSeq = await reading.NumberAsync(ChangeTable.Head),
            };
        }, cancel);

    public Session View(SessionRow row) => new()
    {
        Id = row.Id,
        ProjectId = row.ProjectId,
        Agent = row.Agent,
        Title = row.Title,
        Owner = membership.Find(row.OwnerId)?.Name ?? "somebody who left",
        Activity = row.Activity,
        Message = row.Message,
        ParentSessionId = row.ParentId,
        Hosted = row.IsHosted,
        Failed = row.HasFailed,
        QueuePosition = row.QueuePosition,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt),
        UpdatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.UpdatedAt),
        ArchivedAt = row.ArchivedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
    };

    // Here and not in the database, whose two kinds do not agree on what a capital letter is.
    private bool HasWords(SessionRow row, ProjectEntry project, string[] words)
    {
        var owner = membership.Find(row.OwnerId)?.Name;
        return Array.TrueForAll(words, word =>
            Has(row.Title, word) || Has(row.Agent, word) || Has(owner, word) || Has(project.Name, word));

        static bool Has(string? text, string word) => text?.Contains(word, StringComparison.OrdinalIgnoreCase) is true;
    }

    // An agent that ends while the turn is the person's was closed. SessionRules.Raised draws the same line for the alert.
    private static bool HasFailed(SessionRow known, RunEnd? run) =>
        run?.Status == RunStatuses.Failed || known.HasFailed || known.Activity is Activities.Starting or Activities.Working or Activities.Stuck;

    private void Tell(WriteScope write, SessionRow row, SessionRow? known, RunEnd? run)
    {
        var change = new SessionChange
        {
            Session = View(row),
            ActivityBefore = known?.Activity,
            Reworded = row.Activity == known?.Activity && row.Message is not null && row.Message != known.Message,
            Run = run,
        };
        var payload = JsonSerializer.SerializeToUtf8Bytes(change, CarillonJson.Compact.SessionChange);
        changes.Append(write, new NewChange(ChangeTypes.SessionUpdated, Topics.Sessions, payload) { ProjectId = row.ProjectId, SessionId = row.Id });
    }
}

/// <summary>The key under which somebody made a session, and what was asked for, so that a repeat can be told from another request.</summary>
internal sealed record CreationKey(string Key, string Request);

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
