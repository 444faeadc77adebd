using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Carillon.Chat.Agents;

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
        var strangers = new HashSet<int> { Environment.ProcessId };
        for (var begun = time.GetTimestamp(); time.GetElapsedTime(begun) < Patience;)
        {
            switch (await Task.Run(() => Look(runs, strangers)))
            {
                case Sight.NobodyNew:
                    return;
                case Sight.Ours:
                    await Task.Delay(BetweenLooks, time);
                    break;
            }
        }
    }

    private enum Sight
    {
        NobodyNew,
        Strangers,
        Ours,
    }

    /// <summary>
    /// Ends the processes that are ours, and remembers those that are not. While it looks, one may give birth to another and end: only when it
    /// meets nobody but known strangers, there was nobody who could have done so.
    /// </summary>
    private static Sight Look(HashSet<string> runs, HashSet<int> strangers)
    {
        var isUnsure = false;
        var ours = new HashSet<int>();
        var parents = new Dictionary<int, int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var id) || strangers.Contains(id))
            {
                continue;
            }

            try
            {
                // First what costs nothing to ask: every machine has hundreds that run no program.
                if (new ProcessStat(folder).RunsNoProgram)
                {
                    parents.Add(id, 0);
                    continue;
                }

                var environment = ReadEnvironment(folder);
                var stat = new ProcessStat(folder);
                if (Carries(environment, runs))
                {
                    ours.Add(id);
                }
                else if (environment is [] && stat.IsInBetween)
                {
                    isUnsure = true;
                }
                else
                {
                    parents.Add(id, stat.Parent);
                }
            }
            catch (UnauthorizedAccessException)
            {
                parents.Add(id, 0);     // somebody else's
            }
            catch (IOException)
            {
                isUnsure = true;        // it has gone, and may have left a child
            }
        }

        // Children that were given another environment.
        while (parents.FirstOrDefault(child => ours.Contains(child.Value)) is { Key: not 0 and var child })
        {
            ours.Add(child);
            parents.Remove(child);
        }

        foreach (var id in ours)
        {
            End(id);
        }

        strangers.UnionWith(parents.Keys);
        return ours.Count > 0 || isUnsure ? Sight.Ours
            : parents.Count > 0 ? Sight.Strangers
            : Sight.NobodyNew;
    }

    private static byte[] ReadEnvironment(string folder)
    {
        try
        {
            return File.ReadAllBytes($"{folder}/environ");
        }
        catch (IOException)
        {
            return [];      // it has none, or no longer
        }
    }

    private static bool Carries(ReadOnlySpan<byte> environment, HashSet<string> runs)
    {
        foreach (var one in environment.Split((byte)0))
        {
            var entry = environment[one];
            if (entry.StartsWith(Entry) && runs.Contains(Encoding.UTF8.GetString(entry[Entry.Length..])))
            {
                return true;
            }
        }

        return false;
    }

    private static void End(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It has ended meanwhile, or it may not be ended: the next look tells.
        }
    }

    /// <summary>What the system tells of a process: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html.</summary>
    private readonly struct ProcessStat(string folder)
    {
        private const uint KernelThread = 0x0020_0000;

        private readonly string[] _fields = Read(folder);

        public int Parent => int.Parse(Field(4), CultureInfo.InvariantCulture);

        /// <summary>True for a thread of the kernel, and for what has ended and waits to be asked about.</summary>
        public bool RunsNoProgram => Field(3) is "Z" or "X" || (uint.Parse(Field(9), CultureInfo.InvariantCulture) & KernelThread) != 0;

        /// <summary>
        /// True for a process that is just turning into another program, or has not quite ended. For that moment it shows no environment,
        /// whatever it had and will have.
        /// </summary>
        public bool IsInBetween => !RunsNoProgram && Field(51) is "0";

        private string Field(int number) => _fields[number - 3];

        // The program's name, which comes before, may hold anything. The state is the third field.
        private static string[] Read(string folder)
        {
            var line = File.ReadAllText($"{folder}/stat");
            return line[(line.LastIndexOf(')') + 2)..].TrimEnd().Split(' ');
        }
    }
}
