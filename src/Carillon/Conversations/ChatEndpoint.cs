using System.Diagnostics.CodeAnalysis;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Http;
using Carillon.Protocol;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Carillon.Conversations;

/// <summary><c>GET /chat/ws</c>: conversations over a WebSocket.</summary>
internal static class ChatEndpoint
{
    public static async Task Open(HttpContext context, ChatSockets sockets, StreamPlaces places)
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

        if (places.Take(access.PersonId) is not { } place)
        {
            await Problems.TooManyStreams.ExecuteAsync(context);
            return;
        }

        var goesOn = false;
        try
        {
            goesOn = await ConverseAsync(context, sockets, access, place);
        }
        finally
        {
            if (!goesOn)
            {
                place.Dispose();
            }
        }
    }

    /// <summary>True when the conversation goes on without the request.</summary>
    private static async Task<bool> ConverseAsync(HttpContext context, ChatSockets sockets, Access access, StreamPlaces.Place place)
    {
        if (TakenConnection.Of(context) is { } connection)
        {
            await AnswerAsync(context);
            connection.TakeOver(stream => ServeAsync(stream, sockets, access), place);
            return true;
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
        return false;
    }

    /// <summary>Says yes to the upgrade (RFC 6455, 4.2.2), whose form the framework has checked.</summary>
    private static async Task AnswerAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status101SwitchingProtocols;
        response.Headers.Connection = "Upgrade";
        response.Headers.Upgrade = "websocket";
        response.Headers.SecWebSocketAccept = AcceptOf(context.Request.Headers.SecWebSocketKey.ToString());
        response.Headers.SecWebSocketProtocol = ChatRequests.Subprotocol;
        await response.StartAsync(context.RequestAborted);
        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private static async Task ServeAsync(Stream stream, ChatSockets sockets, Access access)
    {
        using var socket = WebSocket.CreateFromStream(
            stream, new WebSocketCreationOptions { IsServer = true, SubProtocol = ChatRequests.Subprotocol, KeepAliveInterval = TimeSpan.Zero });
        await sockets.ServeAsync(socket, access);
    }

    // The handshake is defined by this hash. It shows that the server speaks WebSocket, and protects nothing.
    [SuppressMessage("Security", "CA5350", Justification = "RFC 6455")]
    private static string AcceptOf(string key) =>
        Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes($"{key.Trim()}258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
}
