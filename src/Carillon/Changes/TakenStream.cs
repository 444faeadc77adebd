using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Carillon.Changes;

/// <summary>
/// A connection that was taken over, in both directions. Reads what the server's receive loop brings, which holds no memory while
/// nothing comes; the first of it may have come with the request. Writes to the socket itself: nothing else does any more.
/// </summary>
internal sealed class TakenStream : Stream
{
    private readonly ConnectionContext _connection;
    private readonly Socket _socket;
    private readonly Stream _input;

    public TakenStream(ConnectionContext connection, Socket socket)
    {
        // Only synchronous calls are meant by this: a send takes what fits and says so.
        socket.Blocking = false;
        (_connection, _socket, _input) = (connection, socket, connection.Transport.Input.AsStream());
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel = default) => _input.ReadAsync(buffer, cancel);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancel) => ReadAsync(buffer.AsMemory(offset, count), cancel).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancel = default)
    {
        int sent;
        try
        {
            sent = _socket.Send(buffer.Span, SocketFlags.None, out var error);
            if (error is not (SocketError.Success or SocketError.WouldBlock))
            {
                return ValueTask.FromException(new IOException($"The peer is gone ({error})"));
            }
        }
        catch (ObjectDisposedException error)
        {
            return ValueTask.FromException(new IOException("The peer is gone", error));
        }

        return sent == buffer.Length ? ValueTask.CompletedTask : SendRestAsync(buffer[Math.Max(sent, 0)..], cancel);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancel) => WriteAsync(buffer.AsMemory(offset, count), cancel).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override Task FlushAsync(CancellationToken cancel) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Ends the connection, and with it a read that waits.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _connection.Abort();
        }

        base.Dispose(disposing);
    }

    private async ValueTask SendRestAsync(ReadOnlyMemory<byte> rest, CancellationToken cancel)
    {
        try
        {
            while (!rest.IsEmpty)
            {
                rest = rest[await _socket.SendAsync(rest, SocketFlags.None, cancel)..];
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw new IOException("The peer is gone", error);
        }
    }
}
