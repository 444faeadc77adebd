using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Sessions;

/// <summary>How sessions and their pull requests are, for whoever has to compare that with what was told of them.</summary>
internal sealed class StandingFacts(Database database, SessionTable sessions)
{
    private const string InNeed = """
        SELECT id FROM sessions
        WHERE id > $1 AND (activity IN ('waiting_input', 'blocked', 'stuck')
          OR EXISTS (SELECT 1 FROM pull_requests WHERE session_id = sessions.id AND state = 'open'))
        ORDER BY id LIMIT $2
        """;

    /// <summary>Sessions that need somebody, or may by a pull request that is open, in the order of their ids.</summary>
    public Task<List<string>> InNeedAsync(string after, int limit, CancellationToken cancel) =>
        database.QueryAsync(InNeed, row => row.GetString(0), cancel, after, (long)limit);

    /// <summary>The session and its pull requests as they are in this commit; null when there is no such session.</summary>
    public (Session Session, IReadOnlyList<PullRequest> PullRequests)? Find(WriteScope write, string sessionId) =>
        sessions.Find(write, sessionId) is { } session
            ? (sessions.View(session), [.. PullRequestTable.Of(write, sessionId).Select(row => row.View())])
            : null;
}
