using System.Buffers.Text;

namespace Carillon.Load;

internal enum ChatFrameKind
{
    Other,
    Ready,
    Attached,
    Snapshot,
    Chunk,
    Message,
    Accepted,
    Complete,
    Typing,
    Error,
    Pong,
}

internal delegate void HeardFrame(ChatReader reader, ChatFrame frame);

/// <summary>
/// A frame of <c>/chat/ws</c>, looked at where it lies. Not a parser: it relies on the server's compact JSON, on <c>text</c> as a
/// chunk's last member, and on agents that say digits and spaces only, so that a byte is a UTF-16 unit and nothing is escaped.
/// </summary>
internal readonly ref struct ChatFrame
{
    private readonly ReadOnlySpan<byte> json;

    public ChatFrame(ReadOnlySpan<byte> json)
    {
        this.json = json;
        Kind = KindOf(Word("\"type\":\""u8));
    }

    public ChatFrameKind Kind { get; }

    /// <summary>Of a chunk, where it begins in the run's text.</summary>
    public int Offset
    {
        get
        {
            var at = json.IndexOf("\"offset\":"u8);
            return at >= 0 && Utf8Parser.TryParse(json[(at + 9)..], out int offset, out _) ? offset : -1;
        }
    }

    /// <summary>Of a chunk, what was said.</summary>
    public ReadOnlySpan<byte> Said
    {
        get
        {
            var at = json.IndexOf("\"text\":\""u8);
            return at >= 0 && json.EndsWith("\"}"u8) ? json[(at + 8)..^2] : [];
        }
    }

    public ReadOnlySpan<byte> Id => Word("\"id\":\""u8);

    public ReadOnlySpan<byte> Role => Word("\"role\":\""u8);

    public ReadOnlySpan<byte> Text => Word("\"text\":\""u8);

    public ReadOnlySpan<byte> Status => Word("\"status\":\""u8);

    /// <summary>Of <c>typing</c>: whether it begins.</summary>
    public bool IsOn => json.IndexOf("\"on\":true"u8) >= 0;

    public override string ToString() => System.Text.Encoding.UTF8.GetString(json);

    private static ChatFrameKind KindOf(ReadOnlySpan<byte> type) => type switch
    {
        _ when type.SequenceEqual("chunk"u8) => ChatFrameKind.Chunk,
        _ when type.SequenceEqual("accepted"u8) => ChatFrameKind.Accepted,
        _ when type.SequenceEqual("message"u8) => ChatFrameKind.Message,
        _ when type.SequenceEqual("complete"u8) => ChatFrameKind.Complete,
        _ when type.SequenceEqual("typing"u8) => ChatFrameKind.Typing,
        _ when type.SequenceEqual("snapshot"u8) => ChatFrameKind.Snapshot,
        _ when type.SequenceEqual("ready"u8) => ChatFrameKind.Ready,
        _ when type.SequenceEqual("attached"u8) => ChatFrameKind.Attached,
        _ when type.SequenceEqual("error"u8) => ChatFrameKind.Error,
        _ when type.SequenceEqual("pong"u8) => ChatFrameKind.Pong,
        _ => ChatFrameKind.Other,
    };

    private ReadOnlySpan<byte> Word(ReadOnlySpan<byte> name)
    {
        var at = json.IndexOf(name);
        if (at < 0)
        {
            return [];
        }

        var rest = json[(at + name.Length)..];
        var end = rest.IndexOf((byte)'"');
        return end < 0 ? [] : rest[..end];
    }
}
