using System.Net;
using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary>What its owner writes to an agent that runs here, outside the server.</summary>
internal sealed class Incoming(HttpClient http, string sessionId, TimeProvider time)
{
    // So long the server holds a question to which it has no answer yet.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    private readonly CarillonClient _client = new(http, time);

    /// <summary>The client's timeout for waiting: more than the server takes for an answer.</summary>
    public static TimeSpan Timeout { get; } = Patience + TimeSpan.FromSeconds(15);

    /// <summary>Puts what waits before the agent, and only then says that the agent has it: what fails in between is handed out again.</summary>
    public async Task HandAsync(Action<string> put, CancellationToken cancel)
    {
        var taken = await _client.TakeMessagesAsync(sessionId, cancel: cancel);
        if (taken.Messages.Count > 0)
        {
            put(Quote(taken.Messages));
            await ConfirmAsync(taken.Messages, cancel);
        }
    }

    /// <summary>
    /// The next messages, whenever they come; null when none came in time, or the session is doing something at which nobody waits any
    /// more. A server that is away for a while is waited for.
    /// </summary>
    public async Task<IReadOnlyList<ChatMessage>?> WaitAsync(DateTimeOffset until, Func<string, bool> isWaiting, CancellationToken cancel)
    {
        while (until - time.GetUtcNow() is var left && left > TimeSpan.Zero)
        {
            try
            {
                var taken = await _client.TakeMessagesAsync(sessionId, left < Patience ? left : Patience, cancel);
                if (!isWaiting(taken.Activity))
                {
                    return null;
                }

                if (taken.Messages.Count > 0)
                {
                    return taken.Messages;
                }
            }
            catch (Exception error) when (IsPassing(error) && !cancel.IsCancellationRequested)
            {
                await PauseAsync(cancel);
            }
        }

        return null;
    }

    /// <summary>Says that the agent has these.</summary>
    public Task ConfirmAsync(IReadOnlyList<ChatMessage> messages, CancellationToken cancel) =>
        _client.ConfirmMessagesAsync(sessionId, [.. messages.Select(message => message.Id)], cancel);

    /// <summary>Until the next attempt at a server that is away.</summary>
    public Task PauseAsync(CancellationToken cancel) => Task.Delay(RetryAfter, time, cancel);

    /// <summary>Messages as the agent reads them among other things: with the name of who wrote them.</summary>
    public static string Quote(IReadOnlyList<ChatMessage> messages) =>
        string.Join("\n\n", messages.Select(message => $"{message.By} wrote to you through Carillon:\n{message.Text}"));

    /// <summary>Whether it may go well the next time: the server or the network is away for a while.</summary>
    public static bool IsPassing(Exception error) => error is HttpRequestException or IOException or OperationCanceledException
        or CarillonProblemException { Status: >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests };
}
