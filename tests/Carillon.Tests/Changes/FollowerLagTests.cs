using System.Diagnostics.Metrics;
using Carillon.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Carillon.Changes;

/// <summary>What a follower says about how far it is.</summary>
public sealed class FollowerLagTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("carillon-follower-").FullName;
    private readonly ChangeLog _log;
    private readonly Writer _writer;
    private readonly Database _database;
    private readonly FollowedLog _followed;

    public FollowerLagTests()
    {
        var dialect = new SqliteDialect("Data Source=carillon.db", _folder);
        _log = new ChangeLog(dialect, Options.Create(new ChangesOptions { Window = 16 }), NullLogger<ChangeLog>.Instance);
        new Migrations(dialect, TimeProvider.System, NullLogger<Migrations>.Instance).Run();
        _log.Start("epoch", 0);
        var outages = new OutageLog(dialect, TimeProvider.System, NullLogger<OutageLog>.Instance);
        _writer = new Writer(dialect, _log, TimeProvider.System, outages, NullLogger<Writer>.Instance);
        _database = new Database(dialect);
        _followed = new FollowedLog(_log, new ChangeTable(_database), _writer, outages, TimeProvider.System, NullLoggerFactory.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        _followed.Dispose();
        await _writer.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_meter_and_the_follower_tell_how_many_changes_it_has_not_taken_in()
    {
        using var slow = new Slow(_followed);
        await slow.StartAsync(default);
        for (var change = 0; change < 3; change++)
        {
            await _writer.RunAsync(write => _log.Append(write, new NewChange("happened", "test", "{}"u8.ToArray())));
        }

        await slow.Began;
        Assert.Equal((3, 3), (slow.Lag, Measured()));
        Assert.True(slow.Behind > TimeSpan.Zero);
        slow.GoOn.SetResult();
        await slow.Done;
        Assert.Equal((0, 0), (slow.Lag, Measured()));
        Assert.Equal(TimeSpan.Zero, slow.Behind);
        await slow.StopAsync(default);
    }

    private static long Measured()
    {
        long? lag = null;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "carillon.follower.lag")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, measured, tags, _) => lag = tags[0].Value is "slow" ? measured : lag);
        listener.Start();
        listener.RecordObservableInstruments();
        return lag ?? throw new InvalidOperationException("Nothing was measured");
    }

    private sealed class Slow(FollowedLog followed) : VolatileFollower("slow", followed)
    {
        private readonly TaskCompletionSource _began = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource GoOn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Began => _began.Task;

        public Task Done => Task.Run(async () =>
        {
            using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
            while (Position < 3)
            {
                await look.WaitForNextTickAsync();
            }
        });

        protected override bool Wants(ChangeRow row) => true;

        protected override Task TakeAsync(ChangeRow row, CancellationToken cancel)
        {
            _began.TrySetResult();
            return GoOn.Task.WaitAsync(cancel);
        }
    }
}
