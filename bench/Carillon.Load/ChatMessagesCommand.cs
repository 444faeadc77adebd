using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Carillon.Load;

/// <summary>N people, each in a session of their own, who say the next thing when the demo agent has answered the last.</summary>
internal sealed class ChatMessagesCommand : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // A socket may send 3,000 frames in ten seconds. One that is alone is quicker than that, so it stops earlier instead of being closed.
    private const int MostOfOneSocket = 2_900;

    private readonly ChatSockets sockets;
    private readonly byte[][] requests;
    private readonly Latencies accepted = new();
    private readonly Latencies completed = new();
    private readonly long[] sentAt;
    private readonly int[] sentBy;
    private readonly bool[] isAccepted;
    private readonly bool[] isAnswered;
    private long sent;
    private long answered;
    private long wrong;
    private long end;

    private ChatMessagesCommand(Target target, string token, string[] sessions)
    {
        requests = [.. sessions.Select(session => ChatRequest.Say(session, "count to 1"))];
        sentAt = new long[sessions.Length];
        sentBy = new int[sessions.Length];
        isAccepted = new bool[sessions.Length];
        isAnswered = new bool[sessions.Length];
        sockets = new ChatSockets(target, token, sessions.Length, tag => sessions[tag], Hear);
    }

    public static JsonObject Run(Arguments arguments)
    {
        var target = new Target(arguments.Text("url"));
        var token = arguments.Text("token");
        var project = arguments.Find("project") ?? "load";
        var count = arguments.Count("sockets", 16);
        var time = arguments.Seconds("seconds", 10);
        var warmUp = arguments.Seconds("warm-up", 3);
        var server = arguments.Count("server-pid", 0);
        var database = arguments.Count("database-pid", 0);
        arguments.RefuseOthers();

        using var api = new Server(target, token);
        using var command = new ChatMessagesCommand(target, token, api.BeginSessionsAsync(project, "demo", count).GetAwaiter().GetResult());
        command.sockets.Open();
        var isComplete = command.Talk(warmUp, out _);

        var consumption = new Consumption(server, database);
        isComplete = command.Talk(time, out var elapsed) && isComplete;
        consumption.Stop();

        var result = new JsonObject
        {
            ["sockets"] = count,
            ["seconds"] = Math.Round(elapsed.TotalSeconds, 3),
            ["messages"] = command.answered,
            ["perSecond"] = Math.Round(command.answered / elapsed.TotalSeconds, 1),
            ["acceptedP50Ms"] = Math.Round(command.accepted.Milliseconds(0.5), 3),
            ["acceptedP99Ms"] = Math.Round(command.accepted.Milliseconds(0.99), 3),
        };
        command.completed.WriteTo(result);
        consumption.WriteTo(result);
        result["serverCpuMicrosecondsPerMessage"] = Math.Round(consumption.Server.TotalMicroseconds / Math.Max(1, command.answered), 1);
        result["wrong"] = command.wrong;
        result["outOfOrder"] = command.sockets.OutOfOrder;
        result["closed"] = command.sockets.Closed;
        result["refusal"] = command.sockets.Refusal;
        result["ok"] = isComplete && command.answered > 0 && command.wrong == 0 && command.sockets is { OutOfOrder: 0, Closed: 0, Refusal: null };
        return result;
    }

    public void Dispose() => sockets.Dispose();

    /// <summary>Talks for a time, and then until the last answer has come. False when one did not.</summary>
    private bool Talk(TimeSpan time, out TimeSpan elapsed)
    {
        accepted.Clear();
        completed.Clear();
        answered = 0;
        var sentBefore = sent;
        var started = Stopwatch.GetTimestamp();
        end = started + (long)(time.TotalSeconds * Stopwatch.Frequency);
        for (var tag = 0; tag < requests.Length; tag++)
        {
            Say(tag, started);
        }

        // A refused message has no answer: there is no use in waiting for it.
        var isComplete = sockets.ReadUntil(() => answered == sent - sentBefore || sockets.Refusal is not null, time + Patience);
        elapsed = Stopwatch.GetElapsedTime(started);
        return isComplete;
    }

    private void Say(int tag, long now)
    {
        sent++;
        sentBy[tag]++;
        (sentAt[tag], isAccepted[tag], isAnswered[tag]) = (now, false, false);
        ChatRequest.Number(requests[tag], sent);
        sockets.Send(tag, requests[tag]);
    }

    private void Hear(ChatReader reader, ChatFrame frame)
    {
        var tag = reader.Tag;
        switch (frame.Kind)
        {
            case ChatFrameKind.Accepted:
                wrong += !isAccepted[tag] && requests[tag].AsSpan().IndexOf(frame.Id) >= 0 ? 0 : 1;
                isAccepted[tag] = true;
                accepted.Record(sentAt[tag], Stopwatch.GetTimestamp());
                break;

            case ChatFrameKind.Message when frame.Role.SequenceEqual("agent"u8):
                wrong += !isAnswered[tag] && frame.Text.SequenceEqual("1"u8) ? 0 : 1;
                isAnswered[tag] = true;
                break;

            case ChatFrameKind.Complete:
                var now = Stopwatch.GetTimestamp();
                wrong += isAccepted[tag] && isAnswered[tag] && frame.Status.SequenceEqual("completed"u8) ? 0 : 1;
                completed.Record(sentAt[tag], now);
                answered++;
                if (now < end && sentBy[tag] < MostOfOneSocket)
                {
                    Say(tag, now);
                }

                break;
        }
    }
}
