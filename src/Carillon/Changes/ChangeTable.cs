using System.Data.Common;
using Carillon.Storage;

namespace Carillon.Changes;

/// <summary>The log's rows in the database.</summary>
internal sealed class ChangeTable(Database database)
{
    /// <summary>As many rows as a replay holds in memory at once.</summary>
    public const int BatchSize = 512;

    private const string Columns = "seq, type, topic, project_id, session_id, person_id, payload, created_at";

    private const string After = $"SELECT {Columns} FROM changes WHERE seq > $1 ORDER BY seq LIMIT $2";

    public const string Insert = $"INSERT INTO changes ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

    public const string Head = "SELECT max(seq) FROM changes";

    private const string Oldest = "SELECT min(seq) FROM changes";

    private const string EpochOf = "SELECT value FROM facts WHERE name = 'epoch'";

    public Task<List<ChangeRow>> ReadAsync(long after, CancellationToken cancel) =>
        database.QueryAsync(After, Read, cancel, after, (long)BatchSize);

    public Task<long> HeadAsync(CancellationToken cancel) => NumberAsync(Head, cancel);

    public Task<long> OldestAsync(CancellationToken cancel) => NumberAsync(Oldest, cancel);

    public async Task<string> EpochAsync(CancellationToken cancel) =>
        await database.FirstAsync(EpochOf, row => row.GetString(0), cancel)
        ?? throw new InvalidOperationException("The database has no epoch; its migrations have not run");

    private async Task<long> NumberAsync(string sql, CancellationToken cancel) =>
        await database.FirstAsync(sql, row => row.IsDBNull(0) ? 0 : row.GetInt64(0), cancel);

    private static ChangeRow Read(DbDataReader row) => new()
    {
        Seq = row.GetInt64(0),
        Type = string.Intern(row.GetString(1)),
        Topic = string.Intern(row.GetString(2)),
        ProjectId = row.TextOrNull(3),
        SessionId = row.TextOrNull(4),
        PersonId = row.TextOrNull(5),
        Payload = row.GetFieldValue<byte[]>(6),
        CreatedAt = row.Time(7),
    };
}
