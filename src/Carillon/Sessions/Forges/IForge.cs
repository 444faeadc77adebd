namespace Carillon.Sessions.Forges;

/// <summary>A place where pull requests live, asked over its REST interface. The next one is another class beside these.</summary>
internal interface IForge
{
    /// <summary>What records call it, one of <see cref="Protocol.Providers"/>.</summary>
    string Provider { get; }

    /// <summary>What people call it.</summary>
    string Title { get; }

    /// <summary>
    /// What keeps people of this project from merging in this repository, and what to do about that, in one sentence; null when nothing does.
    /// The server's token reaches whatever its account reaches, so the operator lists what each project may merge.
    /// </summary>
    string? Objection(string projectId, PullRequestName name);

    /// <summary>How the pull request stands at this moment: all of its checks and all of its reviews, or nothing.</summary>
    /// <exception cref="ForgeException">It could not be read whole. The message says why, and is fit to be shown.</exception>
    Task<ForgeState> ReadAsync(PullRequestName name, CancellationToken cancel);

    /// <summary>Merges it if this is its head, and returns once it is merged.</summary>
    /// <param name="method">The <see cref="ForgeState.MergeMethod"/> that was read.</param>
    /// <exception cref="ForgeException">It was not merged, or nobody knows. The message says why, and is fit to be shown.</exception>
    Task MergeAsync(PullRequestName name, string head, string? method, CancellationToken cancel);
}

/// <summary>A pull request as its forge has it now.</summary>
internal sealed record ForgeState
{
    public required string HeadSha { get; init; }

    /// <summary>One of <see cref="Protocol.PullRequestStates"/>.</summary>
    public required string State { get; init; }

    public bool IsDraft { get; init; }

    /// <summary>Null while the forge has not worked it out.</summary>
    public bool? IsMergeable { get; init; }

    public bool HasConflicts { get; init; }

    /// <summary>One of <see cref="Protocol.CheckStates"/>. No checks at all are passing: there is nothing to wait for.</summary>
    public required string Checks { get; init; }

    /// <summary>One of <see cref="Protocol.ReviewStates"/>.</summary>
    public required string Review { get; init; }

    /// <summary>What else the forge has against merging it, as the end of a sentence; null for nothing.</summary>
    public string? Obstacle { get; init; }

    /// <summary>How the repository wants it merged, in the forge's word; null for its usual way.</summary>
    public string? MergeMethod { get; init; }
}

/// <summary>A forge refused, or could not be understood. The message is a sentence for people and never holds the token.</summary>
internal sealed class ForgeException(string message, bool isUnreachable, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>True: it did not answer as a forge does, and may do so later. False: it answered, and the answer is no.</summary>
    public bool IsUnreachable => isUnreachable;
}
