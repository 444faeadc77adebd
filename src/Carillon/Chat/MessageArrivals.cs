namespace Carillon.Chat;

/// <summary>Wakes those who wait for something to be said in a session, on whatever node it is said.</summary>
internal sealed class MessageArrivals
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, TaskCompletionSource> _expected = [];

    /// <summary>Completes with the next message of the session. Ask first, then look at what is there already.</summary>
    public Task Next(string sessionId)
    {
        lock (_lock)
        {
            if (!_expected.TryGetValue(sessionId, out var next))
            {
                // Whoever waits goes on elsewhere, not on the thread that reads the log.
                _expected[sessionId] = next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return next.Task;
        }
    }

    public void Tell(string sessionId)
    {
        lock (_lock)
        {
            if (_expected.Remove(sessionId, out var next))
            {
                next.SetResult();
            }
        }
    }
}
