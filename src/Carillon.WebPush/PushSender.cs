using System.Buffers;
using System.Net;
using System.Net.Http.Headers;

namespace Carillon.WebPush;

/// <summary>
/// Sends messages to push services (RFC 8030, 5). May be used by many threads at once. It repeats nothing, follows no redirect and asks nobody whether the host
/// may be called: that is the caller's, or its handler's.
/// </summary>
public sealed class PushSender
{
    /// <summary>How much of an answer is read, in bytes. What push services say fits; what else would come is a stranger's.</summary>
    public const int MaxAnswerLength = 4_096;

    /// <summary>The longest time that a request may take.</summary>
    public static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(30);

    private readonly HttpMessageInvoker _http;
    private readonly PushEncryption _encryption;
    private readonly VapidSigner _signer;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    /// <summary>Makes a sender.</summary>
    /// <param name="http">
    /// Not disposed by this sender. Its handler must not follow redirects by itself (<see cref="SocketsHttpHandler.AllowAutoRedirect"/> false): an endpoint is
    /// an address that a user supplied.
    /// </param>
    /// <param name="encryption">Not disposed by this sender.</param>
    /// <param name="signer">Of the key with which the subscriptions were made.</param>
    /// <param name="timeout">How long a request may take with its answer; above 0 up to 5 minutes. 30 seconds if absent.</param>
    /// <param name="time">The clock; the system's if absent.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is out of its range.</exception>
    public PushSender(HttpMessageInvoker http, PushEncryption encryption, VapidSigner signer, TimeSpan? timeout = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(encryption);
        ArgumentNullException.ThrowIfNull(signer);
        _timeout = timeout ?? UsualTimeout;
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(_timeout, TimeSpan.Zero, nameof(timeout));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_timeout, LongestTimeout, nameof(timeout));
        (_http, _encryption, _signer, _time) = (http, encryption, signer, time ?? TimeProvider.System);
    }

    /// <summary>Encrypts a message and posts it to the subscription's push service.</summary>
    /// <param name="subscription">To whom.</param>
    /// <param name="message">What, for how long and how urgent.</param>
    /// <param name="cancel">Gives up; the push service may have taken the message nevertheless.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="ArgumentException">Payload and padding of the message do not fit together.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public async Task<PushOutcome> SendAsync(PushSubscription subscription, PushMessage message, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        ArgumentNullException.ThrowIfNull(message);
        using var request = Request(subscription, message);
        using var overdue = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, overdue.Token);
        try
        {
            using var response = await SendAsync(request, either.Token).ConfigureAwait(false);
            var said = await ReadAsync(response.Content, either.Token).ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
            return Outcome(response, said, subscription.Endpoint);
        }
        catch (HttpRequestException error)
        {
            return new PushOutcome.TryLater(null) { Words = PrintableWords.Of(error.Message) };
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new PushOutcome.TryLater(null) { Words = "No answer in time" };
        }
    }

    private HttpRequestMessage Request(PushSubscription subscription, PushMessage message)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, subscription.Endpoint)
        {
            // Most messages go to very few hosts, and HTTP/2 puts them on one connection.
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = new ByteArrayContent(_encryption.Encrypt(subscription, message.Payload.Span, message.Padding)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        request.Content.Headers.ContentEncoding.Add("aes128gcm");
        request.Headers.Authorization = new AuthenticationHeaderValue("vapid", _signer.Parameters(subscription.Endpoint));
        request.Headers.Add("TTL", $"{(long)Math.Ceiling(message.TimeToLive.TotalSeconds)}");
        request.Headers.Add("Urgency", message.Urgency switch
        {
            PushUrgency.VeryLow => "very-low",
            PushUrgency.Low => "low",
            PushUrgency.High => "high",
            _ => "normal",
        });
        if (message.Topic is { } topic)
        {
            request.Headers.Add("Topic", topic);
        }

        return request;
    }

    // A client reads the whole answer into memory before it gives it, unless it is asked not to; an invoker cannot be asked and does not.
    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel) => _http is HttpClient client
        ? client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel)
        : _http.SendAsync(request, cancel);

    private static async Task<string> ReadAsync(HttpContent content, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxAnswerLength);
        var length = 0;
        try
        {
            var stream = await content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            while (length < MaxAnswerLength
                && await stream.ReadAsync(buffer.AsMemory(length, MaxAnswerLength - length), cancel).ConfigureAwait(false) is > 0 and var more)
            {
                length += more;
            }
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            // The status has come and says what became of the message. Only the words about it are cut short.
        }

        var said = System.Text.Encoding.UTF8.GetString(buffer, 0, length);
        ArrayPool<byte>.Shared.Return(buffer);
        return said;
    }

    private PushOutcome Outcome(HttpResponseMessage response, string said, Uri endpoint)
    {
        PushOutcome outcome = response.StatusCode switch
        {
            HttpStatusCode.Created or HttpStatusCode.OK or HttpStatusCode.Accepted => new PushOutcome.Accepted(Location(response, endpoint)),
            HttpStatusCode.NotFound or HttpStatusCode.Gone => new PushOutcome.Gone(),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new PushOutcome.KeyMismatch(),
            HttpStatusCode.BadRequest when AppleReason.IsAboutKeys(said) => new PushOutcome.KeyMismatch(),
            HttpStatusCode.RequestEntityTooLarge => new PushOutcome.TooLarge(),
            HttpStatusCode.TooManyRequests => new PushOutcome.SlowDown(RetryAfter(response)),
            HttpStatusCode.RequestTimeout => new PushOutcome.TryLater(RetryAfter(response)),
            >= HttpStatusCode.InternalServerError and < (HttpStatusCode)600 => new PushOutcome.TryLater(RetryAfter(response)),
            _ => new PushOutcome.Refused(),
        };
        return outcome with { Status = response.StatusCode, Words = PrintableWords.Of(said) };
    }

    private static Uri? Location(HttpResponseMessage response, Uri endpoint) =>
        response.Headers.Location is { } location && Uri.TryCreate(endpoint, location, out var absolute) ? absolute : null;

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } wait } => wait,
        { Date: { } until } => until - _time.GetUtcNow() is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero,
        _ => null,
    };
}
