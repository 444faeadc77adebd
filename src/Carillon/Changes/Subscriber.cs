namespace Carillon.Changes;

/// <summary>Who sees which project. Changes asks for every reader and change; Accounts knows, from memory.</summary>
internal interface IVisibility
{
    bool Sees(string personId, string projectId);

    /// <summary>The ids of those who see a closed project; null when everybody does.</summary>
    IReadOnlySet<string>? Viewers(string projectId);
}

/// <summary>The sign-in or token that a reader came with.</summary>
internal interface IReaderAccess
{
    string PersonId { get; }

    /// <summary>The one project that it may read; null for all that its person sees.</summary>
    string? BoundProjectId { get; }

    /// <summary>True once it was revoked or has run out.</summary>
    bool HasEnded(DateTimeOffset now);
}

[Flags]
internal enum TopicSet
{
    /// <summary>What no client reads: the server's own bookkeeping.</summary>
    None = 0,
    Sessions = 1,
    PullRequests = 2,
    Notifications = 4,
    Tickets = 8,
    All = Sessions | PullRequests | Notifications | Tickets,
}

/// <summary>Which changes a reader gets: what it may see, narrowed to what it asked for.</summary>
internal sealed record ChangeFilter(string PersonId, TopicSet Topics, string? ProjectId, string? BoundProjectId, IVisibility Visibility)
{
    public static TopicSet Topic(string name) => name switch
    {
        Protocol.Topics.Sessions => TopicSet.Sessions,
        Protocol.Topics.PullRequests => TopicSet.PullRequests,
        Protocol.Topics.Notifications => TopicSet.Notifications,
        Protocol.Topics.Tickets => TopicSet.Tickets,
        _ => TopicSet.None,
    };

    public bool Wants(ChangeRow row)
    {
        if ((Topic(row.Topic) & Topics) == 0)
        {
            return false;
        }

        if (row is { ProjectId: null, PersonId: null })
        {
            // It is about all projects alike, and about nobody.
            return true;
        }

        if ((ProjectId is not null && row.ProjectId != ProjectId)
            || (BoundProjectId is not null && row.ProjectId != BoundProjectId))
        {
            return false;
        }

        return (row.PersonId is null || row.PersonId == PersonId) && (row.ProjectId is null || Visibility.Sees(PersonId, row.ProjectId));
    }

    /// <summary>True when both let the same changes through.</summary>
    public bool Matches(ChangeFilter other) =>
        Topics == other.Topics && PersonId == other.PersonId && ProjectId == other.ProjectId && BoundProjectId == other.BoundProjectId;
}

/// <summary>Why a reader no longer follows the window.</summary>
internal enum Departure
{
    /// <summary>It is too far behind for the window and goes on from the database.</summary>
    FellBehind,
    TooSlow,
    AccessEnded,
    LifetimeOver,
    ServerStopping,
    ReaderGone,
}

/// <summary>
/// One reader of the log: a position, a filter and a way out. It has no queue; what it has not got yet stands in the log.
/// </summary>
internal sealed class Subscriber(IReaderAccess access, ChangeFilter filter, StreamOutput output, bool heartbeatEvents)
{
    public IReaderAccess Access => access;

    public ChangeFilter Filter => filter;

    public StreamOutput Output => output;

    public bool HeartbeatEvents => heartbeatEvents;

    /// <summary>Everything up to here was delivered, or was not for this reader.</summary>
    public long Position { get; set; }

    /// <summary>The position that the client itself knows of.</summary>
    public long ToldPosition { get; set; }

    /// <summary>When the stream ends so that a restarted cluster spreads its readers again.</summary>
    public required DateTimeOffset EndsAt { get; init; }

    // What follows belongs to the pump's thread.
    public Task? Pending { get; set; }

    public DateTimeOffset PendingSince { get; set; }

    public int PendingProgress { get; set; }

    public int AudienceIndex { get; set; }

    public int SlotIndex { get; set; }

    public int Slot { get; set; }

    public TaskCompletionSource<Departure>? Following { get; set; }
}
