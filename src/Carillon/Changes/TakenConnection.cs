using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Carillon.Changes;

/// <summary>
/// A connection that a stream or a WebSocket takes over when its request is done. The request ends with the response's head; what
/// the server keeps for a request goes with it, and a reader costs about half of the memory that a waiting request would.
/// </summary>
internal sealed class TakenConnection
{
    private Func<ConnectionContext, Socket, Task>? _next;
    private IDisposable? _held;

    /// <summary>Wraps every connection, so that it can be taken.</summary>
    public static ConnectionDelegate Around(ConnectionDelegate next) => async connection =>
    {
        var taken = new TakenConnection();
        var heartbeat = Heartbeat.Around(connection);
        connection.Features.Set(taken);
        try
        {
            await next(connection);
            if (taken._next is { } goOn && connection.Features.Get<IConnectionSocketFeature>() is { Socket: var socket })
            {
                heartbeat?.Stop();
                connection.Features.Set<TakenConnection>(null);
                try
                {
                    await goOn(connection, socket);
                }
                catch (ObjectDisposedException) when (!socket.Connected)
                {
                    // It was gone before it could be taken over; whoever it was comes again.
                }
            }
        }
        finally
        {
            taken._held?.Dispose();
        }
    };

    /// <summary>The connection of a request that may be taken over: plain HTTP/1.1, where a socket carries nothing but it.</summary>
    public static TakenConnection? Of(HttpContext context) =>
        HttpProtocol.IsHttp11(context.Request.Protocol)
        && context.Features.Get<ITlsConnectionFeature>() is null
        && context.Features.Get<IConnectionSocketFeature>() is not null
            ? context.Features.Get<TakenConnection>()
            : null;

    /// <summary>Goes on with the bare socket once the request is done. What is held is let go when that is over, or never came about.</summary>
    public void TakeOver(Func<Socket, CancellationToken, Task> stream, IDisposable held)
    {
        _held = held;
        _next = (connection, socket) => stream(socket, connection.ConnectionClosed);
    }

    /// <summary>The same in both directions.</summary>
    public void TakeOver(Func<Stream, Task> conversation, IDisposable held)
    {
        _held = held;
        _next = async (connection, socket) =>
        {
            await using var stream = new TakenStream(connection, socket);
            await conversation(stream);
        };
    }

    /// <summary>
    /// The server's HTTP side asks for a call each second and cannot take that back, which would keep everything alive that it knew
    /// of the request. So it asks here, and here it can be forgotten.
    /// </summary>
    private sealed class Heartbeat : IConnectionHeartbeatFeature
    {
        private volatile Action? _beat;

        public static Heartbeat? Around(ConnectionContext connection)
        {
            if (connection.Features.Get<IConnectionHeartbeatFeature>() is not { } server)
            {
                return null;
            }

            var heartbeat = new Heartbeat();
            server.OnHeartbeat(static state => ((Heartbeat)state)._beat?.Invoke(), heartbeat);
            connection.Features.Set<IConnectionHeartbeatFeature>(heartbeat);
            return heartbeat;
        }

        public void OnHeartbeat(Action<object> action, object state) => _beat += () => action(state);

        public void Stop() => _beat = null;
    }
}
