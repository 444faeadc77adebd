using System.Reflection;
using Carillon.Changes;
using Carillon.Conversations;
using Carillon.Events;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Accounts;

/// <summary>What becomes of tokens and sign-ins whose time is over, and of what they still hold open.</summary>
public abstract class EndedAccessTests(bool postgres) : OwnHouse(postgres)
{
    private protected override Dictionary<string, string?> Settings => new() { ["Retention:Every"] = "00:00:00.1" };

    // Whoever holds a request open takes a place for it.
    [Fact]
    public void These_are_all_the_doors_that_stay_open()
    {
        var doors = typeof(CarillonApp).Assembly.GetTypes().Where(type => type.Name.EndsWith("Endpoint", StringComparison.Ordinal) || type.Name.EndsWith("Endpoints", StringComparison.Ordinal))
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public))
            .Where(method => method.GetParameters().Any(parameter => parameter.ParameterType == typeof(StreamPlaces)))
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}");
        Assert.Equal(
            [$"{nameof(ChatEndpoint)}.{nameof(ChatEndpoint.Open)}", $"{nameof(EventsEndpoint)}.{nameof(EventsEndpoint.Stream)}", $"{nameof(MessageEndpoints)}.{nameof(MessageEndpoints.Take)}"],
            doors.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_revoked_token_gets_nothing_more_through_any_door_that_it_holds_open()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var hosted = await ada.SessionAsync(project);
        await ada.ReportAsync($"s-{project}", "idle", $"\"projectId\":\"{project}\"");
        var revoked = await ada.NewTokenAsync(null, null, Scopes.Read, Scopes.Publish, Scopes.Run);
        using var client = House.Server.WithToken((string)revoked["token"]!);
        using var stream = await EventReader.FollowAsync(House.Server.Url, (string)revoked["token"]!);
        using var socket = await ChatReader.OpenAsync(House.Server.Url, client);
        await socket.AttachedAsync(hosted);
        var waiting = client.PostAsync($"/api/v1/sessions/s-{project}/messages/take", """{"wait":25}""");

        (await ada.Page.CallAsync("DELETE", $"/api/v1/tokens/{revoked["id"]}")).Is(204);
        await ada.PublishAsync();
        (await ada.Token.PostAsync($"/api/v1/sessions/{hosted}/messages", """{"id":"m","message":"count to 2"}""")).Is(201);
        (await ada.Token.PostAsync($"/api/v1/sessions/s-{project}/messages", """{"id":"m","message":"a word for the agent"}""")).Is(201);

        var frames = await stream.ToEndAsync();
        Assert.DoesNotContain(frames, frame => frame.Event == "notification_created");
        Assert.Equal("""{"code":"AUTH_EXPIRED"}""", frames[^1].Data);
        Assert.Equal(4401, await socket.ClosedAsync());
        Assert.DoesNotContain(socket.Frames, frame => (string?)frame["type"] is "message" or "chunk");
        Assert.DoesNotContain("a word for the agent", (await waiting).IsProblem(401, "SIGN_IN_REQUIRED").Text, StringComparison.Ordinal);

        // Nor was the word used up: it waits for whoever may have it.
        var taken = (await ada.Token.PostAsync($"/api/v1/sessions/s-{project}/messages/take", """{"wait":0}""")).Is(200).Json["messages"]!.AsArray();
        Assert.Equal("a word for the agent", (string?)Assert.Single(taken)!["text"]);
    }

    [Fact]
    public async Task What_is_over_leaves_the_database_and_what_goes_on_stays()
    {
        var ada = await House.AddAsync();
        var (over, stays) = (await ada.NewTokenAsync(null, null, Scopes.Read), await ada.NewTokenAsync(null, null, Scopes.Read));
        using var phone = await House.SignInAsync(ada.Name);
        (await phone.GetAsync("/api/v1/me", [])).Is(200);
        House.InDatabase(sql => sql.Execute("UPDATE tokens SET expires_at = 1 WHERE id = $1", (string)over["id"]!));
        var signIns = House.InDatabase(sql => sql.Query("SELECT id FROM sign_ins WHERE user_id = $1 ORDER BY id", row => row.GetString(0), ada.Id));
        Assert.Equal(2, signIns.Count);
        House.InDatabase(sql => sql.Execute("UPDATE sign_ins SET expires_at = 1 WHERE id = $1", signIns[1]));

        await House.Admin.UntilAsync("/api/v1/me", _ => House.InDatabase(sql => sql.Number(
            "SELECT (SELECT count(*) FROM tokens WHERE expires_at = 1) + (SELECT count(*) FROM sign_ins WHERE expires_at = 1)")) == 0);
        Assert.Equal(0, House.InDatabase(sql => sql.Number("SELECT count(*) FROM tokens WHERE id = $1", (string)over["id"]!)));
        Assert.Equal(1, House.InDatabase(sql => sql.Number("SELECT count(*) FROM tokens WHERE id = $1", (string)stays["id"]!)));
        Assert.Equal(signIns[..1], House.InDatabase(sql => sql.Query("SELECT id FROM sign_ins WHERE user_id = $1", row => row.GetString(0), ada.Id)));
    }
}

public sealed class EndedAccessOnSqliteTests() : EndedAccessTests(postgres: false);

public sealed class EndedAccessOnPostgresTests() : EndedAccessTests(postgres: true);
