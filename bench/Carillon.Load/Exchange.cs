using System.Buffers.Text;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Carillon.Load;

/// <summary>One keep-alive connection that sends ready-made requests, one at a time, and reads of each answer as little as it can.</summary>
internal sealed unsafe class Exchange : IDisposable
{
    public const int ConnectionClosed = -1;

    private readonly Socket socket;
    private readonly int descriptor;
    private readonly byte[] answer = new byte[64 * 1024];
    private int length;

    public Exchange(Target target, Poller poller, int tag, params byte[][] requests)
    {
        socket = target.Connect();
        descriptor = (int)socket.Handle;
        Requests = requests;
        poller.Watch(descriptor, tag);
    }

    /// <summary>Sent in turn.</summary>
    public byte[][] Requests { get; }

    public int Turn { get; private set; }

    public long SentAt { get; private set; }

    public bool IsBusy { get; private set; }

    public bool IsClosed { get; private set; }

    public void Send(long now)
    {
        var request = Requests[Turn];
        Turn = Turn + 1 == Requests.Length ? 0 : Turn + 1;
        SentAt = now;
        IsBusy = true;
        fixed (byte* bytes = request)
        {
            // One small request on an idle connection always fits the socket's buffer.
            if (Libc.Send(descriptor, bytes, request.Length, Libc.DontWait | Libc.NoSignal) != request.Length)
            {
                throw Libc.Failure("send");
            }
        }
    }

    /// <summary>The status of a complete answer, 0 when there is more to come, or <see cref="ConnectionClosed"/>.</summary>
    public int Receive()
    {
        nint received;
        fixed (byte* bytes = answer)
        {
            received = Libc.Receive(descriptor, bytes + length, answer.Length - length, Libc.DontWait);
        }

        if (received <= 0)
        {
            var isOpen = received < 0 && Marshal.GetLastPInvokeError() is Libc.TryAgain or Libc.Interrupted;
            IsBusy = isOpen;
            IsClosed = !isOpen;
            return isOpen ? 0 : ConnectionClosed;
        }

        length += (int)received;
        if (!IsComplete(answer.AsSpan(0, length)))
        {
            return 0;
        }

        _ = Utf8Parser.TryParse(answer.AsSpan(9, 3), out int status, out _);
        length = 0;
        IsBusy = false;
        return status;
    }

    public void Dispose() => socket.Dispose();

    private static bool IsComplete(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return false;
        }

        var head = answer[..end];
        var at = head.IndexOf("Content-Length: "u8);
        if (at >= 0)
        {
            return Utf8Parser.TryParse(head[(at + 16)..], out int length, out _) && answer.Length >= end + 4 + length;
        }

        // JSON holds no line ends of its own, so the last chunk cannot be mistaken.
        return head.IndexOf("chunked"u8) < 0 || answer.EndsWith("\r\n0\r\n\r\n"u8);
    }
}
