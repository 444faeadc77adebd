using Carillon.Chat.Agents;
using Carillon.Sessions;
using Carillon.Storage;

namespace Carillon.Chat;

/// <summary>Puts together what an agent needs to know for one run.</summary>
internal sealed class RunTasks(Database database, MessageStore messages, AgentCatalog agents, SessionFolders folders)
{
    private const string FindSession = $"SELECT {SessionRow.Columns} FROM sessions WHERE id = $1";
    private const string FindMessage = $"SELECT {MessageRow.Columns} FROM messages WHERE id = $1";

    /// <exception cref="AgentFailedException">The agent cannot run here.</exception>
    public async Task<(IAgent Agent, AgentTask Task)> PrepareAsync(RunRow run, CancellationToken cancel)
    {
        var session = (await database.FirstAsync(FindSession, SessionRow.Read, cancel, run.SessionId))!;
        var message = (await database.FirstAsync(FindMessage, MessageRow.Read, cancel, run.MessageId))!;
        var agent = agents.Find(session.Agent) ?? throw new AgentFailedException($"This server has no agent called {session.Agent} any more.");
        if (agent.Unavailable is { } reason)
        {
            throw new AgentFailedException(reason);
        }

        return (agent, new AgentTask
        {
            RunId = run.Id,
            SessionId = session.Id,
            Prompt = message.Text,
            History = await messages.HistoryAsync(session.Id, message.Seq, cancel),
            State = session.AgentState,
            Folder = session.Folder ?? folders.Own(session.Id),
            Environment = new Dictionary<string, string>
            {
                ["CARILLON_SESSION"] = session.Id,
                ["CARILLON_PROJECT"] = session.ProjectId,
            },
        });
    }
}
