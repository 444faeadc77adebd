using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

[assembly: AssemblyFixture(typeof(Carillon.PostgresAtTheEnd))]

namespace Carillon;

/// <summary>A database of a test's own. <see cref="Connection"/> is null for the embedded one in the server's folder.</summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    public static readonly TestDatabase Embedded = new(null);

    private TestDatabase(string? connection) => Connection = connection;

    public string? Connection { get; }

    /// <summary>A new database on the PostgreSQL that the tests share; skips where there is none, and fails in CI.</summary>
    public static async Task<TestDatabase> PostgresAsync()
    {
        return await NewAsync(await PostgresServer.Shared.Value);
    }

    /// <summary>A new database on that PostgreSQL.</summary>
    public static async Task<TestDatabase> NewAsync(PostgresServer server)
    {
        var name = $"carillon_{Guid.NewGuid():N}";
        await using var source = NpgsqlDataSource.Create($"{server.Connection};Database=postgres;Pooling=false");
        await using var create = source.CreateCommand($"CREATE DATABASE {name}");
        await create.ExecuteNonQueryAsync();
        return new TestDatabase($"{server.Connection};Database={name};Maximum Pool Size=20");
    }

    // The server with all its databases goes when the tests end.
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>Stops the PostgreSQL that the tests shared when the last of them is done.</summary>
public sealed class PostgresAtTheEnd : IAsyncDisposable
{
    public ValueTask DisposeAsync() =>
        PostgresServer.Shared is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true, Result: var server } } ? server.DisposeAsync() : ValueTask.CompletedTask;
}

/// <summary>Debian's PostgreSQL, in a temporary folder, on a free port, for as long as the tests run.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    public static readonly Lazy<Task<PostgresServer>> Shared = new(StartAsync);

    private readonly string[] _control;

    private readonly string _folder;
    private int _isGone;

    private PostgresServer(string connection, string[] control, string folder)
    {
        Connection = connection;
        _control = control;
        _folder = folder;
    }

    public string Connection { get; }

    /// <summary>As a machine fails: nobody is told.</summary>
    public Task StopAsync() => RunAsync([.. _control, "-m", "immediate", "-s", "stop"]);

    public Task StartAgainAsync() => RunAsync([.. _control, "-w", "-s", "start"]);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isGone, 1) == 1)
        {
            return;
        }

        try
        {
            await StopAsync();
        }
        catch (InvalidOperationException)
        {
            // A test left it stopped.
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A PostgreSQL of a test's own, to stop and start; <see cref="Shared"/> is for everybody else.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        var programs = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Order().Select(version => Path.Combine(version, "bin")).LastOrDefault(path => File.Exists(Path.Combine(path, "initdb")))
            : null;
        if (programs is null)
        {
            Missing.Report("PostgreSQL is not installed; apt-get install postgresql");
        }

        var folder = Directory.CreateTempSubdirectory("carillon-postgres-").FullName;
        var port = FreePort();

        // PostgreSQL refuses to run as root, so root hands it to the user that its package made.
        string[] asOther = Environment.UserName == "root" ? ["runuser", "-u", "postgres", "--"] : [];
        if (asOther is not [])
        {
            await RunAsync("chown", "postgres", folder);
        }

        await RunAsync([.. asOther, $"{programs}/initdb", "-D", $"{folder}/data", "-U", "carillon", "-A", "trust", "--no-sync", "-E", "UTF8"]);
        string[] control =
        [
            .. asOther, $"{programs}/pg_ctl", "-D", $"{folder}/data", "-l", $"{folder}/log",
            "-o", $"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' -c max_connections=200",
        ];
        await RunAsync([.. control, "-w", "-s", "start"]);
        var server = new PostgresServer($"Host=127.0.0.1;Port={port};Username=carillon", control, folder);

        // For tests that were interrupted.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return server;
    }

    private static async Task RunAsync(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = false })!;
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', command)} ended with {process.ExitCode}");
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
