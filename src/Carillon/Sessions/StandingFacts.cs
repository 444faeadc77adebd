using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Sessions;

/// <summary>How sessions and their pull requests are, for whoever has to compare that with what was told of them.</summary>
internal sealed class StandingFacts(Database database, SessionTable sessions)
{
    private const string InNeed = """
        SELECT id FROM sessions WHERE id > $1 AND activity IN ('waiting_input', 'blocked', 'stuck') ORDER BY id LIMIT $2
        """;
    private const string WithOpenPullRequests = """
        SELECT DISTINCT session_id FROM pull_requests WHERE session_id > $1 AND state = 'open' ORDER BY session_id LIMIT $2
        """;

    /// <summary>Sessions that need somebody, in the order of their ids, those behind <paramref name="after"/>.</summary>
    public Task<List<string>> SessionsInNeedAsync(string after, int limit, CancellationToken cancel) =>
        database.QueryAsync(InNeed, row => row.GetString(0), cancel, after, (long)limit);

    /// <summary>Sessions with a pull request that is open, in the order of their ids, those behind <paramref name="after"/>.</summary>
    public Task<List<string>> SessionsWithOpenPullRequestsAsync(string after, int limit, CancellationToken cancel) =>
        database.QueryAsync(WithOpenPullRequests, row => row.GetString(0), cancel, after, (long)limit);

    /// <summary>The session as it is in this commit; null when there is none.</summary>
    public Session? FindSession(WriteScope write, string sessionId) => sessions.Find(write, sessionId) is { } row ? sessions.View(row) : null;

    /// <summary>A session's pull requests as they are in this commit.</summary>
    public static IEnumerable<PullRequest> PullRequestsOf(WriteScope write, string sessionId) => PullRequestTable.Of(write, sessionId).Select(row => row.View());
}
