using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Carillon.Chat;

/// <summary><c>GET /chat/ws</c>: conversations over a WebSocket.</summary>
internal static class ChatEndpoint
{
    public static async Task Open(HttpContext context, ChatSockets sockets)
    {
        var access = (await Access.BindAsync(context))!;
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            await Problems.UpgradeRequired.ExecuteAsync(context);
            return;
        }

        if (!context.WebSockets.WebSocketRequestedProtocols.Contains(ChatRequests.Subprotocol))
        {
            await Problems.InvalidSubprotocol.ExecuteAsync(context);
            return;
        }

        // A client that is slow to read is ours to judge.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        // Signs of life are frames of ours, which every client can send and see; the protocol's own would cost a timer each.
        using var socket = await context.WebSockets.AcceptWebSocketAsync(
            new WebSocketAcceptContext { SubProtocol = ChatRequests.Subprotocol, KeepAliveInterval = TimeSpan.Zero });
        await sockets.ServeAsync(socket, access);
    }
}
