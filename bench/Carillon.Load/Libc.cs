using System.Runtime.InteropServices;

namespace Carillon.Load;

/// <summary>
/// The few system calls of the hot loops. The runtime's own sockets cost several times as much per message (a thread
/// hop and a task each), and the generator shares the machine with the server that it measures.
/// </summary>
internal static unsafe partial class Libc
{
    public const int Interrupted = 4;
    public const int TryAgain = 11;

    public const int DontWait = 0x40;
    public const int NoSignal = 0x4000;

    public const int ThreadCpuClock = 3;

    public const int Terminate = 15;

    private const int EndedChildren = -1;

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(int epoll, int operation, int descriptor, void* interest);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(int epoll, void* events, int room, int milliseconds);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int descriptor, void* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int descriptor, void* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "nanosleep", SetLastError = true)]
    public static partial int Sleep(in Timespec time, nint remaining);

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    public static partial int ReadClock(int clock, out Timespec time);

    [LibraryImport("libc", EntryPoint = "getrusage", SetLastError = true)]
    private static partial int ReadUse(int whose, out Use use);

    /// <summary>Lets time pass: what is measured here is what happens in a span of time, so there is no signal to wait for.</summary>
    public static void Pause(TimeSpan time) =>
        Sleep(new Timespec((nint)(time.Ticks / TimeSpan.TicksPerSecond), (nint)(time.Ticks % TimeSpan.TicksPerSecond * 100)), 0);

    /// <summary>What the calling thread has used of a processor.</summary>
    public static TimeSpan ThreadCpu()
    {
        _ = ReadClock(ThreadCpuClock, out var time);
        return time.ToTimeSpan();
    }

    /// <summary>What the processes used of a processor that this one started and waited for.</summary>
    public static TimeSpan CpuOfEndedChildren()
    {
        _ = ReadUse(EndedChildren, out var use);
        return use.User.ToTimeSpan() + use.Kernel.ToTimeSpan();
    }

    public static IOException Failure(string what) => new($"{what}: {Marshal.GetLastPInvokeErrorMessage()}");

    // The rest of it, fourteen counters, is not read.
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    private readonly record struct Use(Timeval User, Timeval Kernel);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Timeval(nint Seconds, nint Microseconds)
    {
        public TimeSpan ToTimeSpan() => TimeSpan.FromTicks((Seconds * TimeSpan.TicksPerSecond) + (Microseconds * TimeSpan.TicksPerMicrosecond));
    }

    [StructLayout(LayoutKind.Sequential)]
    public readonly record struct Timespec(nint Seconds, nint Nanoseconds)
    {
        public TimeSpan ToTimeSpan() => TimeSpan.FromTicks((Seconds * TimeSpan.TicksPerSecond) + (Nanoseconds / 100));
    }
}
