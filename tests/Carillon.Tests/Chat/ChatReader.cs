using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Carillon.Protocol;

namespace Carillon.Chat;

/// <summary>A client of <c>/chat/ws</c> as somebody else would write it: it knows the documented frames and nothing of the server.</summary>
internal sealed class ChatReader : IDisposable
{
    // Long enough for the slowest machine: it only ends tests that would hang.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ClientWebSocket _socket;
    private readonly Dictionary<string, StringBuilder> _texts = [];
    private readonly byte[] _buffer = new byte[64 * 1024];

    private ChatReader(ClientWebSocket socket) => _socket = socket;

    /// <summary>All frames so far, in order.</summary>
    public List<JsonObject> Frames { get; } = [];

    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    /// <summary>Opens a socket and reads its <c>ready</c>.</summary>
    public static async Task<ChatReader> OpenAsync(Uri server, HttpClient like)
    {
        var (reader, status) = await TryOpenAsync(server, [.. like.DefaultRequestHeaders.Select(header => (header.Key, string.Join(' ', header.Value)))]);
        Assert.Equal(HttpStatusCode.SwitchingProtocols, status);
        await reader!.NextAsync("ready");
        return reader;
    }

    public static async Task<(ChatReader? Reader, HttpStatusCode Status)> TryOpenAsync(
        Uri server, IReadOnlyList<(string Name, string Value)> headers, string? subprotocol = ChatRequests.Subprotocol)
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
            await socket.ConnectAsync(new UriBuilder(server) { Scheme = "ws", Path = "/chat/ws" }.Uri, patience.Token);
            return (new ChatReader(socket), socket.HttpStatusCode);
        }
        catch (WebSocketException) when (socket.HttpStatusCode != 0)
        {
            var status = socket.HttpStatusCode;
            socket.Dispose();
            return (null, status);
        }
    }

    public Task AttachAsync(string sessionId, long? after = null) =>
        SendAsync($$"""{"type":"attach","sessionId":"{{sessionId}}"{{(after is null ? "" : string.Create(CultureInfo.InvariantCulture, $",\"after\":{after}"))}}}""");

    /// <summary>Attaches and waits for the answer.</summary>
    public async Task<JsonObject> AttachedAsync(string sessionId, long? after = null)
    {
        await AttachAsync(sessionId, after);
        return await UntilAsync("attached");
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
        Follow(json);
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

    /// <summary>What a run has said, put together from snapshot and chunks.</summary>
    public string TextOf(string runId) => _texts.TryGetValue(runId, out var text) ? text.ToString() : string.Empty;

    /// <summary>As a network goes: nothing is said, nothing more is read.</summary>
    public void Cut() => _socket.Abort();

    public Task CloseAsync() => _socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);

    public void Dispose() => _socket.Dispose();

    /// <summary>The protocol's promise: a chunk begins where the text ends.</summary>
    private void Follow(JsonObject frame)
    {
        if ((string?)frame["type"] is not ("snapshot" or "chunk"))
        {
            return;
        }

        var (run, offset, said) = ((string)frame["runId"]!, (int)frame["offset"]!, (string)frame["text"]!);
        if ((string?)frame["type"] == "snapshot")
        {
            Assert.Equal(said.Length, offset);
            _texts[run] = new StringBuilder(said);
            return;
        }

        var text = _texts.TryGetValue(run, out var known) ? known : _texts[run] = new StringBuilder();
        Assert.Equal(text.Length, offset);
        text.Append(said);
    }
}
