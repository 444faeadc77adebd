using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Carillon.Load;

/// <summary>Changes of one project to N readers who all see it, at a rate or as fast as they are taken.</summary>
internal sealed class FanoutCommand : IDisposable
{
    private static readonly TimeSpan OpenWithin = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan SilentFor = TimeSpan.FromSeconds(10);

    // One after the other, so that each report is a change. Neither is a fact that somebody has to be told of.
    private static readonly string[] Reports = ["working", "starting"];

    private readonly Poller poller = new();
    private readonly Readers readers;
    private readonly Exchange[] publishers;
    private readonly Stack<int> free = [];
    private readonly SortedDictionary<int, long> answers = [];
    private readonly Latencies lateness = new();
    private readonly double rate;
    private readonly int backlog;
    private readonly TimeSpan gather;
    private long published;
    private long acknowledged;

    private FanoutCommand(
        Target target, string readToken, string publishToken, string project, int count, int sampleEvery, int connections, double rate, int backlog, TimeSpan gather)
    {
        this.rate = rate;
        this.backlog = backlog;
        this.gather = gather;
        readers = new Readers(poller, target, readToken, $"/events?topics=sessions&projectId={project}", count, sampleEvery);
        publishers = [.. Enumerable.Range(0, connections).Select(index => new Exchange(
            target,
            poller,
            count + index,
            [.. Reports.Select(activity => target.Post($"/api/v1/sessions/{Session(index)}/activity", publishToken, Bodies.Activity(activity)))]))];
        for (var index = 0; index < connections; index++)
        {
            free.Push(index);
        }
    }

    public static JsonObject Run(Arguments arguments)
    {
        var target = new Target(arguments.Text("url"));
        var token = arguments.Text("token");
        var publishToken = arguments.Find("publish-token") ?? token;
        var project = arguments.Find("project") ?? "load";
        var count = arguments.Count("readers", 1_000);
        var rateText = arguments.Find("rate") ?? "10";
        var rate = rateText == "max" ? 0 : double.Parse(rateText, CultureInfo.InvariantCulture);
        var time = arguments.Seconds("seconds", 15);
        var warmUp = arguments.Seconds("warm-up", 5);
        var connections = arguments.Count("connections", 4);
        var backlog = arguments.Count("backlog", 64);
        var sampleEvery = arguments.Count("sample-every", 10);
        var gather = TimeSpan.FromMilliseconds(arguments.Count("gather-ms", 1));
        var server = arguments.Count("server-pid", 0);
        arguments.RefuseOthers();

        Prepare(target, publishToken, project, connections).GetAwaiter().GetResult();
        using var command = new FanoutCommand(target, token, publishToken, project, count, sampleEvery, connections, rate, backlog, gather);
        command.readers.Open(OpenWithin);

        var isComplete = command.Publish(warmUp);
        command.readers.Latencies.Clear();
        command.lateness.Clear();
        var deliveriesBefore = command.readers.Deliveries;
        var readsBefore = command.readers.Reads;
        var bytesBefore = command.readers.Bytes;
        var publishedBefore = command.acknowledged;
        var consumption = new Consumption(server);
        var started = Stopwatch.GetTimestamp();
        isComplete = command.Publish(time) && isComplete;
        var elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        consumption.Stop();
        var serverCpu = consumption.Server.TotalSeconds;
        var deliveries = command.readers.Deliveries - deliveriesBefore;

        var result = new JsonObject
        {
            ["readers"] = count,
            ["rate"] = rateText,
            ["seconds"] = Math.Round(elapsed, 3),
            ["published"] = command.acknowledged - publishedBefore,
            ["deliveries"] = deliveries,
            ["deliveriesPerSecond"] = Math.Round(deliveries / elapsed),
            ["deliveriesPerServerCpuSecond"] = serverCpu > 0 ? Math.Round(deliveries / serverCpu) : 0,
        };
        command.readers.Latencies.WriteTo(result);
        result["publishLateP99Ms"] = Math.Round(command.lateness.Milliseconds(0.99), 3);
        result["changesPerRead"] = Math.Round(deliveries / (double)Math.Max(1, command.readers.Reads - readsBefore), 2);
        result["bytesPerDelivery"] = Math.Round((command.readers.Bytes - bytesBefore) / (double)Math.Max(1, deliveries));
        consumption.WriteTo(result);
        return command.Judge(result, isComplete);
    }

    public void Dispose()
    {
        readers.Dispose();
        foreach (var publisher in publishers)
        {
            publisher.Dispose();
        }

        poller.Dispose();
    }

    private static string Session(int index) => $"load-{index}";

    private static async Task Prepare(Target target, string token, string project, int connections)
    {
        using var server = new Server(target, token);
        await server.CreateProjectAsync(project);
        for (var index = 0; index < connections; index++)
        {
            // Two reports: whatever the session was before, its next one is then a change.
            await server.ReportAsync(Session(index), project, Reports[0]);
            await server.ReportAsync(Session(index), project, Reports[^1]);
        }
    }

    /// <summary>Publishes for a time, then waits until every reader has everything. False when one did not get it.</summary>
    private bool Publish(TimeSpan time)
    {
        var started = Stopwatch.GetTimestamp();
        var end = started + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var publishedBefore = published;
        var seen = readers.Deliveries;
        var seenAt = started;
        while (true)
        {
            var now = Stopwatch.GetTimestamp();
            if (readers.Deliveries != seen)
            {
                seen = readers.Deliveries;
                seenAt = now;
            }

            if (now < end)
            {
                PublishWhatIsDue(now, started, published - publishedBefore);
            }
            else if (HasDrained() || Stopwatch.GetElapsedTime(Math.Max(seenAt, end), now) > SilentFor || readers.Closed == readers.Count)
            {
                return HasDrained();
            }

            var due = rate > 0 ? started + (long)((published - publishedBefore) / rate * Stopwatch.Frequency) : end;
            var ready = poller.Wait(TimeSpan.FromSeconds(Math.Max(0, due - now) / (double)Stopwatch.Frequency));
            for (var index = 0; index < ready; index++)
            {
                var tag = poller.Tag(index);
                if (tag < readers.Count)
                {
                    readers.Read(tag);
                }
                else
                {
                    Receive(tag - readers.Count);
                }
            }

            // A thread that wakes for each message costs the server a wake-up per send, which no remote reader would.
            if (!Poller.IsFull(ready) && gather > TimeSpan.Zero)
            {
                Libc.Pause(gather);
            }
        }
    }

    private void PublishWhatIsDue(long now, long started, long sent)
    {
        while (free.Count > 0)
        {
            if (rate > 0)
            {
                var due = started + (long)(sent / rate * Stopwatch.Frequency);
                if (due > now)
                {
                    return;
                }

                lateness.Record(due, now);
            }
            else if ((published * readers.Count) - readers.Deliveries > (long)backlog * readers.Count)
            {
                return;
            }

            var index = free.Pop();
            Stamp(publishers[index].Requests[publishers[index].Turn], now);
            publishers[index].Send(now);
            published++;
            sent++;
        }
    }

    private static void Stamp(byte[] request, long now)
    {
        var at = request.AsSpan().LastIndexOf(EventReader.SentMark) + EventReader.SentMark.Length;
        _ = Utf8Formatter.TryFormat(now, request.AsSpan(at, EventReader.SentDigits), out _, new('D', EventReader.SentDigits));
    }

    private void Receive(int index)
    {
        var status = publishers[index].Receive();
        if (status == 0)
        {
            return;
        }

        answers[status] = answers.GetValueOrDefault(status) + 1;
        if (status == Exchange.ConnectionClosed)
        {
            publishers[index].Dispose();
            return;
        }

        acknowledged += status == 200 ? 1 : 0;
        free.Push(index);
    }

    private bool HasDrained() => readers.Deliveries == acknowledged * readers.Count && publishers.All(publisher => !publisher.IsBusy);

    private JsonObject Judge(JsonObject result, bool isComplete)
    {
        // Every reader was there before the first change: each must have exactly the acknowledged ones, in one order.
        var common = readers.Streams.GroupBy(stream => stream.Fingerprint).MaxBy(group => group.Count())!.Key;
        var incomplete = readers.Streams.Count(stream => stream.Changes != acknowledged || stream.Fingerprint != common);
        var outOfOrder = readers.Streams.Sum(stream => stream.OutOfOrder);
        var errors = new JsonObject();
        foreach (var (status, number) in answers.Where(answer => answer.Key != 200))
        {
            errors[status == Exchange.ConnectionClosed ? "closed" : status.ToString()] = number;
        }

        result["readersIncomplete"] = incomplete;
        result["outOfOrder"] = outOfOrder;
        result["readersClosed"] = readers.Closed;
        result["errors"] = errors;
        result["ok"] = isComplete && incomplete == 0 && outOfOrder == 0 && readers.Closed == 0 && errors.Count == 0 && readers.Deliveries > 0;
        return result;
    }
}
