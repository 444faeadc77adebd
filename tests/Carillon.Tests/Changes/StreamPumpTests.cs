using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Carillon.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Carillon.Changes;

/// <summary>What the pump makes of changes that it meets in one pass.</summary>
public sealed class StreamPumpTests : IDisposable
{
    private readonly ChangeLog _log = new(new SqliteDialect("Data Source=none.db", "/"), Options.Create(new ChangesOptions { Window = 64 }), NullLogger<ChangeLog>.Instance);
    private readonly EverybodySees _visibility = new();
    private readonly StreamPump _pump;

    public StreamPumpTests() => _pump = new StreamPump(_log, _visibility, new StreamsOptions(), TimeProvider.System, NullLogger<StreamPump>.Instance);

    public void Dispose() => _pump.Dispose();

    [Fact]
    public async Task A_change_for_all_reaches_a_reader_when_another_ended_in_the_same_pass()
    {
        var (ada, adaAccess, ended) = Follow("ada");
        var (bob, _, _) = Follow("bob");
        await BothJoinAsync(ada, bob);

        adaAccess.IsEnded = true;
        _log.PublishRead([Row(2, person: "ada"), Row(3, topic: "accounts"), Row(4)]);

        Assert.Equal(Departure.AccessEnded, await ended);
        Assert.Equal("4", await bob.NextAsync());
    }

    private async Task BothJoinAsync(Wire ada, Wire bob)
    {
        _log.PublishRead([Row(1)]);
        Assert.Equal("1", await ada.NextAsync());
        Assert.Equal("1", await bob.NextAsync());
    }

    private (Wire Wire, TestAccess Access, Task<Departure> Ended) Follow(string person)
    {
        var wire = new Wire();
        var access = new TestAccess(person);
        var subscriber = new Subscriber(access, new ChangeFilter(person, TopicSet.All, null, null, _visibility), wire, heartbeatEvents: false)
        {
            EndsAt = DateTimeOffset.MaxValue,
        };
        return (wire, access, _pump.FollowAsync(subscriber));
    }

    private static ChangeRow Row(long seq, string topic = "sessions", string? person = null) => new()
    {
        Seq = seq,
        Type = "test",
        Topic = topic,
        PersonId = person,
        Payload = "{}"u8.ToArray(),
        CreatedAt = DateTimeOffset.UnixEpoch,
    };

    private sealed class TestAccess(string person) : IReaderAccess
    {
        public bool IsEnded { get; set; }

        public string PersonId => person;

        public string? BoundProjectId => null;

        public bool HasEnded(DateTimeOffset now) => IsEnded;
    }

    private sealed class EverybodySees : IVisibility
    {
        public bool Sees(string personId, string projectId) => true;

        public IReadOnlySet<string>? Viewers(string projectId) => null;
    }

    /// <summary>Takes everything at once, and tells the ids of what it took.</summary>
    private sealed class Wire : StreamOutput
    {
        private readonly Channel<string> _ids = Channel.CreateUnbounded<string>();

        public Task<string> NextAsync() => _ids.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        public override Task? Write(in Outgoing data)
        {
            foreach (var line in Encoding.UTF8.GetString(data.Content.Span).Split('\n').Where(line => line.StartsWith("id: ", StringComparison.Ordinal)))
            {
                _ids.Writer.TryWrite(long.Parse(line[4..], CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture));
            }

            return null;
        }

        public override void Finish()
        {
        }
    }
}
