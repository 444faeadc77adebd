namespace Carillon.Changes;

/// <summary>Random histories of publishing, cuts and reconnects, checked against what was acknowledged.</summary>
public abstract class HistoryContract(SharedServer shared)
{
    [Fact]
    public async Task Readers_that_are_cut_anywhere_and_resume_get_every_acknowledged_change_once_and_in_order()
    {
        var seed = Environment.GetEnvironmentVariable("CARILLON_TEST_SEED") is { Length: > 0 } given
            ? int.Parse(given, System.Globalization.CultureInfo.InvariantCulture)
            : Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"CARILLON_TEST_SEED={seed}");
        var server = await shared.ServerAsync();
        var ada = await server.PersonAsync();
        var bob = await server.PersonAsync();
        var start = await ada.Client.PublishAsync("start");
        var acknowledged = new List<(long Seq, string Message)>();

        var publishing = Task.WhenAll(Enumerable.Range(0, 6).Select(writer => PublishAsync(writer, new Random(seed + writer))));
        var reading = Enumerable.Range(0, 6).Select(reader => ReadAsync(new Random(seed + 100 + reader))).ToArray();
        await publishing;
        acknowledged.Add((await ada.Client.PublishAsync("last"), "last"));
        acknowledged.Sort();

        foreach (var seen in await Task.WhenAll(reading))
        {
            Assert.True(acknowledged.SequenceEqual(seen), $"With CARILLON_TEST_SEED={seed}, acknowledged:\n{string.Join(' ', acknowledged)}\nseen:\n{string.Join(' ', seen)}");
        }

        async Task PublishAsync(int writer, Random random)
        {
            for (var index = 0; index < 60; index++)
            {
                var message = $"{writer}/{index} {new string('x', random.Next(400))}";
                var seq = await ada.Client.PublishAsync(message, to: ada.Name);
                lock (acknowledged)
                {
                    acknowledged.Add((seq, message));
                }

                if (random.Next(3) == 0)
                {
                    await ada.Client.PublishAsync("somebody else's", to: bob.Name);
                }
            }
        }

        async Task<List<(long, string)>> ReadAsync(Random random)
        {
            var seen = new List<(long, string)>();
            string? position = null;
            while (true)
            {
                using var stream = await EventReader.FollowAsync(server.Url, ada.Token, $"?topics=notifications&cursor={start}", lastEventId: position);
                Assert.Equal("ok", stream.Hello!.Resume);

                // Anywhere: between frames, in a frame, in a chunk's head.
                stream.BytesToRead = random.Next(1, 30_000);
                while (await stream.ChangeAsync() is { } change)
                {
                    seen.Add((change.Seq, change.Message));
                    if (change.Message == "last")
                    {
                        return seen;
                    }
                }

                position = stream.LastEventId ?? position;
                stream.Cut();
            }
        }
    }
}

public sealed class HistoryOnSqlite(SharedServerOnSqlite shared) : HistoryContract(shared);

public sealed class HistoryOnPostgres(SharedServerOnPostgres shared) : HistoryContract(shared);
