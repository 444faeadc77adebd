using System.Text.Json.Nodes;

namespace Carillon.Load;

/// <summary>What an open, quiet socket costs in memory.</summary>
internal static class ChatIdleCommand
{
    public static JsonObject Run(Arguments arguments)
    {
        var target = new Target(arguments.Text("url"));
        var token = arguments.Text("token");
        var project = arguments.Find("project") ?? "load";
        var count = arguments.Count("sockets", 10_000);
        var sessions = arguments.Count("sessions", 1_000);
        var rounds = arguments.Count("rounds", 2);
        var idle = arguments.Seconds("idle-seconds", 16);
        var server = arguments.Count("server-pid", 0);
        arguments.RefuseOthers();

        using var api = new Server(target, token);
        var ids = api.BeginSessionsAsync(project, "demo", sessions).GetAwaiter().GetResult();

        // Code and pools that the first sockets bring along are no cost of a socket.
        Measure(Math.Min(count, 200), TimeSpan.FromSeconds(1));

        var empty = ProcessFigures.SettledKilobytes(server);
        var full = new List<double>();
        var perSocket = new List<double>();
        var cpu = TimeSpan.Zero;
        for (var round = 0; round < rounds; round++)
        {
            (var resident, cpu) = Measure(count, idle);
            full.Add(resident);
            // Against the memory before the first of them: what a round leaves behind counts as well.
            perSocket.Add((resident - empty) / count);
        }

        return new JsonObject
        {
            ["sockets"] = count,
            ["sessions"] = sessions,
            ["residentBeforeMb"] = Math.Round(empty / 1024, 1),
            ["residentWithMb"] = new JsonArray([.. full.Select(kilobytes => JsonValue.Create(Math.Round(kilobytes / 1024, 1)))]),
            ["kbPerSocketByRound"] = new JsonArray([.. perSocket.Select(kilobytes => JsonValue.Create(Math.Round(kilobytes, 2)))]),
            ["kbPerSocket"] = Math.Round(perSocket[0], 2),
            ["residentAfterMb"] = Math.Round(ProcessFigures.SettledKilobytes(server) / 1024, 1),
            ["serverCpuPercentWhileIdle"] = Math.Round(cpu / idle * 100, 2),
            ["ok"] = true,
        };

        (double Kilobytes, TimeSpan Cpu) Measure(int number, TimeSpan time)
        {
            using var sockets = new ChatSockets(target, token, number, tag => ids[tag % ids.Length]);
            sockets.Open();
            var before = ProcessFigures.Cpu(server);
            sockets.ReadFor(time / 2);

            // Every client says once in a while that it is there: what that leaves in memory belongs to the socket.
            for (var tag = 0; tag < number; tag++)
            {
                sockets.Send(tag, ChatRequest.Ping);
            }

            sockets.ReadFor(time / 2);
            var cpu = ProcessFigures.Cpu(server) - before;
            var kilobytes = ProcessFigures.SettledKilobytes(server);
            return sockets.Closed > 0 ? throw new IOException($"{sockets.Closed} idle sockets were closed")
                : sockets.Readers.Any(reader => reader.Pongs != 1) ? throw new IOException("A socket was silent")
                : (kilobytes, cpu);
        }
    }
}
