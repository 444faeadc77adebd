namespace Carillon.Protocol;

/// <summary>One agent's piece of work in a project.</summary>
public sealed record Session
{
    /// <summary>The session's id.</summary>
    public required string Id { get; init; }

    /// <summary>The project that it belongs to.</summary>
    public required string ProjectId { get; init; }

    /// <summary>Which agent works, for example <c>claude-code</c>.</summary>
    public required string Agent { get; init; }

    /// <summary>What it is about.</summary>
    public required string Title { get; init; }

    /// <summary>The name of the person who gets its notifications.</summary>
    public required string Owner { get; init; }

    /// <summary>One of <see cref="Activities"/>.</summary>
    public required string Activity { get; init; }

    /// <summary>True when it exited in the middle of its work; false after a clean end.</summary>
    public bool Failed { get; init; }

    /// <summary>The agent's own words with its last report.</summary>
    public string? Message { get; init; }

    /// <summary>The session that started this one, if any.</summary>
    public string? ParentSessionId { get; init; }

    /// <summary>
    /// True when this server runs the agent, so that it answers at once and can be stopped from here; false when the agent runs elsewhere,
    /// reports, and fetches what people say to it.
    /// </summary>
    public bool Hosted { get; init; }

    /// <summary>Its place among the sessions that wait for a free place to run, from 1; null when it does not wait.</summary>
    public int? QueuePosition { get; init; }

    /// <summary>When it was first heard of.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When a person put it away; null when it is listed. Something new in it brings it back.</summary>
    public DateTimeOffset? ArchivedAt { get; init; }
}

/// <summary>What a person decides about a session. What is left out stays as it is.</summary>
public sealed record SessionUpdate
{
    /// <summary>Another title: 1 to 80 characters. Reports of the agent do not change it any more.</summary>
    public string? Title { get; init; }

    /// <summary>True puts the session away; false lists it again.</summary>
    public bool? Archived { get; init; }
}

/// <summary>Sessions, most recently changed first.</summary>
public sealed record SessionList
{
    /// <summary>The sessions.</summary>
    public required IReadOnlyList<Session> Sessions { get; init; }

    /// <summary>Pass it as <c>before</c> for the next page; null when there is none.</summary>
    public string? NextBefore { get; init; }

    /// <summary>The change log's head in the same snapshot.</summary>
    public required long HeadSeq { get; init; }
}

/// <summary>One session, wrapped.</summary>
public sealed record SessionAnswer
{
    /// <summary>The session.</summary>
    public required Session Session { get; init; }
}

/// <summary>The body of <c>POST /api/v1/sessions</c>.</summary>
public sealed record NewSession
{
    /// <summary>The project that it will belong to.</summary>
    public required string ProjectId { get; init; }

    /// <summary>The name of an agent of <c>GET /api/v1/agents</c>.</summary>
    public required string Agent { get; init; }

    /// <summary>What it is about, at most 80 characters; made of the first message if absent.</summary>
    public string? Title { get; init; }

    /// <summary>What the agent is asked first, at most 65,536 UTF-16 units.</summary>
    public string? Message { get; init; }

    /// <summary>The session that starts this one.</summary>
    public string? ParentSessionId { get; init; }

    /// <summary>True: who makes it is told of everything, which is how it is for an owner who does not choose otherwise.</summary>
    public bool Subscribe { get; init; }

    /// <summary>Where its programs run: a folder below one of <c>Agents:Folders</c>. Absent: a new folder of its own.</summary>
    public string? Folder { get; init; }
}

/// <summary>The body of <c>PUT /api/v1/sessions/{id}/subscription</c>.</summary>
public sealed record BellChoice
{
    /// <summary>One of <c>all</c> and <c>needs_me</c>; <c>all</c> if absent.</summary>
    public string? Mode { get; init; }
}

/// <summary>Which sessions ring this person's bell.</summary>
public sealed record SubscriptionStates
{
    /// <summary>By session id; what the person does not see is missing.</summary>
    public required IReadOnlyDictionary<string, bool> Subscriptions { get; init; }

    /// <summary>For each of them one of <c>all</c>, <c>needs_me</c> and <c>off</c>. The bell is off where this says <c>off</c>.</summary>
    public required IReadOnlyDictionary<string, string> Modes { get; init; }
}

/// <summary>An agent that this server can run.</summary>
public sealed record AgentDescription
{
    /// <summary>The name that sessions carry, for example <c>claude-code</c>.</summary>
    public required string Name { get; init; }

    /// <summary>How people call it.</summary>
    public required string Title { get; init; }

    /// <summary>What keeps the asking person from using it here, and what to do about it; null when nothing does.</summary>
    public string? Unavailable { get; init; }
}

/// <summary>The agents that this server can run.</summary>
public sealed record AgentList
{
    /// <summary>The agents, the first one being the one to offer first.</summary>
    public required IReadOnlyList<AgentDescription> Agents { get; init; }
}

/// <summary>The body of <c>POST /api/v1/sessions/{id}/activity</c>.</summary>
public sealed record ActivityReport
{
    /// <summary>One of <see cref="Activities"/>.</summary>
    public required string Activity { get; init; }

    /// <summary>The agent's own words, at most 1,000 characters.</summary>
    public string? Message { get; init; }

    /// <summary>The project of a session that was not heard of before.</summary>
    public string? ProjectId { get; init; }

    /// <summary>The agent's name, for a session that was not heard of before.</summary>
    public string? Agent { get; init; }

    /// <summary>The session's title, at most 80 characters.</summary>
    public string? Title { get; init; }

    /// <summary>The session that started this one.</summary>
    public string? ParentSessionId { get; init; }

    /// <summary>
    /// When it happened. A report of something older than what was reported already changes nothing, so that reports may be sent late and
    /// again. A time in the future counts as now; absent: now, whatever was reported.
    /// </summary>
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>
    /// With <c>working</c>: what the agent has begun and waits for, such as a tool, at most 80 characters. Its silence is no lack of
    /// progress until a report without one.
    /// </summary>
    public string? Tool { get; init; }
}

/// <summary>The answer to a report.</summary>
public sealed record ActivityAnswer
{
    /// <summary>The session as it is now.</summary>
    public required Session Session { get; init; }

    /// <summary>How many messages of people wait for the agent to fetch them; 0 when this server runs it.</summary>
    public int MessagesWaiting { get; init; }
}

/// <summary>The payload of a <c>session_updated</c> change.</summary>
public sealed record SessionChange
{
    /// <summary>The session as it is now.</summary>
    public required Session Session { get; init; }

    /// <summary>The activity before; null for a new session.</summary>
    public string? ActivityBefore { get; init; }

    /// <summary>True when the activity stayed and the agent said something new: asks something else, or has another answer.</summary>
    public bool Reworded { get; init; }

    /// <summary>The run whose end this is; null for everything else.</summary>
    public RunEnd? Run { get; init; }
}

/// <summary>The payload of a <c>queue_moved</c> change. It concerns every session that waits, and says nothing about any one of them.</summary>
public sealed record QueueMove
{
    /// <summary>Sessions whose <see cref="Session.QueuePosition"/> is larger than this have moved.</summary>
    public required int Behind { get; init; }

    /// <summary>By how many places: -1 when one before them left the line, 1 when one joined it.</summary>
    public required int By { get; init; }
}

/// <summary>How a run ended.</summary>
public sealed record RunEnd
{
    /// <summary>The run's id.</summary>
    public required string Id { get; init; }

    /// <summary>One of <see cref="RunStatuses"/>.</summary>
    public required string Status { get; init; }

    /// <summary>The name of the person whose message it answered.</summary>
    public required string AskedBy { get; init; }

    /// <summary>True when the agent had nothing to say.</summary>
    public bool Silent { get; init; }
}
