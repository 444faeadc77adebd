using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Carillon.Changes;

/// <summary>The way bytes reach one reader.</summary>
internal abstract class StreamOutput
{
    // So much has to be taken within the write deadline for a reader to be slow and not stuck.
    private const int Piece = 16 * 1024;

    private int _progress;

    /// <summary>Moves whenever a piece of a pending write was taken.</summary>
    public int Progress => Volatile.Read(ref _progress);

    private void Progressed() => Interlocked.Increment(ref _progress);

    /// <summary>
    /// Sends the response's head, and takes the shortest way for the rest: the bare socket where the connection is plain HTTP/1.1,
    /// the response's pipe behind TLS or HTTP/2. The socket takes half the memory and a third of the time for each delivery
    /// (see bench/results).
    /// </summary>
    public static async Task<StreamOutput> StartAsync(HttpContext context, string contentType)
    {
        var response = context.Response;
        response.ContentType = contentType;
        response.Headers.CacheControl = "no-cache, no-transform";
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();

        // A reader that is slow in the middle of a write is ours to judge; the server's own rule would cut it off without a word.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        var socket = context.Features.Get<IConnectionSocketFeature>()?.Socket;
        var isBare = socket is not null && HttpProtocol.IsHttp11(context.Request.Protocol)
            && context.Features.Get<ITlsConnectionFeature>() is null && HttpMethods.IsGet(context.Request.Method);
        if (isBare)
        {
            // The chunks are framed here, so the server must neither frame them again nor add one of its own at the end.
            response.Headers.TransferEncoding = "chunked";
            response.Headers.Connection = "close";
        }

        // The server flushes to the socket before this returns, because it is told to hold no response bytes back
        // (MaxWriteBufferSize in HttpModule): from here on nothing but us writes to the socket.
        await response.StartAsync(context.RequestAborted);
        await response.BodyWriter.FlushAsync(context.RequestAborted);
        return isBare ? new SocketOutput(socket!) : new PipeOutput(response.BodyWriter);
    }

    /// <summary>
    /// Sends. Null means that all of it was taken at once; otherwise the task ends when it was, and nothing may be sent before.
    /// </summary>
    /// <exception cref="IOException">The reader is gone.</exception>
    public abstract Task? Write(in Outgoing data);

    /// <summary>Says that nothing more comes.</summary>
    public abstract void Finish();

    private sealed class SocketOutput : StreamOutput
    {
        private static readonly byte[] LastChunk = [.. "0\r\n\r\n"u8];
        private readonly Socket _socket;

        public SocketOutput(Socket socket)
        {
            // Only synchronous calls are meant by this: a send takes what fits and says so.
            socket.Blocking = false;
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
            try
            {
                var written = WritePiecesAsync(data.Content);
                return written.IsCompletedSuccessfully ? null : written;
            }
            catch (InvalidOperationException error)
            {
                throw new IOException("The reader is gone", error);
            }
        }

        public override void Finish()
        {
            // The server ends the response when the request does.
        }

        private async Task WritePiecesAsync(ReadOnlyMemory<byte> content)
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
    }
}
