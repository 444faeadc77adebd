using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Carillon.Protocol;

/// <summary>
/// Reads <c>/events</c> and goes on whatever happens to the connection: each change once and in order, and never a gap without saying so.
/// </summary>
/// <remarks>
/// A lost connection is tried again at once, then after 1 s, 2 s, 4 s … 30 s with jitter; a connection that brings no byte for
/// <see cref="SilenceLimit"/> counts as lost (the server's heartbeats and comments are bytes). It resumes with <c>after</c> and
/// <c>epoch</c>. 429 and 503 are tried again after their <c>Retry-After</c>, other 5xx, wrong content and broken frames by the schedule;
/// every other refusal is final. The stream's own <c>retry</c> field is for browsers and is not used.
/// One instance may be read several times, each with a position of its own.
/// </remarks>
[SuppressMessage("Naming", "CA1711", Justification = "The product's word for it; it is no System.IO.Stream")]
public sealed class ChangeStream
{
    /// <summary>45 seconds: three heartbeats of the server.</summary>
    public static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(45);

    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private readonly Func<double> _random;

    /// <summary>Makes a reader.</summary>
    /// <param name="http">
    /// Its base address is the server's and ends in <c>/</c>, its default headers carry the bearer token. It is not disposed, and its
    /// <see cref="HttpClient.Timeout"/> limits only the time up to the head of the answer.
    /// </param>
    /// <param name="time">The clock of waits and of silence; the system's if absent.</param>
    /// <exception cref="ArgumentException"><paramref name="http"/> has no base address that ends in <c>/</c>.</exception>
    public ChangeStream(HttpClient http, TimeProvider? time = null)
        : this(http, time, Random.Shared.NextDouble)
    {
    }

    internal ChangeStream(HttpClient http, TimeProvider? time, Func<double> random)
    {
        ArgumentNullException.ThrowIfNull(http);
        CarillonClient.RequireBase(http);
        (_http, _time, _random) = (http, time ?? TimeProvider.System, random);
    }

    /// <summary>Reads until cancelled or finally refused. It never ends by itself.</summary>
    /// <param name="position">Where to go on; null means live from now on.</param>
    /// <param name="filter">What to see; null means everything that the token may see.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <returns>Connections, changes and interruptions as they happen. A slow reader slows the stream and loses nothing.</returns>
    /// <exception cref="CarillonProblemException">The server refused for good: 401, 403, or a request that cannot become right.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="position"/> is negative.</exception>
    public IAsyncEnumerable<StreamItem> ReadAsync(
        StreamPosition? position = null, StreamFilter? filter = null, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position?.After ?? 0, nameof(position));
        return FollowAsync(position, filter, cancel);
    }

    private async IAsyncEnumerable<StreamItem> FollowAsync(
        StreamPosition? position, StreamFilter? filter, [EnumeratorCancellation] CancellationToken cancel)
    {
        for (var attempt = 0; ; attempt++)
        {
            var connection = new Connection(this, position, filter);
            await using (connection.ConfigureAwait(false))
            {
                while (await connection.NextAsync(cancel).ConfigureAwait(false) is { } item)
                {
                    yield return item;
                }
            }

            position = connection.Position;
            if (connection.Proved)
            {
                attempt = 0;
            }

            var wait = ReconnectPlan.Wait(attempt, connection.RetryAfter, _random());
            yield return new StreamItem.Reconnecting(attempt, wait, connection.Ended) { Position = position };
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, _time, cancel).ConfigureAwait(false);
            }
        }
    }

    private static Uri Address(StreamPosition? position, StreamFilter? filter)
    {
        var query = new List<string>(4);
        if (position is not null)
        {
            query.Add($"after={position.After}");
            if (position.Epoch is { } epoch)
            {
                query.Add($"epoch={Uri.EscapeDataString(epoch)}");
            }
        }

        if (filter?.Topics is { Count: > 0 } topics)
        {
            query.Add($"topics={Uri.EscapeDataString(string.Join(',', topics))}");
        }

        if (filter?.ProjectId is { } project)
        {
            query.Add($"projectId={Uri.EscapeDataString(project)}");
        }

        return new Uri(query.Count == 0 ? "events" : $"events?{string.Join('&', query)}", UriKind.Relative);
    }

    /// <summary>One connection: from the request to the end of its bytes.</summary>
    private sealed class Connection : IAsyncDisposable
    {
        private readonly ChangeStream _owner;
        private readonly StreamFilter? _filter;
        private readonly ServerSentEvents _parser = new();
        private readonly CancellationTokenSource _silence;
        private HttpResponseMessage? _response;
        private Stream? _body;
        private long _greetedAt;
        private bool _greeted;
        private bool _brought;
        private bool _ended;

        public Connection(ChangeStream owner, StreamPosition? position, StreamFilter? filter)
        {
            (_owner, Position, _filter) = (owner, position, filter);
            _silence = new CancellationTokenSource(SilenceLimit, owner._time);
        }

        public StreamPosition? Position { get; private set; }

        public TimeSpan? RetryAfter { get; private set; }

        /// <summary>Why it ended.</summary>
        public string Ended { get; private set; } = "the server closed the stream";

        /// <summary>A greeting alone proves nothing: a server that greets and closes must not be asked again at once for ever.</summary>
        public bool Proved => _brought || (_greeted && _owner._time.GetElapsedTime(_greetedAt) >= ReconnectPlan.Proven);

        /// <summary>The next item, or null when the connection is over. Only final refusals and cancellation are thrown.</summary>
        public async ValueTask<StreamItem?> NextAsync(CancellationToken cancel)
        {
            while (!_ended)
            {
                try
                {
                    while (_parser.TryRead(out var next))
                    {
                        if (Understand(next) is { } item)
                        {
                            return item;
                        }

                        if (_ended)
                        {
                            return null;
                        }
                    }

                    // Linked anew for each read: the reader's own time, however long, is no silence of the server's.
                    using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, _silence.Token);
                    _silence.CancelAfter(SilenceLimit);
                    if (!await ReceiveAsync(either.Token).ConfigureAwait(false))
                    {
                        _ended = true;
                    }

                    _silence.CancelAfter(Timeout.InfiniteTimeSpan);
                }
                catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
                {
                    End(_silence.IsCancellationRequested
                        ? $"nothing was heard for {SilenceLimit.TotalSeconds:0} seconds"
                        : "the server did not answer in time");
                }
                catch (HttpRequestException error)
                {
                    End(error.InnerException is { } inner ? inner.Message : error.Message);
                }
                catch (Exception error) when (error is IOException or JsonException or InvalidDataException && !cancel.IsCancellationRequested)
                {
                    End(error.Message);
                }
            }

            cancel.ThrowIfCancellationRequested();
            return null;
        }

        public async ValueTask DisposeAsync()
        {
            _parser.Dispose();
            _silence.Dispose();
            if (_body is not null)
            {
                await _body.DisposeAsync().ConfigureAwait(false);
            }

            _response?.Dispose();
        }

        private void End(string reason)
        {
            Ended = reason;
            _ended = true;
        }

        private async ValueTask<bool> ReceiveAsync(CancellationToken cancel)
        {
            if (_body is null)
            {
                return await OpenAsync(cancel).ConfigureAwait(false);
            }

            var count = await _body.ReadAsync(_parser.GetMemory(4096), cancel).ConfigureAwait(false);
            _parser.Advance(count);
            return count > 0;
        }

        private async ValueTask<bool> OpenAsync(CancellationToken cancel)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Address(Position, _filter));
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
            request.Headers.CacheControl = new CacheControlHeaderValue { NoStore = true };
            _response = await _owner._http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);

            if (_response.StatusCode != HttpStatusCode.OK)
            {
                var problem = await Answers.ProblemAsync(_response, _owner._time, cancel).ConfigureAwait(false);
                if (!IsPassing(problem.Status))
                {
                    throw problem;
                }

                RetryAfter = problem.RetryAfter;
                Ended = $"the server answered {(int)problem.Status} {problem.Title}";
                return false;
            }

            if (_response.Content.Headers.ContentType?.MediaType != "text/event-stream")
            {
                Ended = "the answer is not an event stream; is it the right address?";
                return false;
            }

            _body = await _response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            return true;
        }

        /// <summary>Whether asking again may help; a request that is wrong or forbidden stays so.</summary>
        private static bool IsPassing(HttpStatusCode status) =>
            status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500 || (int)status is >= 200 and < 300;

        private StreamItem? Understand(in ServerSentEvent next)
        {
            switch (next.Type)
            {
                case "hello":
                    return Greet(Read(next, CarillonJson.Lenient.Hello));
                case "stream_error":
                    End($"the server ended the stream: {Read(next, CarillonJson.Lenient.StreamError).Code}");
                    return null;
                case "heartbeat":
                    return null;
                case var _ when !_greeted:
                    // Without a greeting nobody said whether something is missing.
                    throw new InvalidDataException("the stream did not begin with hello");
                case "cursor":
                    return long.TryParse(next.Id, out var seq) && next.HasOwnId && MoveTo(seq)
                        ? new StreamItem.Moved { Position = Position }
                        : null;
                case var _ when !next.HasOwnId:
                    return null;    // a control event of a newer server
                default:
                    var change = Read(next, CarillonJson.Lenient.Change);
                    return MoveTo(change.Seq) ? new StreamItem.Changed(change) { Position = Position } : null;
            }
        }

        private StreamItem.Connected Greet(Hello hello)
        {
            // Anything but a plain ok is a gap, and so is an ok from a server that did not compare epochs. The head says nothing: a node
            // that is a moment behind the others goes on from a position that it has not read yet.
            var gap = Position is { } asked && (hello.Resume != "ok" || (asked.Epoch ?? hello.Epoch) != hello.Epoch);
            Position = Position is { } kept && !gap ? kept with { Epoch = hello.Epoch } : new StreamPosition(hello.Epoch, hello.Head);
            _greeted = true;
            _greetedAt = _owner._time.GetTimestamp();
            return new StreamItem.Connected(hello, gap) { Position = Position };
        }

        /// <summary>False for what was already had.</summary>
        private bool MoveTo(long seq)
        {
            if (Position is { } had && seq <= had.After)
            {
                return false;
            }

            _brought = true;
            Position = new StreamPosition(Position?.Epoch, seq);
            return true;
        }

        private static T Read<T>(in ServerSentEvent from, JsonTypeInfo<T> shape)
            where T : class =>
            JsonSerializer.Deserialize(from.Data.Span, shape) ?? throw new JsonException($"the data of {from.Type} is null");
    }
}
