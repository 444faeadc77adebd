using System.Runtime.InteropServices;

namespace Carillon.Agents;

/// <summary>What .NET has no word for. Without marshalling, so the generator of LibraryImport, which wants unsafe code, has nothing to do.</summary>
internal static class Linux
{
    private const int Kill = 9;
    private const int Terminate = 15;
    private const int NotPermitted = 1;
    private const int SetDumpable = 4;
    private const int SetChildSubreaper = 36;
    private const int WithoutWaiting = 1;

    /// <summary>The processes that may attach to this one, read its memory and see its environment are root's alone from now on.</summary>
    public static void HideProcess()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = prctl(SetDumpable, 0, 0, 0, 0);
        }
    }

    /// <summary>A process below this one that loses its parent becomes its child, instead of init's.</summary>
    public static bool AdoptOrphans() => prctl(SetChildSubreaper, 1, 0, 0, 0) == 0;

    public static int ParentId() => getppid();

    /// <summary>Ends a process; false when that is not ours to do, because it runs as somebody else.</summary>
    public static bool End(int id) => kill(id, Kill) == 0 || Marshal.GetLastPInvokeError() != NotPermitted;

    public static void AskToEnd(int id) => _ = kill(id, Terminate);

    /// <summary>Lets go of a child that has ended.</summary>
    public static void Bury(int id) => _ = waitpid(id, IntPtr.Zero, WithoutWaiting);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int prctl(int option, nuint first, nuint second, nuint third, nuint fourth);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int getppid();

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int id, int signal);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int waitpid(int id, IntPtr status, int options);
}
