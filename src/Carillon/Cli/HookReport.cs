namespace Carillon.Cli;

/// <summary>What a hook event says about a session.</summary>
internal sealed record HookReport
{
    /// <summary>Which agent says it.</summary>
    public required string Agent { get; init; }

    /// <summary>One of <see cref="Protocol.Activities"/>.</summary>
    public required string Activity { get; init; }

    /// <summary>The agent's own id of the session, if it named one.</summary>
    public string? SessionId { get; init; }

    /// <summary>The project, if the event named one.</summary>
    public string? ProjectId { get; init; }

    /// <summary>The folder that the agent works in.</summary>
    public string? Folder { get; init; }

    /// <summary>The agent's own words, at most 1,000 characters.</summary>
    public string? Message { get; init; }

    /// <summary>A title that somebody chose, at most 80 characters.</summary>
    public string? Title { get; init; }

    /// <summary>What was asked, at most 80 characters: the title if it is the first that was asked.</summary>
    public string? Prompt { get; init; }

    /// <summary>True for events that come by the dozen and rarely say anything new.</summary>
    public bool Routine { get; init; }

    /// <summary>
    /// What to print so that the agent reads the words that somebody wrote to it; null when it listens to nothing at this event.
    /// </summary>
    public Func<string, string>? Hand { get; init; }

    /// <summary>The longest title.</summary>
    public const int TitleLimit = 80;

    /// <summary>The longest message.</summary>
    public const int MessageLimit = 1000;
}
