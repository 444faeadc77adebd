using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Carillon.Cli;

/// <summary>This program as the machine sees it: when it began, and a second one of it that nobody waits for.</summary>
internal static class Detached
{
    /// <summary>When this process was started. On a busy machine it may take seconds until it runs, and others overtake it.</summary>
    public static DateTimeOffset ThisBegan()
    {
        using var self = Process.GetCurrentProcess();
        return new DateTimeOffset(self.StartTime);
    }

    /// <summary>Starts it. Its streams are not ours: who waits for the end of our output must not wait for it.</summary>
    public static bool Start(IReadOnlyList<string> arguments)
    {
        if (Environment.ProcessPath is not { } program)
        {
            return false;
        }

        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            // Started as `dotnet carillon.dll`.
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            using var process = Process.Start(start);
            return process is not null;
        }
        catch (Exception error) when (error is Win32Exception or InvalidOperationException or PlatformNotSupportedException)
        {
            return false;
        }
    }

    /// <summary>Leaves the terminal that it was started from: what ends there must not end this.</summary>
    public static void LeaveTerminal()
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = StartSession();
        }
    }

    // No marshalling, so the generator of LibraryImport, which wants unsafe code, has nothing to do here.
    [DllImport("libc", EntryPoint = "setsid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StartSession();
}
