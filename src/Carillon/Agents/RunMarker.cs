using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Carillon.Agents;

/// <summary>
/// A variable in the environment of all that a run starts. Children inherit it, also those that leave the tree and the terminal behind, and
/// on Linux the system shows it: that is how they are found again, even by a server that was killed and has started anew.
/// </summary>
internal static class RunMarker
{
    public const string Variable = "CARILLON_RUN";

    // What has not gone by then hangs in the system itself, and nobody can end it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(10);

    private static readonly byte[] Entry = Encoding.ASCII.GetBytes($"{Variable}=");

    /// <summary>Ends every process that carries the marker of one of these runs, with its children, and returns when there is none.</summary>
    public static async Task EndAsync(IReadOnlyCollection<string> runIds, TimeProvider time)
    {
        if (!OperatingSystem.IsLinux() || runIds.Count == 0)
        {
            return;
        }

        var runs = runIds.ToHashSet(StringComparer.Ordinal);
        var begun = time.GetTimestamp();
        for (var clean = 0; clean < 2 && time.GetElapsedTime(begun) < Patience;)
        {
            // Twice nobody: while it looks, one may give birth to another and end.
            clean = await Task.Run(() => EndThoseFound(runs)) == 0 ? clean + 1 : 0;
            if (clean == 0)
            {
                await Task.Delay(BetweenLooks, time);
            }
        }
    }

    private static int EndThoseFound(HashSet<string> runs)
    {
        var found = 0;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var id) && id != Environment.ProcessId && Carries(folder, runs))
            {
                found++;
                End(id);
            }
        }

        return found;
    }

    private static bool Carries(string folder, HashSet<string> runs)
    {
        byte[] environment;
        try
        {
            environment = File.ReadAllBytes($"{folder}/environ");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;   // it has ended, or it is somebody else's
        }

        for (var rest = environment.AsSpan(); rest.Length > 0;)
        {
            var end = rest.IndexOf((byte)0) is var zero and >= 0 ? zero : rest.Length;
            if (rest[..end].StartsWith(Entry) && runs.Contains(Encoding.UTF8.GetString(rest[Entry.Length..end])))
            {
                return true;
            }

            rest = rest[Math.Min(end + 1, rest.Length)..];
        }

        return false;
    }

    private static void End(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended meanwhile, or it may not be ended: the next look tells.
        }
    }
}
