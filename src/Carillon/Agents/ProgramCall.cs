namespace Carillon.Agents;

/// <summary>Which program is to be run, and which settings say so: what a person has to change is named when it does not work.</summary>
internal sealed record ProgramCall(string Section, string Program, IReadOnlyList<string> Arguments, TimeSpan TimeLimit)
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>What people know it by.</summary>
    public string Name => Path.GetFileName(Program);

    /// <summary>What keeps it from being started and what to do about it; null when nothing does.</summary>
    public string? Objection =>
        Program is "" ? $"No program is set. Write one into {Section}:Program."
        : FindFile() is not { } file ? $"There is no program '{Program}' on this server. Install it, or correct {Section}:Program."
        : !IsExecutable(file) ? $"'{Program}' is not a program that may be run. Make it executable (chmod +x), or correct {Section}:Program."
        : null;

    /// <summary>
    /// The program's file. Looked for here and not by the system: that would also look into the folder of the server, and into the one that it
    /// was started in.
    /// </summary>
    public string? FindFile() =>
        Path.IsPathFullyQualified(Program)
            ? WithSuffix(Program)
            : (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
                .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                .Where(Path.IsPathFullyQualified)
                .Select(folder => WithSuffix(Path.Combine(folder, Program)))
                .Where(file => file is not null)
                .OrderByDescending(file => IsExecutable(file!))
                .FirstOrDefault();

    public AgentFailedException Failed(ProgramEnd end) => new(
        end.LastWords is ""
            ? $"{Name} ended with exit code {end.ExitCode} and did not say why."
            : $"{Name} ended with exit code {end.ExitCode}. The last that it said:\n{end.LastWords}");

    private static string? WithSuffix(string path) =>
        File.Exists(path) ? path
        : OperatingSystem.IsWindows() && File.Exists(path + ".exe") ? path + ".exe"
        : null;

    private static bool IsExecutable(string file)
    {
        try
        {
            return OperatingSystem.IsWindows() || (File.GetUnixFileMode(file) & AnyExecute) != 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;   // it has just gone
        }
    }
}

/// <summary>How a program ended.</summary>
/// <param name="LastWords">The end of what it wrote on standard error.</param>
/// <param name="WasSilent">It was ended because it had been silent for longer than it may be.</param>
internal sealed record ProgramEnd(int ExitCode, string LastWords, bool WasSilent);
