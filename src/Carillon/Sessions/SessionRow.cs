using System.Data.Common;
using Carillon.Storage;

namespace Carillon.Sessions;

/// <summary>A session as the database has it.</summary>
internal sealed record SessionRow
{
    /// <summary>What the table holds.</summary>
    public const string Stored =
        "id, project_id, owner_id, agent, title, activity, message, parent_id, created_at, updated_at, progress_at, hosted, folder, agent_state, queue_ticket, "
        + "reported_at, tool, failed, given_id, named, archived_at";

    /// <summary>And what is counted when somebody looks: the place among those that wait.</summary>
    public const string Columns =
        $"{Stored}, NULLIF((SELECT count(*) FROM sessions AS ahead WHERE ahead.queue_ticket <= sessions.queue_ticket), 0)";

    /// <summary>How many columns these are.</summary>
    public const int Width = 22;

    public required string Id { get; init; }

    /// <summary>What its owner's programs call it; null when it runs here.</summary>
    public string? GivenId { get; init; }

    public required string ProjectId { get; init; }

    public required string OwnerId { get; init; }

    public required string Agent { get; init; }

    public required string Title { get; init; }

    public required string Activity { get; init; }

    public string? Message { get; init; }

    public string? ParentId { get; init; }

    public required long CreatedAt { get; init; }

    public required long UpdatedAt { get; init; }

    /// <summary>When its agent last gave a sign of getting on.</summary>
    public required long ProgressAt { get; init; }

    /// <summary>True when this server runs the agent.</summary>
    public bool IsHosted { get; init; }

    /// <summary>Where its programs run; null for the folder of its own.</summary>
    public string? Folder { get; init; }

    public string? AgentState { get; init; }

    /// <summary>What it has while it waits for a free place: the lowest is next.</summary>
    public long? QueueTicket { get; init; }

    /// <summary>Its place among those that wait, from 1; null when it does not wait. Nothing stores it.</summary>
    public int? QueuePosition { get; init; }

    /// <summary>When the newest event happened of which its agent told, as far as its reports say so.</summary>
    public long? ReportedAt { get; init; }

    /// <summary>What the agent has begun and waits for, such as a tool; null when nothing is known of one.</summary>
    public string? Tool { get; init; }

    /// <summary>True when its agent ended in the middle of its work.</summary>
    public bool HasFailed { get; init; }

    /// <summary>True when a person gave it its title, which reports do not change then.</summary>
    public bool IsNamed { get; init; }

    /// <summary>When a person put it away, if nothing has happened in it since.</summary>
    public long? ArchivedAt { get; init; }

    public static SessionRow Read(DbDataReader row) => new()
    {
        Id = row.GetString(0),
        ProjectId = row.GetString(1),
        OwnerId = row.GetString(2),
        Agent = row.GetString(3),
        Title = row.GetString(4),
        Activity = row.GetString(5),
        Message = row.TextOrNull(6),
        ParentId = row.TextOrNull(7),
        CreatedAt = row.GetInt64(8),
        UpdatedAt = row.GetInt64(9),
        ProgressAt = row.GetInt64(10),
        IsHosted = row.GetInt64(11) != 0,
        Folder = row.TextOrNull(12),
        AgentState = row.TextOrNull(13),
        QueueTicket = row.IsDBNull(14) ? null : row.GetInt64(14),
        ReportedAt = row.IsDBNull(15) ? null : row.GetInt64(15),
        Tool = row.TextOrNull(16),
        HasFailed = row.GetInt64(17) != 0,
        GivenId = row.TextOrNull(18),
        IsNamed = row.GetInt64(19) != 0,
        ArchivedAt = row.IsDBNull(20) ? null : row.GetInt64(20),
        QueuePosition = row.IsDBNull(21) ? null : (int)row.GetInt64(21),
    };
}
