using System.Text;
using System.Text.Json.Nodes;

namespace Carillon.Conversations;

/// <summary>A run's <c>complete</c>, and the seq of the message that came before it.</summary>
internal sealed record RunEnding(string Run, string Status, long Seq);

/// <summary>
/// What a client knows of one session, over all its connections. It also judges: messages come in order and once, a run's text grows
/// without a gap or a repeat, and each run ends once.
/// </summary>
internal sealed class Transcript
{
    private readonly Dictionary<string, StringBuilder> _texts = [];
    private long _wanted;
    private long _newest;
    private string? _run;
    private bool _isAttached;
    private bool _isTyping;
    private bool _mustRest;

    /// <summary>Every message, by its seq.</summary>
    public SortedDictionary<long, JsonObject> Messages { get; } = [];

    /// <summary>The ends of runs in the order in which they came.</summary>
    public List<RunEnding> Ends { get; } = [];

    /// <summary>What <c>attach</c> takes to go on from here. An answer counts once its run has ended, so that the end is not lost with the connection.</summary>
    public long Position { get; private set; }

    /// <summary>The agent takes back what it said: a snapshot may come in the middle and have another text. Nothing else may.</summary>
    public bool MayTakeBack { get; init; }

    /// <summary>What a run has said, put together from snapshots and chunks.</summary>
    public string? TextOf(string runId) => _texts.GetValueOrDefault(runId)?.ToString();

    /// <summary>An <c>attach</c> is on its way.</summary>
    public void Attaching(long? after) => _wanted = after ?? -1;

    /// <summary>The server has said that it heard the <c>detach</c>: nothing more may come.</summary>
    public void Detached() => _isAttached = false;

    public void Take(JsonObject frame)
    {
        var type = (string)frame["type"]!;
        if (type is "accepted" or "error")
        {
            return;
        }

        Claim(_isAttached || type == "attached", "It came to somebody who is not attached", frame);
        Claim(!_mustRest || type is "attached" || (type == "typing" && !(bool)frame["on"]!), "`typing` off follows the end of a run", frame);
        _mustRest = false;
        switch (type)
        {
            case "attached":
                _newest = _wanted >= 0 ? _wanted : (long)frame["head"]!;
                Claim((long)frame["head"]! >= _newest, "Whoever knows of a message is not told that there is none", frame);
                Position = _newest;

                // What came behind this position comes again.
                Ends.RemoveAll(end => end.Seq > Position);
                (_isAttached, _isTyping, _run) = (true, false, null);
                break;
            case "typing":
                Claim(_isTyping != (bool)frame["on"]!, "Typing changes", frame);
                Claim(_run is null, "A run is still under way", frame);
                _isTyping = (bool)frame["on"]!;
                break;
            case "snapshot":
                Snapshot(frame);
                break;
            case "chunk":
                Chunk(frame);
                break;
            case "step":
                Claim(_isTyping, "Steps come while the agent works", frame);
                Claim((int)frame["offset"]! <= (TextOf((string)frame["runId"]!)?.Length ?? 0), "A step stands in the text that came before it", frame);
                _run = (string)frame["runId"]!;
                break;
            case "message":
                Message(frame);
                break;
            case "delivered":
                Claim(Messages.Values.All(message => (string)message["id"]! != (string)frame["messageId"]! || (string)message["role"]! == "person"), "It is people's messages that are delivered", frame);
                break;
            case "withdrawn":
                Claim(Messages.Values.All(message => (string)message["id"]! != (string)frame["messageId"]! || (string)message["role"]! == "person"), "It is people's messages that are taken back", frame);
                break;
            case "complete":
                Complete(frame);
                break;
            default:
                Claim(false, "There is no such frame", frame);
                break;
        }
    }

    private void Snapshot(JsonObject frame)
    {
        var (run, text) = ((string)frame["runId"]!, (string)frame["text"]!);
        Claim(_isTyping && (_run is null || (MayTakeBack && _run == run)), "A snapshot comes first, while the agent works", frame);
        Claim(text.Length == (int)frame["offset"]!, "A snapshot's offset is its length", frame);
        Claim(!HasEnded(run), "The run has ended", frame);
        Claim(MayTakeBack || TextOf(run) is not { } known || text.StartsWith(known, StringComparison.Ordinal), $"What was shown stands: {TextOf(run)}", frame);
        _run = run;
        _texts[run] = new StringBuilder(text);
    }

    private void Chunk(JsonObject frame)
    {
        var run = (string)frame["runId"]!;
        Claim(_isTyping && (_run is null || _run == run), "A chunk comes while the agent works", frame);
        Claim(!HasEnded(run), "The run has ended", frame);
        _run = run;
        var text = _texts.TryGetValue(run, out var known) ? known : _texts[run] = new StringBuilder();
        Claim(text.Length == (int)frame["offset"]!, $"A chunk begins where the text ends, at {text.Length}", frame);
        Claim(((string)frame["text"]!).Length > 0, "A chunk says something", frame);
        text.Append((string)frame["text"]!);
    }

    private void Message(JsonObject frame)
    {
        var seq = (long)frame["seq"]!;
        Claim(seq > _newest, $"Messages come in order, behind {_newest}", frame);
        _newest = seq;
        if (Messages.TryGetValue(seq, out var known))
        {
            Claim(JsonNode.DeepEquals(Lasting(known), Lasting(frame)), "A message does not change", frame);
        }

        Messages[seq] = frame;
        var text = (string)frame["text"]!;
        if ((string)frame["role"]! == "agent" && (string?)frame["runId"] is { } run && TextOf(run) is { } shown)
        {
            // Who followed to the end has seen all of it; who was away has seen its beginning.
            Claim(_run == run ? text == shown : text.StartsWith(shown, StringComparison.Ordinal), $"The answer is what was shown: {shown}", frame);
        }

        // An answer is had when its `complete` has come; everything else stands for itself.
        if (frame["status"] is null || frame["runId"] is null)
        {
            Position = seq;
        }
    }

    private void Complete(JsonObject frame)
    {
        var run = (string)frame["runId"]!;
        Claim(!HasEnded(run), "A run ends once", frame);
        var last = Messages.Values.LastOrDefault(message => (string?)message["runId"] == run && message["status"] is not null);
        Claim(last is not null, "The message comes before the end", frame);
        Claim((string)frame["status"]! == (string)last!["status"]!, "The end is that of the message", frame);
        Claim(Messages.Values.Any(message => (string)message["id"]! == (string)frame["messageId"]!), "The end names a message that came", frame);
        Position = (long)last["seq"]!;
        Ends.Add(new RunEnding(run, (string)frame["status"]!, Position));
        if (_run == run)
        {
            (_run, _mustRest) = (null, true);
        }
    }

    /// <summary>A message without what may change: a question that is asked again has another run, and one that waited is delivered.</summary>
    private static JsonObject Lasting(JsonObject message)
    {
        var lasting = message.DeepClone().AsObject();
        if ((string)message["role"]! == "person")
        {
            lasting.Remove("runId");
            lasting.Remove("status");
        }

        return lasting;
    }

    private bool HasEnded(string run) => Ends.Exists(end => end.Run == run);

    private static void Claim(bool isSo, string rule, JsonObject frame) => Assert.True(isSo, $"{rule}. {frame.ToJsonString()}");
}
