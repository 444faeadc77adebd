using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Carillon.Load;

/// <summary>The server under load. Loopback only: a load generator is not to be pointed at somebody by mistake.</summary>
internal sealed class Target
{
    private readonly IPEndPoint address;

    public Target(string url)
    {
        Url = new Uri(url);
        var host = Url.Host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(Url.Host, out var literal) ? literal : null;
        if (Url.Scheme != Uri.UriSchemeHttp || host is null || !IPAddress.IsLoopback(host))
        {
            throw new UsageException($"{url} is not http on a loopback address");
        }

        address = new IPEndPoint(host, Url.Port);
    }

    public Uri Url { get; }

    public Socket Connect()
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(address);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public byte[] Get(string path, string token) =>
        Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {Url.Authority}\r\nAuthorization: Bearer {token}\r\nAccept: text/event-stream\r\n\r\n");

    public byte[] Upgrade(string path, string token, string subprotocol) =>
        Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {Url.Authority}\r\nAuthorization: Bearer {token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: {subprotocol}\r\n\r\n");

    public byte[] Post(string path, string token, string json)
    {
        var body = Encoding.UTF8.GetBytes(json);
        var head = $"POST {path} HTTP/1.1\r\nHost: {Url.Authority}\r\nAuthorization: Bearer {token}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }
}
