using System.Text.Json;
using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Sessions;

/// <summary>The pull requests of sessions, as they were last reported or read.</summary>
internal sealed class PullRequestTable(
    Database database, Writer writer, ChangeLog changes, SessionTable sessions, TokenQuota quota)
{
    /// <summary>A session has so many at most: one that goes on for ever must not fill the disk, and no page shows more.</summary>
    public const int MostOfSession = 50;

    // More than a few sessions do not work on one pull request; whoever writes meanwhile waits for these.
    private const long MostCorrected = 100;

    private const string OfSession = $"""
        SELECT {PullRequestRow.Columns} FROM pull_requests WHERE session_id = $1 ORDER BY created_at DESC, provider, owner, repo, number DESC
        """;
    private const string FindOne = $"""
        SELECT {PullRequestRow.Columns} FROM pull_requests WHERE session_id = $1 AND provider = $2 AND owner = $3 AND repo = $4 AND number = $5
        """;
    private const string OfAllSessions = $"""
        SELECT {PullRequestRow.Columns} FROM pull_requests WHERE provider = $1 AND owner = $2 AND repo = $3 AND number = $4 ORDER BY updated_at DESC LIMIT $5
        """;
    private const string CountOfSession = "SELECT count(*) FROM pull_requests WHERE session_id = $1";
    private const string Store = $"""
        INSERT INTO pull_requests ({PullRequestRow.Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        ON CONFLICT (session_id, provider, owner, repo, number) DO UPDATE SET title = excluded.title, url = excluded.url, head_sha = excluded.head_sha,
          state = excluded.state, draft = excluded.draft, mergeable = excluded.mergeable, conflicts = excluded.conflicts, checks = excluded.checks,
          review = excluded.review, updated_at = excluded.updated_at
        """;

    /// <summary>Those of one session, newest first; null when this access sees no such session.</summary>
    public async Task<PullRequestList?> ListAsync(string sessionId, Access access, CancellationToken cancel) =>
        await sessions.FindRowAsync(sessionId, access, cancel) is not { } session ? null : await database.SnapshotAsync(async reading => new PullRequestList
        {
            PullRequests = [.. (await reading.QueryAsync(OfSession, PullRequestRow.Read, session.Id)).Select(row => row.View())],
            HeadSeq = await reading.NumberAsync(ChangeTable.Head),
        }, cancel);

    /// <summary>The record, whoever asks: the caller knows who may.</summary>
    public Task<PullRequestRow?> FindAsync(string sessionId, PullRequestName name, CancellationToken cancel) =>
        database.FirstAsync(FindOne, PullRequestRow.Read, cancel, sessionId, name.Provider, name.Owner, name.Repo, name.Number);

    /// <summary>Those of one session inside somebody's commit.</summary>
    public static List<PullRequestRow> Of(WriteScope write, string sessionId) => write.Sql.Query(OfSession, PullRequestRow.Read, sessionId);

    /// <summary>Takes a report in. What says nothing new writes nothing.</summary>
    public async Task<Outcome<PullRequest>> PutAsync(
        string sessionId, PullRequestName name, PullRequestReport report, Access access, CancellationToken cancel) =>
        quota.Objection(access, rows: 1, report.Title.Length + report.Url.Length) is { } objection
            ? objection
            : await writer.RunAsync<Outcome<PullRequest>>(write =>
        {
            if (sessions.Find(write, sessionId, access) is not { } session)
            {
                return Problems.SessionNotFound;
            }

            if (!SessionTable.MaySpeakFor(session, access))
            {
                return Problems.SessionOwner;
            }

            var known = Find(write, session.Id, name);
            return known is null && write.Sql.Number(CountOfSession, session.Id) >= MostOfSession
                ? Problems.TooManyPullRequests
                : Change(write, session, known, PullRequestRow.From(session.Id, name, report, write.NowMilliseconds)).View();
        }, cancel);

    /// <summary>Writes down what is known better than by the last report, with every session that has the pull request.</summary>
    public void Correct(WriteScope write, PullRequestName name, Func<PullRequestRow, PullRequestRow> correct)
    {
        var rows = write.Sql.Query(OfAllSessions, PullRequestRow.Read, name.Provider, name.Owner, name.Repo, name.Number, MostCorrected);
        foreach (var known in rows)
        {
            Change(write, sessions.Find(write, known.SessionId)!, known, correct(known));
        }
    }

    private static PullRequestRow? Find(WriteScope write, string sessionId, PullRequestName name) =>
        write.Sql.First(FindOne, PullRequestRow.Read, sessionId, name.Provider, name.Owner, name.Repo, name.Number);

    private PullRequestRow Change(WriteScope write, SessionRow session, PullRequestRow? known, PullRequestRow wanted)
    {
        if (known is not null && wanted with { CreatedAt = known.CreatedAt, UpdatedAt = known.UpdatedAt } == known)
        {
            return known;
        }

        var row = wanted with { CreatedAt = known?.CreatedAt ?? write.NowMilliseconds, UpdatedAt = write.NowMilliseconds };
        write.Sql.Execute(
            Store, row.SessionId, row.Name.Provider, row.Name.Owner, row.Name.Repo, row.Name.Number, row.Title, row.Url, row.HeadSha, row.State,
            row.IsDraft ? 1L : 0L, row.IsMergeable is { } mergeable ? mergeable ? 1L : 0L : null, row.HasConflicts ? 1L : 0L, row.Checks, row.Review,
            row.CreatedAt, row.UpdatedAt);
        var view = sessions.View(session);
        var payload = JsonSerializer.SerializeToUtf8Bytes(new PullRequestChange
        {
            PullRequest = row.View(),
            Before = known?.View(),
            Owner = view.Owner,
            SessionTitle = view.Title,
            ParentSessionId = view.ParentSessionId,
        }, CarillonJson.Compact.PullRequestChange);
        changes.Append(write, new NewChange(ChangeTypes.PullRequestUpdated, Topics.PullRequests, payload) { ProjectId = session.ProjectId, SessionId = session.Id });
        return row;
    }
}
