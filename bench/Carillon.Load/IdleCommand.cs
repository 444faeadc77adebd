using System.Text.Json.Nodes;

namespace Carillon.Load;

/// <summary>What an open, quiet stream costs in memory.</summary>
internal static class IdleCommand
{
    public static JsonObject Run(Arguments arguments)
    {
        var target = new Target(arguments.Text("url"));
        var token = arguments.Text("token");
        var count = arguments.Count("readers", 10_000);
        var rounds = arguments.Count("rounds", 2);
        var idle = arguments.Seconds("idle-seconds", 16);
        var server = arguments.Count("server-pid", 0);
        arguments.RefuseOthers();

        // Code and pools that the first streams bring along are no cost of a connection.
        Measure(target, token, Math.Min(count, 200), TimeSpan.FromSeconds(1), server);

        var empty = ProcessFigures.SettledKilobytes(server);
        var full = new List<double>();
        var perConnection = new List<double>();
        var cpu = TimeSpan.Zero;
        for (var round = 0; round < rounds; round++)
        {
            (var resident, cpu) = Measure(target, token, count, idle, server);
            full.Add(resident);
            // Against the memory before the first of them: what a round leaves behind counts as well.
            perConnection.Add((resident - empty) / count);
        }

        return new JsonObject
        {
            ["readers"] = count,
            ["residentBeforeMb"] = Math.Round(empty / 1024, 1),
            ["residentWithMb"] = new JsonArray([.. full.Select(kilobytes => JsonValue.Create(Math.Round(kilobytes / 1024, 1)))]),
            ["kbPerConnectionByRound"] = new JsonArray([.. perConnection.Select(kilobytes => JsonValue.Create(Math.Round(kilobytes, 2)))]),
            ["kbPerConnection"] = Math.Round(perConnection[0], 2),
            ["residentAfterMb"] = Math.Round(ProcessFigures.SettledKilobytes(server) / 1024, 1),
            ["serverCpuPercentWhileIdle"] = Math.Round(cpu / idle * 100, 2),
            ["ok"] = true,
        };
    }

    private static (double Kilobytes, TimeSpan Cpu) Measure(Target target, string token, int count, TimeSpan idle, int server)
    {
        using var poller = new Poller();
        using var readers = new Readers(poller, target, token, "/events", count);
        readers.Open(TimeSpan.FromSeconds(120));

        // By default longer than a heartbeat: every connection has written once since its hello.
        var before = ProcessFigures.Cpu(server);
        readers.ReadFor(idle);
        var cpu = ProcessFigures.Cpu(server) - before;
        var kilobytes = ProcessFigures.SettledKilobytes(server);
        return readers.Closed == 0 ? (kilobytes, cpu) : throw new IOException($"{readers.Closed} idle readers were closed");
    }
}
