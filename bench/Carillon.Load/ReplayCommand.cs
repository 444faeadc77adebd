using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Carillon.Load;

/// <summary>One reader takes the whole log from its start.</summary>
internal static class ReplayCommand
{
    private static readonly TimeSpan SilentFor = TimeSpan.FromSeconds(10);

    public static JsonObject Run(Arguments arguments)
    {
        var target = new Target(arguments.Text("url"));
        var token = arguments.Text("token");
        var expected = arguments.Count("expect", 1_000_000);
        var after = arguments.Count("after", 0);
        var rounds = arguments.Count("rounds", 3);
        var within = arguments.Seconds("within", 120);
        var server = arguments.Count("server-pid", 0);
        arguments.RefuseOthers();

        var rates = new List<double>();
        var seconds = 0.0;
        var consumption = new Consumption(server);
        var firstRow = TimeSpan.Zero;
        long bytes = 0;
        long rows = 0;
        long outOfOrder = 0;
        for (var round = 0; round < rounds; round++)
        {
            using var poller = new Poller();
            using var readers = new Readers(poller, target, token, $"/events?after={after}", 1);
            consumption = new Consumption(server);
            var started = Stopwatch.GetTimestamp();
            readers.Open(within);
            readers.ReadUntil(() => readers.Deliveries > 0, within, SilentFor);
            firstRow = Stopwatch.GetElapsedTime(started);
            readers.ReadUntil(() => readers.Deliveries >= expected, within, SilentFor);
            seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            consumption.Stop();
            rates.Add(readers.Deliveries / seconds);
            bytes = readers.Bytes;
            rows = readers.Deliveries;
            outOfOrder += readers.Streams[0].OutOfOrder;
        }

        var result = new JsonObject
        {
            ["rows"] = rows,
            ["rowsPerSecond"] = Math.Round(rates.Order().ElementAt(rates.Count / 2)),
            ["rowsPerSecondByRound"] = new JsonArray([.. rates.Select(rate => JsonValue.Create(Math.Round(rate)))]),
            ["bytesPerRow"] = Math.Round(bytes / (double)Math.Max(1, rows)),
            ["firstRowMs"] = Math.Round(firstRow.TotalMilliseconds, 1),
            ["seconds"] = Math.Round(seconds, 3),
            ["outOfOrder"] = outOfOrder,
            ["ok"] = rows == expected && outOfOrder == 0,
        };
        consumption.WriteTo(result);
        return result;
    }
}
