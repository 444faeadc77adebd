using Carillon.Changes;
using Carillon.Storage;

namespace Carillon.Notifications;

/// <summary>
/// Follows the log and has its facts turned into notifications, or notifications taken back. What that writes and how far it has
/// come are one commit, so that each fact counts once, after a crash and on many nodes.
/// </summary>
internal sealed partial class Notifier(
    ChangeLog log, ChangeTable table, Writer writer, Alerts alerts, Reconciliation reconciliation, TimeProvider time, ILogger<Notifier> logger)
    : BackgroundService
{
    public const string Name = "notifier";

    private const string Position = "SELECT position FROM followers WHERE name = $1";
    private const string Begin = "INSERT INTO followers (name, position) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    private const string Move = "UPDATE followers SET position = $2 WHERE name = $1 AND position = $3";
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    // While there is nothing for it to do it writes no position; so many changes may be read again after a crash.
    private const long LongestUnnoted = 10_000;

    private bool _isReconciled;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(await OpenPositionAsync(stoppingToken), stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error)
            {
                // Nothing is lost: its position stands, and it goes on from there.
                LogFollowFailed(error);
                await Task.Delay(RetryAfter, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<long> OpenPositionAsync(CancellationToken cancel)
    {
        var head = log.Window.Head;
        return await writer.RunAsync(write =>
        {
            // A server that is new to this has nothing to say about the past.
            write.Sql.Execute(Begin, Name, head);
            return write.Sql.Number(Position, Name);
        }, cancel);
    }

    private async Task FollowAsync(long position, CancellationToken cancel)
    {
        var noted = position;
        var present = log.Window.Head;
        await ReconcileAsync(position >= present, cancel);
        await foreach (var rows in log.FollowAsync(position, table, cancel))
        {
            var facts = rows.Where(alerts.IsFact).ToList();
            position = rows[^1].Seq;
            if (facts.Count > 0 || position - noted >= LongestUnnoted)
            {
                if (!await TakeAsync(facts, noted, position, cancel))
                {
                    return;
                }

                noted = position;
            }

            await ReconcileAsync(position >= present, cancel);
        }
    }

    /// <summary>Takes facts in and notes the position behind them; false when another node did so first.</summary>
    private Task<bool> TakeAsync(List<ChangeRow> facts, long noted, long position, CancellationToken cancel) => writer.RunAsync(write =>
    {
        // Another node may have come this far meanwhile; then these facts are told already.
        if (write.Sql.Execute(Move, Name, position, noted) == 0)
        {
            return false;
        }

        facts.ForEach(fact => alerts.Take(write, fact));
        return true;
    }, cancel);

    /// <summary>Once, as soon as all has been taken in that happened before the start: what is only late is not lost.</summary>
    private async Task ReconcileAsync(bool isUpToDate, CancellationToken cancel)
    {
        if (isUpToDate && !_isReconciled)
        {
            await reconciliation.RunAsync(cancel);
            _isReconciled = true;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The notifier stopped for a moment and goes on from where it was")]
    private partial void LogFollowFailed(Exception error);
}
