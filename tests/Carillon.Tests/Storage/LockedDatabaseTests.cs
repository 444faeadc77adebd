using System.Net;
using System.Net.Http.Json;
using Carillon.Protocol;

namespace Carillon.Storage;

/// <summary>A database that takes no commits.</summary>
public sealed class LockedDatabaseTests
{
    [Fact]
    public async Task A_publish_that_could_not_be_committed_is_503_and_nothing_of_it_is_kept()
    {
        await using var server = await CarillonServer.StartAsync(
            TestDatabase.Embedded, new() { ["Storage:Connection"] = "Data Source=carillon.db;Default Timeout=1" });
        var ada = await server.MayorAsync();
        var before = await ada.Client.PublishAsync("before");
        using var stream = await EventReader.FollowAsync(server.Url, ada.Token);
        await using (var other = new SqliteDialect("Data Source=carillon.db", server.Folder).CreateWriter())
        {
            await other.OpenAsync();
            await using var begin = other.CreateCommand();
            begin.CommandText = "BEGIN IMMEDIATE";
            await begin.ExecuteNonQueryAsync();

            using var refused = await ada.Client.TryPublishAsync("lost");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Equal("UNAVAILABLE", (await refused.Content.ReadFromJsonAsync(CarillonJson.Default.Problem))!.Code);
            using var ready = await server.Anonymous.GetAsync("/readyz");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            var (code, output, error) = await server.RunAsync(null, "token", "create", "--user", ada.Name, "--scope", "read");
            Assert.Equal((1, string.Empty, "carillon: Another process has held the database's write lock for too long. Try again; if the problem persists, look for a node that hangs.\n"), (code, output, error));
        }

        Assert.Equal(before + 1, await ada.Client.PublishAsync("after"));
        Assert.Equal("after", (await stream.ChangeAsync())!.Message);
        var inbox = await ada.Client.GetFromJsonAsync("/api/v1/notifications", CarillonJson.Default.NotificationList);
        Assert.Equal(["after", "before"], inbox!.Notifications.Select(one => one.Event.Message));
    }
}
