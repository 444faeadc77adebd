using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Carillon.Storage;

internal sealed class SqliteDialect : Dialect
{
    // Primary result codes: https://sqlite.org/rescode.html
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Full = 13;
    private const int CannotOpen = 14;

    private readonly string _reading;
    private readonly string _writing;

    static SqliteDialect()
    {
        SQLitePCL.raw.SetProvider(new SQLitePCL.SQLite3Provider_e_sqlite3());
        SQLitePCL.raw.FreezeProvider();
    }

    public SqliteDialect(string connection, string dataFolder)
    {
        var builder = new SqliteConnectionStringBuilder(connection);
        if (builder.DataSource.Length == 0)
        {
            throw new ArgumentException("Storage:Connection names no file. Write \"Data Source=carillon.db\" or a PostgreSQL \"Host=…\" string.");
        }

        builder.DataSource = Path.GetFullPath(builder.DataSource, dataFolder);
        File = builder.DataSource;
        builder.ForeignKeys = true;
        _reading = builder.ConnectionString;

        // Outside the pool: its statements and settings belong to the writer alone.
        builder.Pooling = false;
        _writing = builder.ConnectionString;
    }

    public override string Name => "Sqlite";

    public override bool IsAlone => true;

    public string File { get; }

    public override string Place => $"the file {File}";

    public override string BeginWrite => "BEGIN IMMEDIATE";

    public override string BeginSnapshot => "BEGIN";

    // FULL: a 201 means the row is on the disk. The larger cache and mapped reads keep the hot pages of the indexes at hand.
    public override string OnWriterOpen =>
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 4000";

    public override string IntegrityCheck => "PRAGMA quick_check(1)";

    public override bool IsAway(Exception error) => error is SqliteException { SqliteErrorCode: Busy or Locked or ReadOnly or InputOutput or Full or CannotOpen };

    public static bool IsBusy(Exception error) => error is SqliteException { SqliteErrorCode: Busy or Locked };

    public override string ParameterName(int position) => $"${position}";

    public override Task<bool> ExistsAsync(CancellationToken cancel) => Task.FromResult(System.IO.File.Exists(File));

    // A folder that is missing is told when the database is opened.
    public override IDisposable? BeginServing(TimeProvider time) =>
        Directory.Exists(Path.GetDirectoryName(File)) ? ServingLock.Take(File, time) : null;

    public override DbConnection CreateReader() => new SqliteConnection(_reading);

    public override DbConnection CreateWriter()
    {
        // SQLite would make it readable to everybody; the files beside it get the same rights as this one.
        if (!System.IO.File.Exists(File) && Directory.Exists(Path.GetDirectoryName(File)))
        {
            try
            {
                OwnFile.Create(File).Dispose();
            }
            catch (IOException)
            {
                // Another process was first, or the disk is full: opening it says so.
            }
            catch (UnauthorizedAccessException)
            {
                // Opening it says so.
            }
        }

        return new SqliteConnection(_writing);
    }

    public override ValueTask CloseAsync()
    {
        SqliteConnection.ClearAllPools();
        return ValueTask.CompletedTask;
    }
}
