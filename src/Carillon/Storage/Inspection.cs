using System.Globalization;

namespace Carillon.Storage;

/// <summary>A look at a database that leaves it as it is: it applies no migration and writes no row.</summary>
internal static class Inspection
{
    private const string Newest = "SELECT max(version) FROM migrations";

    /// <summary>The newest migration that the database has had.</summary>
    public static async Task<long> AppliedAsync(Dialect dialect, CancellationToken cancel) =>
        Convert.ToInt64(await AskAsync(dialect, Newest, cancel), CultureInfo.InvariantCulture);

    /// <summary>What is broken in the database; null when nothing is, or when its own server looks after that.</summary>
    public static async Task<string?> DamageAsync(Dialect dialect, CancellationToken cancel) =>
        dialect.IntegrityCheck is { } check && await AskAsync(dialect, check, cancel) is string text && text != "ok" ? text : null;

    private static async Task<object?> AskAsync(Dialect dialect, string sql, CancellationToken cancel)
    {
        await using var connection = dialect.CreateReader();
        await connection.OpenAsync(cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync(cancel) is { } value and not DBNull ? value : null;
    }
}
