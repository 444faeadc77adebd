using System.Text.Json.Nodes;

namespace Carillon.Load;

/// <summary>What a change for one person costs while N streams of somebody else are open. It must not depend on N.</summary>
internal static class AddressedCommand
{
    public static JsonObject Run(Arguments arguments)
    {
        var target = new Target(arguments.Text("url"));
        var publishToken = arguments.Text("publish-token");
        var idleToken = arguments.Text("idle-token");
        var addressee = arguments.Text("to");
        var addresseeToken = arguments.Text("to-token");
        var count = arguments.Count("idle-readers", 10);
        var changes = arguments.Count("count", 20_000);
        var connections = arguments.Count("connections", 8);
        var idleTime = arguments.Seconds("idle-seconds", 15);
        var server = arguments.Count("server-pid", 0);
        arguments.RefuseOthers();

        using var idlePoller = new Poller();
        using var idle = new Readers(idlePoller, target, idleToken, "/events", count);
        idle.Open(TimeSpan.FromSeconds(120));
        using var poller = new Poller();
        using var own = new Readers(poller, target, addresseeToken, "/events?topics=notifications", 1);
        own.Open(TimeSpan.FromSeconds(30));

        byte[][] request = [target.Post("/api/v1/notifications", publishToken, Bodies.Notification(addressee))];
        using var loop = new ClosedLoop(target, connections, expected: 201, _ => request);
        var warmUp = changes / 4;
        Publish(loop, own, warmUp);

        // Heartbeats of idle streams cost something with or without changes; it is measured first and taken off.
        var before = ProcessFigures.Cpu(server);
        idle.ReadFor(idleTime);
        var idleShare = (ProcessFigures.Cpu(server) - before) / idleTime;

        var consumption = new Consumption(server);
        var isComplete = Publish(loop, own, changes);
        consumption.Stop();
        var cpu = consumption.Server.TotalSeconds;
        idle.ReadFor(TimeSpan.FromSeconds(1));

        var result = new JsonObject
        {
            ["idleReaders"] = count,
            ["seconds"] = Math.Round(loop.Elapsed.TotalSeconds, 3),
            ["changes"] = loop.Succeeded,
            ["perSecond"] = Math.Round(loop.Succeeded / loop.Elapsed.TotalSeconds, 1),
            ["serverCpuMicrosecondsPerChange"] = Math.Round(cpu / changes * 1e6, 2),
            ["withoutIdleCost"] = Math.Round((cpu - (idleShare * loop.Elapsed.TotalSeconds)) / changes * 1e6, 2),
            ["idleCpuPercent"] = Math.Round(idleShare * 100, 2),
        };
        loop.Latencies.WriteTo(result);
        consumption.WriteTo(result);
        result["seenByOthers"] = idle.Deliveries;
        result["seenByAddressee"] = own.Deliveries;
        result["errors"] = loop.Errors();
        result["ok"] = isComplete && idle.Deliveries == 0 && idle.Closed == 0 && own.Deliveries == changes + warmUp && own.Streams[0].OutOfOrder == 0;
        return result;
    }

    private static bool Publish(ClosedLoop loop, Readers own, int changes)
    {
        var expected = own.Deliveries + changes;
        var reading = Task.Factory.StartNew(
            () => own.ReadUntil(() => own.Deliveries >= expected, TimeSpan.FromSeconds(120)),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        loop.Run(TimeSpan.FromSeconds(100), changes);
        return reading.GetAwaiter().GetResult() && loop.Succeeded == changes;
    }
}
