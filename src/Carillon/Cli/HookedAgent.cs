namespace Carillon.Cli;

/// <summary>An agent whose settings we can write: where they are, and which of its events we want.</summary>
internal sealed record HookedAgent(string Name, string Title, string Variable, string Folder, string UserFile, string ProjectFile, IReadOnlyList<HookSettings.Entry> Events, string Next)
{
    /// <summary>Eight hours: as long as `carillon wake` waits unless it is told otherwise.</summary>
    private const int WakeTimeout = 8 * 60 * 60;

    // With those alone that every version knows: one that does not know an event may refuse the whole file.
    public static readonly IReadOnlyList<HookedAgent> All =
    [
        new("claude-code", "Claude Code", "CLAUDE_CONFIG_DIR", ".claude", "settings.json", "settings.local.json",
            [
                On("SessionStart"), On("UserPromptSubmit"), On("PreToolUse", "AskUserQuestion|ExitPlanMode"), On("PermissionRequest", "*"),
                On("PostToolUse", "*"), On("Notification"), On("Stop"), On("SessionEnd"),
            ],
            "Start Claude Code anew: it reads its hooks when it starts."),
        new("codex", "Codex", "CODEX_HOME", ".codex", "hooks.json", "hooks.json",
            [On("SessionStart"), On("UserPromptSubmit"), On("PermissionRequest", "*"), On("PostToolUse", "*"), On("Stop")],
            "Start Codex and trust the hooks when it asks for a review. It runs no hook before that."),
    ];

    /// <summary>The file with the settings of a person, or of the project in a folder.</summary>
    public string File(Terminal terminal, string? project = null) => project is not null
        ? Path.Combine(project, Folder, ProjectFile)
        : Path.Combine(Home(terminal), UserFile);

    public string Home(Terminal terminal) =>
        terminal.Variable(Variable) ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), Folder);

    /// <summary>The calls to write.</summary>
    /// <param name="program">Our program as the agent's shell finds it, with what it is to be told, quoted.</param>
    /// <param name="arguments">The same of the arguments.</param>
    /// <param name="wakes">Whether a message wakes the agent when it has stopped.</param>
    public IReadOnlyList<HookSettings.Entry> Entries(string program, string arguments, bool wakes) =>
    [
        .. Events.Select(entry => entry.Event == "Stop" && wakes
            ? entry with { Command = $"{program} wake {Name}{arguments}", Timeout = WakeTimeout, WakesLater = true }
            : entry with { Command = $"{program} hook {Name}{arguments}" }),
    ];

    private static HookSettings.Entry On(string name, string? matcher = null) => new(name, string.Empty, matcher);
}
