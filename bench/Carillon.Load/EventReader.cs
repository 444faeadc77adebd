using System.Buffers.Text;

namespace Carillon.Load;

/// <summary>
/// One stream of <c>/events</c>, read from raw bytes as they come: undoes the chunked encoding, splits lines, counts
/// changes and checks their order. Keeps a copy of nothing but a line that the read cut in two.
/// </summary>
internal sealed class EventReader
{
    /// <summary>Stands before the moment of publishing in a change's message.</summary>
    public static ReadOnlySpan<byte> SentMark => "sent@"u8;

    /// <summary>Fixed, so that a request can be stamped in place.</summary>
    public const int SentDigits = 19;

    private readonly bool readsSent;
    private readonly Action<long>? onChange;

    private Part part = Part.Head;
    private long chunkLeft;
    private byte[] cut = [];
    private int cutLength;

    private Kind kind;
    private long id = -1;
    private long sent;

    public EventReader(bool readsSent = false, Action<long>? onChange = null)
    {
        this.readsSent = readsSent;
        this.onChange = onChange;
    }

    private enum Part
    {
        Head,
        ChunkSize,
        Chunk,
        ChunkEnd,
        Plain,
    }

    private enum Kind
    {
        Message,
        Hello,
        Control,
        Error,
    }

    public bool HasHello { get; private set; }

    public bool IsEnded { get; private set; }

    public string? Refusal { get; private set; }

    public long Changes { get; private set; }

    public long LastSeq { get; private set; } = -1;

    /// <summary>Changes whose <c>seq</c> was not higher than the one before.</summary>
    public long OutOfOrder { get; private set; }

    /// <summary>Depends on every <c>seq</c> and on their order: two readers with the same one have seen the same.</summary>
    public ulong Fingerprint { get; private set; }

    /// <summary>Where the changes of the latest read were published, newest last; only for readers that look for it.</summary>
    public List<long> Sent { get; } = [];

    public void Read(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !IsEnded)
        {
            switch (part)
            {
                case Part.Head:
                    bytes = ReadHead(bytes);
                    break;

                case Part.ChunkSize:
                    bytes = ReadChunkSize(bytes);
                    break;

                case Part.Chunk:
                    var length = (int)Math.Min(chunkLeft, bytes.Length);
                    ReadLines(bytes[..length]);
                    bytes = bytes[length..];
                    chunkLeft -= length;
                    if (chunkLeft == 0)
                    {
                        part = Part.ChunkEnd;
                        chunkLeft = 2;
                    }

                    break;

                case Part.ChunkEnd:
                    var skip = (int)Math.Min(chunkLeft, bytes.Length);
                    bytes = bytes[skip..];
                    chunkLeft -= skip;
                    part = chunkLeft == 0 ? Part.ChunkSize : Part.ChunkEnd;
                    break;

                default:
                    ReadLines(bytes);
                    return;
            }
        }
    }

    private ReadOnlySpan<byte> ReadHead(ReadOnlySpan<byte> bytes)
    {
        // Heads come in one piece nearly always; when one does not, what came is kept and looked at again.
        var had = cutLength;
        Keep(bytes);
        var head = cut.AsSpan(0, cutLength);
        var end = head.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return [];
        }

        cutLength = 0;
        if (!head.StartsWith("HTTP/1.1 200"u8))
        {
            Refusal = System.Text.Encoding.UTF8.GetString(head);
            IsEnded = true;
            return [];
        }

        var isChunked = head[..end].IndexOf("chunked"u8) >= 0;
        part = isChunked ? Part.ChunkSize : Part.Plain;
        return bytes[(end + 4 - had)..];
    }

    private ReadOnlySpan<byte> ReadChunkSize(ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at < bytes.Length; at++)
        {
            var letter = bytes[at];
            if (letter == (byte)'\n')
            {
                part = Part.Chunk;
                IsEnded = chunkLeft == 0;
                return bytes[(at + 1)..];
            }

            if (letter != (byte)'\r')
            {
                chunkLeft = (chunkLeft << 4) + (letter <= '9' ? letter - '0' : (letter | 0x20) - 'a' + 10);
            }
        }

        return [];
    }

    private void ReadLines(ReadOnlySpan<byte> bytes)
    {
        if (cutLength > 0)
        {
            var end = bytes.IndexOf((byte)'\n');
            Keep(end < 0 ? bytes : bytes[..end]);
            if (end < 0)
            {
                return;
            }

            var length = cutLength;
            cutLength = 0;
            ReadLine(cut.AsSpan(0, length));
            bytes = bytes[(end + 1)..];
        }

        while (true)
        {
            var end = bytes.IndexOf((byte)'\n');
            if (end < 0)
            {
                Keep(bytes);
                return;
            }

            ReadLine(bytes[..end]);
            bytes = bytes[(end + 1)..];
        }
    }

    private void ReadLine(ReadOnlySpan<byte> line)
    {
        if (line is [.., (byte)'\r'])
        {
            line = line[..^1];
        }

        switch (line)
        {
            case []:
                EndEvent();
                break;

            case [(byte)'i', (byte)'d', (byte)':', ..]:
                id = Utf8Parser.TryParse(line[3..].TrimStart((byte)' '), out long number, out _) ? number : -1;
                break;

            case [(byte)'e', (byte)'v', (byte)'e', (byte)'n', (byte)'t', (byte)':', ..]:
                kind = KindOf(line[6..].TrimStart((byte)' '));
                break;

            case [(byte)'d', ..] when kind == Kind.Error:
                Refusal = System.Text.Encoding.UTF8.GetString(line);
                break;

            case [(byte)'d', ..] when readsSent:
                var mark = line.IndexOf(SentMark);
                sent = mark >= 0 && Utf8Parser.TryParse(line.Slice(mark + SentMark.Length, SentDigits), out long moment, out _) ? moment : 0;
                break;
        }
    }

    private static Kind KindOf(ReadOnlySpan<byte> name) => name switch
    {
        _ when name.SequenceEqual("hello"u8) => Kind.Hello,
        _ when name.SequenceEqual("cursor"u8) || name.SequenceEqual("heartbeat"u8) => Kind.Control,
        _ when name.SequenceEqual("stream_error"u8) => Kind.Error,
        _ => Kind.Message,
    };

    private void EndEvent()
    {
        if (kind == Kind.Hello)
        {
            HasHello = true;
        }
        else if (kind == Kind.Message && id >= 0)
        {
            OutOfOrder += id > LastSeq ? 0 : 1;
            LastSeq = id;
            Changes++;
            Fingerprint = (Fingerprint * 0x9E3779B97F4A7C15) + (ulong)id;
            onChange?.Invoke(id);
            if (sent > 0)
            {
                Sent.Add(sent);
            }
        }

        kind = Kind.Message;
        id = -1;
        sent = 0;
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
