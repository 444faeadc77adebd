using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Text;
using Carillon.Accounts;
using Microsoft.Extensions.Logging.Abstractions;

namespace Carillon.Conversations;

/// <summary>What takes a minute and more: here it passes at once.</summary>
public sealed class ChatSocketTests
{
    private readonly SetTime _time = new();

    [Fact]
    public async Task Silence_of_90_seconds_ends_a_socket_and_any_frame_breaks_it()
    {
        var (server, client) = Connect();
        using var socket = Serve(server);
        var serving = socket.RunAsync();
        Assert.Contains("\"idleSeconds\":90", await ReadAsync(client), StringComparison.Ordinal);
        foreach (var frame in (string[])["""{"type":"ping"}""", "nonsense"])
        {
            Pass(socket, TimeSpan.FromSeconds(89));
            await client.SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text, true, default);
            await ReadAsync(client);
        }

        Pass(socket, TimeSpan.FromSeconds(89));
        Assert.Equal(WebSocketState.Open, client.State);
        Pass(socket, TimeSpan.FromSeconds(2));
        await ReadAsync(client);
        Assert.Equal(4408, (int?)client.CloseStatus);
        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
        await serving;
    }

    [Fact]
    public async Task Whoever_does_not_say_goodbye_is_cut_off_and_nothing_of_it_is_taken_any_more()
    {
        var (server, client) = Connect();
        using var socket = Serve(server);
        var serving = socket.RunAsync();
        await ReadAsync(client);
        Pass(socket, TimeSpan.FromSeconds(91));
        await ReadAsync(client);
        Assert.Equal(4408, (int?)client.CloseStatus);

        // More than the line holds: when it is sent it was read. Whoever took it would fail here.
        for (var frame = 0; frame < 10; frame++)
        {
            await client.SendAsync(
                Encoding.UTF8.GetBytes($$"""{"type":"chat_request","id":"m","sessionId":"s","message":"{{new string('x', 64 * 1024 - 100)}}"}"""), WebSocketMessageType.Text, true, default);
        }

        Assert.False(serving.IsCompleted);
        Pass(socket, TimeSpan.FromSeconds(6));
        await serving;
    }

    [Fact]
    public async Task A_socket_that_takes_nothing_for_30_seconds_is_cut_off()
    {
        // Not even the first frame fits.
        var (server, _) = Connect(room: 8);
        using var socket = Serve(server);
        var serving = socket.RunAsync();
        Pass(socket, TimeSpan.FromSeconds(29));
        Assert.False(serving.IsCompleted);
        Pass(socket, TimeSpan.FromSeconds(2));
        await serving;
    }

    [Fact]
    public async Task An_access_that_ends_closes_with_4401()
    {
        var (server, client) = Connect();
        var access = NewAccess(_time.Now.AddSeconds(30));
        using var socket = Serve(server, access);
        var serving = socket.RunAsync();
        await ReadAsync(client);
        Pass(socket, TimeSpan.FromSeconds(29));
        Assert.Equal(WebSocketState.Open, client.State);
        Pass(socket, TimeSpan.FromSeconds(1));
        await ReadAsync(client);
        Assert.Equal(4401, (int?)client.CloseStatus);
        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
        await serving;
    }

    private void Pass(ChatSocket socket, TimeSpan time)
    {
        _time.Now += time;
        socket.Check(_time.Now);
    }

    // It meets no session here, so it needs none of those who know of sessions.
    private ChatSocket Serve(WebSocket server, Access? access = null) =>
        new(server, access ?? NewAccess(null), null!, null!, null!, null!, _time, NullLogger<ChatSocket>.Instance);

    private Access NewAccess(DateTimeOffset? expiresAt) =>
        new(expiresAt, _time.Now) { Id = "a", Hash = "h", Kind = AccessKind.SignIn, PersonId = "p", Name = "test", Scopes = [] };

    /// <summary>The next frame; empty when it is a goodbye.</summary>
    private static async Task<string> ReadAsync(WebSocket client)
    {
        var buffer = new byte[4096];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var received = await client.ReceiveAsync(buffer, patience.Token);
        return Encoding.UTF8.GetString(buffer, 0, received.Count);
    }

    private static (WebSocket Server, WebSocket Client) Connect(int room = 64 * 1024)
    {
        var options = new PipeOptions(pauseWriterThreshold: room, resumeWriterThreshold: room / 2);
        var (down, up) = (new Pipe(options), new Pipe(options));
        var settings = new WebSocketCreationOptions { KeepAliveInterval = TimeSpan.Zero };
        return (
            WebSocket.CreateFromStream(new Line(up.Reader, down.Writer), new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = TimeSpan.Zero }),
            WebSocket.CreateFromStream(new Line(down.Reader, up.Writer), settings));
    }

    /// <summary>One end of a connection. Cutting it ends what waits in it.</summary>
    private sealed class Line(PipeReader reader, PipeWriter writer) : Stream
    {
        private readonly Stream _in = reader.AsStream(leaveOpen: true);
        private readonly Stream _out = writer.AsStream(leaveOpen: true);

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _in.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _out.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            reader.CancelPendingRead();
            writer.CancelPendingFlush();
            base.Dispose(disposing);
        }
    }

    private sealed class SetTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
