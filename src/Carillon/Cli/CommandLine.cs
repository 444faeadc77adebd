using System.CommandLine;
using System.CommandLine.Help;
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
            DoctorCommand.Build(terminal),
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
        if (args is ["hook", not (SendCommand.Name or HookInstallCommand.Name), ..])
        {
            // An agent waits for its hook. Whatever blocks for whatever reason, this does not.
            HookRun.EndProcessInTime(terminal.Time);
            if (HookCommand.RunAtOnce(args, terminal) is { } running)
            {
                return await running;
            }
        }

        return await RunAsync(args, terminal);
    }

    /// <summary>The same by way of the tree of commands, in any terminal.</summary>
    public static async Task<int> RunAsync(string[] args, Terminal terminal, InvocationConfiguration? invocation = null)
    {
        args = args switch
        {
            [] => ["--help"],
            [['-', ..] and not ("-h" or "-?" or "--help" or "--version"), ..] => ["serve", .. args],
            _ => args,
        };

        // No response files: `carillon notify "@bob look"` means what it says.
        var parsed = Build(terminal).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            terminal.Say($"{WrongUsage.Sentence(parsed)} See {WrongUsage.Path(parsed.CommandResult)} --help.");

            // Exit code 2 of a hook means something to the agent: a typing error in its settings must not.
            return args is ["hook" or "wake", ..] and not [_, HookInstallCommand.Name, ..] ? 0 : Usage;
        }

        // Commands that have something to finish at a signal register for it; the others may just end.
        invocation ??= new InvocationConfiguration();
        invocation.ProcessTerminationTimeout = null;
        return await parsed.InvokeAsync(invocation);
    }
}
