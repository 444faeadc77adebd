using System.Data.Common;
using Carillon.Protocol;

namespace Carillon.Sessions;

/// <summary>A pull request of a session as the database has it.</summary>
internal sealed record PullRequestRow
{
    public const string Columns =
        "session_id, provider, owner, repo, number, title, url, head_sha, state, draft, mergeable, conflicts, checks, review, created_at, updated_at";

    public required string SessionId { get; init; }

    public required PullRequestName Name { get; init; }

    public required string Title { get; init; }

    public required string Url { get; init; }

    public required string HeadSha { get; init; }

    public required string State { get; init; }

    public required bool IsDraft { get; init; }

    /// <summary>Null when the forge has not said.</summary>
    public required bool? IsMergeable { get; init; }

    public required bool HasConflicts { get; init; }

    public required string Checks { get; init; }

    public required string Review { get; init; }

    public required long CreatedAt { get; init; }

    public required long UpdatedAt { get; init; }

    public bool IsMergeReady =>
        State == PullRequestStates.Open && !IsDraft && IsMergeable is true && !HasConflicts && Checks == CheckStates.Passing
        && Review != ReviewStates.ChangesRequested;

    public static PullRequestRow Read(DbDataReader row) => new()
    {
        SessionId = row.GetString(0),
        Name = new PullRequestName(row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt64(4)),
        Title = row.GetString(5),
        Url = row.GetString(6),
        HeadSha = row.GetString(7),
        State = row.GetString(8),
        IsDraft = row.GetInt64(9) != 0,
        IsMergeable = row.IsDBNull(10) ? null : row.GetInt64(10) != 0,
        HasConflicts = row.GetInt64(11) != 0,
        Checks = row.GetString(12),
        Review = row.GetString(13),
        CreatedAt = row.GetInt64(14),
        UpdatedAt = row.GetInt64(15),
    };

    /// <summary>The row that a report makes.</summary>
    public static PullRequestRow From(string sessionId, PullRequestName name, PullRequestReport report, long now) => new()
    {
        SessionId = sessionId,
        Name = name,
        Title = report.Title,
        Url = report.Url,
        HeadSha = report.HeadSha.ToLowerInvariant(),
        State = report.State,
        IsDraft = report.Draft,
        IsMergeable = report.Mergeable,
        HasConflicts = report.Conflicts,
        Checks = report.Checks,
        Review = report.Review,
        CreatedAt = now,
        UpdatedAt = now,
    };

    public PullRequest View() => new()
    {
        SessionId = SessionId,
        Provider = Name.Provider,
        Owner = Name.Owner,
        Repo = Name.Repo,
        Number = Name.Number,
        Title = Title,
        Url = Url,
        HeadSha = HeadSha,
        State = State,
        Draft = IsDraft,
        Mergeable = IsMergeable,
        Conflicts = HasConflicts,
        Checks = Checks,
        Review = Review,
        MergeReady = IsMergeReady,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
        UpdatedAt = DateTimeOffset.FromUnixTimeMilliseconds(UpdatedAt),
    };
}
