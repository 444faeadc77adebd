using System.Runtime.InteropServices;

namespace Carillon.Load;

/// <summary>
/// One epoll: tells which of many sockets have something to read. Level-triggered: one read per wake-up is enough, and
/// edge-triggered was no cheaper in <c>calibrate</c>.
/// </summary>
internal sealed unsafe class Poller : IDisposable
{
    private const int Add = 1;
    private const uint Readable = 1;
    private const int Room = 512;

    // The kernel packs the structure on x64 only.
    private static readonly int Stride = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int TagOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    private readonly int epoll;
    private readonly byte* events;

    public Poller()
    {
        epoll = Libc.EpollCreate(0);
        if (epoll < 0)
        {
            throw Libc.Failure("epoll_create1");
        }

        events = (byte*)NativeMemory.Alloc((nuint)(Room * Stride));
    }

    public void Watch(int descriptor, int tag)
    {
        var interest = stackalloc byte[16];
        *(uint*)interest = Readable;
        *(long*)(interest + TagOffset) = tag;
        if (Libc.EpollControl(epoll, Add, descriptor, interest) < 0)
        {
            throw Libc.Failure("epoll_ctl");
        }
    }

    /// <summary>How many sockets are ready; ask <see cref="Tag"/> for each.</summary>
    public int Wait(TimeSpan atMost)
    {
        // Round up: a wait that ends a little early would spin until its time has come.
        var milliseconds = (int)Math.Clamp(Math.Ceiling(atMost.TotalMilliseconds), 0, 1_000);
        var ready = Libc.EpollWait(epoll, events, Room, milliseconds);
        if (ready >= 0)
        {
            return ready;
        }

        return Marshal.GetLastPInvokeError() == Libc.Interrupted ? 0 : throw Libc.Failure("epoll_wait");
    }

    public int Tag(int index) => (int)*(long*)(events + (index * Stride) + TagOffset);

    /// <summary>True when the last wait may have left ready sockets behind.</summary>
    public static bool IsFull(int ready) => ready == Room;

    public void Dispose()
    {
        _ = Libc.Close(epoll);
        NativeMemory.Free(events);
    }
}
