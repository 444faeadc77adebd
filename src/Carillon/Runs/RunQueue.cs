using System.Text.Json;
using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Sessions;
using Carillon.Storage;
using Microsoft.Extensions.Options;

namespace Carillon.Runs;

/// <summary>What a run came to, and the words for it.</summary>
/// <param name="Reason">Why it did not complete; null when that needs no words.</param>
internal sealed record RunOutcome(string Status, string Text, IReadOnlyList<RunStep> Steps, string? Reason = null)
{
    public long Tokens { get; init; }

    /// <summary>What the agent wants to have back next time.</summary>
    public string? AgentState { get; init; }

    /// <summary>The question that the answer ends in.</summary>
    public string? Question { get; init; }
}

/// <summary>
/// Which run comes next, and what becomes of those that are done. All of it inside commits: runs of a session go one after the
/// other, at most <c>Chat:MaxRuns</c> at once, and each ends once, whichever node it was on.
/// </summary>
internal sealed class RunQueue(
    ChangeLog changes, SessionTable sessions, IRunConversation conversation, Membership membership, NodeId node, IOptions<ChatOptions> options) : IHostedRuns
{
    /// <summary>So long a node may be silent before its runs count as lost.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    /// <summary>What people read when a server ended under an answer.</summary>
    public const string ServerEnded = "The server was restarted while the agent answered. Try again, or send another message.";

    private const int LongestSessionMessage = 1_000;

    private const string Insert = """
        INSERT INTO runs (id, seq, session_id, message_id, person_id, status, created_at) VALUES ($1, $2, $3, $4, $5, 'queued', $6)
        """;
    private const string StillOpen = $"SELECT {RunRow.Columns} FROM runs WHERE id = $1 AND ended_at IS NULL";
    private const string OpenOfSession = $"SELECT {RunRow.Columns} FROM runs WHERE session_id = $1 AND ended_at IS NULL ORDER BY seq, id";
    private const string LatestOfSession = $"SELECT {RunRow.Columns} FROM runs WHERE session_id = $1 ORDER BY seq DESC, id DESC LIMIT 1";
    private const string CountRunning = "SELECT count(*) FROM runs WHERE ended_at IS NULL AND status = 'running'";
    private const string NextQueued = $"""
        SELECT {RunRow.Columns} FROM runs WHERE ended_at IS NULL AND status = 'queued'
          AND session_id NOT IN (SELECT session_id FROM runs WHERE ended_at IS NULL AND status = 'running')
        ORDER BY seq, id LIMIT 1
        """;

    // One row for each run and not for each session: to group them, SQLite would go through every run there ever was.
    private const string Waiting = """
        SELECT session_id, seq FROM runs WHERE ended_at IS NULL AND status = 'queued'
          AND session_id NOT IN (SELECT session_id FROM runs WHERE ended_at IS NULL AND status = 'running')
        ORDER BY seq, id
        """;
    private const string InLine = "SELECT id, queue_ticket FROM sessions WHERE queue_ticket IS NOT NULL ORDER BY queue_ticket, id";
    private const string SetRunning = "UPDATE runs SET status = 'running', node = $2, lease_until = $3, started_at = $4 WHERE id = $1";
    private const string SetEnded = "UPDATE runs SET status = $2, tokens = $3, ended_at = $4, lease_until = NULL WHERE id = $1";
    private const string DeleteRun = "DELETE FROM runs WHERE id = $1 AND status = 'queued'";
    private const string SetStopAsked = "UPDATE runs SET stop_asked = 1 WHERE id = $1";
    private const string ExtendLease = "UPDATE runs SET lease_until = $3 WHERE id = $1 AND node = $2 AND ended_at IS NULL";
    private const string SetQueued = "UPDATE runs SET status = 'queued', node = NULL, lease_until = NULL, started_at = NULL WHERE id = $1";
    private const string RunningOn = $"SELECT {RunRow.Columns} FROM runs WHERE ended_at IS NULL AND status = 'running' AND node = $1 ORDER BY seq, id";
    private const string LostRuns = $"""
        SELECT {RunRow.Columns} FROM runs
        WHERE ended_at IS NULL AND status = 'running' AND (lease_until < $2 OR (node <> $1 AND ($3 = 1 OR node LIKE $4)))
        ORDER BY seq, id LIMIT 50
        """;

    private volatile bool _isClosed;

    /// <summary>Names this process among those of the cluster.</summary>
    public string Node => node.Process;

    /// <summary>Adds a run for a message. It begins when it is claimed.</summary>
    public void Enqueue(WriteScope write, string runId, string sessionId, string messageId, string personId) =>
        write.Sql.Execute(Insert, runId, changes.NextSeq, sessionId, messageId, personId, write.NowMilliseconds);

    public RunRow? FindOpen(WriteScope write, string runId) => write.Sql.First(StillOpen, RunRow.Read, runId);

    public List<RunRow> OpenRuns(WriteScope write, string sessionId) => write.Sql.Query(OpenOfSession, RunRow.Read, sessionId);

    public bool IsUnderWay(WriteScope write, string sessionId) => OpenRuns(write, sessionId).Exists(run => run.Status == RunRow.Running);

    public RunRow? Latest(WriteScope write, string sessionId) => write.Sql.First(LatestOfSession, RunRow.Read, sessionId);

    /// <summary>From now on this node takes no run: it stops.</summary>
    public void Close() => _isClosed = true;

    /// <summary>Takes as many waiting runs as there are places, for this node. The change that tells of it starts them.</summary>
    public void Claim(WriteScope write)
    {
        var line = Line(write);
        for (var places = _isClosed ? 0 : options.Value.MaxRuns - write.Sql.Number(CountRunning); places > 0; places--)
        {
            if (write.Sql.First(NextQueued, RunRow.Read) is not { } next)
            {
                break;
            }

            write.Sql.Execute(SetRunning, next.Id, Node, (write.Now + Lease).ToUnixTimeMilliseconds(), write.NowMilliseconds);
            changes.Append(write, RunChanges.Start(next.SessionId, next.Id));
            var session = sessions.Find(write, next.SessionId)!;
            sessions.Change(write, session, session with
            {
                Activity = Activities.Working,
                Message = null,
                QueueTicket = null,
                QueuePosition = null,
            });
        }

        Settle(write, line);
    }

    /// <summary>Puts runs that this node took and never began back into the queue, for the next that has a place.</summary>
    public int PutBack(WriteScope write, IReadOnlySet<string> begun)
    {
        var line = Line(write);
        var taken = write.Sql.Query(RunningOn, RunRow.Read, Node).FindAll(run => !begun.Contains(run.Id));
        foreach (var run in taken)
        {
            write.Sql.Execute(SetQueued, run.Id);
            var session = sessions.Find(write, run.SessionId)!;
            sessions.Change(write, session, session with { Activity = Activities.Starting, Message = null });
        }

        Settle(write, line);
        return taken.Count;
    }

    /// <summary>Ends a run: the message takes the place of its parts, the session says whose turn it is.</summary>
    public void End(WriteScope write, RunRow run, RunOutcome outcome)
    {
        outcome = outcome with { Steps = Closed(outcome) };
        conversation.Conclude(write, run, outcome);
        RunParts.Delete(write, run.Id);
        write.Sql.Execute(SetEnded, run.Id, outcome.Status, outcome.Tokens, write.NowMilliseconds);
        var session = sessions.Find(write, run.SessionId)!;
        sessions.Change(
            // A run that ends in the queue does not change what the one before it does.
            write, session, IsUnderWay(write, run.SessionId) ? session : After(session, outcome),
            new RunEnd
            {
                Id = run.Id,
                Status = outcome.Status,
                AskedBy = membership.Find(run.PersonId)?.Name ?? string.Empty,
                Silent = outcome.Text.Length == 0,
            });
    }

    /// <summary>Takes a run out of the queue as if it had never been asked for.</summary>
    public void Withdraw(WriteScope write, RunRow queued)
    {
        write.Sql.Execute(DeleteRun, queued.Id);
        var session = sessions.Find(write, queued.SessionId)!;
        if (session.Activity == Activities.Starting && OpenRuns(write, session.Id).Count == 0)
        {
            sessions.Change(write, session, session with { Activity = Activities.Idle });
        }
    }

    /// <summary>Asks whichever node has the run to stop it.</summary>
    public void AskToStop(WriteScope write, RunRow run)
    {
        write.Sql.Execute(SetStopAsked, run.Id);
        changes.Append(write, RunChanges.Stop(run.SessionId, run.Id));
    }

    /// <summary>Says that this node is alive and has these runs in hand.</summary>
    public void ExtendLeases(WriteScope write, IReadOnlyList<string> runIds)
    {
        foreach (var id in runIds)
        {
            write.Sql.Execute(ExtendLease, id, Node, (write.Now + Lease).ToUnixTimeMilliseconds());
        }
    }

    /// <summary>
    /// Ends runs whose node is gone, or which this node had before it was started again; what they had said is kept.
    /// <paramref name="isAlone"/>: no other process can have runs, so every one that is not ours is lost.
    /// </summary>
    public IReadOnlyList<RunRow> EndLost(WriteScope write, bool isAlone)
    {
        var lost = write.Sql.Query(LostRuns, RunRow.Read, Node, write.NowMilliseconds, isAlone ? 1L : 0L, $"{node.Node}.%");
        foreach (var run in lost)
        {
            var (text, steps) = RunParts.Read(write, run.Id);
            End(write, run, new RunOutcome(RunStatuses.Failed, text, steps, ServerEnded));
        }

        return lost;
    }

    private static List<(string Id, long Ticket)> Line(WriteScope write) => write.Sql.Query(InLine, row => (row.GetString(0), row.GetInt64(1)));

    /// <summary>
    /// Brings the line up to date. Whoever leaves or joins it is told; all others hear in one change for each of these that those behind a
    /// place have moved, however many they are.
    /// </summary>
    /// <param name="line">As it was before.</param>
    private void Settle(WriteScope write, List<(string Id, long Ticket)> line)
    {
        var waiting = new Dictionary<string, long>();
        foreach (var (id, seq) in write.Sql.Query(Waiting, row => (row.GetString(0), row.GetInt64(1))))
        {
            waiting.TryAdd(id, seq);
        }

        // From the end, so that the places of those before still count.
        for (var index = line.Count - 1; index >= 0; index--)
        {
            var (id, ticket) = line[index];
            var stays = waiting.TryGetValue(id, out var now);
            if (stays && now == ticket)
            {
                continue;
            }

            if (!stays && sessions.Find(write, id) is { QueueTicket: not null } session)
            {
                sessions.Change(write, session, session with { QueueTicket = null, QueuePosition = null });
            }

            line.RemoveAt(index);
            Move(write, behind: index + 1, by: -1, of: line.Count - index);
        }

        foreach (var (id, ticket) in waiting.Where(one => !line.Exists(known => known.Id == one.Key)).OrderBy(one => one.Value).ToList())
        {
            var index = line.FindIndex(known => known.Ticket > ticket) is >= 0 and var next ? next : line.Count;
            Move(write, behind: index, by: 1, of: line.Count - index);
            line.Insert(index, (id, ticket));
            var session = sessions.Find(write, id)!;
            sessions.Change(write, session, session with { QueueTicket = ticket, QueuePosition = index + 1, Activity = Activities.Starting });
        }
    }

    /// <summary>Says that those behind a place have moved; nothing when there are none.</summary>
    private void Move(WriteScope write, int behind, int by, int of)
    {
        if (of > 0)
        {
            changes.Append(write, new NewChange(ChangeTypes.QueueMoved, Topics.Sessions, JsonSerializer.SerializeToUtf8Bytes(
                new QueueMove { Behind = behind, By = by }, CarillonJson.Compact.QueueMove)));
        }
    }

    /// <summary>Nothing is under way when a run has ended, whatever its agent forgot to say.</summary>
    private static IReadOnlyList<RunStep> Closed(RunOutcome outcome) =>
    [
        .. outcome.Steps.Select(step => step.Status != StepStatuses.Running ? step : step with
        {
            Status = outcome.Status == RunStatuses.Completed ? StepStatuses.Done : StepStatuses.Failed,
        }),
    ];

    private static SessionRow After(SessionRow session, RunOutcome outcome)
    {
        var activity =

            // A person ended the session; that is what it stays.
            session.Activity == Activities.Killed ? Activities.Killed
            : outcome.Status == RunStatuses.Failed ? Activities.Exited
            : outcome.Question is not null ? Activities.WaitingInput

            // Its own report came in between: what it waits for, it still waits for.
            : session.Activity is Activities.WaitingInput or Activities.Blocked && outcome.Status == RunStatuses.Completed ? session.Activity
            : Activities.Idle;

        // Shown beside the session's name, where nothing is typeset.
        var words = outcome is { Question: null, Status: RunStatuses.Failed } ? outcome.Reason ?? string.Empty
            : Markdown.Plain(outcome.Question ?? outcome.Text);
        return session with
        {
            Activity = activity,
            Message = activity == session.Activity && activity != Activities.Idle ? session.Message
                : words.Length == 0 ? null
                : PlainText.Shortened(words, LongestSessionMessage),
            AgentState = outcome.AgentState ?? session.AgentState,
        };
    }
}
