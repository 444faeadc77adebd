using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Carillon;

/// <summary>A session of WebDriver BiDi: commands and their answers as JSON over one WebSocket. Events are not asked for.</summary>
internal sealed class BiDi : IDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _waiting = new();
    private int _last;

    public static async Task<BiDi> ConnectAsync(Uri address)
    {
        var bidi = new BiDi();
        await bidi._socket.ConnectAsync(address, default);
        _ = bidi.ReadAsync();
        await bidi.SendAsync("session.new", new() { ["capabilities"] = new JsonObject() });
        return bidi;
    }

    public async Task<JsonNode> SendAsync(string method, JsonObject parameters)
    {
        var id = Interlocked.Increment(ref _last);
        var answer = _waiting[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var command = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(command.ToJsonString()), WebSocketMessageType.Text, endOfMessage: true, default);
        }
        finally
        {
            _sending.Release();
        }

        return await answer.Task.WaitAsync(Engine.Patience);
    }

    public void Dispose()
    {
        _socket.Dispose();
        _sending.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            var buffer = new byte[16 * 1024];
            using var message = new MemoryStream();
            while (_socket.State == WebSocketState.Open)
            {
                var read = await _socket.ReceiveAsync(buffer.AsMemory(), default);
                message.Write(buffer, 0, read.Count);
                if (read.EndOfMessage)
                {
                    Take(JsonNode.Parse(message.GetBuffer().AsSpan(0, (int)message.Length))!);
                    message.SetLength(0);
                }
            }
        }
        catch (Exception error) when (error is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The browser ended, or the tests did. Whoever still waits for an answer is told by the time that it takes.
        }
    }

    private void Take(JsonNode message)
    {
        if ((int?)message["id"] is not { } id || !_waiting.TryRemove(id, out var answer))
        {
            return;
        }

        if ((string?)message["type"] == "error")
        {
            answer.SetException(new InvalidOperationException($"{message["error"]}: {message["message"]}"));
        }
        else
        {
            answer.SetResult(message["result"]!);
        }
    }
}
