using System.Data.Common;
using System.Runtime.CompilerServices;
using Carillon.Changes;
using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Accounts;

/// <summary>
/// Who did what to whose rights. An entry is written in the commit of the act, so that there is none of the two without the other, and
/// holds the names of that moment, so that it tells the same when somebody was renamed or removed. It never holds a secret.
/// </summary>
internal sealed class AuditTable(Database database, Writer writer, Membership membership)
{
    /// <summary>So many entries an hour tell of failed sign-ins one by one; whoever tries more fills a counter and not the disk.</summary>
    public const int MostFailures = 60;

    private const long ExportStep = 500;
    private static readonly TimeSpan FailureWindow = TimeSpan.FromHours(1);

    private const string Columns = "seq, at, kind, person, means, means_name, address, subject, detail, count, last_at";
    private const string Insert = """
        INSERT INTO audit (at, kind, person, means, means_name, address, subject, detail, count) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)
        """;
    private const string CountFailures = $"SELECT count(*) FROM audit WHERE kind = '{AuditKinds.SignInFailed}' AND at > $1";
    private const string RepeatFailure = $"""
        UPDATE audit SET count = count + 1, last_at = $1 WHERE seq =
          (SELECT max(seq) FROM audit WHERE kind = '{AuditKinds.SignInFailed}' AND at > $2
             AND subject IS NOT DISTINCT FROM $3 AND address IS NOT DISTINCT FROM $4)
        """;

    // An empty text stands for "whatever it is": a parameter that may be null has no type that PostgreSQL could know.
    private const string Chosen = "($1 = '' OR kind = $1) AND ($2 = '' OR lower(person) = $2 OR lower(subject) = $2)";
    private const string Newest = $"SELECT {Columns} FROM audit WHERE {Chosen} AND seq < $3 ORDER BY seq DESC LIMIT $4";
    private const string Oldest = $"SELECT {Columns} FROM audit WHERE {Chosen} AND seq > $3 ORDER BY seq LIMIT $4";

    public void Add(WriteScope write, Actor by, string kind, string? subject, string? detail = null) => write.Sql.Execute(
        Insert, write.NowMilliseconds, kind, by.PersonId is { } id ? membership.Find(id)?.Name ?? id : null, by.Means, by.MeansName, by.Address, subject, detail);

    /// <summary>Notes a name and a password that were not right.</summary>
    /// <param name="person">Whose name it was; null when it is nobody's. Then it is not kept: people type passwords into the field of the name.</param>
    public Task AddFailureAsync(Actor by, Person? person, CancellationToken cancel) => writer.RunAsync(write =>
    {
        var since = (write.Now - FailureWindow).ToUnixTimeMilliseconds();
        if (write.Sql.Execute(RepeatFailure, write.NowMilliseconds, since, person?.Name, by.Address) > 0)
        {
            return;
        }

        if (write.Sql.Number(CountFailures, since) < MostFailures)
        {
            Add(write, by, AuditKinds.SignInFailed, person?.Name);
        }
        else if (write.Sql.Execute(RepeatFailure, write.NowMilliseconds, since, null, null) == 0)
        {
            Add(write, by with { Address = null, MeansName = null }, AuditKinds.SignInFailed, subject: null, "from many places");
        }
    }, cancel);

    /// <summary>A page, newest first.</summary>
    /// <param name="kind">Only this kind; null for all.</param>
    /// <param name="person">Only what this person did, or what was done to them; null for all.</param>
    public async Task<AuditList> ListAsync(string? kind, string? person, long? before, int limit, CancellationToken cancel)
    {
        var rows = await database.QueryAsync(Newest, Read, cancel, kind ?? "", person?.ToLowerInvariant() ?? "", before ?? long.MaxValue, limit + 1L);
        return new AuditList
        {
            Entries = [.. rows.Take(limit)],
            NextBefore = rows.Count > limit ? rows[limit - 1].Seq : null,
        };
    }

    /// <summary>All of it, oldest first, in steps: however long the log is, the server holds little of it.</summary>
    public async IAsyncEnumerable<AuditEntry> ReadAsync(string? kind, string? person, [EnumeratorCancellation] CancellationToken cancel)
    {
        var after = 0L;
        List<AuditEntry> step;
        do
        {
            step = await database.QueryAsync(Oldest, Read, cancel, kind ?? "", person?.ToLowerInvariant() ?? "", after, ExportStep);
            foreach (var entry in step)
            {
                yield return entry;
                after = entry.Seq;
            }
        }
        while (step.Count == ExportStep);
    }

    private static AuditEntry Read(DbDataReader row) => new()
    {
        Seq = row.GetInt64(0),
        At = row.Time(1),
        Kind = row.GetString(2),
        Person = row.TextOrNull(3),
        Means = row.GetString(4),
        MeansName = row.TextOrNull(5),
        Address = row.TextOrNull(6),
        Subject = row.TextOrNull(7),
        Detail = row.TextOrNull(8),
        Count = row.GetInt64(9),
        LastAt = row.TimeOrNull(10),
    };
}

/// <summary>What happened so long ago that nobody asks any more.</summary>
internal sealed class RetainedAudit : IRetained
{
    private const long Step = 500;

    private const string TrimOldest = """
        DELETE FROM audit WHERE seq <= (SELECT max(seq) FROM (SELECT seq, at FROM audit ORDER BY seq LIMIT $1) AS oldest WHERE at < $2)
        """;

    public int Trim(WriteScope write, RetentionOptions options) =>
        write.Sql.Execute(TrimOldest, Step, (write.Now - options.Audit).ToUnixTimeMilliseconds());
}
