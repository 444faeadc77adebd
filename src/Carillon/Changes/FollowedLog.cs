using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Carillon.Storage;

namespace Carillon.Changes;

/// <summary>The log as followers inside the server read it, and who they are.</summary>
internal sealed class FollowedLog : IDisposable
{
    /// <summary>The meter's name, for whoever exports it.</summary>
    public const string MeterName = "Carillon";

    private readonly ConcurrentQueue<Follower> _followers = new();
    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _skipped;

    public FollowedLog(ChangeLog log, ChangeTable table, Writer writer, OutageLog outages, TimeProvider time, ILoggerFactory loggers)
    {
        (Log, Table, Writer, Outages, Time, Loggers) = (log, table, writer, outages, time, loggers);
        _meter.CreateObservableGauge(
            "carillon.follower.lag", () => _followers.Select(one => new Measurement<long>(one.Lag, KeyValuePair.Create<string, object?>("follower", one.Name))),
            "{change}", "Changes that a follower of the log has not taken in yet");
        _skipped = _meter.CreateCounter<long>("carillon.follower.skipped", "{change}", "Changes that a follower could not read and passed over");
    }

    public ChangeLog Log { get; }

    public ChangeTable Table { get; }

    public Writer Writer { get; }

    public OutageLog Outages { get; }

    public TimeProvider Time { get; }

    public ILoggerFactory Loggers { get; }

    public IReadOnlyCollection<Follower> Followers => _followers;

    public void Add(Follower follower) => _followers.Enqueue(follower);

    public void CountSkipped(Follower follower) => _skipped.Add(1, KeyValuePair.Create<string, object?>("follower", follower.Name));

    public void Dispose() => _meter.Dispose();
}
