using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Carillon.Load;

/// <summary>From the moment at which an agent says a word to the moment at which a socket has it, with the disk in between.</summary>
internal sealed class ChatLatencyCommand : IDisposable
{
    // By then the programs have started, which takes more of the processors than anything that is measured here.
    private static readonly TimeSpan Starting = TimeSpan.FromSeconds(1);

    private readonly ChatSockets sockets;
    private readonly byte[][] requests;
    private readonly Latencies latencies = new();
    private readonly int words;
    private long from;
    private long heard;

    private ChatLatencyCommand(Target target, string token, string[] sessions, int perSession, int words, TimeSpan pause)
    {
        this.words = words;
        requests = [.. sessions.Select(session => ChatRequest.Say(session, ChatAgentCommand.Prompt(words, pause)))];
        sockets = new ChatSockets(target, token, sessions.Length * perSession, tag => sessions[tag % sessions.Length], Hear);
    }

    public static JsonObject Run(Arguments arguments)
    {
        var target = new Target(arguments.Text("url"));
        var token = arguments.Text("token");
        var project = arguments.Find("project") ?? "load";
        var sessions = arguments.Count("sessions", 4);
        var perSession = arguments.Count("sockets", 1);
        var pause = TimeSpan.FromMilliseconds(arguments.Count("pause-ms", 60));
        var time = arguments.Seconds("seconds", 10);
        var warmUp = arguments.Seconds("warm-up", 2);
        var server = arguments.Count("server-pid", 0);
        arguments.RefuseOthers();

        using var api = new Server(target, token);
        var ids = api.BeginSessionsAsync(project, "command", sessions).GetAwaiter().GetResult();
        Measure(warmUp);
        var result = Measure(Starting + time);
        result.Insert(0, "sessions", sessions);
        result.Insert(1, "socketsEach", perSession);
        result.Insert(2, "pauseMs", pause.TotalMilliseconds);
        return result;

        JsonObject Measure(TimeSpan span)
        {
            using var command = new ChatLatencyCommand(target, token, ids, perSession, (int)(span / pause), pause);
            return command.Measure(span, server);
        }
    }

    public void Dispose() => sockets.Dispose();

    private JsonObject Measure(TimeSpan time, int server)
    {
        sockets.Open();
        var framesBefore = sockets.Frames;
        var consumption = new Consumption(server);
        var started = Stopwatch.GetTimestamp();
        from = started + (long)(Starting.TotalSeconds * Stopwatch.Frequency);
        for (var index = 0; index < requests.Length; index++)
        {
            ChatRequest.Number(requests[index], started + index);
            sockets.Send(index, requests[index]);
        }

        // A program that does not start is waited for a while.
        var isComplete = sockets.ReadUntil(() => sockets.Readers.All(reader => reader.Completed == 1), time + TimeSpan.FromSeconds(30));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        consumption.Stop();

        var expected = (long)words * sockets.Count;
        var result = new JsonObject
        {
            ["seconds"] = Math.Round(seconds, 3),
            ["words"] = words * requests.Length,
            ["deliveries"] = heard,
            ["wordsPerChunk"] = Math.Round(heard / (double)Math.Max(1, sockets.Chunks), 2),
            ["framesPerSecond"] = Math.Round((sockets.Frames - framesBefore) / seconds, 1),
        };
        latencies.WriteTo(result);
        consumption.WriteTo(result);
        result["outOfOrder"] = sockets.OutOfOrder;
        result["closed"] = sockets.Closed;
        result["refusal"] = sockets.Refusal;
        result["ok"] = isComplete && heard == expected && sockets.OutOfOrder == 0 && sockets.Closed == 0 && sockets.Refusal is null;
        return result;
    }

    private void Hear(ChatReader reader, ChatFrame frame)
    {
        if (frame.Kind != ChatFrameKind.Chunk)
        {
            return;
        }

        var now = Stopwatch.GetTimestamp();
        for (var said = frame.Said; said.Length >= ChatAgentCommand.WordLength; said = said[ChatAgentCommand.WordLength..])
        {
            // A word is written to a pipe at once and never cut; if it were, the count would not come out.
            heard++;
            if (ChatAgentCommand.MomentOf(said) is var moment && moment >= from)
            {
                latencies.Record(moment, now);
            }
        }
    }
}
