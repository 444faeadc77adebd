using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Carillon.Cli;

/// <summary>Whether the hooks of each agent stand in its settings, call a program that is there and answers in time, and may run.</summary>
internal static class HookChecks
{
    /// <summary>So long a hook takes at most; see <see cref="HookRun"/>.</summary>
    private static readonly TimeSpan s_promised = TimeSpan.FromSeconds(2);

    /// <summary>Whether any agent has a hook of ours.</summary>
    public static bool AreThere(Terminal terminal) => HookedAgent.All.Any(agent => Files(terminal, agent).Any(file => Settings(file) is { } settings && HookSettings.Calls(settings, agent.Name).Any()));

    public static async Task<IReadOnlyList<Finding>> RunAsync(Terminal terminal, CancellationToken cancel)
    {
        var found = new List<Finding>();
        foreach (var agent in HookedAgent.All)
        {
            found.AddRange(await RunAsync(terminal, agent, cancel));
        }

        return found;
    }

    private static async Task<IReadOnlyList<Finding>> RunAsync(Terminal terminal, HookedAgent agent, CancellationToken cancel)
    {
        var install = $"carillon hook install {agent.Name}";
        var files = Files(terminal, agent).Where(File.Exists).ToList();
        if (files.FirstOrDefault(file => Settings(file) is null) is { } unread)
        {
            return [Finding.Fails(agent.Title, $"{unread} cannot be read, or is not JSON.", $"Correct the file; then {install}")];
        }

        var placed = files.SelectMany(file => HookSettings.Calls(Settings(file)!, agent.Name).Select(call => (File: file, Call: call))).ToList();
        if (placed.Count == 0)
        {
            return Directory.Exists(agent.Home(terminal))
                ? [Finding.Warns(agent.Title, $"No hook in {agent.File(terminal)}: nothing of it reaches Carillon.", install)]
                : [Finding.Skips(agent.Title, "Not here.")];
        }

        if (files.FirstOrDefault(file => Settings(file)!["disableAllHooks"] is JsonValue off && off.TryGetValue<bool>(out var isOff) && isOff) is { } silenced)
        {
            return [Finding.Fails(agent.Title, $"{silenced} turns all hooks off.", "Take disableAllHooks out of the file.")];
        }

        var found = new List<Finding>();
        var own = agent.File(terminal);
        foreach (var calls in placed.GroupBy(one => HookSettings.ProgramOf(one.Call.Command)!))
        {
            // The settings of a folder may have come with it, from anybody: what they name is not started.
            found.Add(calls.Any(one => one.File == own)
                ? await AnswerAsync(terminal, agent, calls.Key, own, install, cancel)
                : Finding.Skips(agent.Title, $"Hooks in {calls.First().File} call {calls.Key}. It was not started, because the settings of a folder may be somebody else's."));
        }

        if (agent.Events.Select(entry => entry.Event).Except(placed.Select(one => one.Call.Event)).ToList() is { Count: > 0 } missing)
        {
            found.Add(Finding.Warns(agent.Title, $"No hook for {string.Join(", ", missing)}.", install));
        }

        if (agent.Name == "codex")
        {
            found.Add(Trust(terminal, agent, placed.ConvertAll(one => (one.File, one.Call.Event, one.Call.Group, one.Call.Place))));
        }

        return found;
    }

    private static async Task<Finding> AnswerAsync(Terminal terminal, HookedAgent agent, string program, string file, string install, CancellationToken cancel)
    {
        if (program.AsSpan().ContainsAny("$~`%"))
        {
            return Finding.Skips(agent.Title, $"Hooks call {program}. Whether that is there is for the agent's shell to say.");
        }

        if (Find(terminal, program) is not { } path)
        {
            return Finding.Fails(agent.Title, $"Hooks in {file} call {program}, which is not there.", install);
        }

        var begin = terminal.Time.GetTimestamp();
        try
        {
            var code = await DoctorCommand.InTimeAsync(terminal, within => CallAsync(path, agent, within), cancel);
            var took = terminal.Time.GetElapsedTime(begin);
            var says = string.Create(CultureInfo.InvariantCulture, $"Hooks in {file} call {path}, which answers in {took.TotalMilliseconds:0} ms.");
            return code != 0 ? Finding.Fails(agent.Title, $"Hooks in {file} call {path}, which ends with exit code {code}.", $"{ShellWord.Quoted(path)} --version # and install it anew if that fails")
                : took > s_promised ? Finding.Warns(agent.Title, $"{says} The agent waits for that.", $"Use the native program (docs/operate/install.md), then {install}")
                : Finding.Ok(agent.Title, says);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Finding.Fails(agent.Title, $"Hooks in {file} call {path}, which does not answer in time. The agent waits for it.", $"{ShellWord.Quoted(path)} --version # and install it anew if that hangs");
        }
        catch (Exception error) when (error is System.ComponentModel.Win32Exception or InvalidOperationException or IOException)
        {
            return Finding.Fails(agent.Title, $"Hooks in {file} call {path}, which cannot be started: {error.Message}", $"chmod +x {ShellWord.Quoted(path)}");
        }
    }

    /// <summary>Calls it as the agent does, with an event that means nothing: it reports nothing.</summary>
    private static async Task<int> CallAsync(string program, HookedAgent agent, CancellationToken cancel)
    {
        using var process = Process.Start(new ProcessStartInfo(program, ["hook", agent.Name])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            await process.StandardInput.WriteAsync("""{"hook_event_name":"Doctor","session_id":"doctor"}""".AsMemory(), cancel);
            process.StandardInput.Close();
            await process.WaitForExitAsync(cancel);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        catch (IOException)
        {
            // It ended without reading: its exit code says the rest.
            await process.WaitForExitAsync(cancel);
            return process.ExitCode;
        }
    }

    /// <summary>
    /// Codex runs a hook only when its config.toml knows the hook's hash under the hook's place. How the hash is made is Codex's own, so that a hook
    /// that was changed since is not recognised here; Codex asks for a review then.
    /// </summary>
    private static Finding Trust(Terminal terminal, HookedAgent agent, IReadOnlyList<(string File, string Event, int Group, int Place)> calls)
    {
        const string Name = "Codex trust";
        var config = Path.Combine(agent.Home(terminal), "config.toml");
        IReadOnlyDictionary<string, bool>? known;
        try
        {
            known = CodexTrust.Read(File.Exists(config) ? File.ReadAllText(config) : string.Empty);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            known = null;
        }

        if (known is null)
        {
            return Finding.Skips(Name, $"Not known: {config} cannot be read. Codex asks for a review when a hook is not trusted.");
        }

        var not = calls.Where(call => !CodexTrust.KeysOf(call.File, call.Event, call.Group, call.Place).Any(known.GetValueOrDefault)).Select(call => call.Event).Distinct().ToList();
        return not.Count == 0
            ? Finding.Ok(Name, "All hooks were trusted. Codex asks again when one has changed.")
            : Finding.Warns(Name, $"Not trusted, so they do not run: {string.Join(", ", not)}.", "Start Codex and trust the hooks when it asks for a review, or type /hooks there.");
    }

    private static IEnumerable<string> Files(Terminal terminal, HookedAgent agent) =>
        new[] { agent.File(terminal), agent.File(terminal, Environment.CurrentDirectory) }.Distinct();

    private static JsonObject? Settings(string file)
    {
        try
        {
            return File.Exists(file) ? HookSettings.Parse(File.ReadAllText(file)) : [];
        }
        catch (Exception error) when (error is FormatException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? Find(Terminal terminal, string program) => program.IndexOfAny(['/', '\\']) >= 0
        ? File.Exists(program) ? program : null
        : (terminal.Variable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
