namespace Carillon.Events;

/// <summary>A server that is told to stop.</summary>
public sealed class ShutdownTests
{
    [Fact]
    public async Task Two_hundred_streams_end_cleanly_within_seconds_and_the_log_has_no_error()
    {
        await using var server = await CarillonServer.StartAsync(TestDatabase.Embedded, new() { ["Streams:PerPerson"] = "0" });
        var ada = await server.MayorAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(index => ada.Client.PublishAsync($"{index}")));
        var streams = await Task.WhenAll(Enumerable.Range(0, 200).Select(index =>
            EventReader.FollowAsync(server.Url, ada.Token, index % 2 == 0 ? "" : "?after=0")));

        var ends = streams.Select(stream => stream.ToEndAsync()).ToArray();
        var last = await ada.Client.PublishAsync("last");
        var (took, exitCode) = await server.StopAsync();

        Assert.Equal(0, exitCode);
        Assert.True(took < TimeSpan.FromSeconds(8), $"The server took {took} to stop");
        foreach (var (stream, end) in streams.Zip(ends))
        {
            Assert.Equal(last, (await end).Last(frame => frame.IsChange).Seq);
            Assert.True(stream.EndedCleanly, "A stream was cut off");
            Assert.Empty(stream.Rest);
            stream.Dispose();
        }

        Assert.DoesNotContain("fail:", server.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("warn:", server.Log, StringComparison.Ordinal);
    }
}
