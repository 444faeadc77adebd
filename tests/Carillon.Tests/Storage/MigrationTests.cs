using Microsoft.Extensions.Logging.Abstractions;

namespace Carillon.Storage;

public sealed class MigrationTests
{
    [Fact]
    public async Task A_start_on_a_machine_that_hardly_runs_is_not_cut_off_between_two_scripts()
    {
        var database = await TestDatabase.PostgresAsync();
        var dialect = Dialect.For(database.Connection!, Path.GetTempPath());
        var time = new HaltingTime();
        new Migrations(dialect, time, NullLogger<Migrations>.Instance).Run();

        await using var connection = dialect.CreateWriter();
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        using var statements = new Statements(connection, dialect);
        Assert.True(statements.Number("SELECT count(*) FROM migrations") > 1);
        Assert.True(time.HasHalted);
        await dialect.CloseAsync();
    }

    /// <summary>Takes longer, once, than a node may hold everybody's lock in a commit.</summary>
    private sealed class HaltingTime : TimeProvider
    {
        public bool HasHalted { get; private set; }

        public override DateTimeOffset GetUtcNow()
        {
            if (!HasHalted)
            {
                HasHalted = true;

                // Nothing sets it: what is waited for is the time itself.
                using var never = new ManualResetEventSlim();
                never.Wait(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
            }

            return base.GetUtcNow();
        }
    }
}
