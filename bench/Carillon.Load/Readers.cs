using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Carillon.Load;

/// <summary>Many readers of <c>/events</c> on one thread. Their tags in the poller are 0 to <see cref="Count"/> - 1.</summary>
internal sealed unsafe class Readers : IDisposable
{
    private const int BufferLength = 256 * 1024;

    // Fewer open requests than the server's accept queue holds; beyond it, the kernel makes the connect wait a second.
    private const int OpenAtOnce = 128;

    private readonly byte* buffer = (byte*)NativeMemory.Alloc(BufferLength);
    private readonly Poller poller;
    private readonly Target target;
    private readonly byte[] request;
    private readonly int sampleEvery;
    private readonly Socket?[] sockets;
    private readonly int[] descriptors;
    private readonly EventReader[] streams;

    public Readers(Poller poller, Target target, string token, string path, int count, int sampleEvery = 0)
    {
        this.poller = poller;
        this.target = target;
        this.sampleEvery = sampleEvery;
        request = target.Get(path, token);
        sockets = new Socket?[count];
        descriptors = new int[count];
        streams = new EventReader[count];
    }

    public int Count => streams.Length;

    public IReadOnlyList<EventReader> Streams => streams;

    /// <summary>Changes that reached any reader.</summary>
    public long Deliveries { get; private set; }

    /// <summary>Reads from sockets: with <see cref="Deliveries"/> it says how many changes came in one piece.</summary>
    public long Reads { get; private set; }

    public long Bytes { get; private set; }

    public int Closed { get; private set; }

    public Latencies Latencies { get; } = new();

    /// <summary>Connects all and returns when each has had its <c>hello</c>.</summary>
    public void Open(TimeSpan within)
    {
        var started = Stopwatch.GetTimestamp();
        var opened = 0;
        var greeted = 0;
        while (greeted < Count)
        {
            if (Stopwatch.GetElapsedTime(started) > within)
            {
                throw new IOException($"Only {greeted} of {Count} readers had their hello within {within.TotalSeconds:0} s");
            }

            while (opened < Count && opened - greeted < OpenAtOnce)
            {
                Open(opened++);
            }

            var ready = poller.Wait(TimeSpan.FromMilliseconds(50));
            for (var index = 0; index < ready; index++)
            {
                var tag = poller.Tag(index);
                var had = streams[tag].HasHello;
                Read(tag);
                greeted += !had && streams[tag].HasHello ? 1 : 0;
                if (streams[tag].Refusal is { } refusal)
                {
                    throw new IOException($"A reader was refused: {refusal}");
                }
            }
        }
    }

    /// <summary>Reads once what has come for the reader with this tag.</summary>
    public void Read(int tag)
    {
        var length = (int)Libc.Receive(descriptors[tag], buffer, BufferLength, Libc.DontWait);
        if (length > 0)
        {
            var stream = streams[tag];
            var before = stream.Changes;
            stream.Read(new ReadOnlySpan<byte>(buffer, length));
            Deliveries += stream.Changes - before;
            Bytes += length;
            Reads++;
            if (stream.Sent.Count > 0)
            {
                var now = Stopwatch.GetTimestamp();
                foreach (var sent in stream.Sent)
                {
                    Latencies.Record(sent, now);
                }

                stream.Sent.Clear();
            }

            if (!stream.IsEnded)
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

    /// <summary>Reads whatever comes until the condition holds, the time is over, or no change has come for <paramref name="silence"/>.</summary>
    public bool ReadUntil(Func<bool> isDone, TimeSpan within, TimeSpan? silence = null)
    {
        var started = Stopwatch.GetTimestamp();
        var seen = Deliveries;
        var seenAt = started;
        while (!isDone())
        {
            if (Deliveries != seen)
            {
                seen = Deliveries;
                seenAt = Stopwatch.GetTimestamp();
            }

            if (Stopwatch.GetElapsedTime(started) > within || Stopwatch.GetElapsedTime(seenAt) > silence || Closed == Count)
            {
                return false;
            }

            var ready = poller.Wait(TimeSpan.FromMilliseconds(20));
            for (var index = 0; index < ready; index++)
            {
                Read(poller.Tag(index));
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

        NativeMemory.Free(buffer);
    }

    private void Open(int tag)
    {
        var socket = target.Connect();
        sockets[tag] = socket;
        descriptors[tag] = (int)socket.Handle;
        streams[tag] = new EventReader(sampleEvery > 0 && tag % sampleEvery == 0);
        socket.Send(request);
        poller.Watch(descriptors[tag], tag);
    }
}
