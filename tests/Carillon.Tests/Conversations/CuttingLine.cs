using System.Net;
using System.Net.Sockets;

namespace Carillon.Conversations;

/// <summary>A line to the server that breaks: after so many bytes of the server's, in whatever they are the middle of, both ends are reset.</summary>
internal sealed class CuttingLine : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Uri _server;

    public CuttingLine(Uri server)
    {
        _server = server;
        _listener.Start();
        _ = AcceptAsync();
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>What comes through on the next connection before it breaks.</summary>
    public int BytesToCut { get; set; } = int.MaxValue;

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = CarryAsync(await _listener.AcceptSocketAsync(), BytesToCut);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task CarryAsync(Socket client, int bytesToCut)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            try
            {
                await server.ConnectAsync(_server.Host, _server.Port);
                await Task.WhenAny(CarryAsync(client, server, int.MaxValue), CarryAsync(server, client, bytesToCut));
            }
            catch (SocketException)
            {
                // One of the ends was there no more.
            }

            // Reset, not closed: nobody is told that this is the end.
            client.LingerState = server.LingerState = new LingerOption(true, 0);
        }
    }

    private static async Task CarryAsync(Socket from, Socket to, int bytes)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (bytes > 0)
            {
                var count = await from.ReceiveAsync(buffer);
                if (count == 0)
                {
                    return;
                }

                await to.SendAsync(buffer.AsMemory(0, Math.Min(count, bytes)));
                bytes -= Math.Min(count, bytes);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It broke, as it should.
        }
    }
}
