using System.Net;

namespace Carillon.WebPush;

/// <summary>What became of a message, and so what to do about its subscription.</summary>
public abstract record PushOutcome
{
    private PushOutcome()
    {
    }

    /// <summary>The status of the answer; null when there was none.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>
    /// What the push service said about it, or why there was no answer: printable, on one line, at most 500 characters. Empty when nothing was said. It is
    /// somebody else's text; show it as such.
    /// </summary>
    public string Words { get; init; } = "";

    /// <summary>The push service has the message: 201, 200 or 202 (RFC 8030, 5). Whether and when a device shows it is not known.</summary>
    /// <param name="Location">The address of the message (RFC 8030, 5), absolute; null if the answer names none.</param>
    public sealed record Accepted(Uri? Location) : PushOutcome;

    /// <summary>The subscription does not exist any more: 404 or 410 (RFC 8030, 7.3). Forget it.</summary>
    public sealed record Gone : PushOutcome;

    /// <summary>
    /// The subscription was made with another VAPID key, or the token is not believed: 401, 403 (RFC 8292, 4.2), or Apple's 400 with a reason that says so. The
    /// browser has to subscribe again, or the subject or clock of the server is wrong.
    /// </summary>
    public sealed record KeyMismatch : PushOutcome;

    /// <summary>The message is larger than this push service takes: 413 (RFC 8030, 7.2). A smaller one may go through.</summary>
    public sealed record TooLarge : PushOutcome;

    /// <summary>Too many messages: 429 (RFC 8030, 8.4). Wait before the next one to this host.</summary>
    /// <param name="RetryAfter">How long the push service asked to wait, never negative; null if it did not say.</param>
    public sealed record SlowDown(TimeSpan? RetryAfter) : PushOutcome;

    /// <summary>Nothing is known to be wrong with the message: 408, 5xx, no connection, or no answer in time. Send it again later.</summary>
    /// <param name="RetryAfter">How long the push service asked to wait, never negative; null if it did not say.</param>
    public sealed record TryLater(TimeSpan? RetryAfter) : PushOutcome;

    /// <summary>Any other answer, redirects among them. Sending the same again gets the same.</summary>
    public sealed record Refused : PushOutcome;
}
