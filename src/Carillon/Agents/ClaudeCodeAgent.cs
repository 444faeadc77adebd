using System.Runtime.CompilerServices;
using Carillon.Protocol;
using Microsoft.Extensions.Options;

namespace Carillon.Agents;

/// <summary>Claude Code, run anew for each message; it resumes its own session, whose id is what this keeps.</summary>
internal sealed class ClaudeCodeAgent(IOptions<AgentsOptions> options, TimeProvider time) : IAgent
{
    private static readonly string[] Print = ["--print", "--output-format", "stream-json", "--include-partial-messages", "--verbose"];

    // What it is signed in with, and where it keeps that and its sessions.
    private static readonly string[] OwnVariables = ["ANTHROPIC_*", "CLAUDE_*"];
    private static readonly string[] OwnFiles = ["~/.claude", "~/.claude.json"];

    private readonly ClaudeCodeAgentOptions _options = options.Value.ClaudeCode;

    public string Name => "claude-code";

    public string Title => "Claude Code";

    public Audience Who => AgentsOptions.AudienceOf(_options.Who)!.Value;

    public string? Unavailable => Call(resumes: null).Objection;

    public TimeSpan? ProgramTimeLimit => _options.TimeLimit;

    public async IAsyncEnumerable<AgentEvent> RunAsync(AgentTask task, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (task.State is null && task.History.Count > 0)
        {
            yield return Anew("Claude Code does not know what was said before: it never got as far as a session of its own. It begins anew.");
        }

        for (var resumes = task.State; ; resumes = null)
        {
            var call = Call(resumes);
            var output = new ClaudeCodeOutput(task.Folder);
            ProgramEnd? end = null;
            await using (var program = AgentProgram.Start(call, task, time, cancel))
            {
                await foreach (var line in Lines.Of(program.ReadAsync()))
                {
                    foreach (var happened in output.Read(line))
                    {
                        yield return happened;
                    }

                    program.EndAfterSilence(output.Grace);
                }

                end = await program.EndAsync();
            }

            if (output.IsComplete(end.ExitCode))
            {
                foreach (var happened in output.Conclude())
                {
                    yield return happened;
                }

                yield break;
            }

            if (resumes is not null && !output.HasSpoken && IsForgotten($"{output.Failure} {end.LastWords}"))
            {
                yield return Anew("Claude Code no longer knows what was said here. It begins anew.");
                continue;
            }

            throw output.Failure is { } failure ? new AgentFailedException(failure)
                : end.WasSilent ? new AgentFailedException("Claude Code fell silent in the middle of its answer and was ended. Send a message to let it go on.")
                : end.ExitCode != 0 ? call.Failed(end)
                : new AgentFailedException("Claude Code ended before its answer was complete. Send the message again.");
        }
    }

    private static AgentEvent.Step Anew(string why) => new("resume", "Resume", why, StepStatuses.Failed);

    private ProgramCall Call(string? resumes) => new ProgramCall(
        ClaudeCodeAgentOptions.Section,
        _options.Program,
        [.. _options.Arguments, .. Print, .. resumes is null ? (string[])[] : ["--resume", resumes]],
        _options.TimeLimit).With(options.Value, OwnVariables, OwnFiles);

    // The session was cleaned up, belongs to another folder or to another account; or what was kept is no id any more.
    private static bool IsForgotten(string words) =>
        words.Contains("No conversation found", StringComparison.OrdinalIgnoreCase)
        || words.Contains("requires a valid session ID", StringComparison.OrdinalIgnoreCase);
}
