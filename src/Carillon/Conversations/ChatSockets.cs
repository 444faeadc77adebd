using System.Collections.Concurrent;
using System.Net.WebSockets;
using Carillon.Accounts;
using Carillon.Sessions;

namespace Carillon.Conversations;

/// <summary>The open sockets of this node: who is silent for too long, whose sign-in has ended, and what happens when the server stops.</summary>
internal sealed class ChatSockets(
    FollowedConversations conversations, SessionLife life, SessionTable sessions, Membership membership, IHostApplicationLifetime lifetime, TimeProvider time,
    ILoggerFactory loggers) : BackgroundService
{
    /// <summary>A peer that sends nothing for so long is closed.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LastRounds = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<ChatSocket, bool> _open = new();
    private readonly ILogger<ChatSocket> _log = loggers.CreateLogger<ChatSocket>();
    private volatile bool _isStopping;

    /// <summary>How many are open.</summary>
    public int Count => _open.Count;

    /// <summary>Serves a socket until it is closed.</summary>
    public async Task ServeAsync(WebSocket webSocket, Access access)
    {
        using var socket = new ChatSocket(webSocket, access, conversations, life, sessions, membership, time, _log);
        _open.TryAdd(socket, true);
        try
        {
            if (_isStopping)
            {
                socket.Close(WebSocketCloseStatus.EndpointUnavailable, "The server stops");
            }

            await socket.RunAsync();
        }
        finally
        {
            _open.TryRemove(socket, out _);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not with the other services: the web server waits for its connections before those are stopped.
        using var timer = new PeriodicTimer(Round, time);
        using var stopping = lifetime.ApplicationStopping.Register(() =>
        {
            CloseAll();

            // The server waits for those who do not answer, so they are looked after more often.
            timer.Period = LastRounds;
        });
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var now = time.GetUtcNow();
                foreach (var socket in _open.Keys)
                {
                    socket.Check(now);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private void CloseAll()
    {
        _isStopping = true;
        foreach (var socket in _open.Keys)
        {
            socket.Close(WebSocketCloseStatus.EndpointUnavailable, "The server stops");
        }
    }
}
