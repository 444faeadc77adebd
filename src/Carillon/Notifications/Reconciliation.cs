using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Notifications;

/// <summary>The ids of sessions about which somebody may have to be told, in their order, those behind <paramref name="after"/>. The Sessions room answers.</summary>
internal delegate Task<List<string>> FindSessionsInNeed(string after, int limit, CancellationToken cancel);

/// <summary>A session and its pull requests as they are in this commit; null when there is no such session. The Sessions room answers.</summary>
internal delegate (Session Session, IReadOnlyList<PullRequest> PullRequests)? FindSessionFacts(WriteScope write, string sessionId);

/// <summary>
/// Compares what stands in the inboxes with how things are, when the notifier starts: changes may have been lost to it, by a restored
/// database or a log that was cut while it was away. In steps, each a commit of its own.
/// </summary>
internal sealed class Reconciliation(
    Database database, Writer writer, Inbox inbox, Alerts alerts, FindSessionsInNeed findSessionsInNeed, FindSessionFacts findFacts)
{
    private const int Step = 100;

    // The causes of publishers begin with the id of a person; these two are the notifier's own.
    private const string StandingRows = """
        SELECT DISTINCT cause_key, session_id FROM notifications
        WHERE resolved_at IS NULL AND cause_key > $1 AND session_id IS NOT NULL AND (cause_key LIKE 'session:%' OR cause_key LIKE 'pr:%')
        ORDER BY cause_key LIMIT $2
        """;

    // The notifier comes to these by itself, and would say the same again.
    private const string StillToTake = """
        SELECT DISTINCT session_id FROM changes
        WHERE seq > (SELECT position FROM followers WHERE name = $1) AND type IN ('session_updated', 'pr_updated')
        """;

    public async Task RunAsync(CancellationToken cancel)
    {
        await TakeBackAsync(cancel);
        await RaiseMissingAsync(cancel);
    }

    private async Task TakeBackAsync(CancellationToken cancel)
    {
        var after = string.Empty;
        List<(string Cause, string SessionId)> rows;
        do
        {
            rows = await database.QueryAsync(StandingRows, row => (row.GetString(0), row.GetString(1)), cancel, after, (long)Step);
            if (rows.Count > 0)
            {
                await writer.RunAsync(write => TakeBack(write, rows), cancel);
                after = rows[^1].Cause;
            }
        }
        while (rows.Count == Step);
    }

    private async Task RaiseMissingAsync(CancellationToken cancel)
    {
        var after = string.Empty;
        List<string> sessions;
        do
        {
            sessions = await findSessionsInNeed(after, Step, cancel);
            if (sessions.Count > 0)
            {
                await writer.RunAsync(write => RaiseMissing(write, sessions), cancel);
                after = sessions[^1];
            }
        }
        while (sessions.Count == Step);
    }

    private void TakeBack(WriteScope write, List<(string Cause, string SessionId)> rows)
    {
        var later = Later(write);
        foreach (var session in rows.GroupBy(row => row.SessionId).Where(session => !later.Contains(session.Key)))
        {
            var causes = findFacts(write, session.Key) is { } facts ? Alerts.Causes(facts.Session, facts.PullRequests) : [];
            foreach (var row in session.Where(row => !causes.Contains(row.Cause)))
            {
                inbox.Resolve(write, row.Cause);
            }
        }
    }

    private void RaiseMissing(WriteScope write, List<string> sessions)
    {
        var later = Later(write);
        foreach (var id in sessions.Where(id => !later.Contains(id)))
        {
            if (findFacts(write, id) is { } facts)
            {
                alerts.RaiseMissing(write, facts.Session, facts.PullRequests);
            }
        }
    }

    private static HashSet<string> Later(WriteScope write) => [.. write.Sql.Query(StillToTake, row => row.GetString(0), Notifier.Name)];
}
