using Carillon.Agents;
using Carillon.Protocol;
using Carillon.Runs;
using Carillon.Storage;

namespace Carillon.Conversations;

/// <summary>Tells runs what they are asked, and puts their answers into the conversation.</summary>
internal sealed class RunConversation(MessageTable messages) : IRunConversation
{
    // What an agent without a memory of its own is reminded of.
    private const long MostTurns = 40;
    private const int LongestHistory = 100_000;

    public async Task<(string Prompt, IReadOnlyList<AgentTurn> History)> ReadAsync(RunRow run, CancellationToken cancel)
    {
        var asked = (await messages.FindAsync(run.MessageId, cancel))!;
        var rows = await messages.ReadBeforeAsync(run.SessionId, asked.Seq, MostTurns, cancel);
        var length = 0;
        return (asked.Text,
        [
            .. rows.Where(row => row.Role != MessageRoles.System && row.Text.Length > 0)
                .TakeWhile(row => (length += row.Text.Length) <= LongestHistory)
                .Reverse()
                .Select(row => new AgentTurn(row.Role == MessageRoles.Person, row.Text)),
        ]);
    }

    public void Conclude(WriteScope write, RunRow run, RunOutcome outcome)
    {
        var answer = outcome.Text.Length == 0 && outcome.Reason is not null ? null : new MessageRow
        {
            Seq = 0,
            Id = Ids.New("msg_", write.Now),
            SessionId = run.SessionId,
            Role = MessageRoles.Agent,
            Text = outcome.Text,
            RunId = run.Id,
            Status = outcome.Status,
            Steps = outcome.Steps,
            CreatedAt = write.Now,
        };
        if (answer is not null)
        {
            answer = messages.Add(write, outcome.Reason is null ? answer with { Completes = answer.Id } : answer);
        }

        if (outcome.Reason is { } reason)
        {
            var id = Ids.New("msg_", write.Now);
            messages.Add(write, new MessageRow
            {
                Seq = 0,
                Id = id,
                SessionId = run.SessionId,
                Role = MessageRoles.System,
                Text = reason,
                RunId = run.Id,
                Status = outcome.Status,
                Steps = answer is null ? outcome.Steps : null,
                Completes = answer?.Id ?? id,
                CreatedAt = write.Now,
            });
        }
    }
}
