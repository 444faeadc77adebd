using System.Diagnostics;
using System.Globalization;

namespace Carillon.Load;

/// <summary>What the kernel says that a process used. No process is asked itself, so measuring costs it nothing.</summary>
internal static class ProcessFigures
{
    // The unit of /proc/<pid>/stat; 100 on every Linux that .NET runs on.
    public const int TicksPerSecond = 100;

    /// <summary>User and kernel time of a process and, for PostgreSQL with its process per connection, of its children.</summary>
    public static TimeSpan Cpu(int process, bool withChildren = false)
    {
        if (process == 0)
        {
            return TimeSpan.Zero;
        }

        var own = Own(process) ?? throw new UsageException($"There is no process {process}");
        if (!withChildren)
        {
            return own.Cpu;
        }

        var sum = own.Cpu + own.CpuOfEndedChildren;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var other) && Own(other) is { } found && found.Parent == process)
            {
                sum += found.Cpu;
            }
        }

        return sum;
    }

    public static TimeSpan OwnCpu() => Cpu(Environment.ProcessId);

    public static double ResidentKilobytes(int process)
    {
        foreach (var line in File.ReadLines($"/proc/{process}/status"))
        {
            if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
            {
                return double.Parse(line.AsSpan(6).Trim().TrimEnd("kB"), NumberStyles.Float, CultureInfo.InvariantCulture);
            }
        }

        throw new UsageException($"Process {process} has no resident memory");
    }

    /// <summary>The resident memory once it has stood still for three seconds, or after 30.</summary>
    public static double SettledKilobytes(int process)
    {
        var started = Stopwatch.GetTimestamp();
        var steady = ResidentKilobytes(process);
        var since = started;
        while (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30) && Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(3))
        {
            Libc.Pause(TimeSpan.FromMilliseconds(250));
            var now = ResidentKilobytes(process);
            if (Math.Abs(now - steady) > steady * 0.005)
            {
                steady = now;
                since = Stopwatch.GetTimestamp();
            }
        }

        return ResidentKilobytes(process);
    }

    private static (TimeSpan Cpu, TimeSpan CpuOfEndedChildren, int Parent)? Own(int process)
    {
        string text;
        try
        {
            text = File.ReadAllText($"/proc/{process}/stat");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It has ended meanwhile.
            return null;
        }

        // The name in brackets may hold spaces; what follows it is field 3.
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return (Time(11, 12), Time(13, 14), int.Parse(fields[1], CultureInfo.InvariantCulture));

        TimeSpan Time(int user, int kernel) => TimeSpan.FromSeconds(
            (long.Parse(fields[user], CultureInfo.InvariantCulture) + long.Parse(fields[kernel], CultureInfo.InvariantCulture)) / (double)TicksPerSecond);
    }
}
