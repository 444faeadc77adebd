using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Carillon.Cli;

/// <summary><c>carillon hook install AGENT</c>: writes the hooks into an agent's settings, or takes them out, after it has shown what changes.</summary>
internal static class HookInstallCommand
{
    public const string Name = "install";

    public static Command Build(Terminal terminal)
    {
        var agent = new Argument<string>("agent") { Description = string.Join(" or ", HookedAgent.All.Select(agent => agent.Name)) + "." };
        agent.AcceptOnlyFromAmong([.. HookedAgent.All.Select(agent => agent.Name)]);
        var project = new Option<bool>("--project") { Description = "Only for the project in this folder, not for all of yours." };
        var remove = new Option<bool>("--remove") { Description = "Take the hooks out." };
        var wake = new Option<bool>("--wake") { Description = "A message wakes a Claude Code that has stopped. Needs a recent version." };
        var yes = new Option<bool>("--yes") { Description = "Do not ask." };
        var command = new Command(Name, "Write the hooks into an agent's settings. Shows what changes, asks, and keeps a copy.") { agent, project, remove, wake, yes };
        var remote = Remote.AddTo(command, terminal);
        command.SetAction(parsed =>
        {
            var hooked = HookedAgent.All.First(one => one.Name == parsed.GetValue(agent));
            try
            {
                var file = hooked.File(terminal, parsed.GetValue(project) ? Environment.CurrentDirectory : null);
                var program = OwnProgram.Path(terminal.Variable("PATH"), Environment.ProcessPath);
                var arguments = string.Concat(remote.Chosen(parsed).Arguments.Select(word => $" {ShellWord.Quoted(word)}"));
                return Run(
                    terminal, hooked, file,
                    parsed.GetValue(remove) ? [] : hooked.Entries(ShellWord.Quoted(program), arguments, parsed.GetValue(wake) && hooked.Name == "claude-code"),
                    parsed.GetValue(yes));
            }
            catch (Exception error) when (error is CommandFailed or IOException or UnauthorizedAccessException)
            {
                terminal.Say(error.Message);
                return 1;
            }
        });
        return command;
    }

    private static int Run(Terminal terminal, HookedAgent agent, string named, IReadOnlyList<HookSettings.Entry> entries, bool isAgreed)
    {
        // Settings are often links into a folder that is kept elsewhere: the link stays.
        var file = new FileInfo(named).LinkTarget is null ? named : File.ResolveLinkTarget(named, returnFinalTarget: true)!.FullName;
        var before = File.Exists(file) ? File.ReadAllText(file) : string.Empty;
        var (settings, changed) = Change(named, before, agent, entries);
        if (JsonNode.DeepEquals(settings, changed))
        {
            terminal.Output.WriteLine(entries.Count == 0 ? $"{named} has no hooks of Carillon." : $"{named} has these hooks already.");
            return 0;
        }

        var after = HookSettings.Write(changed, before);
        terminal.Output.WriteLine(named);
        foreach (var line in LineDiff.Of(before, after))
        {
            terminal.Output.WriteLine(line);
        }

        if (!isAgreed && !IsAgreed(terminal))
        {
            return 1;
        }

        if (before != (File.Exists(file) ? File.ReadAllText(file) : string.Empty))
        {
            throw new CommandFailed($"{named} was changed by another program meanwhile. Nothing was written; run the command again.");
        }

        var copy = Write(file, after, terminal.Time);
        terminal.Output.WriteLine(copy is null ? "Written." : $"Written. The file as it was: {copy}");
        if (entries.Count > 0)
        {
            terminal.Output.WriteLine(agent.Next);
        }

        return 0;
    }

    private static (JsonObject Before, JsonObject After) Change(
        string file, string text, HookedAgent agent, IReadOnlyList<HookSettings.Entry> entries)
    {
        try
        {
            var settings = HookSettings.Parse(text);
            return (settings, HookSettings.With(settings, agent.Name, entries));
        }
        catch (FormatException error)
        {
            throw new CommandFailed($"{file} {error.Message}. Nothing was changed. Correct the file, or write the hooks by hand as docs/start/claude-code.md shows.", error);
        }
    }

    private static bool IsAgreed(Terminal terminal)
    {
        if (terminal.Ask is not { } ask)
        {
            terminal.Say("Nothing was changed. Run it again with --yes to write this.");
            return false;
        }

        var isAgreed = ask("Write this? [y/N] ")?.Trim() is "y" or "Y" or "yes";
        if (!isAgreed)
        {
            terminal.Say("Nothing was changed.");
        }

        return isAgreed;
    }

    /// <returns>The copy of what was there before; null when nothing was.</returns>
    private static string? Write(string file, string text, TimeProvider time)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        if (!File.Exists(file))
        {
            HookFolder.Write(file, text);
            return null;
        }

        var copy = $"{file}.{time.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}.bak";
        File.Copy(file, copy, overwrite: true);
        var mode = OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(file);
        HookFolder.Write(file, text);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, mode);
        }

        return copy;
    }
}
