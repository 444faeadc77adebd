using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Carillon.Load;

/// <summary>A server that knows two answers by heart: 201 to a POST, an endless stream of changes to a GET. For calibration only.</summary>
internal sealed unsafe class Responder : IDisposable
{
    private const int ListenerTag = -1;

    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Poller poller = new();
    private readonly List<Socket> sockets = [];
    private readonly List<int> streams = [];
    private readonly byte[] input = new byte[64 * 1024];
    private readonly Thread thread;
    private volatile bool isStopping;
    private long seq;

    public Responder()
    {
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(512);
        poller.Watch((int)listener.Handle, ListenerTag);
        thread = new Thread(Serve) { IsBackground = true, Name = "Responder" };
        thread.Start();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}";

    public void Dispose()
    {
        isStopping = true;
        thread.Join();
        foreach (var socket in sockets)
        {
            socket.Dispose();
        }

        listener.Dispose();
        poller.Dispose();
    }

    private static ReadOnlySpan<byte> Created =>
        "HTTP/1.1 201 Created\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 24\r\n\r\n{\"notification\":{\"a\":1}}"u8;

    private static ReadOnlySpan<byte> StreamHead =>
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n1a\r\nevent: hello\ndata: {   }\n\n\r\n"u8;

    private void Serve()
    {
        while (!isStopping)
        {
            // Streams start when requests have stopped coming for a while, so that all of them see the same.
            var ready = poller.Wait(TimeSpan.FromMilliseconds(100));
            for (var index = 0; index < ready; index++)
            {
                var tag = poller.Tag(index);
                if (tag == ListenerTag)
                {
                    var socket = listener.Accept();
                    socket.NoDelay = true;
                    sockets.Add(socket);
                    poller.Watch((int)socket.Handle, sockets.Count - 1);
                }
                else
                {
                    Answer((int)sockets[tag].Handle);
                }
            }

            if (ready == 0 && streams.Count > 0)
            {
                Stream();
            }
        }
    }

    private void Answer(int descriptor)
    {
        nint length;
        fixed (byte* bytes = input)
        {
            length = Libc.Receive(descriptor, bytes, input.Length, Libc.DontWait);
        }

        if (length <= 0)
        {
            // The generator went away and takes the responder with it.
            isStopping = true;
            return;
        }

        var isStream = input[0] == (byte)'G';
        Send(descriptor, isStream ? StreamHead : Created);
        if (isStream)
        {
            streams.Add(descriptor);
        }
    }

    private void Stream()
    {
        while (!isStopping)
        {
            var change = "id: " + ++seq + "\nevent: session_updated\ndata: {\"message\":\"sent@"
                + Stopwatch.GetTimestamp().ToString("D" + EventReader.SentDigits) + "\",\"more\":\"" + new string('x', 420) + "\"}\n\n";
            var chunk = Encoding.ASCII.GetBytes($"{change.Length:x}\r\n{change}\r\n");
            foreach (var descriptor in streams)
            {
                Send(descriptor, chunk);
            }
        }
    }

    private void Send(int descriptor, ReadOnlySpan<byte> data)
    {
        fixed (byte* bytes = data)
        {
            nint sent = 0;
            while (sent < data.Length && !isStopping)
            {
                var now = Libc.Send(descriptor, bytes + sent, data.Length - sent, Libc.DontWait | Libc.NoSignal);
                if (now >= 0)
                {
                    sent += now;
                }
                else if (Marshal.GetLastPInvokeError() == Libc.TryAgain)
                {
                    Libc.Pause(TimeSpan.FromMilliseconds(1));
                }
                else
                {
                    isStopping = true;
                }
            }
        }
    }
}
