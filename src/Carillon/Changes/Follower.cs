using System.Data.Common;

namespace Carillon.Changes;

/// <summary>
/// Follows the log inside the server, change by change and in order. Waits for a database that is away, passes over a row that it cannot
/// read so that all others go on, and says how far it is behind. Its two kinds are <see cref="VolatileFollower"/> and
/// <see cref="DurableFollower"/>.
/// </summary>
internal abstract partial class Follower : BackgroundService
{
    /// <summary>So often a row may fail while the database answers; then the row is the reason.</summary>
    private const int Attempts = 3;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger;
    private long _position;

    protected Follower(string name, FollowedLog followed)
    {
        Name = name;
        Followed = followed;
        _logger = followed.Loggers.CreateLogger(GetType().FullName!);
        followed.Add(this);
    }

    public string Name { get; }

    /// <summary>Everything up to here was taken in.</summary>
    public long Position
    {
        get => Interlocked.Read(ref _position);
        protected set => Interlocked.Exchange(ref _position, value);
    }

    /// <summary>How many changes it has not taken in yet.</summary>
    public long Lag => Math.Max(0, Followed.Log.Window.Head - Position);

    /// <summary>The age of the oldest change that it has not taken in, or of the oldest in memory when it is further behind than that.</summary>
    public TimeSpan Behind
    {
        get
        {
            var window = Followed.Log.Window;
            return Lag > 0 && window.Find(Math.Max(Position + 1, window.Oldest)) is { } next ? Followed.Time.GetUtcNow() - next.CreatedAt : TimeSpan.Zero;
        }
    }

    /// <summary>The change that it last passed over because it could not read it; null when there was none since the start.</summary>
    public ChangeRow? Skipped { get; private set; }

    protected FollowedLog Followed { get; }

    /// <summary>Whether the change is for this follower. Judged by its words alone.</summary>
    protected abstract bool Wants(ChangeRow row);

    /// <summary>Takes a batch in, which moves the position; false when it has to begin again at another position.</summary>
    private protected abstract Task<bool> TakeAsync(IReadOnlyList<ChangeRow> rows, CancellationToken cancel);

    /// <summary>Where to begin.</summary>
    private protected abstract ValueTask<long> OpenAsync(CancellationToken cancel);

    /// <summary>Shows that the database does what this follower needs of it.</summary>
    private protected abstract Task ProbeAsync(CancellationToken cancel);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                Position = await OpenAsync(stoppingToken);
                await foreach (var rows in Followed.Log.FollowAsync(Position, Followed.Table, stoppingToken))
                {
                    if (!await TakeAsync(rows, stoppingToken))
                    {
                        break;
                    }
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // Nothing is lost: its position stands, and it goes on from there.
                await PauseAsync(error, stoppingToken);
            }
        }
    }

    /// <summary>Takes one change in, however long the database is away; passes it over when it cannot be read.</summary>
    private protected async Task<T> TakeAsync<T>(ChangeRow row, Func<Task<T>> take, T skipped, CancellationToken cancel)
    {
        for (var failures = 0; ;)
        {
            try
            {
                return await take();
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                throw;
            }
            catch (DbException error)
            {
                if (await AnswersAsync(cancel) && ++failures == Attempts)
                {
                    Skip(row, error);
                    return skipped;
                }

                await PauseAsync(error, cancel);
            }
            catch (Exception error)
            {
                Skip(row, error);
                return skipped;
            }
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken cancel)
    {
        try
        {
            await ProbeAsync(cancel);
            return true;
        }
        catch (DbException)
        {
            return false;
        }
    }

    private void Skip(ChangeRow row, Exception error)
    {
        Skipped = row;
        Followed.CountSkipped(this);
        LogSkipped(error, Name, row.Seq, row.Type);
    }

    private async Task PauseAsync(Exception error, CancellationToken cancel)
    {
        if (!Followed.Outages.Tell(error))
        {
            LogFailed(error, Name, Position);
        }

        await Task.Delay(RetryAfter, Followed.Time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The follower {Follower} could not read change {Seq} ({Type}) and skipped it")]
    private partial void LogSkipped(Exception error, string follower, long seq, string type);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The follower {Follower} stopped at change {Position} and continues from there")]
    private partial void LogFailed(Exception error, string follower, long position);
}

/// <summary>A follower that keeps nothing: it begins at the head when the server starts.</summary>
internal abstract class VolatileFollower(string name, FollowedLog followed) : Follower(name, followed)
{
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Before the first request: whatever a request sets off is heard.
        Position = Followed.Log.Window.Head;
        return base.StartAsync(cancellationToken);
    }

    /// <summary>Takes a change in.</summary>
    protected abstract Task TakeAsync(ChangeRow row, CancellationToken cancel);

    private protected override ValueTask<long> OpenAsync(CancellationToken cancel) => ValueTask.FromResult(Position);

    private protected override Task ProbeAsync(CancellationToken cancel) => Followed.Table.HeadAsync(cancel);

    private protected override async Task<bool> TakeAsync(IReadOnlyList<ChangeRow> rows, CancellationToken cancel)
    {
        foreach (var row in rows)
        {
            if (Wants(row))
            {
                await TakeAsync(row, async () =>
                {
                    await TakeAsync(row, cancel);
                    return true;
                }, skipped: false, cancel);
            }

            Position = row.Seq;
        }

        return true;
    }
}
