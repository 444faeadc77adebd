namespace Carillon.Protocol;

/// <summary>A place in the change log: what a reader stores to go on from after a restart.</summary>
/// <param name="Epoch">The log's epoch as told by <see cref="Hello"/>; null when not known, which skips the check for a replaced log.</param>
/// <param name="After">The <c>seq</c> of the last change that was handled; 0 means from the beginning of the log.</param>
public sealed record StreamPosition(string? Epoch, long After);

/// <summary>What a reader of <c>/events</c> wants to see.</summary>
public sealed record StreamFilter
{
    /// <summary>Some of <see cref="Protocol.Topics"/>; null or empty means all.</summary>
    public IReadOnlyList<string>? Topics { get; init; }

    /// <summary>Only changes of this project; null means all that the token may see.</summary>
    public string? ProjectId { get; init; }
}

/// <summary>What <see cref="ChangeStream"/> tells its reader. The position is always that <b>after</b> the item was handled.</summary>
public abstract record StreamItem
{
    private StreamItem()
    {
    }

    /// <summary>Store this once the item was handled, to resume from after a restart; null until the first connection.</summary>
    public StreamPosition? Position { get; init; }

    /// <summary>A connection stands, from here on live. Ends <see cref="Reconnecting"/>.</summary>
    /// <param name="Hello">What the server said.</param>
    /// <param name="Gap">
    /// True when changes after the asked position cannot be had any more (pruned, or the log was replaced): read the snapshot again, the
    /// changes go on from <see cref="Protocol.Hello.Head"/>. It is never told twice for one gap.
    /// </param>
    public sealed record Connected(Hello Hello, bool Gap) : StreamItem;

    /// <summary>A change: each exactly once, in order of <c>seq</c>.</summary>
    /// <param name="Change">The change.</param>
    public sealed record Changed(Change Change) : StreamItem;

    /// <summary>The position moved past changes that the filter hides.</summary>
    public sealed record Moved : StreamItem;

    /// <summary>There is no connection. Told before each wait; what is missed meanwhile comes after <see cref="Connected"/>.</summary>
    /// <param name="Attempt">0 for the first, which follows at once; then 1, 2, ….</param>
    /// <param name="Wait">How long until the next attempt.</param>
    /// <param name="Reason">Why the last connection or attempt ended, in a few words for a log.</param>
    public sealed record Reconnecting(int Attempt, TimeSpan Wait, string Reason) : StreamItem;
}
