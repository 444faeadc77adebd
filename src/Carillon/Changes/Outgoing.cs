using System.Buffers;
using System.Globalization;

namespace Carillon.Changes;

/// <summary>
/// Bytes on their way to readers, with room for the chunk's frame around them, so that the same array serves a bare socket
/// (framed) and a response pipe (not framed). Shared by readers: never written again once sealed.
/// </summary>
internal readonly struct Outgoing
{
    // Eight digits and a line break. Leading zeros are legal in a chunk size (RFC 9112, 7.1), and keep the place of the content fixed.
    private const int Head = 10;
    private const int Tail = 2;

    private readonly byte[] _bytes;
    private readonly int _end;

    private Outgoing(byte[] bytes, int end)
    {
        _bytes = bytes;
        _end = end;
    }

    public bool IsEmpty => _end <= Head;

    public ReadOnlyMemory<byte> Content => _bytes.AsMemory(Head, _end - Head);

    public ReadOnlyMemory<byte> Chunk => _bytes.AsMemory(0, _end + Tail);

    public static Outgoing Of(ReadOnlySpan<byte> content)
    {
        var builder = new Builder(content.Length);
        builder.Write(content);
        return builder.Seal();
    }

    /// <summary>Collects content, then seals it.</summary>
    internal sealed class Builder : IBufferWriter<byte>
    {
        private byte[] _bytes;
        private int _end = Head;

        public Builder(int capacity) => _bytes = GC.AllocateUninitializedArray<byte>(Head + capacity + Tail);

        public int Length => _end - Head;

        /// <summary>Starts anew in the same array: only when nobody holds what was sealed in it.</summary>
        public void Clear() => _end = Head;

        public void Advance(int count) => _end += count;

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            Grow(sizeHint);
            return _bytes.AsMemory(_end, _bytes.Length - _end - Tail);
        }

        public Span<byte> GetSpan(int sizeHint = 0)
        {
            Grow(sizeHint);
            return _bytes.AsSpan(_end, _bytes.Length - _end - Tail);
        }

        public void Write(ReadOnlySpan<byte> content)
        {
            content.CopyTo(GetSpan(content.Length));
            Advance(content.Length);
        }

        public Outgoing Seal()
        {
            Length.TryFormat(_bytes.AsSpan(0, Head), out _, "X8", CultureInfo.InvariantCulture);
            _bytes[Head - 2] = _bytes[_end] = (byte)'\r';
            _bytes[Head - 1] = _bytes[_end + 1] = (byte)'\n';
            return new Outgoing(_bytes, _end);
        }

        private void Grow(int wanted)
        {
            wanted = Math.Max(wanted, 1);
            if (_bytes.Length - _end - Tail < wanted)
            {
                Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _end + wanted + Tail));
            }
        }
    }
}
