using Carillon.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Carillon.Changes;

/// <summary>What old rows become, on either database.</summary>
public abstract class RetentionContract : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("carillon-retention-").FullName;
    private Dialect _dialect = null!;
    private Writer _writer = null!;
    private Database _database = null!;
    private ChangeTable _table = null!;

    public async ValueTask InitializeAsync()
    {
        _dialect = Dialect.For((await DatabaseAsync()).Connection ?? "Data Source=carillon.db", _folder);
        new Migrations(_dialect, TimeProvider.System, NullLogger<Migrations>.Instance).Run();
        var log = new ChangeLog(_dialect, Options.Create(new ChangesOptions { Window = 16 }), NullLogger<ChangeLog>.Instance);
        _writer = new Writer(
            _dialect, log, TimeProvider.System, new OutageLog(_dialect, TimeProvider.System, NullLogger<OutageLog>.Instance), NullLogger<Writer>.Instance);
        _database = new Database(_dialect);
        _table = new ChangeTable(_database);
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Rows_over_the_number_go_oldest_first()
    {
        await FillAsync(3_500, TimeSpan.Zero);

        await TrimAsync(new RetentionOptions { ChangeRows = 1_200 });

        Assert.Equal(2_301, await _table.OldestAsync(default));
        Assert.Equal(3_500, await _table.HeadAsync(default));
        Assert.Equal(1_200, await _database.FirstAsync("SELECT count(*) FROM changes", row => row.GetInt64(0), default));
    }

    [Fact]
    public async Task Rows_over_the_age_go_oldest_first()
    {
        await FillAsync(30, TimeSpan.FromDays(3));
        await FillAsync(20, TimeSpan.FromDays(1));

        await TrimAsync(new RetentionOptions { Changes = TimeSpan.FromDays(2) });

        Assert.Equal(31, await _table.OldestAsync(default));
        Assert.Equal(20, (await _table.ReadAsync(0, default)).Count);
    }

    [Fact]
    public async Task A_clock_that_went_back_makes_no_hole()
    {
        await FillAsync(5, TimeSpan.FromDays(1));
        await FillAsync(5, TimeSpan.FromDays(9));
        await FillAsync(5, TimeSpan.FromDays(1));

        await TrimAsync(new RetentionOptions { Changes = TimeSpan.FromDays(2) });

        Assert.Equal([11, 12, 13, 14, 15], (await _table.ReadAsync(0, default)).Select(row => row.Seq));
    }

    [Fact]
    public async Task The_newest_row_stays_and_keeps_the_seq()
    {
        await FillAsync(40, TimeSpan.FromDays(400));

        await TrimAsync(new RetentionOptions());

        Assert.Equal([40], (await _table.ReadAsync(0, default)).Select(row => row.Seq));
        await FillAsync(1, TimeSpan.Zero);
        Assert.Equal(41, await _table.HeadAsync(default));
    }

    [Fact]
    public async Task Nothing_to_remove_is_no_trouble()
    {
        await TrimAsync(new RetentionOptions());
        await FillAsync(3, TimeSpan.Zero);
        await TrimAsync(new RetentionOptions());

        Assert.Equal(3, (await _table.ReadAsync(0, default)).Count);
    }

    private protected abstract Task<TestDatabase> DatabaseAsync();

    private Task TrimAsync(RetentionOptions options) =>
        new Retention(_writer, [new RetainedChanges()], Options.Create(options), TimeProvider.System, NullLogger<Retention>.Instance).TrimAsync(default);

    /// <summary>Adds rows of that age behind those that are there.</summary>
    private Task FillAsync(int count, TimeSpan age) => _writer.RunAsync(write =>
    {
        var head = write.Sql.Number(ChangeTable.Head);
        ChangeTable.Insert(write, [.. Enumerable.Range(1, count).Select(index => new ChangeRow
        {
            Seq = head + index, Type = "test", Topic = "test", Payload = "{}"u8.ToArray(), CreatedAt = write.Now - age,
        })]);
    });
}

public sealed class RetentionOnSqlite : RetentionContract
{
    private protected override Task<TestDatabase> DatabaseAsync() => Task.FromResult(TestDatabase.Embedded);
}

public sealed class RetentionOnPostgres : RetentionContract
{
    private protected override Task<TestDatabase> DatabaseAsync() => TestDatabase.PostgresAsync();
}
