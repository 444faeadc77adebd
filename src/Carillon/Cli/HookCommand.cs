using System.CommandLine;

namespace Carillon.Cli;

/// <summary><c>carillon hook AGENT</c>: what an agent's hook says becomes a session's activity.</summary>
internal static class HookCommand
{
    public static Command Build(Terminal terminal) => new(
        "hook",
        "Report what an agent is doing. Ends within 2 seconds and with exit code 0, whatever happens.")
    {
        FromInput("claude-code", "For the hooks of Claude Code: their JSON on standard input.", ClaudeCodeHook.ToReport, terminal),
        FromArgument("codex", "For Codex: an event of its hooks on standard input, or one of notify as the argument.", CodexHook.ToReport, terminal),
        FromInput("generic", "For your own: {activity, message, sessionId, projectId, title} on standard input.", GenericHook.ToReport, terminal),
        SendCommand.Build(terminal),
    };

    private static HookRun.Destination Destination(Remote remote, ParseResult parsed) =>
        new(() => remote.Connect(parsed, HookRun.Limit), remote.Arguments(parsed));

    private static Command FromInput(string name, string description, HookRun.Mapping mapping, Terminal terminal)
    {
        var command = new Command(name, description);
        var remote = Remote.AddTo(command, terminal);
        command.SetAction((parsed, cancel) =>
            HookRun.RunAsync(terminal, Destination(remote, parsed), mapping, null, cancel));
        return command;
    }

    private static Command FromArgument(string name, string description, HookRun.Mapping mapping, Terminal terminal)
    {
        var json = new Argument<string?>("json") { Description = "The event; else it is read from standard input.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command(name, description) { json };
        var remote = Remote.AddTo(command, terminal);
        command.SetAction((parsed, cancel) =>
            HookRun.RunAsync(terminal, Destination(remote, parsed), mapping, parsed.GetValue(json), cancel));
        return command;
    }
}
