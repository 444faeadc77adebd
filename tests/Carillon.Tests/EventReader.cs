using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Carillon.Protocol;

namespace Carillon;

/// <summary>One block of an event stream as it stood on the wire, up to its empty line.</summary>
internal sealed record Frame(string Text)
{
    public string? Id => Field("id");

    public string? Event => Field("event");

    public string? Data => Field("data");

    public bool IsComment => Text.StartsWith(':');

    public bool IsChange => Id is not null && Event is not "cursor";

    public long Seq => long.Parse(Id!, CultureInfo.InvariantCulture);

    public JsonElement Json => JsonDocument.Parse(Data!).RootElement;

    /// <summary>The message of the notification that a change carries.</summary>
    public string Message => Json.GetProperty("payload").GetProperty("notification").GetProperty("event").GetProperty("message").GetString()!;

    private string? Field(string name) =>
        Text.Split('\n').Where(line => line.StartsWith($"{name}: ", StringComparison.Ordinal)).Select(line => line[(name.Length + 2)..]).SingleOrDefault();
}

/// <summary>
/// Reads <c>/events</c> from a bare socket: every frame, comment and byte as the server sent it. It can stop reading, and cut the
/// connection anywhere.
/// </summary>
internal sealed class EventReader : IDisposable
{
    // Long enough for the slowest machine: it only ends tests that would hang.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // No chunk has begun.
    private const long Between = -1;

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly ArrayBufferWriter<byte> _body = new();
    private byte[] _raw = [];
    private int _parsed;
    private long _chunkLeft = Between;
    private bool _isChunked;

    private EventReader(Socket socket) => _socket = socket;

    public int Status { get; private set; }

    /// <summary>The response's head as it came, without the empty line.</summary>
    public string Head { get; private set; } = string.Empty;

    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    public Hello? Hello { get; private set; }

    /// <summary>The id of the last whole frame.</summary>
    public string? LastEventId { get; private set; }

    /// <summary>The stream ended as HTTP wants it: with the last chunk, or with the connection where there are no chunks.</summary>
    public bool EndedCleanly { get; private set; }

    /// <summary>Bytes that came after the last whole frame.</summary>
    public string Rest => Encoding.UTF8.GetString(_body.WrittenSpan[_parsed..]);

    /// <summary>No more than so many bytes are taken from the socket; after that the stream seems to be at its end.</summary>
    public long BytesToRead { get; set; } = long.MaxValue;

    /// <summary>Connects and sends the request, and reads the response's head.</summary>
    public static async Task<EventReader> OpenAsync(
        Uri server, string? token, string query = "", string? lastEventId = null, int? receiveBuffer = null, string version = "HTTP/1.1", string? cookie = null)
    {
        var reader = await ConnectAsync(server, receiveBuffer);
        await reader.RequestAsync(Request(server, token, query, lastEventId, version, cookie));
        return reader;
    }

    /// <summary>Opens a stream and reads its hello.</summary>
    public static async Task<EventReader> FollowAsync(
        Uri server, string? token, string query = "", string? lastEventId = null, int? receiveBuffer = null, string? cookie = null)
    {
        var reader = await OpenAsync(server, token, query, lastEventId, receiveBuffer, cookie: cookie);
        Assert.True(reader.Status == 200, $"{reader.Head}\n{reader.Rest}");
        while (reader.Hello is null)
        {
            Assert.NotNull(await reader.ReadAsync());
        }

        return reader;
    }

    public static async Task<EventReader> ConnectAsync(Uri server, int? receiveBuffer = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } size)
        {
            socket.ReceiveBufferSize = size;
        }

        await socket.ConnectAsync(server.Host, server.Port);
        return new EventReader(socket);
    }

    public static string Request(
        Uri server, string? token, string query = "", string? lastEventId = null, string version = "HTTP/1.1", string? cookie = null) =>
        $"GET /events{query} {version}\r\nHost: {server.Authority}\r\n"
        + (token is null ? "" : $"Authorization: Bearer {token}\r\n")
        + (cookie is null ? "" : $"Cookie: {cookie}\r\n")
        + (lastEventId is null ? "" : $"Last-Event-ID: {lastEventId}\r\n")
        + "\r\n";

    /// <summary>Sends a request as it is written, and reads the head of the next response.</summary>
    public async Task RequestAsync(string request)
    {
        await _socket.SendAsync(Encoding.ASCII.GetBytes(request));
        await ReadHeadAsync();
    }

    /// <summary>Reads the head of the next response on this connection.</summary>
    public async Task ReadHeadAsync()
    {
        int end;
        while ((end = _raw.AsSpan().IndexOf("\r\n\r\n"u8)) < 0)
        {
            Assert.True(await FillAsync(), $"The connection ended in the response's head: {Encoding.ASCII.GetString(_raw)}");
        }

        Head = Encoding.ASCII.GetString(_raw.AsSpan(0, end));
        var lines = Head.Split("\r\n");
        Status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        Headers.Clear();
        foreach (var line in lines[1..])
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            Headers.Add(line[..colon], line[(colon + 1)..].Trim());
        }

        _isChunked = Headers.GetValueOrDefault("Transfer-Encoding") == "chunked";
        _raw = _raw[(end + 4)..];
        Unchunk();
    }

    /// <summary>The rest of a response that is not a stream.</summary>
    public async Task<string> BodyAsync()
    {
        var wanted = Headers.TryGetValue("Content-Length", out var length) ? int.Parse(length, CultureInfo.InvariantCulture) : int.MaxValue;
        while (!EndedCleanly && _body.WrittenCount < wanted && await FillAsync())
        {
            Unchunk();
        }

        var body = Rest;
        _body.Clear();
        _parsed = 0;
        EndedCleanly = false;
        return body;
    }

    /// <summary>The next frame or comment; null at the end of the stream.</summary>
    public async Task<Frame?> ReadAsync()
    {
        while (true)
        {
            if (TakeFrame() is { } frame)
            {
                return frame;
            }

            if (EndedCleanly || !await FillAsync())
            {
                EndedCleanly |= !_isChunked;
                return null;
            }

            Unchunk();
        }
    }

    /// <summary>The next change, past comments, cursors and the like; null at the end of the stream.</summary>
    public async Task<Frame?> ChangeAsync()
    {
        while (true)
        {
            var frame = await ReadAsync();
            if (frame is null or { IsChange: true })
            {
                return frame;
            }
        }
    }

    /// <summary>Changes until one that <paramref name="isLast"/>, itself included.</summary>
    public async Task<List<Frame>> ChangesAsync(Func<Frame, bool> isLast)
    {
        var changes = new List<Frame>();
        while (await ChangeAsync() is { } change)
        {
            changes.Add(change);
            if (isLast(change))
            {
                return changes;
            }
        }

        Assert.Fail($"The stream ended after {changes.Count} changes, before the one that was waited for");
        return changes;
    }

    public Task<List<Frame>> ChangesAsync(int count)
    {
        var left = count;
        return ChangesAsync(_ => --left == 0);
    }

    /// <summary>The next frame of that event.</summary>
    public async Task<Frame> EventAsync(string name)
    {
        while (await ReadAsync() is { } frame)
        {
            if (frame.Event == name)
            {
                return frame;
            }
        }

        Assert.Fail($"The stream ended before a {name}");
        throw null;
    }

    /// <summary>Reads on to the end; returns all that came, without comments.</summary>
    public async Task<List<Frame>> ToEndAsync()
    {
        var frames = new List<Frame>();
        while (await ReadAsync() is { } frame)
        {
            if (!frame.IsComment)
            {
                frames.Add(frame);
            }
        }

        return frames;
    }

    /// <summary>Takes a few bytes from the socket, as a reader on a thin line would.</summary>
    public async Task<bool> SipAsync(int bytes)
    {
        BytesToRead = bytes;
        var isOpen = await FillAsync();
        BytesToRead = long.MaxValue;
        Unchunk();
        return isOpen;
    }

    /// <summary>Waits, without reading, until the server has reset the connection.</summary>
    public async Task ResetAsync() => Assert.True(await Task.Run(() => _socket.Poll(Patience, SelectMode.SelectError)), "The server kept the connection");

    /// <summary>As a phone leaves a room: a reset, and nothing said.</summary>
    public void Cut()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();

    private async Task<bool> FillAsync()
    {
        if (BytesToRead == 0)
        {
            return false;
        }

        int count;
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            count = await _socket.ReceiveAsync(_buffer.AsMemory(0, (int)Math.Min(_buffer.Length, BytesToRead)), patience.Token);
        }
        catch (SocketException)
        {
            return false;
        }

        BytesToRead -= count;
        _raw = [.. _raw, .. _buffer.AsSpan(0, count)];
        return count > 0;
    }

    /// <summary>Moves what has come from the chunks into the body. What has come of a chunk counts at once.</summary>
    private void Unchunk()
    {
        if (!_isChunked)
        {
            _body.Write(_raw);
            _raw = [];
            return;
        }

        while (!EndedCleanly)
        {
            if (_chunkLeft > 0)
            {
                var count = (int)Math.Min(_chunkLeft, _raw.Length);
                _body.Write(_raw.AsSpan(0, count));
                _raw = _raw[count..];
                _chunkLeft -= count;
            }

            if (_chunkLeft > 0 || _raw.Length < 2)
            {
                return;
            }

            if (_chunkLeft == 0)
            {
                Assert.Equal("\r\n"u8, _raw.AsSpan(0, 2));
                _raw = _raw[2..];
                _chunkLeft = Between;
            }

            var line = _raw.AsSpan().IndexOf("\r\n"u8);
            if (line < 0)
            {
                return;
            }

            var size = long.Parse(Encoding.ASCII.GetString(_raw.AsSpan(0, line)), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (size == 0)
            {
                if (_raw.Length < line + 4)
                {
                    return;
                }

                Assert.Equal("\r\n"u8, _raw.AsSpan(line + 2, 2));
                _raw = _raw[(line + 4)..];
                EndedCleanly = true;
                return;
            }

            _raw = _raw[(line + 2)..];
            _chunkLeft = size;
        }
    }

    private Frame? TakeFrame()
    {
        var length = _body.WrittenSpan[_parsed..].IndexOf("\n\n"u8);
        if (length < 0)
        {
            if (_parsed > 1 << 20)
            {
                var rest = _body.WrittenSpan[_parsed..].ToArray();
                _body.Clear();
                _body.Write(rest);
                _parsed = 0;
            }

            return null;
        }

        var frame = new Frame(Encoding.UTF8.GetString(_body.WrittenSpan.Slice(_parsed, length)));
        _parsed += length + 2;
        LastEventId = frame.Id ?? LastEventId;
        if (frame.Event == "hello")
        {
            Hello = JsonSerializer.Deserialize(frame.Data!, CarillonJson.Default.Hello);
        }

        return frame;
    }
}
