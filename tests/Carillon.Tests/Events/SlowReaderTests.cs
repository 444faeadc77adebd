using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Carillon.Protocol;

namespace Carillon.Events;

/// <summary>Readers that do not read, or hardly.</summary>
public sealed class SlowReaderTests
{
    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Changes:Window"] = "16",
        ["Streams:WriteDeadline"] = "00:00:02",
        ["Streams:Heartbeat"] = "00:00:01",
    };

    [Fact]
    public async Task A_reader_that_stopped_is_closed_behind_whole_frames_and_resumes_without_loss_while_nobody_waits_for_it()
    {
        // A reader has as long again to hear why it is closed, and this test, on a busy machine, to read it.
        await using var server = await CarillonServer.StartAsync(TestDatabase.Embedded, new(Settings) { ["Streams:WriteDeadline"] = "00:00:10" });
        var ada = await server.MayorAsync();
        var start = await ada.Client.PublishAsync("start");
        using var stopped = await EventReader.FollowAsync(server.Url, ada.Token, "?topics=notifications", receiveBuffer: 4096);
        using var dead = await EventReader.FollowAsync(server.Url, ada.Token, "?topics=notifications", receiveBuffer: 4096);
        using var other = await EventReader.FollowAsync(server.Url, ada.Token, "?topics=notifications");
        var slowest = TimeSpan.Zero;
        var acknowledged = new List<long>();
        var reading = other.ChangesAsync(change => change.Message == "last");

        // Far more than sockets hold by themselves.
        for (var index = 0; index < 300; index++)
        {
            var clock = Stopwatch.StartNew();
            acknowledged.Add(await PublishLargeAsync(ada.Client, $"{index}"));
            slowest = clock.Elapsed > slowest ? clock.Elapsed : slowest;
        }

        acknowledged.Add(await PublishLargeAsync(ada.Client, "last"));
        Assert.Equal(acknowledged, (await reading).Select(change => change.Seq));
        Assert.True(slowest < TimeSpan.FromSeconds(10), $"A publisher waited {slowest}");

        // Who reads again in time hears why, behind whole frames.
        await server.LoggedAsync("stopped reading at change", times: 2);
        var frames = await stopped.ToEndAsync();
        Assert.Equal("stream_error", frames[^1].Event);
        Assert.Equal("""{"code":"CLIENT_TOO_SLOW"}""", frames[^1].Data);
        Assert.Null(frames[^1].Id);
        Assert.True(stopped.EndedCleanly);
        Assert.Empty(stopped.Rest);
        await AssertResumesAsync(stopped, frames);

        // Who does not is cut off, and has whole frames up to there all the same.
        await dead.ResetAsync();
        await AssertResumesAsync(dead, await dead.ToEndAsync());

        async Task AssertResumesAsync(EventReader reader, List<Frame> frames)
        {
            var got = frames.Where(frame => frame.IsChange).Select(frame => frame.Seq).ToList();
            Assert.True(got.Count < acknowledged.Count);
            Assert.Equal(acknowledged.Take(got.Count), got);
            using var resumed = await EventReader.FollowAsync(server.Url, ada.Token, $"?topics=notifications&cursor={start}", lastEventId: reader.LastEventId);
            Assert.Equal("ok", resumed.Hello!.Resume);
            Assert.Equal(acknowledged, got.Concat((await resumed.ChangesAsync(change => change.Message == "last")).Select(change => change.Seq)));
        }
    }

    [Fact]
    public async Task A_reader_on_a_thin_line_is_never_closed()
    {
        await using var server = await CarillonServer.StartAsync(TestDatabase.Embedded, Settings);
        var ada = await server.MayorAsync();
        using var thin = await EventReader.FollowAsync(server.Url, ada.Token, "?topics=notifications", receiveBuffer: 16 * 1024);
        var publishing = PublishAllAsync(ada.Client);

        // The line's own pace: for several deadlines far less than what waits.
        using var line = new PeriodicTimer(TimeSpan.FromMilliseconds(40));
        for (var sip = 0; sip < 150 || !publishing.IsCompleted; sip++)
        {
            await line.WaitForNextTickAsync();
            Assert.True(await thin.SipAsync(4 * 1024), "The server closed a reader that reads");
        }

        Assert.Equal(await publishing, (await thin.ChangesAsync(change => change.Message == "last")).Select(change => change.Seq));
    }

    private static async Task<List<long>> PublishAllAsync(HttpClient client)
    {
        var acknowledged = new List<long>();
        for (var index = 0; index < 300; index++)
        {
            acknowledged.Add(await PublishLargeAsync(client, $"{index}"));
        }

        acknowledged.Add(await PublishLargeAsync(client, "last"));
        return acknowledged;
    }

    private static async Task<long> PublishLargeAsync(HttpClient client, string message)
    {
        using var answer = await client.PostAsJsonAsync("/api/v1/notifications", new PublishNotification
        {
            Type = "test.happened",
            Priority = Priorities.Info,
            Message = message,
            Data = new Dictionary<string, JsonElement> { ["filler"] = JsonDocument.Parse($"\"{new string('x', 7_900)}\"").RootElement },
        }, CarillonJson.Default.PublishNotification);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync(CarillonJson.Default.PublishedNotification))!.Notification.Seq;
    }
}
