using System.Data.Common;

namespace Carillon.Storage;

/// <summary>Short reads. Everything that writes goes through <see cref="Writer"/>.</summary>
internal sealed class Database(Dialect dialect) : IAsyncDisposable
{
    public Dialect Dialect => dialect;

    public async Task<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> row, CancellationToken cancel, params object?[] values)
    {
        await using var connection = await OpenAsync(cancel);
        return await new Reading(connection, dialect, cancel).QueryAsync(sql, row, values);
    }

    /// <summary>Rows until one says that it is enough; that one is the last.</summary>
    public async Task<List<T>> QueryWhileAsync<T>(
        string sql, Func<DbDataReader, T> row, Func<T, bool> goOn, CancellationToken cancel, params object?[] values)
    {
        await using var connection = await OpenAsync(cancel);
        await using var command = Reading.Command(connection, dialect, sql, values);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancel))
        {
            rows.Add(row(reader));
            if (!goOn(rows[^1]))
            {
                break;
            }
        }

        return rows;
    }

    public async Task<T?> FirstAsync<T>(string sql, Func<DbDataReader, T> row, CancellationToken cancel, params object?[] values)
    {
        await using var connection = await OpenAsync(cancel);
        return await new Reading(connection, dialect, cancel).FirstAsync(sql, row, values);
    }

    /// <summary>Several reads of one unchanging state.</summary>
    public async Task<T> SnapshotAsync<T>(Func<Reading, Task<T>> read, CancellationToken cancel)
    {
        await using var connection = await OpenAsync(cancel);
        var reading = new Reading(connection, dialect, cancel);
        await reading.ExecuteAsync(dialect.BeginSnapshot);
        try
        {
            return await read(reading);
        }
        finally
        {
            // The connection goes back to the pool: the transaction has to end even when the caller has gone.
            await new Reading(connection, dialect, CancellationToken.None).ExecuteAsync("ROLLBACK");
        }
    }

    public ValueTask DisposeAsync() => dialect.CloseAsync();

    private async Task<DbConnection> OpenAsync(CancellationToken cancel)
    {
        var connection = dialect.CreateReader();
        try
        {
            await connection.OpenAsync(cancel);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}

/// <summary>Reads on one open connection.</summary>
internal readonly struct Reading(DbConnection connection, Dialect dialect, CancellationToken cancel)
{
    public async Task ExecuteAsync(string sql, params object?[] values)
    {
        await using var command = Command(connection, dialect, sql, values);
        await command.ExecuteNonQueryAsync(cancel);
    }

    public async Task<long> NumberAsync(string sql, params object?[] values)
    {
        await using var command = Command(connection, dialect, sql, values);
        return await command.ExecuteScalarAsync(cancel) is { } value and not DBNull ? Convert.ToInt64(value) : 0;
    }

    public async Task<T?> FirstAsync<T>(string sql, Func<DbDataReader, T> row, params object?[] values)
    {
        await using var command = Command(connection, dialect, sql, values);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? row(reader) : default;
    }

    public async Task<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> row, params object?[] values)
    {
        await using var command = Command(connection, dialect, sql, values);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancel))
        {
            rows.Add(row(reader));
        }

        return rows;
    }

    internal static DbCommand Command(DbConnection connection, Dialect dialect, string sql, object?[] values)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var index = 0; index < values.Length; index++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = dialect.ParameterName(index + 1);
            parameter.Value = values[index] ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }

        return command;
    }
}

/// <summary>How columns become values: times are Unix milliseconds, and null is null.</summary>
internal static class Columns
{
    public static string? TextOrNull(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static DateTimeOffset Time(this DbDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    public static DateTimeOffset? TimeOrNull(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.Time(column);
}
