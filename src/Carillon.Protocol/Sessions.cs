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

    /// <summary>The agent's own words with its last report.</summary>
    public string? Message { get; init; }

    /// <summary>The session that started this one, if any.</summary>
    public string? ParentSessionId { get; init; }

    /// <summary>When it was first heard of.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
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
}

/// <summary>The payload of a <c>session_updated</c> change.</summary>
public sealed record SessionChange
{
    /// <summary>The session as it is now.</summary>
    public required Session Session { get; init; }

    /// <summary>The activity before; null for a new session.</summary>
    public string? ActivityBefore { get; init; }
}
