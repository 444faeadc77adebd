using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Notifications;

/// <summary>How far a row, a key and a token reach: membership and addressee, and no project into another.</summary>
public abstract class ReachTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    private const string Path = "/api/v1/notifications";
    private const string Body = """{"type":"build.failed","priority":"action","message":"It broke"}""";

    [Fact]
    public async Task An_idempotency_key_of_one_project_says_nothing_in_another()
    {
        var ada = await House.AddAsync();
        var (first, second) = (await ada.ProjectAsync(), await ada.ProjectAsync());
        using var inFirst = await ada.TokenAsync(first, Scopes.Read, Scopes.Publish);
        using var inSecond = await ada.TokenAsync(second, Scopes.Read, Scopes.Publish);

        (await inFirst.PostAsync(Path, Body, ("Idempotency-Key", "k"))).Is(201);
        var answer = (await inSecond.PostAsync(Path, Body, ("Idempotency-Key", "k"))).Is(201);

        Assert.Equal(second, (string?)answer.Json["notification"]!["event"]!["projectId"]);
        Assert.Single((await inSecond.GetAsync(Path, [])).Is(200).Json["notifications"]!.AsArray());
        (await ada.Token.PostAsync(Path, Body.Replace("{", $$"""{"projectId":"{{first}}",""", StringComparison.Ordinal), ("Idempotency-Key", "k"))).Is(201);
        (await ada.Token.PostAsync(Path, Body.Replace("{", $$"""{"projectId":"{{second}}",""", StringComparison.Ordinal), ("Idempotency-Key", "k")))
            .IsProblem(409, "IDEMPOTENCY_KEY_REUSED");
    }

    [Fact]
    public async Task Who_left_a_closed_project_has_left_its_notifications()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var project = await ada.ProjectAsync(closed: true);
        (await ada.Page.CallAsync("PUT", $"/api/v1/projects/{project}/members/{bob.Name}")).Is(204);
        var id = (string)(await ada.PublishAsync($$""" "projectId":"{{project}}","to":["{{bob.Name}}"] """))["id"]!;
        Assert.Equal(1, (long)(await bob.InboxAsync())["unreadCount"]!);

        (await ada.Page.CallAsync("DELETE", $"/api/v1/projects/{project}/members/{bob.Name}")).Is(204);

        var inbox = await bob.InboxAsync();
        Assert.Empty(inbox["notifications"]!.AsArray());
        Assert.Equal((0, 0), ((long)inbox["unreadCount"]!, (long)inbox["unhandledCount"]!));
        (await bob.Token.GetAsync($"{Path}/{id}", [])).IsProblem(404, "NOTIFICATION_NOT_FOUND");
        (await bob.Token.PatchAsync($"{Path}/{id}", """{"read":true}""")).IsProblem(404, "NOTIFICATION_NOT_FOUND");
        Assert.Equal(0, (int)(await bob.Token.PostAsync($"{Path}/read-all", "{}")).Is(200).Json["updated"]!);
    }

    [Fact]
    public async Task A_cause_of_very_many_rows_is_resolved_whole()
    {
        var ada = await House.AddAsync();
        await Task.WhenAll(Enumerable.Range(0, Inbox.Step + 20).Select(_ => ada.PublishAsync(""" "causeKey":"many" """)));
        Assert.Equal(Inbox.Step + 20, (int)(await ada.Token.PostAsync($"{Path}/resolve", """{"causeKey":"many"}""")).Is(200).Json["updated"]!);
        var inbox = await ada.InboxAsync("?unresolvedOnly=true");
        Assert.Empty(inbox["notifications"]!.AsArray());
        Assert.Equal((Inbox.Step + 20, 0), ((long)inbox["unreadCount"]!, (long)inbox["unhandledCount"]!));
    }

    [Fact]
    public async Task A_louder_repeat_asks_again()
    {
        var ada = await House.AddAsync();
        var id = (string)(await ada.PublishAsync(""" "dedupeKey":"d","causeKey":"c" """))["id"]!;
        (await ada.Token.PatchAsync($"{Path}/{id}", """{"read":true}""")).Is(200);

        var quiet = await ada.PublishAsync(""" "dedupeKey":"d","causeKey":"c" """);
        var loud = (await ada.Token.PostAsync(Path, """{"type":"build.failed","priority":"urgent","message":"Worse","dedupeKey":"d","causeKey":"c"}"""))
            .Is(201).Json["notification"]!;

        Assert.Equal((id, 2), ((string?)quiet["id"], (int)quiet["count"]!));
        Assert.NotNull(quiet["readAt"]);
        Assert.Equal((id, 3), ((string?)loud["id"], (int)loud["count"]!));
        Assert.Null(loud["readAt"]);
        Assert.Null(loud["seenAt"]);
        Assert.Equal(1, (long)(await ada.InboxAsync())["unreadCount"]!);
    }

    [Fact]
    public async Task Half_a_character_in_data_is_refused()
    {
        var ada = await House.AddAsync();
        (await ada.Token.PostAsync(Path, Body.Replace("}", ""","data":{"a":["\ud800"]}}""", StringComparison.Ordinal))).IsProblem(400, "INVALID_NOTIFICATION").Names("data.a");
    }
}

public sealed class ReachOnSqliteTests(Houses houses) : ReachTests(houses, postgres: false);

public sealed class ReachOnPostgresTests(Houses houses) : ReachTests(houses, postgres: true);
