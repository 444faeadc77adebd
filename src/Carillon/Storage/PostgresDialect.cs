using System.Data.Common;
using Npgsql;

namespace Carillon.Storage;

internal sealed class PostgresDialect : Dialect
{
    private const string IdleInTransaction = "25P03";
    private const string Channel = "carillon_changes";
    private readonly NpgsqlDataSource _source;

    public PostgresDialect(string connection)
    {
        var builder = new NpgsqlConnectionStringBuilder(connection) { ApplicationName = "carillon" };
        if (builder.MaxAutoPrepare == 0)
        {
            builder.MaxAutoPrepare = 64;
        }

        _source = NpgsqlDataSource.Create(builder);
        Place = $"the database {builder.Database ?? builder.Username} at {builder.Host}";
    }

    public override string Name => "Postgres";

    public override string Place { get; }

    // One lock for every writer of the cluster, so that seq is given in commit order: a reader that follows seq would otherwise
    // step over rows that commit late.
    public override string BeginWrite => "BEGIN; SELECT pg_advisory_xact_lock(4741020911)";

    // A node that dies or freezes in a commit must not keep the lock from all the others for as long as TCP would wait: two seconds, which
    // a healthy one never spends between two statements. And a 201 is a promise, whatever the cluster's own default is.
    public override string OnWriterOpen =>
        "SET idle_in_transaction_session_timeout = '2s'; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; "
        + "SET tcp_keepalives_count = 3; SET lock_timeout = '20s'; SET synchronous_commit = on";

    // A cold program on a busy machine may well take two seconds between two scripts, and nobody can work before they are through.
    public override string OnMigration => "SET LOCAL idle_in_transaction_session_timeout = '60s'";

    public override string BeginSnapshot => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

    // A doorbell with nothing in it, once for each commit: other nodes read what is new by its seq.
    public override string RingOtherNodes => $"NOTIFY {Channel}";

    // The server may end a transaction that was idle for too long: the node was frozen, and the connection is gone.
    public override bool IsAway(Exception error) =>
        error is NpgsqlException { IsTransient: true } or PostgresException { SqlState: IdleInTransaction };

    public static bool IsLockTimeOut(Exception error) => error is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable };

    // Unnamed parameters are what Npgsql calls positional.
    public override string ParameterName(int position) => string.Empty;

    public override async Task<bool> ExistsAsync(CancellationToken cancel)
    {
        await using var find = _source.CreateCommand("SELECT to_regclass('migrations') IS NOT NULL");
        return await find.ExecuteScalarAsync(cancel) is true;
    }

    public override DbConnection CreateReader() => _source.CreateConnection();

    public override DbConnection CreateWriter() => _source.CreateConnection();

    public override async Task ListenAsync(Action ring, CancellationToken cancel)
    {
        await using var connection = await _source.OpenConnectionAsync(cancel);
        connection.Notification += (_, _) => ring();
        await using (var listen = new NpgsqlCommand($"LISTEN {Channel}", connection))
        {
            await listen.ExecuteNonQueryAsync(cancel);
        }

        while (true)
        {
            await connection.WaitAsync(cancel);
        }
    }

    public override ValueTask CloseAsync() => _source.DisposeAsync();
}
