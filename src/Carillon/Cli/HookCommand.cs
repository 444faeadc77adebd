using System.CommandLine;

namespace Carillon.Cli;

/// <summary><c>carillon hook AGENT</c>: what an agent's hook says becomes a session's activity.</summary>
internal static class HookCommand
{
    private static readonly Agent[] s_agents =
    [
        new("claude-code", "For the hooks of Claude Code: their JSON on standard input.", ClaudeCodeHook.ToReport),
        new("codex", "For Codex: an event of its hooks on standard input, or one of notify as the argument.", CodexHook.ToReport, TakesArgument: true),
        new("generic", "For your own: {activity, message, sessionId, projectId, title} on standard input.", GenericHook.ToReport),
    ];

    public static Command Build(Terminal terminal)
    {
        var command = new Command("hook", "Report what an agent is doing. Ends within 2 seconds, within 5 on a machine that hardly runs, and always with exit code 0. `install` writes the agent's settings.");
        foreach (var agent in s_agents)
        {
            command.Add(Build(agent, terminal));
        }

        command.Add(HookInstallCommand.Build(terminal));
        command.Add(SendCommand.Build(terminal));
        return command;
    }

    /// <summary>
    /// Runs a hook in the form that agents' settings have, without building the command line first, which would double its time. Null for
    /// everything else: help, other spellings, errors.
    /// </summary>
    public static Task<int>? RunAtOnce(IReadOnlyList<string> args, Terminal terminal)
    {
        if (args is not ["hook", var name, ..] || Array.Find(s_agents, agent => agent.Name == name) is not { } agent)
        {
            return null;
        }

        string? url = null, tokenFile = null, argument = null;
        for (var at = 2; at < args.Count; at++)
        {
            var word = args[at];
            var value = at + 1 < args.Count && args[at + 1] is [not '-', ..] next ? next : null;
            if (word == "--url" && url is null && value is not null)
            {
                (url, at) = (value, at + 1);
            }
            else if (word == "--token-file" && tokenFile is null && value is not null)
            {
                (tokenFile, at) = (value, at + 1);
            }
            else if (agent.TakesArgument && argument is null && word is ['{', ..])
            {
                argument = word;
            }
            else
            {
                return null;
            }
        }

        return RunAsync(agent, new Remote.Choice(url, tokenFile), argument, terminal, CancellationToken.None);
    }

    private static Command Build(Agent agent, Terminal terminal)
    {
        var json = new Argument<string?>("json") { Description = "The event; else it is read from standard input.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command(agent.Name, agent.Description);
        if (agent.TakesArgument)
        {
            command.Add(json);
        }

        var remote = Remote.AddTo(command, terminal);
        command.SetAction((parsed, cancel) =>
            RunAsync(agent, remote.Chosen(parsed), agent.TakesArgument ? parsed.GetValue(json) : null, terminal, cancel));
        return command;
    }

    private static Task<int> RunAsync(Agent agent, Remote.Choice server, string? argument, Terminal terminal, CancellationToken cancel) =>
        HookRun.RunAsync(terminal, new HookRun.Destination(() => server.Connect(terminal, HookRun.Limit), server.Arguments), agent.Mapping, argument, cancel);

    private sealed record Agent(string Name, string Description, HookRun.Mapping Mapping, bool TakesArgument = false);
}
