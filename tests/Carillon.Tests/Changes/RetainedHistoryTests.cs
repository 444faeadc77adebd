namespace Carillon.Changes;

/// <summary>Old rows that go while readers come and go.</summary>
public sealed class RetainedHistoryTests
{
    [Fact]
    public async Task What_retention_took_is_a_gap_and_what_it_left_is_whole()
    {
        await using var server = await CarillonServer.StartAsync(TestDatabase.Embedded, new()
        {
            ["Changes:Window"] = "16",
            ["Retention:ChangeRows"] = "1000",
            ["Retention:Every"] = "00:00:00.1",
        });
        var ada = await server.MayorAsync();
        var start = await ada.Client.PublishAsync("start");
        using var follower = await EventReader.FollowAsync(server.Url, ada.Token, $"?topics=notifications&after={start}");
        var acknowledged = new List<long>();
        var following = follower.ChangesAsync(change => change.Message == "last");

        // The follower keeps up while the rows behind it go.
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async writer =>
        {
            for (var index = 0; index < 150; index++)
            {
                var seq = await ada.Client.PublishAsync($"{writer}/{index}");
                lock (acknowledged)
                {
                    acknowledged.Add(seq);
                }
            }
        }));
        var last = await ada.Client.PublishAsync("last");
        acknowledged.Add(last);
        acknowledged.Sort();
        Assert.Equal(acknowledged, (await following).Select(change => change.Seq));

        // Wait for the trim itself: hello tells the oldest row.
        long oldest;
        do
        {
            using var asking = await EventReader.FollowAsync(server.Url, ada.Token);
            oldest = asking.Hello!.Oldest;
        }
        while (oldest < last - 999);

        Assert.Equal(last - 999, oldest);
        using var lost = await EventReader.FollowAsync(server.Url, ada.Token, $"?after={oldest - 2}");
        Assert.Equal("gap", lost.Hello!.Resume);
        using var kept = await EventReader.FollowAsync(server.Url, ada.Token, $"?topics=notifications&after={oldest - 1}");
        Assert.Equal("ok", kept.Hello!.Resume);
        Assert.Equal(acknowledged.Where(seq => seq >= oldest), (await kept.ChangesAsync(change => change.Seq == last)).Select(change => change.Seq));
        var next = await ada.Client.PublishAsync("goes on live");
        Assert.Equal(next, (await lost.ChangeAsync())!.Seq);
    }
}
