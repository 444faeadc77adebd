namespace Carillon.Agents;

/// <summary>Which program is to be run, and which settings say so: what a person has to change is named when it does not work.</summary>
internal sealed record ProgramCall(string Section, string Program, IReadOnlyList<string> Arguments, TimeSpan TimeLimit)
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Variables of the server that it gets too.</summary>
    public IReadOnlyList<string> Variables { get; init; } = [];

    /// <summary>The cage that it runs in, if it does.</summary>
    public Bubblewrap? Cage { get; init; }

    /// <summary>What people know it by.</summary>
    public string Name => Path.GetFileName(Program);

    /// <summary>What keeps it from being started and what to do about it; null when nothing does.</summary>
    public string? Objection =>
        Program is "" ? $"No program is set. Write one into {Section}:Program."
        : FindFile() is not { } file ? $"There is no program '{Program}' on this server. Install it, or correct {Section}:Program."
        : !IsExecutable(file) ? $"'{Program}' is not a program that may be run. Make it executable (chmod +x), or correct {Section}:Program."
        : Cage is not null && FindFile(Bubblewrap.Program) is null
            ? $"{AgentsOptions.Section}:Sandbox is {AgentsOptions.BubblewrapSandbox}, and there is no program '{Bubblewrap.Program}' on this server. Install bubblewrap."
        : null;

    /// <summary>A call as the settings for all programs have it.</summary>
    /// <param name="variables">Variables of the server that this program needs.</param>
    /// <param name="writable">What it has to write besides its folder; <c>~/</c> is the home folder.</param>
    public ProgramCall With(AgentsOptions settings, string[]? variables = null, string[]? writable = null) => this with
    {
        Variables = [.. settings.Environment, .. variables ?? []],
        Cage = settings.Sandbox.Equals(AgentsOptions.BubblewrapSandbox, StringComparison.OrdinalIgnoreCase)
            ? new Bubblewrap(settings.SandboxReadable, [.. writable ?? [], .. settings.SandboxWritable])
            : null,
    };

    /// <summary>
    /// The program's file. Looked for here and not by the system: that would also look into the folder of the server, and into the one that it
    /// was started in.
    /// </summary>
    public string? FindFile() => FindFile(Program);

    public static string? FindFile(string program) =>
        Path.IsPathFullyQualified(program)
            ? WithSuffix(program)
            : (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
                .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                .Where(Path.IsPathFullyQualified)
                .Select(folder => WithSuffix(Path.Combine(folder, program)))
                .Where(file => file is not null)
                .OrderByDescending(file => IsExecutable(file!))
                .FirstOrDefault();

    public AgentFailedException NotStarted(string why) => new($"'{Program}' cannot be started: {why}. Correct it, or {Section}:Program.");

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
