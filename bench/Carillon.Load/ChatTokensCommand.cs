using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Carillon.Load;

/// <summary>One answer of the demo agent to N sockets that follow its session. A word is a token.</summary>
internal sealed class ChatTokensCommand : IDisposable
{
    private readonly ChatSockets sockets;
    private readonly byte[] text;
    private readonly int words;
    private readonly TimeSpan within;
    private readonly byte[] request;
    private long began;
    private long ended;
    private long asked;
    private long wrong;

    private ChatTokensCommand(Target target, string token, string session, int count, int words, TimeSpan within, TimeSpan gather)
    {
        this.words = words;
        this.within = within;
        request = ChatRequest.Say(session, $"count to {words.ToString(CultureInfo.InvariantCulture)}");
        text = Encoding.ASCII.GetBytes(string.Join(' ', Enumerable.Range(1, words)));
        sockets = new ChatSockets(target, token, count, _ => session, Hear, gather);
    }

    public static JsonObject Run(Arguments arguments)
    {
        var target = new Target(arguments.Text("url"));
        var token = arguments.Text("token");
        var project = arguments.Find("project") ?? "load";
        var count = arguments.Count("sockets", 100);
        var words = arguments.Count("words", 100_000);
        var runs = arguments.Count("runs", 3);
        var within = arguments.Seconds("within", 120);
        var gather = TimeSpan.FromMilliseconds(arguments.Count("gather-ms", 1));
        var server = arguments.Count("server-pid", 0);
        arguments.RefuseOthers();

        using var api = new Server(target, token);
        var session = api.BeginSessionsAsync(project, "demo", 1).GetAwaiter().GetResult()[0];
        using var command = new ChatTokensCommand(target, token, session, count, words, within, gather);
        var sockets = command.sockets;
        sockets.Open();
        var isComplete = command.Ask(out _, out _);

        var (framesBefore, chunksBefore, bytesBefore) = (sockets.Frames, sockets.Chunks, sockets.Bytes);
        var (answering, delivering) = (0.0, 0.0);
        var consumption = new Consumption(server);
        var started = Stopwatch.GetTimestamp();
        for (var run = 0; run < runs && isComplete; run++)
        {
            isComplete = command.Ask(out var answered, out var delivered);
            answering += answered.TotalSeconds;
            delivering += delivered.TotalSeconds;
        }

        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        consumption.Stop();
        var serverCpu = consumption.Server.TotalSeconds;
        var frames = sockets.Frames - framesBefore;
        var chunks = sockets.Chunks - chunksBefore;
        var tokens = (double)words * runs * count;

        var result = new JsonObject
        {
            ["sockets"] = count,
            ["words"] = words,
            ["runs"] = runs,
            ["seconds"] = Math.Round(seconds, 3),
            ["wordsPerSecond"] = Math.Round(words * runs / answering),
            ["wordsDeliveredPerSecond"] = Math.Round(tokens / delivering),
            ["wordsPerChunk"] = Math.Round(tokens / Math.Max(1, chunks), 1),
            ["frames"] = frames,
            ["framesPerSecond"] = Math.Round(frames / delivering),
            ["megabytesPerSecond"] = Math.Round((sockets.Bytes - bytesBefore) / delivering / 1e6, 2),
            ["framesPerServerCpuSecond"] = serverCpu > 0 ? Math.Round(frames / serverCpu) : 0,
            ["wordsDeliveredPerServerCpuSecond"] = serverCpu > 0 ? Math.Round(tokens / serverCpu) : 0,
        };
        consumption.WriteTo(result);
        result["wrongChunks"] = command.wrong;
        result["outOfOrder"] = sockets.OutOfOrder;
        result["closed"] = sockets.Closed;
        result["refusal"] = sockets.Refusal;
        result["ok"] = isComplete && command.wrong == 0 && sockets.OutOfOrder == 0 && sockets.Closed == 0 && sockets.Refusal is null;
        return result;
    }

    public void Dispose() => sockets.Dispose();

    /// <summary>Asks once. How long the agent took, and how long it was until the last socket had the end. False when one did not get it.</summary>
    private bool Ask(out TimeSpan answered, out TimeSpan delivered)
    {
        asked++;
        (began, ended) = (0, 0);
        ChatRequest.Number(request, asked);
        sockets.Send(0, request);
        var isComplete = sockets.ReadUntil(() => ended > 0 && sockets.Readers.All(reader => reader.Completed == asked), within);
        answered = Stopwatch.GetElapsedTime(began, ended);
        delivered = Stopwatch.GetElapsedTime(began);

        // The next question would not start a run while this one is being put away.
        sockets.ReadFor(TimeSpan.FromMilliseconds(50));
        return isComplete;
    }

    private void Hear(ChatReader reader, ChatFrame frame)
    {
        switch (frame.Kind)
        {
            case ChatFrameKind.Chunk:
                // The reader has counted it already.
                var said = frame.Said;
                var isRight = reader.Length <= text.Length && said.SequenceEqual(text.AsSpan(reader.Length - said.Length, said.Length));
                wrong += isRight ? 0 : 1;
                break;

            case ChatFrameKind.Typing when reader.Tag == 0 && frame.IsOn:
                began = Stopwatch.GetTimestamp();
                break;

            case ChatFrameKind.Complete:
                // Incomplete or not completed: either way it is not the answer that was asked for.
                wrong += reader.Length == text.Length && frame.Status.SequenceEqual("completed"u8) ? 0 : 1;
                ended = ended == 0 ? Stopwatch.GetTimestamp() : ended;
                break;
        }
    }
}
