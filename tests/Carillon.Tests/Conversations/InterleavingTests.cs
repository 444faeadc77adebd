using Carillon.Accounts;
using Carillon.Http;

namespace Carillon.Conversations;

/// <summary>People who come and go, speak and stop each other, in every order.</summary>
public abstract class InterleavingTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    private static readonly string[] Words = ["count to 1", "count to 7", "count to 15", "count to 40", "silent", "fail", "ask", "count to 100000"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public Task Whatever_they_do_everybody_ends_up_with_the_same_conversation(int seed) => PlayAsync(seed, mayEnd: false);

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public Task A_session_that_is_ended_and_restored_all_the_time_is_no_exception(int seed) => PlayAsync(seed, mayEnd: true);

    private async Task PlayAsync(int seed, bool mayEnd)
    {
        var random = new Random(seed);
        Resident[] people = [await House.AddAsync(), await House.AddAsync()];
        var session = await people[0].SessionAsync(await people[0].ProjectWithAsync(people[1]));
        var guests = await Task.WhenAll(Enumerable.Range(0, 3).Select(index => Guest.ComeAsync(House.Server.Url, people[index % 2].Token, session)));
        var sent = new Dictionary<string, string>();
        var path = $"/api/v1/sessions/{session}";
        for (var step = 0; step < 45; step++)
        {
            var guest = guests[random.Next(guests.Length)];
            switch (random.Next(mayEnd ? 12 : 10))
            {
                case 10:
                    (await people[0].Token.PostAsync($"{path}/stop", "{}")).Is(200);
                    break;
                case 11:
                    (await people[1].Token.PostAsync($"{path}/restore", "{}")).Is(200);
                    break;
                case < 4 when sent.Count < 14:
                    var (id, words) = ($"m{step}", Words[random.Next(Words.Length)]);
                    sent[id] = words;
                    await guest.SayAsync(id, words, twice: random.Next(3) == 0);
                    break;
                case < 6:
                    await guest.StopAsync();
                    break;
                case 6:
                    await guest.LeaveAsync();
                    break;
                case 7:
                    await guest.ReturnAsync(cut: true);
                    break;
                case 8:
                    await guest.ReturnAsync(cut: false);
                    break;
                default:
                    await guest.ReadAsync(random.Next(1, 20));
                    break;
            }
        }

        // Whatever never ends by itself is stopped now, until nothing is left to do.
        using var stopping = await ChatReader.OpenAsync(House.Server.Url, people[0].Token);
        while (House.InDatabase(sql => sql.Number("SELECT count(*) FROM runs r JOIN messages m ON m.id = r.message_id WHERE r.session_id = $1 AND r.ended_at IS NULL AND m.text = 'count to 100000'", session)) > 0)
        {
            await stopping.StopAsync(session);
            await stopping.PingAsync();
        }

        await people[0].Token.UntilAsync(path, one => (string?)one["session"]!["activity"] is "idle" or "exited" or "waiting_input" or "killed"
            && House.InDatabase(sql => sql.Number("SELECT count(*) FROM runs WHERE session_id = $1 AND ended_at IS NULL", session)) == 0);
        var listed = (await people[0].Token.GetAsync($"{path}/messages?limit=500", [])).Is(200).Json["messages"]!.AsArray();
        var asked = listed.Where(message => (string)message!["role"]! == "person").ToList();
        Assert.Equal(sent.Values.Order(), asked.Select(message => (string)message!["text"]!).Order());
        var runs = House.InDatabase(sql => sql.Query("SELECT id FROM runs WHERE session_id = $1", row => row.GetString(0), session)).Order(StringComparer.Ordinal).ToList();
        foreach (var guest in guests)
        {
            await guest.ReturnAsync(cut: false);
            await guest.EndsAsync(runs.Count);
            Assert.Equal(listed.Select(message => (long)message!["seq"]!), guest.Transcript.Messages.Keys);
            Assert.Equal(listed.Select(message => (string)message!["text"]!), guest.Transcript.Messages.Values.Select(message => (string)message["text"]!));

            // One end for each run. Without an end of the session it is one for each message, in their order.
            Assert.Equal(runs, guest.Transcript.Ends.Select(end => end.Run).Order(StringComparer.Ordinal));
            Assert.True(mayEnd || asked.Select(message => (string)message!["runId"]!).SequenceEqual(guest.Transcript.Ends.Select(end => end.Run)));
            guest.Dispose();
        }
    }

    /// <summary>Somebody with one device: what it knows of the session outlives its connections.</summary>
    private sealed class Guest : IDisposable
    {
        private readonly Uri _server;
        private readonly HttpClient _like;
        private readonly string _session;
        private readonly Dictionary<string, Transcript> _known = [];
        private ChatReader _reader;

        private Guest(Uri server, HttpClient like, string session, ChatReader reader) => (_server, _like, _session, _reader) = (server, like, session, reader);

        public Transcript Transcript => _reader.Of(_session);

        public static async Task<Guest> ComeAsync(Uri server, HttpClient like, string session)
        {
            var known = new Dictionary<string, Transcript>();
            var guest = new Guest(server, like, session, await ChatReader.OpenAsync(server, like, known));
            guest._known.Add(session, guest.Transcript);
            await guest._reader.AttachedAsync(session, 0);
            return guest;
        }

        public async Task SayAsync(string id, string words, bool twice)
        {
            await _reader.AskAsync(id, _session, words);
            if (twice)
            {
                await _reader.AskAsync(id, _session, words);
            }

            var message = (string)(await _reader.UntilAsync("accepted", frame => (string)frame["id"]! == id))["messageId"]!;
            Assert.DoesNotContain(_reader.Frames, frame => (string)frame["type"]! == "message" && (string)frame["id"]! == message);
        }

        public async Task StopAsync()
        {
            await _reader.StopAsync(_session);
            await _reader.PingAsync();
        }

        public Task LeaveAsync() => _reader.DetachedAsync(_session);

        public async Task ReturnAsync(bool cut)
        {
            if (cut)
            {
                _reader.Cut();
                _reader.Dispose();
                _reader = await ChatReader.OpenAsync(_server, _like, _known);
            }

            await _reader.ResumeAsync(_session);
        }

        public async Task ReadAsync(int pings)
        {
            for (var ping = 0; ping < pings; ping++)
            {
                await _reader.PingAsync();
            }
        }

        public Task EndsAsync(int count) => _reader.EndsAsync(_session, count);

        public void Dispose() => _reader.Dispose();
    }
}

public sealed class InterleavingTestsOnSqlite(Houses houses) : InterleavingTests(houses, postgres: false);

public sealed class InterleavingTestsOnPostgres(Houses houses) : InterleavingTests(houses, postgres: true);
