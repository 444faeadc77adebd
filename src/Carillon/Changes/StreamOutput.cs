using System.IO.Pipelines;
using System.Net.Sockets;

namespace Carillon.Changes;

/// <summary>The way bytes reach one reader.</summary>
internal abstract class StreamOutput
{
    // So much has to be taken within the write deadline for a reader to be slow and not stuck.
    private const int Piece = 16 * 1024;

    private const int SendBuffer = 128 * 1024;

    private int _progress;

    /// <summary>Moves whenever a piece of a pending write was taken.</summary>
    public int Progress => Volatile.Read(ref _progress);

    /// <summary>Straight to the socket of a connection that was taken over. Its response is chunked, and the chunks are framed here.</summary>
    public static StreamOutput To(Socket socket) => new SocketOutput(socket);

    /// <summary>Through the server's response: behind TLS and HTTP/2 there is no other way.</summary>
    public static StreamOutput To(PipeWriter pipe) => new PipeOutput(pipe);

    /// <summary>
    /// Sends. Null means that all of it was taken at once; otherwise the task ends when it was, and nothing may be sent before.
    /// </summary>
    /// <exception cref="IOException">The reader is gone.</exception>
    public abstract Task? Write(in Outgoing data);

    /// <summary>Says that nothing more comes.</summary>
    public abstract void Finish();

    /// <summary>Lets go of a reader that takes nothing more.</summary>
    public virtual void Abandon()
    {
    }

    private void Progressed() => Interlocked.Increment(ref _progress);

    private sealed class SocketOutput : StreamOutput
    {
        private static readonly byte[] LastChunk = [.. "0\r\n\r\n"u8];
        private readonly Socket _socket;

        public SocketOutput(Socket socket)
        {
            // Only synchronous calls are meant by this: a send takes what fits and says so.
            socket.Blocking = false;

            // The system would hold megabytes for a slow reader, and say that there is room again only when a third of them has
            // left: a reader on a thin line would look like one that reads nothing.
            socket.SendBufferSize = SendBuffer;
            _socket = socket;
        }

        public override Task? Write(in Outgoing data)
        {
            var chunk = data.Chunk;
            try
            {
                var sent = _socket.Send(chunk.Span, SocketFlags.None, out var error);
                return error switch
                {
                    SocketError.Success when sent == chunk.Length => null,
                    SocketError.Success or SocketError.WouldBlock => SendRestAsync(chunk[Math.Max(sent, 0)..]),
                    _ => throw new IOException($"The reader is gone ({error})"),
                };
            }
            catch (ObjectDisposedException error)
            {
                throw new IOException("The reader is gone", error);
            }
        }

        public override void Finish()
        {
            try
            {
                _socket.Send(LastChunk, SocketFlags.None, out _);
            }
            catch (ObjectDisposedException)
            {
                // It left first.
            }
        }

        public override void Abandon()
        {
            try
            {
                // A reset: otherwise the system would keep what the reader did not take, and wait for it.
                _socket.LingerState = new LingerOption(enable: true, seconds: 0);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // It left first.
            }
        }

        private async Task SendRestAsync(ReadOnlyMemory<byte> rest)
        {
            try
            {
                while (!rest.IsEmpty)
                {
                    rest = rest[await _socket.SendAsync(rest[..Math.Min(Piece, rest.Length)])..];
                    Progressed();
                }
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                throw new IOException("The reader is gone", error);
            }
        }
    }

    private sealed class PipeOutput(PipeWriter pipe) : StreamOutput
    {
        public override Task? Write(in Outgoing data)
        {
            var written = WritePiecesAsync(data.Content);
            return written.IsCompletedSuccessfully ? null : written;
        }

        public override void Finish()
        {
            // The server ends the response when the request does.
        }

        private async Task WritePiecesAsync(ReadOnlyMemory<byte> content)
        {
            try
            {
                for (; !content.IsEmpty; content = content[Math.Min(Piece, content.Length)..])
                {
                    if ((await pipe.WriteAsync(content[..Math.Min(Piece, content.Length)])).IsCompleted)
                    {
                        throw new IOException("The reader is gone");
                    }

                    Progressed();
                }
            }
            catch (InvalidOperationException error)
            {
                throw new IOException("The reader is gone", error);
            }
        }
    }
}
