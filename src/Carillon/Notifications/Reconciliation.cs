using Carillon.Changes;
using Carillon.Storage;

namespace Carillon.Notifications;

/// <summary>
/// Compares what stands in the inboxes with how things are, when the notifier starts: changes may have been lost to it, by a restored
/// database or a log that was cut while it was away. In steps, each a commit of its own.
/// </summary>
internal sealed class Reconciliation(Database database, Writer writer, Inbox inbox, Alerts alerts, IEnumerable<IFactSource> sources)
{
    private const int Step = 100;

    private const string StandingRows = """
        SELECT DISTINCT cause_key, session_id FROM notifications
        WHERE resolved_at IS NULL AND cause_key > $1 AND cause_key LIKE $2 ORDER BY cause_key LIMIT $3
        """;

    public async Task RunAsync(CancellationToken cancel)
    {
        foreach (var source in sources)
        {
            await TakeBackAsync(source, cancel);
            await RaiseMissingAsync(source, cancel);
        }
    }

    private async Task TakeBackAsync(IFactSource source, CancellationToken cancel)
    {
        var after = string.Empty;
        List<(string Cause, string? SessionId)> rows;
        do
        {
            rows = await database.QueryAsync(
                StandingRows, row => (row.GetString(0), row.TextOrNull(1)), cancel, after, $"{source.CausePrefix}%", (long)Step);
            if (rows.Count > 0)
            {
                await writer.RunAsync(write => TakeBack(write, source, rows), cancel);
                after = rows[^1].Cause;
            }
        }
        while (rows.Count == Step);
    }

    private async Task RaiseMissingAsync(IFactSource source, CancellationToken cancel)
    {
        var after = string.Empty;
        List<string> keys;
        do
        {
            keys = await source.InNeedAsync(after, Step, cancel);
            if (keys.Count > 0)
            {
                await writer.RunAsync(write => RaiseMissing(write, source, keys), cancel);
                after = keys[^1];
            }
        }
        while (keys.Count == Step);
    }

    private void TakeBack(WriteScope write, IFactSource source, List<(string Cause, string? SessionId)> rows)
    {
        var later = Later(write, source);
        var known = rows.Select(row => (row.Cause, Key: source.KeyOf(row.Cause, row.SessionId))).Where(row => row.Key is not null && !later.Contains(row.Key));
        foreach (var about in known.GroupBy(row => row.Key!))
        {
            var causes = source.Standing(write, about.Key).Select(fact => fact.Cause).ToHashSet();
            foreach (var row in about.Where(row => !causes.Contains(row.Cause)))
            {
                inbox.Resolve(write, row.Cause);
            }
        }
    }

    private void RaiseMissing(WriteScope write, IFactSource source, List<string> keys)
    {
        var later = Later(write, source);
        foreach (var fact in keys.Where(key => !later.Contains(key)).SelectMany(key => source.Standing(write, key)))
        {
            alerts.RaiseMissing(write, fact);
        }
    }

    // The notifier comes to these by itself, and would say the same again.
    private static HashSet<string> Later(WriteScope write, IFactSource source) =>
        [.. ChangeTable.Behind(write, Notifier.FollowerName, source.ChangeType).Select(source.KeyOf).OfType<string>()];
}
