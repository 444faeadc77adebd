using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Carillon.Accounts;
using Carillon.Protocol;

namespace Carillon.Conversations;

/// <summary>Where a connection carries more than the socket, as with HTTP/2, it is not taken over from its request.</summary>
public sealed class SharedLineTests
{
    [Fact]
    public async Task Over_http_2_an_answer_comes_and_a_goodbye_is_answered()
    {
        await using var house = await House.OpenAsync(TestDatabase.Embedded, new() { ["Agents:Demo:Pause"] = "0" });
        var ada = await house.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        await house.Server.StopAsync();

        await using var server = await CarillonServer.StartAsync(
            TestDatabase.Embedded, new() { ["Agents:Demo:Pause"] = "0", ["Kestrel:EndpointDefaults:Protocols"] = "Http2" }, house.Server.Folder);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var line = new HttpMessageInvoker(new SocketsHttpHandler());
        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = HttpVersion.Version20;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        socket.Options.AddSubProtocol(ChatRequests.Subprotocol);
        socket.Options.SetRequestHeader("Authorization", $"{ada.Token.DefaultRequestHeaders.Authorization}");
        await socket.ConnectAsync(new UriBuilder(server.Url) { Scheme = "ws", Path = "/chat/ws" }.Uri, line, patience.Token);
        Assert.Equal(ChatRequests.Subprotocol, socket.SubProtocol);

        await SendAsync($$"""{"type":"attach","sessionId":"{{session}}"}""");
        await SendAsync($$"""{"type":"chat_request","id":"m","sessionId":"{{session}}","message":"count to 9"}""");
        JsonObject frame;
        var answer = "";
        do
        {
            frame = await NextAsync();
            answer = (string)frame["type"]! == "message" ? (string)frame["text"]! : answer;
        }
        while ((string)frame["type"]! != "complete");

        Assert.Equal("1 2 3 4 5 6 7 8 9", answer.Trim());
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);

        Task SendAsync(string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, patience.Token);

        async Task<JsonObject> NextAsync()
        {
            var buffer = new byte[16 * 1024];
            var received = await socket.ReceiveAsync(buffer, patience.Token);
            return JsonNode.Parse(buffer.AsSpan(0, received.Count))!.AsObject();
        }
    }
}
