using Carillon.Accounts;
using Carillon.Agents;
using Carillon.Sessions;
using Carillon.Storage;

namespace Carillon.Runs;

/// <summary>Puts together what an agent needs to know for one run.</summary>
internal sealed class RunTasks(Database database, IRunConversation conversation, AgentCatalog agents, Membership membership,
    SessionFolders folders, RunPass pass)
{
    private const string FindSession = $"SELECT {SessionRow.Columns} FROM sessions WHERE id = $1";
    private const string StopAsked = "SELECT id FROM runs WHERE id = $1 AND stop_asked = 1";

    /// <summary>Whether somebody wants the run to stop, as far as the database knows by now.</summary>
    public async Task<bool> IsStopAskedAsync(RunRow run, CancellationToken cancel) =>
        await database.FirstAsync(StopAsked, row => row.GetString(0), cancel, run.Id) is not null;

    /// <exception cref="AgentFailedException">The agent cannot run here.</exception>
    public async Task<PreparedRun> PrepareAsync(RunRow run, CancellationToken cancel)
    {
        var session = (await database.FirstAsync(FindSession, SessionRow.Read, cancel, run.SessionId))!;
        var agent = agents.Find(session.Agent) ?? throw new AgentFailedException($"This server has no agent called {session.Agent} any more.");
        // Who asked may have been an administrator then.
        if ((agents.Objection(agent.Name, membership.Find(run.PersonId))?.Detail ?? agent.Unavailable) is { } reason)
        {
            throw new AgentFailedException(reason);
        }

        var (prompt, history) = await conversation.ReadAsync(run, cancel);
        var (environment, end) = await pass.IssueAsync(run, session, agent.ProgramTimeLimit, cancel);
        return new PreparedRun(end)
        {
            Agent = agent,
            Task = new AgentTask
            {
                RunId = run.Id,
                SessionId = session.Id,
                Prompt = prompt,
                History = history,
                State = session.AgentState,
                Folder = FolderOf(session),
                Hidden = folders.Hidden,
                Environment = environment,
            },
        };
    }

    private string FolderOf(SessionRow session) =>
        session.Folder is not { } given ? folders.Own(session.Id)

        // What may be used was decided when the session began; since then an operator may have thought better of it.
        : folders.Find(given, out var objection) ?? throw new AgentFailedException(objection!);
}

/// <summary>An agent and its task. Disposing of it takes back what was lent for the run.</summary>
internal sealed class PreparedRun(Func<Task> end) : IAsyncDisposable
{
    public required IAgent Agent { get; init; }

    public required AgentTask Task { get; init; }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await end();
        }
        catch (System.Data.Common.DbException)
        {
            // The database is away. What was lent runs out by itself.
        }
    }
}
