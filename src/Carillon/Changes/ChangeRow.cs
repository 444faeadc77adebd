namespace Carillon.Changes;

/// <summary>What a capability wants written beside its state.</summary>
internal readonly record struct NewChange(string Type, string Topic, byte[] Payload)
{
    public string? ProjectId { get; init; }

    public string? SessionId { get; init; }

    /// <summary>The one person whom it concerns; null for all who see the project.</summary>
    public string? PersonId { get; init; }
}

/// <summary>One row of the change log.</summary>
internal sealed class ChangeRow
{
    /// <summary>Type and topic of a row whose words were erased. It keeps its place, and nobody reads it.</summary>
    public const string Erased = "erased";

    private byte[]? _frame;

    /// <summary>The payload of a row whose words were erased.</summary>
    public static byte[] Nothing { get; } = "{}"u8.ToArray();

    public required long Seq { get; init; }

    public required string Type { get; init; }

    public required string Topic { get; init; }

    public string? ProjectId { get; init; }

    public string? SessionId { get; init; }

    public string? PersonId { get; init; }

    /// <summary>One line of JSON.</summary>
    public required byte[] Payload { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Whether it tells of that session.</summary>
    public bool IsOf(string sessionId, string? projectId) =>
        SessionId == sessionId && (ProjectId == projectId || (ProjectId is null && PersonId is null));

    /// <summary>The row without its words.</summary>
    public ChangeRow Emptied() => new()
    {
        Seq = Seq,
        Type = Erased,
        Topic = Erased,
        ProjectId = ProjectId,
        SessionId = SessionId,
        PersonId = PersonId,
        Payload = Nothing,
        CreatedAt = CreatedAt,
    };

    /// <summary>The row as an event stream sends it: encoded once, when the first reader wants it, and shared by all.</summary>
    public byte[] Frame => _frame ??= EventFrames.Encode(this);
}
