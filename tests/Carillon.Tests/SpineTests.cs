using System.Net;
using System.Net.Http.Json;
using Carillon.Protocol;

namespace Carillon;

[AlsoNative]
public sealed class SpineTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_acknowledged_is_there_after_the_power_went(bool onPostgres)
    {
        await using var database = onPostgres ? await TestDatabase.PostgresAsync() : TestDatabase.Embedded;
        await using var server = await CarillonServer.StartAsync(database);
        using var ada = await server.AddPersonAsync("ada", admin: true);

        using var published = await ada.PostAsJsonAsync(
            "/api/v1/notifications", new PublishNotification { Type = "build.failed", Priority = Priorities.Urgent, Message = "It broke" },
            CarillonJson.Default.PublishNotification);
        Assert.Equal(HttpStatusCode.Created, published.StatusCode);
        await server.KillAsync();
        await server.StartProcessAsync();

        var list = await ada.GetFromJsonAsync("/api/v1/notifications", CarillonJson.Default.NotificationList);
        Assert.Equal("It broke", Assert.Single(list!.Notifications).Event.Message);
        Assert.Equal(1, list.UnreadCount);
    }
}
