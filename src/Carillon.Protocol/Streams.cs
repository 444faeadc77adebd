using System.Text.Json;

namespace Carillon.Protocol;

/// <summary>One row of the change log, as <c>/events</c> sends it.</summary>
public sealed record Change
{
    /// <summary>Strictly increasing in commit order.</summary>
    public required long Seq { get; init; }

    /// <summary>What happened; see <see cref="ChangeTypes"/>.</summary>
    public required string Type { get; init; }

    /// <summary>The project that it belongs to, if any.</summary>
    public string? ProjectId { get; init; }

    /// <summary>The session that it belongs to, if any.</summary>
    public string? SessionId { get; init; }

    /// <summary>What the type promises.</summary>
    public required JsonElement Payload { get; init; }

    /// <summary>When it was committed.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>The first event of every <c>/events</c> stream.</summary>
public sealed record Hello
{
    /// <summary>Changes when the log was restored or replaced: a position of another epoch means nothing.</summary>
    public required string Epoch { get; init; }

    /// <summary>The newest <c>seq</c>.</summary>
    public required long Head { get; init; }

    /// <summary>The oldest <c>seq</c> that is still kept.</summary>
    public required long Oldest { get; init; }

    /// <summary><c>live</c>: from now on. <c>ok</c>: from the asked position. <c>gap</c>: the position is lost, read the snapshot again.</summary>
    public required string Resume { get; init; }
}

/// <summary>The last event of a stream that the server ends for a reason.</summary>
public sealed record StreamError
{
    /// <summary><c>CLIENT_TOO_SLOW</c> or <c>AUTH_EXPIRED</c>.</summary>
    public required string Code { get; init; }
}

/// <summary>An error answer, RFC 9457, with a code that never changes its meaning.</summary>
public sealed record Problem
{
    /// <summary>The HTTP status.</summary>
    public int Status { get; init; }

    /// <summary>An upper-case word such as <c>NOTIFICATION_NOT_FOUND</c>.</summary>
    public required string Code { get; init; }

    /// <summary>What is wrong, in a few words.</summary>
    public required string Title { get; init; }

    /// <summary>What to do about it.</summary>
    public string? Detail { get; init; }
}
