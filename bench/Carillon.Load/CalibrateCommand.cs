using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Carillon.Load;

/// <summary>The generator's own cost and limit, against a responder in the same process that does as good as nothing.</summary>
internal static class CalibrateCommand
{
    public static JsonObject Run(Arguments arguments)
    {
        var connections = arguments.Count("connections", 64);
        var time = arguments.Seconds("seconds", 3);
        var count = arguments.Count("readers", 1_000);
        var folder = arguments.Find("folder") ?? Path.GetTempPath();
        arguments.RefuseOthers();

        var result = new JsonObject();
        using (var responder = new Responder())
        {
            Publish(responder, connections, time, result);
        }

        using (var responder = new Responder())
        {
            Read(responder, count, time, result);
        }

        result["diskCommitsPerSecond"] = Math.Round(DiskCommits(folder, TimeSpan.FromSeconds(1)));
        result["ok"] = true;
        return result;
    }

    private static void Publish(Responder responder, int connections, TimeSpan time, JsonObject result)
    {
        var target = new Target(responder.Url);
        byte[][] request = [target.Post("/api/v1/notifications", "car_0123456789012345678901234567890123456789012", Bodies.Notification())];
        using var loop = new ClosedLoop(target, connections, expected: 201, _ => request);
        loop.Run(TimeSpan.FromSeconds(0.5));
        var before = Libc.ThreadCpu();
        loop.Run(time);
        var cpu = Libc.ThreadCpu() - before;
        result["connections"] = connections;
        result["requestsPerSecond"] = Math.Round(loop.Succeeded / loop.Elapsed.TotalSeconds);
        result["microsecondsPerRequest"] = Math.Round(cpu.TotalMicroseconds / loop.Succeeded, 2);
        loop.Latencies.WriteTo(result);
    }

    private static void Read(Responder responder, int count, TimeSpan time, JsonObject result)
    {
        using var poller = new Poller();
        using var readers = new Readers(poller, new Target(responder.Url), "none", "/events", count, sampleEvery: 10);
        readers.Open(TimeSpan.FromSeconds(30));
        var before = Libc.ThreadCpu();
        var started = Stopwatch.GetTimestamp();
        readers.ReadFor(time);
        var elapsed = Stopwatch.GetElapsedTime(started);
        var cpu = Libc.ThreadCpu() - before;
        result["readers"] = count;
        result["deliveriesPerSecond"] = Math.Round(readers.Deliveries / elapsed.TotalSeconds);
        result["microsecondsPerDelivery"] = Math.Round(cpu.TotalMicroseconds / Math.Max(1, readers.Deliveries), 3);
        result["changesPerRead"] = Math.Round(readers.Deliveries / (double)Math.Max(1, readers.Reads), 2);
        result["outOfOrder"] = readers.Streams.Sum(stream => stream.OutOfOrder);
    }

    // Every commit waits for the disk: without this figure, those of two machines cannot be compared.
    private static double DiskCommits(string folder, TimeSpan time)
    {
        var path = Path.Combine(folder, $"calibrate-{Environment.ProcessId}");
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, options: FileOptions.DeleteOnClose);
        var page = new byte[4096];
        var written = 0;
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < time)
        {
            RandomAccess.Write(file, page, (long)written * page.Length);
            RandomAccess.FlushToDisk(file);
            written++;
        }

        return written / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
