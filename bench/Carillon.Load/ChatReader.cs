using System.Buffers.Binary;

namespace Carillon.Load;

/// <summary>
/// One socket of <c>/chat/ws</c>, read from raw bytes as they come: the answer to the upgrade, then frames. Counts them, and checks
/// that each chunk begins where the text before it ended. Keeps a copy of nothing but a frame that the read cut in two.
/// </summary>
internal sealed class ChatReader(int tag, HeardFrame? heard = null)
{
    private const int Text = 1;
    private const int Close = 8;

    // Larger than any chunk. What is larger yet is a whole answer, which was read in chunks before: it is counted and passed over.
    private const int LargestKept = 32 * 1024;

    private bool isUpgraded;
    private byte[] cut = [];
    private int cutLength;
    private int toSkip;

    public int Tag => tag;

    public bool IsReady { get; private set; }

    public bool IsAttached { get; private set; }

    public bool IsEnded { get; private set; }

    /// <summary>Why it was not served, or not any longer.</summary>
    public string? Refusal { get; private set; }

    public long Frames { get; private set; }

    public long Chunks { get; private set; }

    public long Pongs { get; private set; }

    /// <summary>How much of the run that is under way was read.</summary>
    public int Length { get; private set; }

    /// <summary>Runs that ended.</summary>
    public long Completed { get; private set; }

    /// <summary>Chunks that did not begin where the text ended.</summary>
    public long OutOfOrder { get; private set; }

    public void Read(ReadOnlySpan<byte> bytes)
    {
        var skipped = Math.Min(toSkip, bytes.Length);
        toSkip -= skipped;
        bytes = bytes[skipped..];
        if (cutLength == 0)
        {
            Keep(bytes[Take(bytes)..]);
            return;
        }

        Keep(bytes);
        var taken = Take(cut.AsSpan(0, cutLength));
        cut.AsSpan(taken, cutLength - taken).CopyTo(cut);
        cutLength -= taken;
    }

    /// <summary>Reads all that is whole; returns how much that was.</summary>
    private int Take(ReadOnlySpan<byte> bytes)
    {
        var taken = isUpgraded ? 0 : TakeHead(bytes);
        while (isUpgraded && !IsEnded && TakeFrame(bytes[taken..]) is > 0 and var length)
        {
            taken += length;
        }

        return IsEnded ? bytes.Length : taken;
    }

    private int TakeHead(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return 0;
        }

        if (!bytes.StartsWith("HTTP/1.1 101"u8))
        {
            End(System.Text.Encoding.UTF8.GetString(bytes));
        }

        isUpgraded = true;
        return end + 4;
    }

    private int TakeFrame(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2)
        {
            return 0;
        }

        // A server does not mask, and this one does not cut messages into several frames.
        var (head, length) = bytes[1] switch
        {
            126 => (4, bytes.Length < 4 ? int.MaxValue : BinaryPrimitives.ReadUInt16BigEndian(bytes[2..])),
            127 => (10, bytes.Length < 10 ? int.MaxValue : (int)BinaryPrimitives.ReadUInt64BigEndian(bytes[2..])),
            var small => (2, small),
        };
        var here = Math.Min(bytes.Length - head, length);
        if (length is > LargestKept and < int.MaxValue)
        {
            Frames++;
            toSkip = length - here;
            return head + here;
        }

        if (here < length)
        {
            return 0;
        }

        var content = bytes.Slice(head, length);
        switch (bytes[0])
        {
            case 0x80 | Text:
                Hear(new ChatFrame(content));
                break;
            case 0x80 | Close:
                End(length < 2 ? "closed" : $"closed with {BinaryPrimitives.ReadUInt16BigEndian(content)}");
                break;
            default:
                throw new IOException($"A WebSocket frame began with {bytes[0]:x2}");
        }

        return head + length;
    }

    private void Hear(ChatFrame frame)
    {
        Frames++;
        switch (frame.Kind)
        {
            case ChatFrameKind.Ready:
                IsReady = true;
                break;
            case ChatFrameKind.Attached:
                IsAttached = true;
                break;
            case ChatFrameKind.Typing:
                Length = 0;
                break;
            case ChatFrameKind.Chunk:
                OutOfOrder += frame.Offset == Length ? 0 : 1;
                Length += frame.Said.Length;
                Chunks++;
                break;
            case ChatFrameKind.Complete:
                // Alone with its message when the run was over before anybody could be told that it began.
                Completed++;
                break;
            case ChatFrameKind.Pong:
                Pongs++;
                break;
            case ChatFrameKind.Error:
                Refusal = frame.ToString();
                break;
        }

        heard?.Invoke(this, frame);
    }

    private void End(string why)
    {
        IsEnded = true;
        Refusal = why;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (cut.Length < cutLength + bytes.Length)
        {
            Array.Resize(ref cut, Math.Max(256, 2 * (cutLength + bytes.Length)));
        }

        bytes.CopyTo(cut.AsSpan(cutLength));
        cutLength += bytes.Length;
    }
}
