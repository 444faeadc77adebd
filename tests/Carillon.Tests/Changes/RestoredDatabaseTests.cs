using System.Globalization;
using Carillon.Storage;

namespace Carillon.Changes;

/// <summary>An older copy of the database is another history.</summary>
public sealed class RestoredDatabaseTests
{
    [Fact]
    public async Task A_database_that_goes_back_under_a_running_server_stops_it_and_the_next_start_begins_a_new_epoch()
    {
        await using var server = await CarillonServer.StartAsync(TestDatabase.Embedded);
        var ada = await server.MayorAsync();
        var last = await ada.Client.PublishAsync("not in the copy that took over");
        string epoch;
        using (var before = await EventReader.FollowAsync(server.Url, ada.Token))
        {
            epoch = before.Hello!.Epoch;
        }

        using (var connection = Dialect.For("Data Source=carillon.db", server.Folder).CreateWriter())
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "DELETE FROM changes WHERE seq = (SELECT max(seq) FROM changes)";
            Assert.Equal(1, command.ExecuteNonQuery());
        }

        Assert.Equal(1, await server.EndAsync());
        Assert.Contains("went back", server.Log, StringComparison.Ordinal);
        await server.StartProcessAsync();
        using var stream = await EventReader.FollowAsync(server.Url, ada.Token, $"?after={last}&epoch={epoch}");
        Assert.NotEqual(epoch, stream.Hello!.Epoch);
        Assert.Equal("gap", stream.Hello.Resume);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restoring_an_older_copy_begins_a_new_epoch_and_readers_start_over(bool afterACrash)
    {
        await using var server = await CarillonServer.StartAsync(TestDatabase.Embedded);
        var ada = await server.MayorAsync();
        await ada.Client.PublishAsync("in the copy");
        await server.StopAsync();
        var file = Path.Combine(server.Folder, "carillon.db");
        File.Copy(file, file + ".copy");
        await server.StartProcessAsync();
        string epoch;
        using (var before = await EventReader.FollowAsync(server.Url, ada.Token))
        {
            epoch = before.Hello!.Epoch;
        }

        var lost = await ada.Client.PublishAsync("not in the copy");
        if (afterACrash)
        {
            await RememberedAsync(Path.Combine(server.Folder, "log-position"), lost);
            await server.KillAsync();
        }
        else
        {
            await server.StopAsync();
        }

        File.Delete(file + "-wal");
        File.Delete(file + "-shm");
        File.Move(file + ".copy", file, overwrite: true);
        await server.StartProcessAsync();
        Assert.True(await ada.Client.PublishAsync("another history") <= lost);
        await ada.Client.PublishAsync("goes on");

        using var stream = await EventReader.FollowAsync(server.Url, ada.Token, $"?after={lost}&epoch={epoch}");
        Assert.NotEqual(epoch, stream.Hello!.Epoch);
        Assert.Equal("gap", stream.Hello.Resume);
    }

    [Fact]
    public async Task A_restart_is_not_a_restore()
    {
        await using var server = await CarillonServer.StartAsync(TestDatabase.Embedded);
        var ada = await server.MayorAsync();
        var seq = await ada.Client.PublishAsync("before");
        using var before = await EventReader.FollowAsync(server.Url, ada.Token);
        await server.KillAsync();
        await server.StartProcessAsync();

        using var after = await EventReader.FollowAsync(server.Url, ada.Token, $"?after={seq - 1}&epoch={before.Hello!.Epoch}");

        Assert.Equal(before.Hello.Epoch, after.Hello!.Epoch);
        Assert.Equal("ok", after.Hello.Resume);
        Assert.Equal("before", (await after.ChangeAsync())!.Message);
    }

    /// <summary>Waits until the server has written down that it came so far.</summary>
    private static async Task RememberedAsync(string file, long seq)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var changes = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (long.Parse(File.ReadAllText(file).Split(' ')[1], CultureInfo.InvariantCulture) < seq)
        {
            await changes.WaitForNextTickAsync(patience.Token);
        }
    }
}
