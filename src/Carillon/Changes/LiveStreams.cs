using System.Data.Common;
using Carillon.Protocol;
using Microsoft.Extensions.Options;

namespace Carillon.Changes;

/// <summary>Where a reader wants to begin.</summary>
internal readonly record struct StreamStart(long? After, string? Epoch);

/// <summary>
/// A live read of the log: what was missed from the database, then what happens from the window, with one integer as the
/// position in both, so that nothing is left out or sent twice at the seam.
/// </summary>
internal sealed partial class LiveStreams : IDisposable
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    private readonly ChangeLog _log;
    private readonly ChangeTable _table;
    private readonly TimeProvider _time;
    private readonly StreamsOptions _options;
    private readonly StreamPump[] _pumps;
    private readonly CancellationToken _stopping;
    private readonly CancellationTokenRegistration _draining;
    private readonly ILogger<LiveStreams> _logger;
    private int _next;

    public LiveStreams(
        ChangeLog log, ChangeTable table, IVisibility visibility, IOptions<StreamsOptions> options, TimeProvider time,
        IHostApplicationLifetime lifetime, ILoggerFactory loggers)
    {
        _log = log;
        _table = table;
        _time = time;
        _options = options.Value;

        // Fewer pumps gather more changes into each write; half the cores leave the other half to requests.
        _pumps = [.. Enumerable.Range(0, Math.Clamp(Environment.ProcessorCount / 2, 1, 8)).Select(_ => new StreamPump(log, visibility, _options, time, loggers.CreateLogger<StreamPump>()))];
        _logger = loggers.CreateLogger<LiveStreams>();
        _stopping = lifetime.ApplicationStopping;
        _draining = lifetime.ApplicationStopping.Register(() => Array.ForEach(_pumps, pump => pump.Drain()));
    }

    /// <summary>Answers the request with a stream, and returns when it has ended.</summary>
    public async Task RunAsync(HttpContext context, IReaderAccess access, ChangeFilter filter, StreamStart start, bool heartbeatEvents)
    {
        var gone = context.RequestAborted;
        try
        {
            var hello = await GreetAsync(start, gone);
            var output = await StreamOutput.StartAsync(context, "text/event-stream");
            var subscriber = new Subscriber(access, filter, output, heartbeatEvents)
            {
                Position = hello.Resume == "ok" ? start.After!.Value : hello.Head,
                EndsAt = _time.GetUtcNow() + _options.Lifetime * (0.8 + 0.4 * Random.Shared.NextDouble()),
            };
            subscriber.ToldPosition = subscriber.Position;
            var departure = await WriteAsync(subscriber, Outgoing.Of(EventFrames.Hello(hello)), gone)
                ? await ServeAsync(subscriber, gone)
                : Departure.TooSlow;
            await EndAsync(subscriber, departure, context);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // The reader left. It knows where it was and comes back when it wants to.
            context.Abort();
        }
        catch (DbException error) when (context.Response.HasStarted)
        {
            // It is too late for a status. The reader comes back to where it was, and hears then what is wrong.
            LogReadFailed(error);
            context.Abort();
        }
    }

    public void Dispose()
    {
        _draining.Dispose();
        Array.ForEach(_pumps, pump => pump.Dispose());
    }

    private async Task<Hello> GreetAsync(StreamStart start, CancellationToken cancel)
    {
        var head = _log.Window.Head;
        var oldest = await _table.OldestAsync(cancel);
        return new Hello
        {
            Epoch = _log.Epoch,
            Head = head,
            Oldest = oldest == 0 ? head + 1 : oldest,
            Resume = start.After is not { } after ? "live"
                : start.Epoch is not null && start.Epoch != _log.Epoch ? "gap"
                : after < oldest - 1 ? "gap"
                // Another node may have told the reader of a change that this one is about to read.
                : after > head && after > await _table.HeadAsync(cancel) ? "gap"
                : "ok",
        };
    }

    private async Task<Departure> ServeAsync(Subscriber subscriber, CancellationToken gone)
    {
        while (true)
        {
            if (await ReplayAsync(subscriber, gone) is { } early)
            {
                return early;
            }

            var pump = _pumps[(uint)Interlocked.Increment(ref _next) % (uint)_pumps.Length];
            var following = pump.FollowAsync(subscriber);
            await using (gone.UnsafeRegister(_ => pump.Leave(subscriber), null))
            {
                var departure = await following;
                if (departure != Departure.FellBehind)
                {
                    return departure;
                }
            }
        }
    }

    /// <summary>Sends what the window no longer holds, batch by batch; null once the window goes on from here.</summary>
    private async Task<Departure?> ReplayAsync(Subscriber subscriber, CancellationToken gone)
    {
        Outgoing.Builder? builder = null;
        var lastWrite = _time.GetTimestamp();
        while (subscriber.Position + 1 < _log.Window.Oldest)
        {
            if (subscriber.Access.HasEnded(_time.GetUtcNow()))
            {
                return Departure.AccessEnded;
            }

            if (_stopping.IsCancellationRequested)
            {
                return Departure.ServerStopping;
            }

            var rows = await _table.ReadAsync(subscriber.Position, gone);
            if (rows.Count == 0 || rows[0].Seq != subscriber.Position + 1)
            {
                // Retention overtook this reader: it comes back, and its next hello says that there is a gap.
                return Departure.LifetimeOver;
            }

            builder ??= new Outgoing.Builder(StreamPump.LargestWrite);
            foreach (var row in rows)
            {
                if (subscriber.Filter.Wants(row))
                {
                    EventFrames.Write(row, builder);
                }

                if (builder.Length >= StreamPump.LargestWrite)
                {
                    if (!await WriteAsync(subscriber, builder.Seal(), gone))
                    {
                        return Departure.TooSlow;
                    }

                    builder.Clear();
                    lastWrite = _time.GetTimestamp();
                }

                subscriber.Position = row.Seq;
            }

            if (builder.Length == 0 && _time.GetElapsedTime(lastWrite) >= _options.Heartbeat)
            {
                builder.Write(EventFrames.Cursor(subscriber.Position));
            }

            if (builder.Length > 0)
            {
                if (!await WriteAsync(subscriber, builder.Seal(), gone))
                {
                    return Departure.TooSlow;
                }

                builder.Clear();
                lastWrite = _time.GetTimestamp();
                subscriber.ToldPosition = subscriber.Position;
            }
        }

        return null;
    }

    /// <summary>False when the socket did not take it within the deadline.</summary>
    private async ValueTask<bool> WriteAsync(Subscriber subscriber, Outgoing data, CancellationToken gone)
    {
        subscriber.Pending = subscriber.Output.Write(data);
        if (subscriber.Pending is { } pending)
        {
            while (true)
            {
                var progress = subscriber.Output.Progress;
                try
                {
                    await pending.WaitAsync(_options.WriteDeadline, _time, gone);
                    break;
                }
                catch (TimeoutException)
                {
                    // Slow is not stuck: as long as something is taken, the deadline moves on.
                    if (subscriber.Output.Progress == progress)
                    {
                        return false;
                    }
                }
            }

            subscriber.Pending = null;
        }

        return true;
    }

    private async Task EndAsync(Subscriber subscriber, Departure departure, HttpContext context)
    {
        var lastWord = departure switch
        {
            Departure.TooSlow => EventFrames.Error("CLIENT_TOO_SLOW"),
            Departure.AccessEnded => EventFrames.Error("AUTH_EXPIRED"),
            Departure.LifetimeOver or Departure.ServerStopping => null,
            _ => throw new OperationCanceledException("The reader is gone"),
        };

        // Frames are whole: what the socket still holds back comes first, then the last word, or nothing.
        if (!await IsTakenAsync(subscriber.Pending) || (lastWord is not null && !await IsTakenAsync(subscriber.Output.Write(Outgoing.Of(lastWord)))))
        {
            context.Abort();
            return;
        }

        subscriber.Output.Finish();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A stream ended because the change log could not be read")]
    private partial void LogReadFailed(Exception error);

    private async ValueTask<bool> IsTakenAsync(Task? pending)
    {
        if (pending is not null)
        {
            await pending.WaitAsync(LastWords, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return pending is null or { IsCompletedSuccessfully: true };
    }
}
