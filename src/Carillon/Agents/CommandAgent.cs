using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;

namespace Carillon.Agents;

/// <summary>Any program: it reads the prompt from its standard input, and what it writes on its standard output is the answer.</summary>
internal sealed class CommandAgent(IOptions<AgentsOptions> options, TimeProvider time) : IAgent
{
    private readonly ProgramCall _call = new ProgramCall(
        CommandAgentOptions.Section, options.Value.Command.Program, options.Value.Command.Arguments, options.Value.Command.TimeLimit).With(options.Value);

    public string Name => "command";

    public string Title => _call.Program is "" ? "Command" : $"Command: {_call.Name}";

    public Audience Who => AgentsOptions.AudienceOf(options.Value.Command.Who)!.Value;

    public string? Unavailable => _call.Objection;

    public TimeSpan? ProgramTimeLimit => _call.TimeLimit;

    public async IAsyncEnumerable<AgentEvent> RunAsync(AgentTask task, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var program = AgentProgram.Start(_call, task, time, cancel);
        await foreach (var text in program.ReadAsync())
        {
            yield return new AgentEvent.Text(text);
        }

        if (await program.EndAsync() is { ExitCode: not 0 } end)
        {
            throw _call.Failed(end);
        }
    }
}
