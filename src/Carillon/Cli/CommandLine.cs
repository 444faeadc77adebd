using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Carillon.Agents;

namespace Carillon.Cli;

/// <summary>The table of contents of <c>carillon</c> as a command line.</summary>
internal static class CommandLine
{
    private const int Usage = 2;

    public static RootCommand Build(Terminal terminal)
    {
        return new RootCommand("Carillon: where agents reach people, and people reach back.")
        {
            ServeCommand.Build(terminal),
            UserCommands.Build(terminal),
            TokenCommands.Build(terminal),
            SecretCommands.Build(terminal),
            NotifyCommand.Build(terminal),
            ResolveCommand.Build(terminal),
            AskCommand.Build(terminal),
            WatchCommand.Build(terminal),
            HookCommand.Build(terminal),
            WakeCommand.Build(terminal),
            CompletionCommand.Build(terminal),
            ManualCommand.Build(terminal),
        };
    }

    /// <summary>Runs one command.</summary>
    /// <returns>0 done, 1 refused or failed (one line on standard error says why), 2 wrong usage.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        // In no help: the server calls it, for the programs of a run.
        if (OperatingSystem.IsLinux() && args is [RunKeeper.Name, _, ..])
        {
            return RunKeeper.Run(args[1..]);
        }

        var terminal = Terminal.Real();
        if (args is ["hook", not SendCommand.Name, ..])
        {
            // An agent waits for its hook. Whatever blocks for whatever reason, this does not.
            HookRun.EndProcessInTime(terminal.Time);
            if (HookCommand.RunAtOnce(args, terminal) is { } running)
            {
                return await running;
            }
        }

        // No response files: `carillon notify "@bob look"` means what it says.
        var parsed = Build(terminal).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            terminal.Say($"{parsed.Errors[0].Message} See {Path(parsed.CommandResult)} --help.");

            // Exit code 2 of a hook means something to the agent: a typing error in its settings must not.
            return args is ["hook" or "wake", ..] ? 0 : Usage;
        }

        // Commands that have something to finish at a signal register for it; the others may just end.
        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    private static string Path(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{Path(parent)} {command.Command.Name}" : "carillon";
}
