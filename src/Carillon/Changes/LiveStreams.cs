using System.Data.Common;
using Carillon.Protocol;
using Carillon.Storage;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
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
    private readonly OutageLog _outages;
    private readonly ILogger<LiveStreams> _logger;
    private int _next;

    public LiveStreams(
        ChangeLog log, ChangeTable table, IVisibility visibility, IOptions<StreamsOptions> options, TimeProvider time,
        IHostApplicationLifetime lifetime, OutageLog outages, ILoggerFactory loggers)
    {
        _log = log;
        _table = table;
        _time = time;
        _options = options.Value;

        // Fewer pumps gather more changes into each write; half the cores leave the other half to requests.
        _pumps = [.. Enumerable.Range(0, Math.Clamp(Environment.ProcessorCount / 2, 1, 8)).Select(_ => new StreamPump(log, visibility, _options, time, loggers.CreateLogger<StreamPump>()))];
        _outages = outages;
        _logger = loggers.CreateLogger<LiveStreams>();
        _stopping = lifetime.ApplicationStopping;
        _draining = lifetime.ApplicationStopping.Register(() => Array.ForEach(_pumps, pump => pump.Drain()));
    }

    /// <summary>
    /// Answers the request with a stream. Where the connection can be taken over this returns with the response's head and the
    /// stream goes on without the request; otherwise it returns when the stream has ended.
    /// </summary>
    /// <param name="place">Is given back when the stream has ended.</param>
    public async Task RunAsync(
        HttpContext context, IReaderAccess access, ChangeFilter filter, StreamStart start, bool heartbeatEvents, StreamPlaces.Place place)
    {
        var goesOn = false;
        try
        {
            goesOn = await AnswerAsync(context, access, filter, start, heartbeatEvents, place);
        }
        finally
        {
            if (!goesOn)
            {
                place.Dispose();
            }
        }
    }

    public void Dispose()
    {
        _draining.Dispose();
        Array.ForEach(_pumps, pump => pump.Dispose());
    }

    /// <summary>True when the stream goes on without the request.</summary>
    private async Task<bool> AnswerAsync(
        HttpContext context, IReaderAccess access, ChangeFilter filter, StreamStart start, bool heartbeatEvents, StreamPlaces.Place place)
    {
        // 1. Where the reader begins. What is wrong up to here is still an answer of its own.
        var hello = await GreetAsync(start, context.RequestAborted);
        var from = hello.Resume == "ok" ? start.After!.Value : hello.Head;
        Subscriber Subscribe(StreamOutput output) => new(access, filter, output, heartbeatEvents)
        {
            Position = from,
            ToldPosition = from,
            EndsAt = _time.GetUtcNow() + _options.Lifetime * (0.8 + 0.4 * Random.Shared.NextDouble()),
        };

        // 2. The head of the response, and the frames: on the bare socket where it can be had.
        if (TakenConnection.Of(context) is { } connection)
        {
            await TakeOverAsync(context, connection, Subscribe, hello, place);
            return true;
        }

        // 3. Elsewhere through the response, for as long as the request lasts.
        await SendHeadAsync(context);
        if (!await ServeAsync(Subscribe(StreamOutput.To(context.Response.BodyWriter)), hello, context.RequestAborted))
        {
            context.Abort();
        }

        return false;
    }

    private async Task TakeOverAsync(
        HttpContext context, TakenConnection connection, Func<StreamOutput, Subscriber> subscribe, Hello hello, StreamPlaces.Place place)
    {
        // The chunks are framed by us, so the server must neither frame them again nor add one of its own at the end. It has
        // sent the head before it hands the socket over, because a flush waits for the socket (HttpModule).
        context.Response.Headers.TransferEncoding = "chunked";
        context.Response.Headers.Connection = "close";
        await SendHeadAsync(context);
        connection.TakeOver(
            async (socket, gone) =>
            {
                var output = StreamOutput.To(socket);
                if (!await ServeAsync(subscribe(output), hello, gone))
                {
                    output.Abandon();
                }
            },
            place);
    }

    private async Task<Hello> GreetAsync(StreamStart start, CancellationToken cancel)
    {
        var head = _log.Window.Head;
        var oldest = await _table.OldestAsync(cancel);
        var resume = start.After is not { } after ? "live"
            : start.Epoch is not null && start.Epoch != _log.Epoch ? "gap"
            : after < oldest - 1 ? "gap"
            // Another node may have told the reader of a change that this one is about to read.
            : after > head && after > await _table.HeadAsync(cancel) ? "gap"
            : "ok";

        // The log reaches at least as far as a position that goes on: a lower head would look like a gap to whoever compares.
        head = resume == "ok" ? Math.Max(head, start.After!.Value) : head;
        return new Hello { Epoch = _log.Epoch, Head = head, Oldest = oldest == 0 ? head + 1 : oldest, Resume = resume };
    }

    private static async Task SendHeadAsync(HttpContext context)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache, no-transform";
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();

        // A reader that is slow in the middle of a write is ours to judge; the server's own rule would cut it off without a word.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        await response.StartAsync(context.RequestAborted);
        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>Serves a reader until it or its stream ends. False: the connection must not be used any further.</summary>
    private async Task<bool> ServeAsync(Subscriber subscriber, Hello hello, CancellationToken gone)
    {
        try
        {
            var departure = await WriteAsync(subscriber, Outgoing.Of(EventFrames.Hello(hello)), gone)
                ? await FollowAsync(subscriber, gone)
                : Departure.TooSlow;
            return await EndAsync(subscriber, departure);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // The reader left. It knows where it was and comes back when it wants to.
            return false;
        }
        catch (DbException error)
        {
            // It is too late for a status. The reader comes back to where it was, and hears then what is wrong.
            if (!_outages.Tell(error))
            {
                LogReadFailed(error);
            }

            return false;
        }
    }

    private async Task<Departure> FollowAsync(Subscriber subscriber, CancellationToken gone)
    {
        while (true)
        {
            if (await ReplayAsync(subscriber, gone) is { } early)
            {
                return early;
            }

            var pump = _pumps[(uint)Interlocked.Increment(ref _next) % (uint)_pumps.Length];
            var following = pump.FollowAsync(subscriber);
            await using (gone.UnsafeRegister(_ => pump.Leave(subscriber, following), null))
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
        ReplayPage? page = null;
        while (subscriber.Position + 1 < _log.Window.Oldest)
        {
            // 1. Between two batches is the time to end.
            if (subscriber.Access.HasEnded(_time.GetUtcNow()))
            {
                return Departure.AccessEnded;
            }

            if (_stopping.IsCancellationRequested)
            {
                return Departure.ServerStopping;
            }

            // 2. A batch from the database, not beyond what the first readers have taken in: they know who may see what comes next.
            var head = _log.Window.Head;
            var rows = await _table.ReadAsync(subscriber.Position, gone);
            rows.RemoveAll(row => row.Seq > head);
            if (rows.Count == 0 || rows[0].Seq != subscriber.Position + 1)
            {
                // Retention overtook this reader: it comes back, and its next hello says that there is a gap.
                return Departure.LifetimeOver;
            }

            // 3. What is for this reader, in writes of a size that a socket takes.
            page ??= new ReplayPage(_time.GetTimestamp());
            foreach (var row in rows)
            {
                if (subscriber.Filter.Wants(row))
                {
                    EventFrames.Write(row, page.Frames);
                }

                if (page.Frames.Length >= StreamPump.LargestWrite && !await SendAsync(subscriber, page, gone))
                {
                    return Departure.TooSlow;
                }

                subscriber.Position = row.Seq;
            }

            // 4. A reader whose filter hides everything hears how far it is.
            if (page.Frames.Length == 0 && _time.GetElapsedTime(page.SentAt) >= _options.Heartbeat)
            {
                page.Frames.Write(EventFrames.Cursor(subscriber.Position));
            }

            // 5. The rest of the batch.
            if (page.Frames.Length > 0)
            {
                if (!await SendAsync(subscriber, page, gone))
                {
                    return Departure.TooSlow;
                }

                subscriber.ToldPosition = subscriber.Position;
            }
        }

        return null;
    }

    /// <summary>False when the socket did not take it within the deadline.</summary>
    private async ValueTask<bool> SendAsync(Subscriber subscriber, ReplayPage page, CancellationToken gone)
    {
        if (!await WriteAsync(subscriber, page.Frames.Seal(), gone))
        {
            return false;
        }

        page.Frames.Clear();
        page.SentAt = _time.GetTimestamp();
        return true;
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

    private async Task<bool> EndAsync(Subscriber subscriber, Departure departure)
    {
        if (departure == Departure.ReaderGone)
        {
            return false;
        }

        if (departure == Departure.TooSlow)
        {
            LogTooSlow(subscriber.Filter.PersonId, subscriber.Position);
        }

        // Frames are whole: what the socket still holds back comes first, then the last word, if there is one.
        if (!await IsTakenAsync(subscriber.Pending))
        {
            return false;
        }

        var lastWord = departure switch
        {
            Departure.TooSlow => EventFrames.Error("CLIENT_TOO_SLOW"),
            Departure.AccessEnded => EventFrames.Error("AUTH_EXPIRED"),
            _ => null,
        };
        if (lastWord is not null && !await IsTakenAsync(subscriber.Output.Write(Outgoing.Of(lastWord))))
        {
            return false;
        }

        subscriber.Output.Finish();
        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A stream ended because the change log could not be read")]
    private partial void LogReadFailed(Exception error);

    [LoggerMessage(Level = LogLevel.Information, Message = "A reader of {Person} stopped reading at change {Seq}; its stream was closed, and it can resume")]
    private partial void LogTooSlow(string person, long seq);

    private async ValueTask<bool> IsTakenAsync(Task? pending)
    {
        if (pending is not null)
        {
            await pending.WaitAsync(LastWords, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return pending is null or { IsCompletedSuccessfully: true };
    }

    /// <summary>What a replay has put together and not sent yet, and when it last sent something.</summary>
    private sealed class ReplayPage(long now)
    {
        public Outgoing.Builder Frames { get; } = new(StreamPump.LargestWrite);

        public long SentAt { get; set; } = now;
    }
}
