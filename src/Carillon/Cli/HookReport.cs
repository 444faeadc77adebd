namespace Carillon.Cli;

/// <summary>What a hook event says about a session.</summary>
internal sealed record HookReport
{
    /// <summary>Which agent says it.</summary>
    public required string Agent { get; init; }

    /// <summary>One of <see cref="Protocol.Activities"/>.</summary>
    public required string Activity { get; init; }

    /// <summary>What it counts beside what was said before.</summary>
    public HookKind Kind { get; init; }

    /// <summary>The agent's own id of the session, if it named one.</summary>
    public string? SessionId { get; init; }

    /// <summary>The project, if the event named one.</summary>
    public string? ProjectId { get; init; }

    /// <summary>The folder that the agent works in.</summary>
    public string? Folder { get; init; }

    /// <summary>The subagent whose event it is; null for the session's own agent.</summary>
    public string? Subagent { get; init; }

    /// <summary>What the agent has begun and waits for.</summary>
    public string? Tool { get; init; }

    /// <summary>The tool that has run, or that a permission is wanted for.</summary>
    public string? About { get; init; }

    /// <summary>True when the turn is over but its tasks are still running: the agent continues when they are done.</summary>
    public bool IsInBackground { get; init; }

    /// <summary>The agent's own words, at most 1,000 characters.</summary>
    public string? Message { get; init; }

    /// <summary>A title that somebody chose, at most 80 characters.</summary>
    public string? Title { get; init; }

    /// <summary>What was asked, at most 80 characters: the title if it is the first that was asked.</summary>
    public string? Prompt { get; init; }

    /// <summary>
    /// What to print so that the agent reads the words that somebody wrote to it; null when it listens to nothing at this event.
    /// </summary>
    public Func<string, string>? Hand { get; init; }

    /// <summary>The longest title.</summary>
    public const int TitleLimit = 80;

    /// <summary>The longest message.</summary>
    public const int MessageLimit = 1000;
}

/// <summary>What an event counts beside what was said before.</summary>
internal enum HookKind
{
    /// <summary>It is told, whatever was said.</summary>
    News,

    /// <summary>A tool begins: comes by the dozen.</summary>
    ToolBegins,

    /// <summary>A tool has run: comes by the dozen, and answers a permission that was asked for.</summary>
    ToolRan,

    /// <summary>A permission is asked for, unless the tool goes on at once.</summary>
    Request,

    /// <summary>A permission is asked for on the screen, which a <see cref="Request"/> may have told already.</summary>
    Prompt,

    /// <summary>The agent reminds of its turn being over.</summary>
    Reminder,

    /// <summary>A session is taken up again; a copy of one does so under the id of the one it was made of.</summary>
    Resumption,
}
