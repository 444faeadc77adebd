using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Carillon.Agents;

/// <summary>
/// Stands between the server and a program of a run, on Linux: <c>carillon keep PROGRAM ARGUMENT…</c>. All that the program starts stays
/// below it, also what leaves its parents and wipes its environment, because the system gives the keeper whatever lost its parent. It ends all
/// of it when the program ends, when it is asked to, and when the server is gone.
/// </summary>
internal static class RunKeeper
{
    public const string Name = "keep";

    /// <summary>The exit code of what was killed.</summary>
    public const int Killed = 128 + 9;

    // What its program cannot be started for is told by these, because the program may end with any code.
    private const int NotStarted = 126;
    private const string Complaint = "carillon keep: ";

    private const int RoundsBetweenBurials = 30;

    // Something that the program left in the background may still say so much more.
    private static readonly TimeSpan Aftermath = TimeSpan.FromMilliseconds(300);

    // What has not gone by then hangs in the system itself, and nobody can end it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan BetweenRounds = TimeSpan.FromSeconds(1);

    /// <summary>The program that keeps; null where there is none.</summary>
    public static string? Program { get; } =
        OperatingSystem.IsLinux() && Path.Combine(AppContext.BaseDirectory, "carillon") is var program && File.Exists(program) ? program : null;

    /// <summary>Why the program could not be started; null when it was.</summary>
    public static string? FailureOf(ProgramEnd end) =>
        end.ExitCode == NotStarted && end.LastWords.StartsWith(Complaint, StringComparison.Ordinal) ? end.LastWords[Complaint.Length..] : null;

    /// <summary>Runs a program and keeps what it starts.</summary>
    /// <returns>Its exit code.</returns>
    [SupportedOSPlatform("linux")]
    public static int Run(IReadOnlyList<string> call)
    {
        var server = Linux.ParentId();
        using var ended = new ManualResetEventSlim();
        using var ending = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            ended.Set();
        });
        Linux.AdoptOrphans();
        Process program;
        try
        {
            // By this thread, which lives as long as the process: a sandbox ends with the thread that made it.
            program = Process.Start(new ProcessStartInfo(call[0], call.Skip(1)) { UseShellExecute = false })!;
        }
        catch (Win32Exception error)
        {
            Console.Error.Write(Complaint + error.Message);
            return NotStarted;
        }

        using (program)
        {
            program.EnableRaisingEvents = true;
            program.Exited += (_, _) => ended.Set();
            for (var round = 1; !ended.Wait(BetweenRounds) && Linux.ParentId() == server; round++)
            {
                // Whoever looks reads of every process there is, so now and then will do.
                if (round % RoundsBetweenBurials == 0)
                {
                    Below(Environment.ProcessId).Where(one => one.HasEnded && one.ParentId == Environment.ProcessId && one.Id != program.Id)
                        .ToList().ForEach(one => Linux.Bury(one.Id));
                }
            }

            var hasEndedItself = program.HasExited;
            EndAll(hasEndedItself ? Aftermath : TimeSpan.Zero);
            return hasEndedItself ? program.ExitCode : Killed;
        }
    }

    private static void EndAll(TimeSpan grace)
    {
        var begun = Stopwatch.GetTimestamp();
        while (Below(Environment.ProcessId).Where(one => !one.HasEnded).ToList() is { Count: > 0 } living && Stopwatch.GetElapsedTime(begun) < Patience)
        {
            if (Stopwatch.GetElapsedTime(begun) >= grace)
            {
                bool[] ended = [.. living.Select(one => Linux.End(one.Id))];
                if (!ended.Contains(true))
                {
                    return;     // somebody else's: whoever started them as that looks after them
                }
            }

            Pause();
        }
    }

    // A process of its own that waits for nothing but the system: no timer, no thread pool.
    private static void Pause()
    {
        using var never = new ManualResetEventSlim();
        never.Wait(BetweenLooks);
    }

    /// <summary>The processes below one, however deep.</summary>
    private static IEnumerable<Kept> Below(int id)
    {
        var children = Directory.EnumerateDirectories("/proc").Select(Find).OfType<Kept>().ToLookup(one => one.ParentId);
        var waiting = new Stack<Kept>(children[id]);
        while (waiting.TryPop(out var one))
        {
            yield return one;
            foreach (var child in children[one.Id])
            {
                waiting.Push(child);
            }
        }
    }

    private static Kept? Find(string folder)
    {
        if (!int.TryParse(Path.GetFileName(folder), out var id))
        {
            return null;
        }

        try
        {
            // "pid (name) state ppid …", and a name may hold anything.
            var stat = File.ReadAllText($"{folder}/stat");
            var rest = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return new Kept(id, int.Parse(rest[1], CultureInfo.InvariantCulture), rest[0] is "Z" or "X");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;    // it has just gone
        }
    }

    private sealed record Kept(int Id, int ParentId, bool HasEnded);
}
