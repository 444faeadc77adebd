using Carillon.Changes;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Carillon.Storage;

/// <summary>The one writer, on a real SQLite file.</summary>
public sealed class WriterTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("carillon-writer-").FullName;
    private readonly SqliteDialect _dialect;
    private readonly ChangeLog _log;
    private readonly Writer _writer;
    private readonly Database _database;
    private readonly ChangeTable _table;

    public WriterTests()
    {
        _dialect = new SqliteDialect("Data Source=carillon.db;Default Timeout=1", _folder);
        _log = new ChangeLog(_dialect, Options.Create(new ChangesOptions { Window = 16 }), NullLogger<ChangeLog>.Instance);
        new Migrations(_dialect, TimeProvider.System, NullLogger<Migrations>.Instance).Run();
        _log.Start("epoch", 0);
        _writer = new Writer(
            _dialect, _log, TimeProvider.System, new OutageLog(_dialect, TimeProvider.System, NullLogger<OutageLog>.Instance), NullLogger<Writer>.Instance);
        _database = new Database(_dialect);
        _table = new ChangeTable(_database);
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_unit_that_throws_rolls_back_alone()
    {
        var units = QueueBehindAGate(
            write => Append(write, "kept 1"),
            write =>
            {
                Append(write, "lost");
                write.Sql.Execute("INSERT INTO facts (name, value) VALUES ('lost', 'lost')");
                throw new InvalidOperationException("This unit is wrong");
            },
            write => Append(write, "kept 2"),
            write => write.Sql.Execute("INSERT INTO no_such_table VALUES (1)"),
            write => Append(write, "kept 3"));

        Assert.Equal(1, await units[0]);
        Assert.Equal("This unit is wrong", (await Assert.ThrowsAsync<InvalidOperationException>(() => units[1])).Message);
        Assert.Equal(2, await units[2]);
        await Assert.ThrowsAsync<SqliteException>(() => units[3]);
        Assert.Equal(3, await units[4]);
        Assert.Equal([(1, "kept 1"), (2, "kept 2"), (3, "kept 3")], (await _table.ReadAsync(0, default)).Select(row => (row.Seq, row.Type)));
        Assert.Equal(0L, await _database.FirstAsync("SELECT count(*) FROM facts WHERE name = 'lost'", row => row.GetInt64(0), default));
        Assert.Equal(3, _log.Window.Head);
    }

    [Fact]
    public async Task A_unit_that_throws_alone_leaves_nothing()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => _writer.RunAsync(write =>
        {
            Append(write, "lost");
            throw new InvalidOperationException();
        }));

        Assert.Equal(1, await _writer.RunAsync(write => Append(write, "kept")));
        Assert.Equal(["kept"], (await _table.ReadAsync(0, default)).Select(row => row.Type));
    }

    [Fact]
    public async Task What_waits_together_is_committed_together_and_told_afterwards()
    {
        var committed = new List<int>();
        _log.Listen(() => committed.Add((int)_log.Window.Head));
        var units = QueueBehindAGate([.. Enumerable.Range(0, 200).Select(_ => (Func<WriteScope, long>)(write => Append(write, "together")))]);
        var seqs = new List<long>();
        foreach (var unit in units)
        {
            // Whoever is told finds it committed, in another connection.
            var seq = await unit;
            Assert.True(await _table.HeadAsync(default) >= seq);
            seqs.Add(seq);
        }

        Assert.Equal(Enumerable.Range(1, 200).Select(seq => (long)seq), seqs);
        await _writer.RunAsync(_ => { });
        Assert.Equal([200], committed);
    }

    [Fact]
    public async Task A_commit_that_the_database_refuses_is_told_to_all_its_callers_and_leaves_nothing()
    {
        await using var other = new SqliteConnection($"Data Source={_dialect.File};Pooling=false");
        await other.OpenAsync();
        await ExecuteAsync(other, "BEGIN IMMEDIATE");
        var refused = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Record.ExceptionAsync(() => _writer.RunAsync(write => Append(write, "lost"))).AsTask()));
        Assert.All(refused, error => Assert.IsType<CommitFailedException>(error));
        await ExecuteAsync(other, "ROLLBACK");

        Assert.Equal(1, await _writer.RunAsync(write => Append(write, "kept")));
        Assert.Equal(["kept"], (await _table.ReadAsync(0, default)).Select(row => row.Type));
    }

    [Fact]
    public async Task A_commit_that_fails_at_its_end_leaves_nothing()
    {
        // A deferred reference is judged at COMMIT, and not before.
        await _writer.RunAsync(write =>
        {
            write.Sql.Execute("CREATE TABLE parents (id INTEGER PRIMARY KEY)");
            write.Sql.Execute("CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)");
        });
        var units = QueueBehindAGate(
            write => Append(write, "in the same commit"),
            write =>
            {
                write.Sql.Execute("INSERT INTO children (parent) VALUES (7)");
                return Append(write, "breaks it");
            });

        await Assert.ThrowsAsync<CommitFailedException>(() => units[0]);
        await Assert.ThrowsAsync<CommitFailedException>(() => units[1]);
        Assert.Equal(0, _log.Window.Head);
        Assert.Equal(1, await _writer.RunAsync(write => Append(write, "kept")));
        Assert.Equal(["kept"], (await _table.ReadAsync(0, default)).Select(row => row.Type));
    }

    [Fact]
    public async Task A_first_reader_that_fails_does_not_end_the_writer_and_gets_the_change_again()
    {
        var reader = new StubbornReader();
        _log.Start("epoch", 0, reader);

        Assert.Equal(1, await _writer.RunAsync(write => Append(write, "taken at the second try")));
        Assert.Equal(0, _log.Window.Head);

        // The next commit takes in first what the reader has not got.
        Assert.Equal(2, await _writer.RunAsync(write => Append(write, "next")));
        Assert.Equal(2, _log.Window.Head);
        Assert.Equal([1, 2], reader.Taken);
    }

    [Fact]
    public async Task Sixty_four_callers_at_once_get_every_seq_once_in_commit_order()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 64).Select(caller => Task.Run(async () =>
        {
            var mine = new List<long>();
            for (var index = 0; index < 20; index++)
            {
                mine.Add(await _writer.RunAsync(write => Append(write, $"{caller}/{index}")));
            }

            return mine;
        })));

        Assert.All(results, mine => Assert.Equal(mine.Order(), mine));
        Assert.Equal(Enumerable.Range(1, 64 * 20).Select(seq => (long)seq), results.SelectMany(seqs => seqs).Order());
    }

    /// <summary>Holds the writer until all units are queued, so that they are one group.</summary>
    private Task<long>[] QueueBehindAGate(params Func<WriteScope, long>[] units)
    {
        using var gate = new ManualResetEventSlim();
        using var isThere = new ManualResetEventSlim();
        var first = _writer.RunAsync(_ =>
        {
            isThere.Set();
            gate.Wait();
        });
        isThere.Wait();
        var queued = units.Select(unit => _writer.RunAsync(unit)).ToArray();
        gate.Set();
        first.GetAwaiter().GetResult();
        return queued;
    }

    private long Append(WriteScope write, string type) => _log.Append(write, new NewChange(type, "test", "{}"u8.ToArray()));

    private static async Task ExecuteAsync(SqliteConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Fails the first time, as one does whose own read of the database fails.</summary>
    private sealed class StubbornReader : IFirstReader
    {
        private bool _hasFailed;

        public List<long> Taken { get; } = [];

        public void Apply(ChangeRow row)
        {
            if (!_hasFailed)
            {
                _hasFailed = true;
                throw new InvalidOperationException("Not now");
            }

            Taken.Add(row.Seq);
        }
    }
}
