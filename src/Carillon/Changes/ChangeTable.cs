using System.Data.Common;
using Carillon.Storage;

namespace Carillon.Changes;

/// <summary>The log's rows in the database.</summary>
internal sealed class ChangeTable(Database database)
{
    /// <summary>As many rows as a replay holds in memory at once.</summary>
    public const int BatchSize = 512;

    private const long BatchBytes = 1024 * 1024;

    private const string Columns = "seq, type, topic, project_id, session_id, person_id, payload, created_at";

    private const string After = $"SELECT {Columns} FROM changes WHERE seq > $1 ORDER BY seq LIMIT $2";

    private const string Between = $"SELECT {Columns} FROM changes WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3";

    private const string InsertOne = $"INSERT INTO changes ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

    // A busy commit holds many rows, and each statement is a round trip to a database that is elsewhere.
    private const int ManyRows = 32;
    private const int ColumnCount = 8;

    private static readonly string InsertMany = $"INSERT INTO changes ({Columns}) VALUES " + string.Join(", ", Enumerable.Range(0, ManyRows)
        .Select(row => $"({string.Join(", ", Enumerable.Range(row * ColumnCount + 1, ColumnCount).Select(place => $"${place}"))})"));

    private const string OfFollower = $"""
        SELECT {Columns} FROM changes WHERE seq > (SELECT position FROM followers WHERE name = $1) AND type = $2 ORDER BY seq
        """;

    // The table has no index by person, so it is gone through in pieces that no writer waits long for.
    private const long ErasedAtOnce = 20_000;

    private const string EraseSome = "UPDATE changes SET payload = $4 WHERE seq > $2 AND seq <= $3 AND person_id = $1";

    // What is left of a row is its place: no reader may find a hole. A row of no project is the server's own bookkeeping, unless it is for one
    // person, whose program named a session that it did not know.
    private const string EraseSession = $"""
        UPDATE changes SET type = '{ChangeRow.Erased}', topic = '{ChangeRow.Erased}', payload = $3
        WHERE session_id = $1 AND (project_id = $2 OR (project_id IS NULL AND person_id IS NULL))
        """;

    private const string SessionsOfType = "SELECT DISTINCT session_id FROM changes WHERE type = $1 AND session_id IS NOT NULL";

    public const string Head = "SELECT max(seq) FROM changes";

    private const string Oldest = "SELECT min(seq) FROM changes";

    private const string EpochOf = "SELECT value FROM facts WHERE name = 'epoch'";

    /// <summary>Writes rows into the commit that <paramref name="write"/> belongs to.</summary>
    public static void Insert(WriteScope write, List<ChangeRow> rows)
    {
        var next = 0;
        var many = rows.Count >= ManyRows ? new object?[ManyRows * ColumnCount] : [];
        for (; next + ManyRows <= rows.Count; next += ManyRows)
        {
            for (var row = 0; row < ManyRows; row++)
            {
                Fill(many.AsSpan(row * ColumnCount, ColumnCount), rows[next + row]);
            }

            write.Sql.Execute(InsertMany, many);
        }

        var one = new object?[ColumnCount];
        for (; next < rows.Count; next++)
        {
            Fill(one, rows[next]);
            write.Sql.Execute(InsertOne, one);
        }
    }

    /// <summary>Empties what the log told one person alone, behind a position; where to go on, or null when that was the end.</summary>
    public static long? Erase(WriteScope write, string personId, long after)
    {
        after = Math.Max(after, write.Sql.Number(Oldest) - 1);
        write.Sql.Execute(EraseSome, personId, after, after + ErasedAtOnce, ChangeRow.Nothing);
        return after + ErasedAtOnce < write.Sql.Number(Head) ? after + ErasedAtOnce : null;
    }

    /// <summary>Empties what the log told of a session.</summary>
    public static void Erase(WriteScope write, string sessionId, string projectId) =>
        write.Sql.Execute(EraseSession, sessionId, projectId, ChangeRow.Nothing);

    /// <summary>The sessions of which the log has a change of that type.</summary>
    public Task<List<string>> SessionsWithAsync(string type, CancellationToken cancel) =>
        database.QueryAsync(SessionsOfType, row => row.GetString(0), cancel, type);

    /// <summary>The changes of a type that a follower has yet to come to, in this commit.</summary>
    public static List<ChangeRow> Behind(WriteScope write, string follower, string type) => write.Sql.Query(OfFollower, Read, follower, type);

    /// <summary>The rows behind a position, as many as a replay may hold at once.</summary>
    public Task<List<ChangeRow>> ReadAsync(long after, CancellationToken cancel)
    {
        var bytes = 0L;
        return database.QueryWhileAsync(After, Read, row => (bytes += row.Payload.Length) < BatchBytes, cancel, after, (long)BatchSize);
    }

    /// <summary>The same on the writer's own connection, up to a seq.</summary>
    public static List<ChangeRow> Read(WriteScope write, long after, long upTo) => write.Sql.Query(Between, Read, after, upTo, (long)BatchSize);

    public Task<long> HeadAsync(CancellationToken cancel) => NumberAsync(Head, cancel);

    public Task<long> OldestAsync(CancellationToken cancel) => NumberAsync(Oldest, cancel);

    public async Task<string> EpochAsync(CancellationToken cancel) =>
        await database.FirstAsync(EpochOf, row => row.GetString(0), cancel)
        ?? throw new InvalidOperationException("The database has no epoch; its migrations have not run");

    private async Task<long> NumberAsync(string sql, CancellationToken cancel) =>
        await database.FirstAsync(sql, row => row.IsDBNull(0) ? 0 : row.GetInt64(0), cancel);

    private static void Fill(Span<object?> values, ChangeRow row)
    {
        values[0] = row.Seq;
        values[1] = row.Type;
        values[2] = row.Topic;
        values[3] = row.ProjectId;
        values[4] = row.SessionId;
        values[5] = row.PersonId;
        values[6] = row.Payload;
        values[7] = row.CreatedAt.ToUnixTimeMilliseconds();
    }

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
