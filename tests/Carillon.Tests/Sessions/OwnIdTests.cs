using Carillon.Accounts;
using Carillon.Conversations;
using Carillon.Http;

namespace Carillon.Sessions;

/// <summary>The id that a person's programs give a session is theirs: whoever else uses it has a session of their own.</summary>
public abstract class OwnIdTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    [Fact]
    public async Task Two_people_have_a_session_of_the_same_id_and_neither_stands_in_the_others_way()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var (hers, his) = (await ada.ProjectAsync(closed: true), await bob.ProjectAsync());
        var (taken, free) = (House.NewName("nightly"), House.NewName("nightly"));
        await ada.ReportAsync(taken, "working", $"\"projectId\":\"{hers}\",\"title\":\"Secret\"");

        // What bob hears of an id that ada uses where he sees nothing is what he hears of one that nobody uses.
        foreach (var id in (string[])[taken, free])
        {
            (await bob.Token.GetAsync($"/api/v1/sessions/{id}", [])).IsProblem(404, "SESSION_NOT_FOUND");
            (await ReportAsync(bob, id, "working")).IsProblem(404, "SESSION_NOT_FOUND");
            var made = (await ReportAsync(bob, id, "working", $",\"projectId\":\"{his}\"")).Is(200).Json["session"]!;
            Assert.Equal((his, bob.Name, id), ((string?)made["projectId"], (string?)made["owner"], (string?)made["title"]));
            Assert.Matches($"^{id}(~[a-z0-9]{{8}})?$", (string?)made["id"]);
            Assert.Equal("idle", (string?)(await ReportAsync(bob, id, "idle")).Is(200).Json["session"]!["activity"]);
        }

        Assert.Equal(("Secret", "working"), await ShownAsync(ada, taken));
        Assert.Equal((taken, "idle"), await ShownAsync(bob, taken));
    }

    [Fact]
    public async Task Every_door_takes_the_owners_own_name_for_the_session()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var project = await ada.ProjectWithAsync(bob);
        var id = House.NewName("nightly");
        await ada.ReportAsync(id, "working", $"\"projectId\":\"{project}\",\"title\":\"Hers\"");
        var his = (string)(await ReportAsync(bob, id, "working", $",\"projectId\":\"{project}\",\"title\":\"His\"")).Is(200).Json["session"]!["id"]!;
        Assert.StartsWith($"{id}~", his, StringComparison.Ordinal);

        // Each has the document's word that it is one; a new door has to be tried here.
        var document = (await House.Server.Anonymous.GetAsync("/openapi/v1.json", [])).Is(200).Json;
        var doors = document["paths"]!.AsObject().Where(path => path.Key.StartsWith("/api/v1/sessions/{id}", StringComparison.Ordinal))
            .SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key["/api/v1/sessions/{id}".Length..]}"));
        Assert.Equal(
            [
                "DELETE ", "DELETE /messages/{messageId}", "DELETE /subscription", "GET ", "GET /messages", "GET /pull-requests", "PATCH ", "POST /activity", "POST /messages", "POST /messages/delivered",
                "POST /messages/take", "POST /restore", "POST /stop", "PUT /pull-requests/{provider}/{owner}/{repo}/{number}", "PUT /subscription",
            ],
            doors.Order(StringComparer.Ordinal));

        var path = $"/api/v1/sessions/{id}";
        (await bob.Token.CallAsync("PUT", $"{path}/subscription")).Is(204);
        Assert.Equal($$$"""{"subscriptions":{"{{{id}}}":true,"{{{his}}}":true},"modes":{"{{{id}}}":"all","{{{his}}}":"all"}}""", (await bob.Token.GetAsync($"/api/v1/sessions/subscriptions?ids={id},{his}", [])).Is(200).Text);
        Assert.Equal($$$"""{"subscriptions":{"{{{id}}}":true,"{{{his}}}":false},"modes":{"{{{id}}}":"all","{{{his}}}":"off"}}""", (await ada.Token.GetAsync($"/api/v1/sessions/subscriptions?ids={id},{his}", [])).Is(200).Text);
        (await bob.Token.CallAsync("DELETE", $"{path}/subscription")).Is(204);
        (await bob.Token.PutAsync(id)).Is(200);
        Assert.Single((await bob.Token.GetAsync($"{path}/pull-requests", [])).Is(200).Json["pullRequests"]!.AsArray());
        Assert.Empty((await ada.Token.GetAsync($"{path}/pull-requests", [])).Is(200).Json["pullRequests"]!.AsArray());
        (await bob.Token.PostAsync($"{path}/messages", """{"id":"m","message":"for his agent"}""")).Is(201);
        var waiting = (await bob.Token.PostAsync($"{path}/messages", """{"id":"w","message":"taken back"}""")).Is(201).Json["message"]!;
        (await ada.Token.CallAsync("DELETE", $"{path}/messages/{waiting["id"]}")).IsProblem(404, "MESSAGE_NOT_FOUND");
        (await bob.Token.CallAsync("DELETE", $"{path}/messages/{waiting["id"]}")).Is(204);
        Assert.Equal("for his agent", (string?)(await bob.Token.GetAsync($"{path}/messages", [])).Is(200).Json["messages"]![0]!["text"]);
        Assert.Empty((await ada.Token.PostAsync($"{path}/messages/take", """{"wait":0}""")).Is(200).Json["messages"]!.AsArray());
        var said = (await bob.Token.PostAsync($"{path}/messages/take", """{"wait":0}""")).Is(200).Json["messages"]![0]!;
        Assert.Equal(his, (string?)(await bob.Token.PostAsync($"{path}/messages/delivered", $$"""{"ids":["{{said["id"]}}"]}""")).Is(200).Json["session"]!["id"]);
        Assert.Equal(his, (string?)(await bob.Token.PatchAsync(path, """{"archived":true}""")).Is(200).Json["session"]!["id"]);
        Assert.Null((await ada.Token.GetAsync(path, [])).Is(200).Json["session"]!["archivedAt"]);
        (await bob.Token.PostAsync($"{path}/stop", "{}")).IsProblem(409, "SESSION_NOT_HOSTED");
        (await bob.Token.PostAsync($"{path}/restore", "{}")).IsProblem(409, "SESSION_NOT_HOSTED");

        // A page's address names a session of everybody by its public id, and a program's word its own.
        Assert.Equal("Hers", (await ShownAsync(bob, id, bob.Page)).Title);
        Assert.Equal("His", (await ShownAsync(bob, id)).Title);
        Assert.Equal("His", (await ShownAsync(ada, his)).Title);

        using var reader = await ChatReader.OpenAsync(House.Server.Url, bob.Token);
        await reader.SendAsync($$"""{"type":"attach","sessionId":"{{id}}"}""");
        Assert.Equal(his, (string?)(await reader.UntilAsync("attached"))["sessionId"]);
        await reader.AskAsync("m2", id, "again");
        Assert.Equal(his, (string?)(await reader.UntilAsync("message", frame => (string?)frame["text"] == "again"))["sessionId"]);
        await reader.SendAsync($$"""{"type":"detach","sessionId":"{{id}}"}""");
        await reader.PingAsync();
        (await bob.Token.PostAsync($"{path}/messages", """{"id":"m3","message":"unheard"}""")).Is(201);
        await reader.PingAsync();
        Assert.DoesNotContain(reader.Frames, frame => (string?)frame["text"] == "unheard");
        (await bob.Token.CallAsync("DELETE", path)).Is(204);
        (await ada.Token.GetAsync($"/api/v1/sessions/{his}", [])).IsProblem(404, "SESSION_NOT_FOUND");
        (await ada.Token.GetAsync(path, [])).Is(200);
    }

    [Fact]
    public async Task Alerts_children_and_filters_name_the_session_by_its_public_id()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var project = await ada.ProjectWithAsync(bob);
        var id = House.NewName("nightly");
        await ada.ReportAsync(id, "working", $"\"projectId\":\"{project}\"");
        var his = (string)(await ReportAsync(bob, id, "working", $",\"projectId\":\"{project}\"")).Is(200).Json["session"]!["id"]!;

        var told = (await bob.PublishAsync($"\"projectId\":\"{project}\",\"sessionId\":\"{id}\""))["event"]!;
        Assert.Equal((his, his), ((string?)told["sessionId"], (string?)told["data"]!["subject"]!["session"]!["id"]));
        (await bob.Token.GetAsync($"/api/v1/notifications?sessionId={his}", [])).Is(200);
        Assert.Single((await bob.Token.GetAsync($"/api/v1/notifications?sessionId={id}", [])).Is(200).Json["notifications"]!.AsArray());
        Assert.Equal(1, (int?)(await bob.Token.PostAsync("/api/v1/notifications/read-all", $$"""{"sessionId":"{{id}}"}""")).Is(200).Json["updated"]);

        var child = (await ReportAsync(bob, $"{id}-child", "working", $",\"projectId\":\"{project}\",\"parentSessionId\":\"{id}\"")).Is(200).Json["session"]!;
        Assert.Equal(his, (string?)child["parentSessionId"]);

        // An answer to an alert about ada's session is for her session, whatever bob's programs call theirs.
        const string Reply = """{"id":"send-message","kind":"send-message","label":"Reply"}""";
        await ada.PublishAsync($"\"to\":[\"{bob.Name}\"],\"projectId\":\"{project}\",\"sessionId\":\"{id}\",\"title\":\"Go on?\",\"actions\":[{Reply}]");
        var alert = (await bob.Token.GetAsync("/api/v1/notifications?limit=1", [])).Is(200).Json["notifications"]![0]!;
        Assert.Equal(id, (string?)alert["event"]!["sessionId"]);
        (await bob.PressAsync(alert, "send-message", """{"text":"rm -rf"}""")).IsProblem(403, "SESSION_OWNER_ONLY");
        Assert.Empty((await bob.Token.GetAsync($"/api/v1/sessions/{id}/messages", [])).Is(200).Json["messages"]!.AsArray());
    }

    [Fact]
    public async Task An_id_that_only_the_server_makes_is_nobodys_to_give()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var (hidden, open) = (await ada.ProjectAsync(closed: true), await bob.ProjectAsync());
        var session = await ada.SessionAsync(hidden);
        var refused = (await ReportAsync(bob, session, "working", $",\"projectId\":\"{open}\"")).IsProblem(404, "SESSION_NOT_FOUND");
        Assert.Equal(refused.Text, (await ReportAsync(bob, "ses_0123456789abcdef0123456789abcdef", "working", $",\"projectId\":\"{open}\"")).Text);
        Assert.Equal(refused.Text, (await ReportAsync(bob, "nightly~abcdefgh", "working", $",\"projectId\":\"{open}\"")).Text);
        (await ReportAsync(bob, "nightly~", "working", $",\"projectId\":\"{open}\"")).IsProblem(400, "INVALID_ACTIVITY");
        var visible = await ada.SessionAsync(await ada.ProjectAsync());
        (await ReportAsync(bob, visible, "working", $",\"projectId\":\"{open}\"")).IsProblem(403, "SESSION_OWNER_ONLY");
    }

    [Fact]
    public async Task The_longest_id_may_be_used_by_two_people_at_every_door()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var project = await ada.ProjectWithAsync(bob);
        var id = House.NewName(new string('n', 118)).PadRight(SessionIds.Longest, 'x');
        await ada.ReportAsync(id, "working", $"\"projectId\":\"{project}\"");
        var his = (string)(await ReportAsync(bob, id, "working", $",\"projectId\":\"{project}\"")).Is(200).Json["session"]!["id"]!;
        Assert.Equal(SessionIds.Longest, his.Length);
        (await ReportAsync(bob, his, "idle")).Is(200);
        (await ReportAsync(bob, House.NewName("child"), "working", $",\"projectId\":\"{project}\",\"parentSessionId\":\"{his}\"")).Is(200);
        Assert.Equal(his, (string?)(await bob.PublishAsync($"\"projectId\":\"{project}\",\"sessionId\":\"{his}\""))["event"]!["sessionId"]);
        (await bob.Token.PostAsync("/api/v1/notifications/read-all", $$"""{"sessionId":"{{his}}"}""")).Is(200);
        using var reader = await ChatReader.OpenAsync(House.Server.Url, bob.Token);
        await reader.AttachedAsync(his);
    }

    [Fact]
    public async Task First_reports_that_race_make_one_session_for_each_owner()
    {
        var people = new[] { await House.AddAsync(), await House.AddAsync(), await House.AddAsync() };
        var project = await people[0].ProjectAsync();
        var id = House.NewName("nightly");
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(async number =>
        {
            var person = people[number % people.Length];
            var answer = await ReportAsync(person, id, "working", $",\"projectId\":\"{project}\"");
            return (person.Name, Id: (string)answer.Is(200).Json["session"]!["id"]!);
        }));
        Assert.Equal(people.Select(person => person.Name).Order(StringComparer.Ordinal), answers.Distinct().Select(answer => answer.Name).Order(StringComparer.Ordinal));
        Assert.Equal(people.Length, answers.Select(answer => answer.Id).Distinct().Count());
        Assert.Single(answers.Select(answer => answer.Id).Distinct(), id);
    }

    private static Task<Answer> ReportAsync(Resident person, string session, string activity, string members = "") =>
        person.Token.PostAsync($"/api/v1/sessions/{session}/activity", $$"""{"activity":"{{activity}}"{{members}}}""");

    private static async Task<(string? Title, string? Activity)> ShownAsync(Resident person, string id, HttpClient? with = null)
    {
        var session = (await (with ?? person.Token).GetAsync($"/api/v1/sessions/{id}", [])).Is(200).Json["session"]!;
        return ((string?)session["title"], (string?)session["activity"]);
    }
}

public sealed class OwnIdOnSqliteTests(Houses houses) : OwnIdTests(houses, postgres: false);

public sealed class OwnIdOnPostgresTests(Houses houses) : OwnIdTests(houses, postgres: true);
