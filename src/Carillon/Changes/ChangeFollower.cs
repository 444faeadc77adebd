using Carillon.Storage;

namespace Carillon.Changes;

/// <summary>
/// Brings what other processes commit into this one's window: nodes of the same cluster, or the command line beside a server.
/// </summary>
internal sealed partial class ChangeFollower(
    ChangeLog log, ChangeTable table, Dialect dialect, IHostApplicationLifetime lifetime, OutageLog outages, TimeProvider time,
    ILogger<ChangeFollower> logger) : BackgroundService
{
    // A doorbell can be missed, so it is never the only way: half a second is the longest that a change of another node hides.
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RetryListening = TimeSpan.FromSeconds(2);

    /// <summary>True once the database went back under this server, which stops it.</summary>
    public bool HasLogGoneBack { get; private set; }

    /// <summary>When the database last answered; null before the first time.</summary>
    public DateTimeOffset? LastRead { get; private set; }

    /// <summary>
    /// Takes in what other processes have committed by now. For whoever is about to say that something is not there: it may have been added a
    /// moment ago.
    /// </summary>
    public async ValueTask CatchUpAsync(CancellationToken cancel)
    {
        var head = await table.HeadAsync(cancel);
        while (log.Window.Head < head && await table.ReadAsync(log.Window.Head, cancel) is { Count: > 0 } rows)
        {
            log.PublishRead(rows);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(FollowAsync(stoppingToken), ListenAsync(stoppingToken));

    private async Task FollowAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            // Take the bell before reading: what is committed between the read and the wait still wakes us.
            var bell = log.Bell;
            try
            {
                if (await ReadNewAsync(cancel))
                {
                    continue;
                }

                await bell.WaitAsync(Poll, time, cancel);
            }
            catch (TimeoutException)
            {
                // Nobody rang: look anyway.
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error)
            {
                // The database is away. Readers keep what they have and get the rest when it is back.
                if (!outages.Tell(error))
                {
                    LogReadFailed(error);
                }

                await Task.Delay(Poll, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<bool> ReadNewAsync(CancellationToken cancel)
    {
        var known = log.Window.Head;
        var head = await table.HeadAsync(cancel);
        if (head < known)
        {
            // Restored, or failed over to a copy that lagged: positions in memory and in readers' hands mean nothing any more. The
            // next start gives the log a new epoch, and everybody reads the snapshot again.
            HasLogGoneBack = true;
            LogWentBack(known, head);
            lifetime.StopApplication();
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancel);
        }

        if (head == known)
        {
            LastRead = time.GetUtcNow();
            return false;
        }

        var rows = await table.ReadAsync(log.Window.Head, cancel);
        LastRead = time.GetUtcNow();
        if (rows.Count == 0)
        {
            return false;
        }

        log.PublishRead(rows);
        return rows[^1].Seq < head;
    }

    private async Task ListenAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await dialect.ListenAsync(log.Ring, cancel);
                return;
            }
            catch (Exception error) when (!cancel.IsCancellationRequested)
            {
                if (!outages.Tell(error))
                {
                    LogListenFailed(error);
                }

                await Task.Delay(RetryListening, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message =
        "The database went back from change {Known} to {Head}: it was restored or replaced under the server. Stopping; start it again.")]
    private partial void LogWentBack(long known, long head);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The change log could not be read; retrying")]
    private partial void LogReadFailed(Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database sends no notifications; polling until it does")]
    private partial void LogListenFailed(Exception error);
}
