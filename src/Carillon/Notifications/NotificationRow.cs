using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Carillon.Changes;
using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Notifications;

/// <summary>A row of the inbox as the database keeps it. JSON stays text until somebody needs it.</summary>
internal sealed record NotificationRow
{
    public const string Columns = """
        seq, id, person_id, project_id, session_id, type, priority, title, message, subject, data, actions, dedupe_key, cause_key,
        count, occurred_at, received_at, seen_at, read_at, archived_at, resolved_at, rang_seq, rang_at, published_by
        """;

    /// <summary>Its place: that of its newest call.</summary>
    public required long Seq { get; init; }

    /// <summary>The place at which it last rang; 0 before it ever did.</summary>
    public long RangSeq { get; init; }

    public required string Id { get; init; }

    public required string PersonId { get; init; }

    public string? ProjectId { get; init; }

    public string? SessionId { get; init; }

    public required string Type { get; init; }

    public required string Priority { get; init; }

    public string? Title { get; init; }

    public required string Message { get; init; }

    public string? Subject { get; init; }

    public string? Data { get; init; }

    public string? Actions { get; init; }

    public string? DedupeKey { get; init; }

    public string? CauseKey { get; init; }

    public long Count { get; init; } = 1;

    public required DateTimeOffset OccurredAt { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public DateTimeOffset? SeenAt { get; init; }

    public DateTimeOffset? ReadAt { get; init; }

    public DateTimeOffset? ArchivedAt { get; init; }

    public DateTimeOffset? ResolvedAt { get; init; }

    public DateTimeOffset RangAt { get; init; }

    /// <summary>The name of who published it; null when it was the server itself.</summary>
    public string? PublishedBy { get; init; }

    public static NotificationRow Read(DbDataReader row) => new()
    {
        Seq = row.GetInt64(0),
        Id = row.GetString(1),
        PersonId = row.GetString(2),
        ProjectId = row.TextOrNull(3),
        SessionId = row.TextOrNull(4),
        Type = row.GetString(5),
        Priority = row.GetString(6),
        Title = row.TextOrNull(7),
        Message = row.GetString(8),
        Subject = row.TextOrNull(9),
        Data = row.TextOrNull(10),
        Actions = row.TextOrNull(11),
        DedupeKey = row.TextOrNull(12),
        CauseKey = row.TextOrNull(13),
        Count = row.GetInt64(14),
        OccurredAt = row.Time(15),
        ReceivedAt = row.Time(16),
        SeenAt = row.TimeOrNull(17),
        ReadAt = row.TimeOrNull(18),
        ArchivedAt = row.TimeOrNull(19),
        ResolvedAt = row.TimeOrNull(20),
        RangSeq = row.GetInt64(21),
        RangAt = row.Time(22),
        PublishedBy = row.TextOrNull(23),
    };

    public Notification View() => new()
    {
        Seq = Seq,
        RangSeq = RangSeq,
        Id = Id,
        ReceivedAt = ReceivedAt,
        SeenAt = SeenAt,
        ReadAt = ReadAt,
        ArchivedAt = ArchivedAt,
        ResolvedAt = ResolvedAt,
        Count = (int)Count,
        Event = new NotificationEvent
        {
            Id = Id,
            Type = Type,
            Priority = Priority,
            SessionId = SessionId,
            ProjectId = ProjectId,
            Timestamp = OccurredAt,
            By = PublishedBy,
            Title = Title,
            Message = Message,
            Data = new NotificationData
            {
                SemanticType = Type,
                Subject = Stored("subject", Subject, CarillonJson.Lenient.NotificationSubject),
                More = Stored("data", Data, CarillonJson.Lenient.IDictionaryStringJsonElement),
            },
        },
        Actions = Stored("actions", Actions, CarillonJson.Lenient.IReadOnlyListNotificationAction) ?? [],
    };

    /// <summary>The change that tells this row's person what became of it.</summary>
    public NewChange Change(string type) => new(
        type, Topics.Notifications, JsonSerializer.SerializeToUtf8Bytes(new NotificationAnswer { Notification = View() }, CarillonJson.Compact.NotificationAnswer))
    {
        PersonId = PersonId,
        ProjectId = ProjectId,
        SessionId = SessionId,
    };

    private T? Stored<T>(string column, string? text, JsonTypeInfo<T> type)
        where T : class => StoredJson.Read(text, type, $"notifications.{column}", Id);
}
