using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Carillon.Load;

/// <summary>Keeps every connection busy: the next request leaves when the answer has come. One thread for all of them.</summary>
internal sealed class ClosedLoop : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Poller poller = new();
    private readonly Exchange[] exchanges;
    private readonly int expected;

    public ClosedLoop(Target target, int connections, int expected, Func<int, byte[][]> requests)
    {
        this.expected = expected;
        exchanges = [.. Enumerable.Range(0, connections).Select(index => new Exchange(target, poller, index, requests(index)))];
    }

    public Latencies Latencies { get; } = new();

    /// <summary>Answers by status, -1 for a connection that the server closed.</summary>
    public SortedDictionary<int, long> Answers { get; } = [];

    public long Succeeded => Answers.GetValueOrDefault(expected);

    /// <summary>From the first request to the last answer.</summary>
    public TimeSpan Elapsed { get; private set; }

    public void Run(TimeSpan time, long atMost = long.MaxValue)
    {
        Latencies.Clear();
        Answers.Clear();
        var started = Stopwatch.GetTimestamp();
        var end = started + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var giveUp = end + (long)(Patience.TotalSeconds * Stopwatch.Frequency);
        long sent = 0;
        var open = 0;
        foreach (var exchange in exchanges)
        {
            if (sent < atMost && !exchange.IsClosed)
            {
                exchange.Send(Stopwatch.GetTimestamp());
                sent++;
                open++;
            }
        }

        var now = started;
        while (open > 0 && now < giveUp)
        {
            var ready = poller.Wait(TimeSpan.FromMilliseconds(100));
            now = Stopwatch.GetTimestamp();
            for (var index = 0; index < ready; index++)
            {
                var exchange = exchanges[poller.Tag(index)];
                var status = exchange.Receive();
                if (status == 0)
                {
                    continue;
                }

                now = Stopwatch.GetTimestamp();
                if (status == expected)
                {
                    Latencies.Record(exchange.SentAt, now);
                }

                Answers[status] = Answers.GetValueOrDefault(status) + 1;
                if (status == Exchange.ConnectionClosed)
                {
                    exchange.Dispose();
                    open--;
                }
                else if (now < end && sent < atMost)
                {
                    exchange.Send(now);
                    sent++;
                }
                else
                {
                    open--;
                }
            }
        }

        Elapsed = Stopwatch.GetElapsedTime(started);
        if (open > 0)
        {
            throw new IOException($"{open} connections had no answer for {Patience.TotalSeconds:0} s");
        }
    }

    public JsonObject Errors()
    {
        var errors = new JsonObject();
        foreach (var (status, count) in Answers.Where(answer => answer.Key != expected))
        {
            errors[status == Exchange.ConnectionClosed ? "closed" : status.ToString()] = count;
        }

        return errors;
    }

    public void Dispose()
    {
        foreach (var exchange in exchanges)
        {
            exchange.Dispose();
        }

        poller.Dispose();
    }
}
