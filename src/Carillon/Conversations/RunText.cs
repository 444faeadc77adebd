using System.Text;
using Carillon.Protocol;

namespace Carillon.Conversations;

/// <summary>
/// A run's text as a conversation shows it. It grows at its end only, so a reader's place in it is one number. Text that an agent
/// takes back makes another one of it.
/// </summary>
internal sealed class RunText(string runId, string sessionId)
{
    // So much goes into one frame: a reader that was away gets its text in pieces that others can overtake.
    private const int LargestChunk = 16 * 1024;

    private readonly StringBuilder _text = new();
    private byte[]? _frame;
    private int _frameStart;
    private int _frameEnd;

    public string RunId => runId;

    public List<RunStep> Steps { get; } = [];

    public long NextPart { get; set; }

    public int Length => _text.Length;

    public void Append(string? text) => _text.Append(text);

    /// <summary>The same run with another text.</summary>
    public RunText With(string text)
    {
        var other = new RunText(RunId, sessionId) { NextPart = NextPart };
        other.Steps.AddRange(Steps);
        other.Append(text);
        return other;
    }

    public override string ToString() => _text.ToString();

    /// <summary>
    /// The next chunk between two places, and where it ends. Readers mostly stand at the same place, so the last one is kept.
    /// </summary>
    public byte[] Chunk(int start, int end, out int stop)
    {
        if (end - start > LargestChunk)
        {
            // Half a character is none.
            end = char.IsHighSurrogate(_text[start + LargestChunk - 1]) ? start + LargestChunk - 1 : start + LargestChunk;
        }

        if (_frame is null || _frameStart != start || _frameEnd != end)
        {
            _frame = ChatFrames.Encode(new ChunkFrame
            {
                SessionId = sessionId,
                RunId = runId,
                Offset = start,
                Text = _text.ToString(start, end - start),
            });
            (_frameStart, _frameEnd) = (start, end);
        }

        stop = end;
        return _frame;
    }
}
