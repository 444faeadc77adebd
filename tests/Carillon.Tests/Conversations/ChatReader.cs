using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Carillon.Protocol;

namespace Carillon.Conversations;

/// <summary>
/// A client of <c>/chat/ws</c> as somebody else would write it: it knows the documented frames and nothing of the server. What it is told
/// of each session is judged by a <see cref="Transcript"/>.
/// </summary>
internal sealed class ChatReader : IDisposable
{
    // Long enough for the slowest machine: it only ends tests that would hang.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ClientWebSocket _socket;
    private readonly Dictionary<string, Transcript> _transcripts;
    private readonly byte[] _buffer = new byte[64 * 1024];

    private ChatReader(ClientWebSocket socket, Dictionary<string, Transcript> transcripts) => (_socket, _transcripts) = (socket, transcripts);

    /// <summary>All frames so far, in order.</summary>
    public List<JsonObject> Frames { get; } = [];

    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    /// <summary>Opens a socket and reads its <c>ready</c>; <paramref name="known"/> is what an earlier connection knew.</summary>
    public static async Task<ChatReader> OpenAsync(Uri server, HttpClient like, Dictionary<string, Transcript>? known = null, int? receiveBuffer = null)
    {
        foreach (var transcript in known?.Values.ToArray() ?? [])
        {
            transcript.Detached();
        }

        var (reader, status) = await TryOpenAsync(
            server, [.. like.DefaultRequestHeaders.Select(header => (header.Key, string.Join(' ', header.Value)))], known: known, receiveBuffer: receiveBuffer);
        Assert.Equal(HttpStatusCode.SwitchingProtocols, status);
        await reader!.NextAsync("ready");
        return reader;
    }

    public static async Task<(ChatReader? Reader, HttpStatusCode Status)> TryOpenAsync(
        Uri server, IReadOnlyList<(string Name, string Value)> headers, string? subprotocol = ChatRequests.Subprotocol,
        Dictionary<string, Transcript>? known = null, int? receiveBuffer = null)
    {
        var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        socket.Options.CollectHttpResponseDetails = true;
        if (subprotocol is not null)
        {
            socket.Options.AddSubProtocol(subprotocol);
        }

        foreach (var (name, value) in headers)
        {
            socket.Options.SetRequestHeader(name, value);
        }

        try
        {
            using var patience = new CancellationTokenSource(Patience);
            var address = new UriBuilder(server) { Scheme = "ws", Path = "/chat/ws" }.Uri;
            if (receiveBuffer is { } size)
            {
                await socket.ConnectAsync(address, Thin(size), patience.Token);
            }
            else
            {
                await socket.ConnectAsync(address, patience.Token);
            }

            return (new ChatReader(socket, known ?? []), socket.HttpStatusCode);
        }
        catch (WebSocketException) when (socket.HttpStatusCode != 0)
        {
            var status = socket.HttpStatusCode;
            socket.Dispose();
            return (null, status);
        }
    }

    /// <summary>What is known of a session.</summary>
    public Transcript Of(string sessionId) =>
        _transcripts.TryGetValue(sessionId, out var transcript) ? transcript : _transcripts[sessionId] = new Transcript();

    public Task AttachAsync(string sessionId, long? after = null)
    {
        Of(sessionId).Attaching(after);
        return SendAsync($$"""{"type":"attach","sessionId":"{{sessionId}}"{{(after is null ? "" : string.Create(CultureInfo.InvariantCulture, $",\"after\":{after}"))}}}""");
    }

    /// <summary>Attaches and waits for the answer.</summary>
    public async Task<JsonObject> AttachedAsync(string sessionId, long? after = null)
    {
        await AttachAsync(sessionId, after);
        return await UntilAsync("attached", frame => (string)frame["sessionId"]! == sessionId);
    }

    /// <summary>Attaches to go on where this client was.</summary>
    public Task<JsonObject> ResumeAsync(string sessionId) => AttachedAsync(sessionId, Of(sessionId).Position);

    /// <summary>Detaches; when it returns the server has heard of it, and nothing more of the session may come.</summary>
    public async Task DetachedAsync(string sessionId)
    {
        await SendAsync($$"""{"type":"detach","sessionId":"{{sessionId}}"}""");
        await PingAsync();
        Of(sessionId).Detached();
    }

    /// <summary>Asks for a sign of life and reads up to it; what was asked before has been answered then.</summary>
    public async Task PingAsync()
    {
        await SendAsync("""{"type":"ping"}""");
        await UntilAsync("pong");
    }

    public Task AskAsync(string id, string sessionId, string message) =>
        SendAsync(new JsonObject { ["type"] = "chat_request", ["id"] = id, ["sessionId"] = sessionId, ["message"] = message }.ToJsonString());

    public Task StopAsync(string sessionId) => SendAsync($$"""{"type":"stop","sessionId":"{{sessionId}}"}""");

    public Task SendAsync(string frame) => SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text);

    public async Task SendAsync(byte[] frame, WebSocketMessageType type)
    {
        using var patience = new CancellationTokenSource(Patience);
        await _socket.SendAsync(frame, type, endOfMessage: true, patience.Token);
    }

    /// <summary>One frame in WebSocket frames of so many bytes.</summary>
    public async Task SendInPiecesAsync(string frame, int size)
    {
        using var patience = new CancellationTokenSource(Patience);
        var bytes = Encoding.UTF8.GetBytes(frame);
        for (var start = 0; start < bytes.Length; start += size)
        {
            var piece = bytes.AsMemory(start, Math.Min(size, bytes.Length - start));
            await _socket.SendAsync(piece, WebSocketMessageType.Text, start + size >= bytes.Length, patience.Token);
        }
    }

    /// <summary>Sends while the connection takes it; false once it does not.</summary>
    public async Task<bool> TrySendAsync(string frame)
    {
        try
        {
            await SendAsync(frame);
            return true;
        }
        catch (WebSocketException)
        {
            return false;
        }
    }

    /// <summary>The next frame; null when the socket was closed.</summary>
    public async Task<JsonObject?> TryNextAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        using var frame = new MemoryStream();
        WebSocketReceiveResult received;
        do
        {
            received = await _socket.ReceiveAsync(_buffer, patience.Token);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            frame.Write(_buffer, 0, received.Count);
        }
        while (!received.EndOfMessage);

        var json = JsonNode.Parse(frame.ToArray())!.AsObject();
        Frames.Add(json);
        if ((string?)json["sessionId"] is { } session)
        {
            Of(session).Take(json);
        }

        return json;
    }

    public async Task<JsonObject> NextAsync(string type)
    {
        var frame = await TryNextAsync();
        Assert.NotNull(frame);
        Assert.True((string?)frame["type"] == type, $"{type} was expected: {frame.ToJsonString()}");
        return frame;
    }

    /// <summary>Reads on until a frame of this type, and of this session or run when one is named.</summary>
    public async Task<JsonObject> UntilAsync(string type, Func<JsonObject, bool>? like = null)
    {
        while (await TryNextAsync() is { } frame)
        {
            if ((string?)frame["type"] == type && like?.Invoke(frame) is not false)
            {
                return frame;
            }
        }

        throw new InvalidOperationException($"The socket was closed ({CloseStatus}) before {type} came.");
    }

    /// <summary>Reads on to the end of the connection; tells the server's close code, or null when it was cut.</summary>
    public async Task<int?> ClosedAsync(bool sayGoodbye = false)
    {
        try
        {
            while (await TryNextAsync() is not null)
            {
            }

            if (sayGoodbye)
            {
                await CloseAsync();
            }

            return (int?)CloseStatus;
        }
        catch (WebSocketException)
        {
            return null;
        }
    }

    /// <summary>Reads on until so many runs of the session have ended.</summary>
    public async Task EndsAsync(string sessionId, int count)
    {
        while (Of(sessionId).Ends.Count < count)
        {
            await UntilAsync("complete");
        }
    }

    /// <summary>The same, as long as the connection lasts.</summary>
    public async Task TryEndsAsync(string sessionId, int count)
    {
        try
        {
            while (Of(sessionId).Ends.Count < count && await TryNextAsync() is not null)
            {
            }
        }
        catch (WebSocketException)
        {
            // It was cut off.
        }
    }

    /// <summary>What a run has said, put together from snapshot and chunks.</summary>
    public string TextOf(string runId) => _transcripts.Values.Select(transcript => transcript.TextOf(runId)).FirstOrDefault(text => text is not null) ?? string.Empty;

    /// <summary>As a network goes: nothing is said, nothing more is read.</summary>
    public void Cut() => _socket.Abort();

    public Task CloseAsync() => _socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);

    public void Dispose() => _socket.Dispose();

    private static HttpMessageInvoker Thin(int receiveBuffer) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, cancel) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = receiveBuffer };
            await socket.ConnectAsync(context.DnsEndPoint, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });
}
