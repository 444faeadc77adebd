namespace Carillon.Agents;

/// <summary>
/// Something that can be asked and answers. One object serves all sessions; what one answer needs comes with its
/// <see cref="AgentTask"/>. <c>docs/use/agents.md</c> shows how to write one.
/// </summary>
internal interface IAgent
{
    /// <summary>What sessions call it, for example <c>claude-code</c>.</summary>
    string Name { get; }

    /// <summary>What people call it.</summary>
    string Title { get; }

    /// <summary>What keeps it from running here and what to do about it, in one sentence; null when it can run. Must be quick.</summary>
    string? Unavailable { get; }

    /// <summary>Who may use it.</summary>
    Audience Who => ProgramTimeLimit is null ? Audience.Everybody : Audience.Administrators;

    /// <summary>How long the programs that it starts may run; null when it starts none, and needs no way to report to this server.</summary>
    TimeSpan? ProgramTimeLimit => null;

    /// <summary>
    /// Answers. Each event is shown as it comes, so it is worth yielding early. The end of the events is the end of the answer.
    /// </summary>
    /// <exception cref="AgentFailedException">It cannot go on. The message is shown in the conversation, so it says what to do.</exception>
    /// <exception cref="OperationCanceledException">A person stopped it, or the server stops. By then no program of it runs any more.</exception>
    IAsyncEnumerable<AgentEvent> RunAsync(AgentTask task, CancellationToken cancel);
}

/// <summary>Who may use an agent. One that runs programs does what the server's user may do.</summary>
internal enum Audience
{
    Administrators,
    Everybody,
}

/// <summary>What an agent is asked, and all that it may know.</summary>
internal sealed record AgentTask
{
    public required string RunId { get; init; }

    public required string SessionId { get; init; }

    /// <summary>What the person said.</summary>
    public required string Prompt { get; init; }

    /// <summary>What was said before, oldest first, the newest of it; for agents that remember nothing themselves.</summary>
    public required IReadOnlyList<AgentTurn> History { get; init; }

    /// <summary>What this agent asked to keep last in this session; null when it never did.</summary>
    public string? State { get; init; }

    /// <summary>The session's folder, which exists. Programs run in it.</summary>
    public required string Folder { get; init; }

    /// <summary>Folders that a program in a cage must not see: the server's own, and those of other sessions.</summary>
    public IReadOnlyList<string> Hidden { get; init; } = [];

    /// <summary>Variables for programs, on top of those of the server's that they get: whose run it is, and how to report to this server.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }
}

/// <summary>Something that was said earlier in the session.</summary>
internal sealed record AgentTurn(bool ByPerson, string Text);

/// <summary>What happens while an agent answers.</summary>
internal abstract record AgentEvent
{
    /// <summary>The next piece of the answer, of any length: a token, a line, all of it. Markdown.</summary>
    public sealed record Text(string Value) : AgentEvent;

    /// <summary>The last of the text was given up, for example because the stream broke and was begun again: it goes, and what follows takes its place.</summary>
    /// <param name="Length">How much of it, in the UTF-16 units of the pieces that were yielded.</param>
    public sealed record TakeBack(int Length) : AgentEvent;

    /// <summary>A step began or changed, such as the use of a tool. The same id again changes what is known of it.</summary>
    /// <param name="Status">One of <see cref="Protocol.StepStatuses"/>.</param>
    public sealed record Step(string Id, string Name, string? Detail, string Status) : AgentEvent;

    /// <summary>
    /// What to hand back with the next task of this session, for example the id of the agent's own session. It is on the disk when the next
    /// event is asked for, so yield it as soon as it is known: then a crash does not cost the agent its memory.
    /// </summary>
    public sealed record Keep(string State) : AgentEvent;

    /// <summary>Tokens that were used, read and written; they add up.</summary>
    public sealed record Used(long Tokens) : AgentEvent;

    /// <summary>The answer ends in a question that the agent needs answered to go on.</summary>
    public sealed record Asks(string Question) : AgentEvent;
}

/// <summary>An agent cannot go on, for a reason that a person can do something about.</summary>
internal sealed class AgentFailedException(string message, Exception? inner = null) : Exception(message, inner);
