using System.Data.Common;
using System.Text.Json;
using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Conversations;

/// <summary>A message as the database has it.</summary>
internal sealed record MessageRow
{
    public const string Columns = "seq, id, session_id, role, text, person_id, run_id, status, steps, completes, created_at";

    public required long Seq { get; init; }

    public required string Id { get; init; }

    public required string SessionId { get; init; }

    public required string Role { get; init; }

    public required string Text { get; init; }

    public string? PersonId { get; init; }

    public string? RunId { get; init; }

    public string? Status { get; init; }

    public IReadOnlyList<RunStep>? Steps { get; init; }

    /// <summary>Of the last message of a run: the message that its end names.</summary>
    public string? Completes { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public string? StepsText => Steps is { Count: > 0 } steps ? JsonSerializer.Serialize(steps, CarillonJson.Compact.IReadOnlyListRunStep) : null;

    public static MessageRow Read(DbDataReader row) => new()
    {
        Seq = row.GetInt64(0),
        Id = row.GetString(1),
        SessionId = row.GetString(2),
        Role = row.GetString(3),
        Text = row.GetString(4),
        PersonId = row.TextOrNull(5),
        RunId = row.TextOrNull(6),
        Status = row.TextOrNull(7),
        Steps = StoredJson.Read(row.TextOrNull(8), CarillonJson.Lenient.IReadOnlyListRunStep, "messages.steps", row.GetString(1)),
        Completes = row.TextOrNull(9),
        CreatedAt = row.Time(10),
    };
}
