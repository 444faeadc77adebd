using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Carillon.Protocol;

/// <summary>
/// An incremental parser of <c>text/event-stream</c> as the WHATWG HTML standard defines it (section 9.2.6, "Interpreting an event
/// stream"). Feed it bytes in pieces of any size; it dispatches the same events however they were split.
/// </summary>
/// <remarks>
/// Fill <see cref="GetMemory"/> and call <see cref="Advance"/> (or <see cref="Feed"/>), then take events with <see cref="TryRead"/> until
/// it says false. Buffers come from the shared pool and go back on <see cref="Dispose"/>. An event is dispatched at the first byte of its
/// empty line's end, so a CR is not held back until it is known whether LF follows. What has not been ended by an empty line when the
/// stream ends is no event. Not safe for use by several threads at once.
/// </remarks>
public sealed class ServerSentEvents : IDisposable
{
    /// <summary>How many bytes one event may have unless another limit is given: 4 MiB.</summary>
    public const int DefaultLimit = 4 * 1024 * 1024;

    private const int FirstSize = 4096;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private readonly int _limit;

    // Bytes not yet consumed are _input[_start.._end]; those before _scanned are known to contain no line end.
    private byte[] _input = ArrayPool<byte>.Shared.Rent(FirstSize);
    private int _start;
    private int _end;
    private int _scanned;

    // The data lines of the event being read, each followed by LF.
    private byte[] _data = ArrayPool<byte>.Shared.Rent(FirstSize);
    private int _dataLength;

    private string _type = "";
    private string _id = "";
    private bool _hasOwnId;
    private bool _afterCarriageReturn;
    private bool _markChecked;
    private bool _dispatched;
    private bool _disposed;

    /// <summary>Makes a parser.</summary>
    /// <param name="limit">How many bytes one line, and the data of one event, may have. At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is below 1.</exception>
    public ServerSentEvents(int limit = DefaultLimit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        _limit = limit;
    }

    /// <summary>The last event id of the stream: of the last dispatched empty line, not of a frame still being read.</summary>
    public string LastEventId { get; private set; } = "";

    /// <summary>The reconnection time that the stream asked for by <c>retry</c> (milliseconds on the wire), if any.</summary>
    public TimeSpan? Retry { get; private set; }

    /// <summary>Room to read bytes into; say how many by <see cref="Advance"/>.</summary>
    /// <param name="sizeHint">The least room in bytes; the answer may be larger.</param>
    /// <exception cref="ObjectDisposedException">The parser was disposed.</exception>
    public Memory<byte> GetMemory(int sizeHint = 1024)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        sizeHint = Math.Max(sizeHint, 1);
        if (_input.Length - _end < sizeHint)
        {
            MakeRoom(sizeHint);
        }

        return _input.AsMemory(_end);
    }

    /// <summary>Says how many bytes of the last <see cref="GetMemory"/> were filled.</summary>
    /// <param name="count">0 up to the length of that memory.</param>
    /// <exception cref="ArgumentOutOfRangeException">More bytes than there was room for.</exception>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _input.Length - _end);
        _end += count;
    }

    /// <summary>Copies bytes in: for callers that already hold them.</summary>
    /// <param name="bytes">The next bytes of the stream.</param>
    /// <exception cref="ObjectDisposedException">The parser was disposed.</exception>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        bytes.CopyTo(GetMemory(bytes.Length).Span);
        Advance(bytes.Length);
    }

    /// <summary>Takes the next whole event out of the bytes fed so far.</summary>
    /// <param name="next">The event; its data stays valid until the parser is used again.</param>
    /// <returns>False when more bytes are needed.</returns>
    /// <exception cref="InvalidDataException">A line or an event is longer than the limit. The parser is of no more use then.</exception>
    /// <exception cref="ObjectDisposedException">The parser was disposed.</exception>
    public bool TryRead(out ServerSentEvent next)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_dispatched)
        {
            _dataLength = 0;
            _dispatched = false;
        }

        if (!_markChecked && !SkipByteOrderMark())
        {
            next = default;
            return false;
        }

        while (TryReadLine(out var line))
        {
            if (line.IsEmpty)
            {
                if (Dispatch(out next))
                {
                    return true;
                }
            }
            else
            {
                Take(line);
            }
        }

        next = default;
        return false;
    }

    /// <summary>Gives the buffers back. Data of events read before must not be used any more.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        ArrayPool<byte>.Shared.Return(_input);
        ArrayPool<byte>.Shared.Return(_data);
        (_input, _data) = ([], []);
    }

    /// <summary>False while the first bytes may still become a byte order mark.</summary>
    private bool SkipByteOrderMark()
    {
        var first = _input.AsSpan(_start, Math.Min(_end - _start, ByteOrderMark.Length));
        if (first.SequenceEqual(ByteOrderMark))
        {
            _start += ByteOrderMark.Length;
            _scanned = _start;
        }
        else if (ByteOrderMark.StartsWith(first))
        {
            return false;
        }

        return _markChecked = true;
    }

    private bool TryReadLine(out ReadOnlySpan<byte> line)
    {
        if (_afterCarriageReturn && _start < _end)
        {
            _afterCarriageReturn = false;
            if (_input[_start] == '\n')
            {
                _start++;
                _scanned = Math.Max(_scanned, _start);
            }
        }

        var found = _input.AsSpan(_scanned, _end - _scanned).IndexOfAny((byte)'\r', (byte)'\n');
        if (found < 0)
        {
            _scanned = _end;
            RequireWithinLimit(_end - _start);
            line = default;
            return false;
        }

        var end = _scanned + found;
        RequireWithinLimit(end - _start);
        line = _input.AsSpan(_start, end - _start);
        _afterCarriageReturn = _input[end] == '\r';
        _start = _scanned = end + 1;
        return true;
    }

    private void Take(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        if (colon == 0)
        {
            return;     // a comment
        }

        var field = colon < 0 ? line : line[..colon];
        var value = colon < 0 ? default : line[(colon + 1)..];
        if (value is [(byte)' ', .. var rest])
        {
            value = rest;
        }

        if (field.SequenceEqual("data"u8))
        {
            AppendData(value);
        }
        else if (field.SequenceEqual("event"u8))
        {
            _type = Encoding.UTF8.GetString(value);
        }
        else if (field.SequenceEqual("id"u8))
        {
            if (!value.Contains((byte)0))
            {
                _id = Encoding.UTF8.GetString(value);
                _hasOwnId = true;
            }
        }
        else if (field.SequenceEqual("retry"u8)
            && !value.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && Utf8Parser.TryParse(value, out int milliseconds, out var used) && used == value.Length)
        {
            Retry = TimeSpan.FromMilliseconds(milliseconds);
        }
    }

    private bool Dispatch(out ServerSentEvent next)
    {
        LastEventId = _id;
        var (type, hasOwnId) = (_type, _hasOwnId);
        (_type, _hasOwnId) = ("", false);
        if (_dataLength == 0)
        {
            next = default;
            return false;
        }

        next = new ServerSentEvent
        {
            Type = type.Length == 0 ? "message" : type,
            Id = _id,
            HasOwnId = hasOwnId,
            Data = _data.AsMemory(0, _dataLength - 1),
        };
        return _dispatched = true;
    }

    private void AppendData(ReadOnlySpan<byte> value)
    {
        var needed = _dataLength + value.Length + 1;
        RequireWithinLimit(needed - 1);
        if (needed > _data.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, _data.Length * 2));
            _data.AsSpan(0, _dataLength).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_data);
            _data = larger;
        }

        value.CopyTo(_data.AsSpan(_dataLength));
        _data[needed - 1] = (byte)'\n';
        _dataLength = needed;
    }

    private void MakeRoom(int sizeHint)
    {
        var kept = _end - _start;
        var target = _input;
        if (target.Length - kept < sizeHint)
        {
            target = ArrayPool<byte>.Shared.Rent(Math.Max(kept + sizeHint, _input.Length * 2));
        }

        _input.AsSpan(_start, kept).CopyTo(target);
        if (target != _input)
        {
            ArrayPool<byte>.Shared.Return(_input);
            _input = target;
        }

        (_scanned, _start, _end) = (_scanned - _start, 0, kept);
    }

    private void RequireWithinLimit(int length)
    {
        if (length > _limit)
        {
            throw new InvalidDataException($"A line or an event of the stream has more than {_limit} bytes.");
        }
    }
}
