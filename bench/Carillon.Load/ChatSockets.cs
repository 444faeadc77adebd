using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Carillon.Load;

/// <summary>Many sockets of <c>/chat/ws</c> on one thread, each attached to one session. Their tags in the poller are 0 to <see cref="Count"/> - 1.</summary>
internal sealed unsafe class ChatSockets : IDisposable
{
    private const int BufferLength = 256 * 1024;

    // Fewer open requests than the server's accept queue holds; beyond it, the kernel makes the connect wait a second.
    private const int OpenAtOnce = 128;

    private static readonly TimeSpan OpenWithin = TimeSpan.FromSeconds(120);

    private readonly byte* buffer = (byte*)NativeMemory.Alloc(BufferLength);
    private readonly Poller poller = new();
    private readonly Target target;
    private readonly byte[] request;
    private readonly Func<int, string> sessionOf;
    private readonly TimeSpan gather;
    private readonly Socket?[] sockets;
    private readonly int[] descriptors;
    private readonly ChatReader[] readers;
    private readonly HeardFrame? heard;

    /// <param name="gather">Let so much time pass between two looks: a thread that wakes for each message costs the server a wake-up per send.</param>
    public ChatSockets(Target target, string token, int count, Func<int, string> sessionOf, HeardFrame? heard = null, TimeSpan gather = default)
    {
        this.target = target;
        this.sessionOf = sessionOf;
        this.heard = heard;
        this.gather = gather;
        request = target.Upgrade("/chat/ws", token, "chat-stream-v1");
        sockets = new Socket?[count];
        descriptors = new int[count];
        readers = new ChatReader[count];
    }

    public int Count => readers.Length;

    public IReadOnlyList<ChatReader> Readers => readers;

    public long Frames => readers.Sum(reader => reader.Frames);

    public long Chunks => readers.Sum(reader => reader.Chunks);

    public long OutOfOrder => readers.Sum(reader => reader.OutOfOrder);

    public long Bytes { get; private set; }

    public int Closed { get; private set; }

    /// <summary>The first reason that a socket was given for something it did not get.</summary>
    public string? Refusal => readers.FirstOrDefault(reader => reader?.Refusal is not null)?.Refusal;

    /// <summary>Connects all and returns when each is attached to its session.</summary>
    public void Open()
    {
        var started = Stopwatch.GetTimestamp();
        var opened = 0;
        var attached = 0;
        while (attached < Count)
        {
            if (Stopwatch.GetElapsedTime(started) > OpenWithin)
            {
                throw new IOException($"Only {attached} of {Count} sockets were attached within {OpenWithin.TotalSeconds:0} s");
            }

            while (opened < Count && opened - attached < OpenAtOnce)
            {
                Open(opened++);
            }

            var ready = poller.Wait(TimeSpan.FromMilliseconds(50));
            for (var index = 0; index < ready; index++)
            {
                var reader = readers[poller.Tag(index)];
                var (wasReady, wasAttached) = (reader.IsReady, reader.IsAttached);
                Read(reader.Tag);
                if (reader.Refusal is { } refusal)
                {
                    throw new IOException($"A socket was refused: {refusal}");
                }

                if (!wasReady && reader.IsReady)
                {
                    Send(reader.Tag, ChatRequest.Attach(sessionOf(reader.Tag)));
                }

                attached += !wasAttached && reader.IsAttached ? 1 : 0;
            }
        }
    }

    public void Send(int tag, byte[] frame)
    {
        fixed (byte* bytes = frame)
        {
            // A small frame on a socket that sends nothing else always fits its buffer.
            if (Libc.Send(descriptors[tag], bytes, frame.Length, Libc.DontWait | Libc.NoSignal) != frame.Length)
            {
                throw Libc.Failure("send");
            }
        }
    }

    /// <summary>Reads whatever comes until the condition holds; false when it did not in time, or nobody is left.</summary>
    public bool ReadUntil(Func<bool> isDone, TimeSpan within)
    {
        var end = Stopwatch.GetTimestamp() + (long)(within.TotalSeconds * Stopwatch.Frequency);
        while (!isDone())
        {
            var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), end);
            if (left <= TimeSpan.Zero || Closed == Count)
            {
                return false;
            }

            var ready = poller.Wait(left < TimeSpan.FromMilliseconds(20) ? left : TimeSpan.FromMilliseconds(20));
            for (var index = 0; index < ready; index++)
            {
                Read(poller.Tag(index));
            }

            if (ready > 0 && !Poller.IsFull(ready) && gather > TimeSpan.Zero)
            {
                Libc.Pause(gather);
            }
        }

        return true;
    }

    public void ReadFor(TimeSpan time) => ReadUntil(() => false, time);

    public void Dispose()
    {
        foreach (var socket in sockets)
        {
            socket?.Dispose();
        }

        poller.Dispose();
        NativeMemory.Free(buffer);
    }

    private void Open(int tag)
    {
        var socket = target.Connect();
        sockets[tag] = socket;
        descriptors[tag] = (int)socket.Handle;
        readers[tag] = new ChatReader(tag, heard);
        socket.Send(request);
        poller.Watch(descriptors[tag], tag);
    }

    private void Read(int tag)
    {
        if (sockets[tag] is null)
        {
            return;
        }

        var length = (int)Libc.Receive(descriptors[tag], buffer, BufferLength, Libc.DontWait);
        if (length > 0)
        {
            Bytes += length;
            readers[tag].Read(new ReadOnlySpan<byte>(buffer, length));
            if (!readers[tag].IsEnded)
            {
                return;
            }
        }
        else if (length < 0 && Marshal.GetLastPInvokeError() is Libc.TryAgain or Libc.Interrupted)
        {
            return;
        }

        Closed++;
        sockets[tag]?.Dispose();
        sockets[tag] = null;
    }
}
