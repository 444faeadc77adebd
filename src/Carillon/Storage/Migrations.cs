using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;

namespace Carillon.Storage;

/// <summary>Numbered scripts, one folder for each database, run once each, in order, by one process at a time.</summary>
internal sealed partial class Migrations(Dialect dialect, TimeProvider time, ILogger<Migrations> log)
{
    private const string CreateTable = "CREATE TABLE IF NOT EXISTS migrations (version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)";
    private const string Newest = "SELECT max(version) FROM migrations";
    private const string Record = "INSERT INTO migrations (version, name, applied_at) VALUES ($1, $2, $3)";
    private const string SetEpoch = "INSERT INTO facts (name, value) VALUES ('epoch', $1) ON CONFLICT (name) DO NOTHING";

    public void Run()
    {
        using var connection = dialect.CreateWriter();
        connection.Open();
        using var statements = new Statements(connection, dialect);
        if (dialect.OnWriterOpen is { } settings)
        {
            statements.Execute(settings);
        }

        statements.Execute(dialect.BeginWrite);
        if (dialect.OnMigration is { } patience)
        {
            statements.Execute(patience);
        }

        statements.Execute(CreateTable);
        var newest = statements.Number(Newest);
        var scripts = Scripts(dialect.Name);
        if (newest > scripts[^1].Version)
        {
            throw new InvalidOperationException(
                $"The database was written by a newer Carillon (migration {newest}; this one knows {scripts[^1].Version}). Install that version or restore a backup.");
        }

        foreach (var script in scripts.Where(script => script.Version > newest))
        {
            statements.Execute(script.Text);
            statements.Execute(Record, script.Version, script.Name, time.GetUtcNow().ToUnixTimeMilliseconds());
            LogApplied(script.Name);
        }

        statements.Execute(SetEpoch, RandomNumberGenerator.GetHexString(16, lowercase: true));
        statements.Execute("COMMIT");
    }

    /// <summary>The newest migration that this program knows.</summary>
    public static long Known(Dialect dialect) => Scripts(dialect.Name)[^1].Version;

    private static List<Script> Scripts(string dialect)
    {
        var assembly = Assembly.GetExecutingAssembly();
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith($"Migrations/{dialect}/", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(resource => Read(assembly, resource)),
        ];
    }

    private static Script Read(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        var name = Path.GetFileNameWithoutExtension(resource);
        return new Script(long.Parse(name.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture), name, reader.ReadToEnd());
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Applied migration {Name}")]
    private partial void LogApplied(string name);

    private readonly record struct Script(long Version, string Name, string Text);
}
