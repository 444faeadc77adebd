namespace Carillon.Conversations;

/// <summary>Wakes those who wait for something new in a session, on whatever node it happens. What nobody waits for is not remembered.</summary>
internal sealed class MessageArrivals
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Bell> _bells = [];

    /// <summary>Begins to wait, until it is disposed.</summary>
    public Expectation Expect(string sessionId)
    {
        lock (_lock)
        {
            if (!_bells.TryGetValue(sessionId, out var bell))
            {
                _bells[sessionId] = bell = new Bell();
            }

            bell.Listeners++;
            return new Expectation(this, sessionId, bell);
        }
    }

    public void Tell(string sessionId)
    {
        lock (_lock)
        {
            if (_bells.TryGetValue(sessionId, out var bell))
            {
                bell.Next.SetResult();
                bell.Next = NewNext();
            }
        }
    }

    // Whoever waits goes on elsewhere, not on the thread that reads the log.
    private static TaskCompletionSource NewNext() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>One caller's waiting.</summary>
    public sealed class Expectation(MessageArrivals arrivals, string sessionId, Bell bell) : IDisposable
    {
        /// <summary>Completes with what is new from now on. Ask for it first, then look at what is there already.</summary>
        public Task Next
        {
            get
            {
                lock (arrivals._lock)
                {
                    return bell.Next.Task;
                }
            }
        }

        public void Dispose()
        {
            lock (arrivals._lock)
            {
                if (--bell.Listeners == 0)
                {
                    arrivals._bells.Remove(sessionId);
                }
            }
        }
    }

    public sealed class Bell
    {
        public int Listeners { get; set; }

        public TaskCompletionSource Next { get; set; } = NewNext();
    }
}
