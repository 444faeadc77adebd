using System.Text.Json.Nodes;
using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Notifications;

public abstract class PublishTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    private const string Path = "/api/v1/notifications";

    [Theory]
    [InlineData("title", 80, true)]
    [InlineData("title", 81, false)]
    [InlineData("title", 0, false)]
    [InlineData("message", 1000, true)]
    [InlineData("message", 1001, false)]
    [InlineData("message", 0, false)]
    [InlineData("type", 64, true)]
    [InlineData("type", 65, false)]
    [InlineData("dedupeKey", 200, true)]
    [InlineData("dedupeKey", 201, false)]
    [InlineData("causeKey", 200, true)]
    [InlineData("causeKey", 201, false)]
    [InlineData("sessionId", 128, true)]
    [InlineData("sessionId", 129, false)]
    public async Task Lengths_have_limits(string member, int length, bool fits) =>
        await JudgeAsync(Body(member, new string('x', length)), fits, member);

    [Theory]
    [InlineData("title", "a\nb", false)]
    [InlineData("title", "a\tb", false)]
    [InlineData("title", "a\u0000b", false)]
    [InlineData("title", "a\u001bb", false)]
    [InlineData("title", "a\u007fb", false)]
    [InlineData("title", "a\u0085b", false)]
    [InlineData("title", "a\u202eb", false)]
    [InlineData("title", "a\u2066b", false)]
    [InlineData("title", "   ", false)]
    [InlineData("title", "Ünïcödé 🔔 العربية", true)]
    [InlineData("message", "two\nlines\tand a tab", true)]
    [InlineData("message", "a\u001b[31m", false)]
    [InlineData("message", "a\u202eb", false)]
    [InlineData("message", "\n\n", false)]
    [InlineData("type", "Build.Failed", false)]
    [InlineData("type", "build failed", false)]
    [InlineData("type", "some.new-word_2", true)]
    [InlineData("priority", "URGENT", false)]
    [InlineData("priority", "loud", false)]
    [InlineData("dedupeKey", "a\nb", false)]
    [InlineData("causeKey", "a\u0000b", false)]
    public async Task Words_can_be_shown_as_they_are(string member, string text, bool fits) => await JudgeAsync(Body(member, text), fits, member);

    [Theory]
    [InlineData("""{"a":"b"}""", true)]
    [InlineData("""{}""", true)]
    [InlineData("""{"subject":{}}""", false)]
    [InlineData("""{"schemaVersion":4}""", false)]
    [InlineData("""{"semanticType":"x"}""", false)]
    [InlineData("""{"callback":"https://evil.example"}""", false)]
    [InlineData("""{"callbackUrl":"https://evil.example"}""", false)]
    [InlineData("""{"Callback-URL":"https://evil.example"}""", false)]
    [InlineData("""{"webhook_url":"https://evil.example"}""", false)]
    [InlineData("""{"deep":[{"webhook":"https://evil.example"}]}""", false)]
    [InlineData("""{"callbackEndpoint":"https://evil.example"}""", false)]
    [InlineData("""{"webhookEndpoint":"https://evil.example"}""", false)]
    [InlineData("""{"a":{"b":[{"Web-Hook_target":"https://evil.example"}]}}""", false)]
    [InlineData("""{"recall":"fine","call":"back","my_callback_note":"is text"}""", true)]
    public async Task Data_carries_no_callback_and_nothing_that_is_the_servers_own(string data, bool fits) =>
        await JudgeAsync(Body("data", JsonNode.Parse(data)!), fits, "data");

    [Fact]
    public async Task Data_has_at_most_8_KiB()
    {
        await JudgeAsync(Body("data", new JsonObject { ["a"] = new string('x', 8_100) }), true, "data");
        await JudgeAsync(Body("data", new JsonObject { ["a"] = new string('x', 8_193) }), false, "data");
        await JudgeAsync(Body("data", new JsonObject { ["a"] = new string('€', 3_000) }), false, "data");
        await JudgeAsync(Body("data", new JsonObject(Enumerable.Range(0, 2_000).Select(number => KeyValuePair.Create($"{number}", (JsonNode?)number)))), false, "data");
    }

    [Theory]
    [InlineData(4, "mark-read", true)]
    [InlineData(5, "mark-read", false)]
    [InlineData(1, "kill-session", false)]
    [InlineData(1, "open-url", false)]
    [InlineData(1, "callback", false)]
    [InlineData(1, "Dismiss", false)]
    [InlineData(1, "merge-pr", true)]
    [InlineData(1, "open-session", true)]
    [InlineData(1, "open-pr", true)]
    [InlineData(1, "open-review", true)]
    [InlineData(1, "open-ci", true)]
    [InlineData(1, "restore-session", true)]
    [InlineData(1, "send-message", true)]
    [InlineData(1, "dismiss", true)]
    public async Task Actions_are_at_most_four_of_the_known_kinds(int count, string kind, bool fits) =>
        await JudgeAsync(Body("actions", new JsonArray([.. Enumerable.Range(0, count).Select(number => Action($"a{number}", kind))])), fits, fits ? "" : count > 4 ? "4 actions" : kind);

    [Fact]
    public async Task What_happened_lies_in_the_past_give_or_take_a_wrong_clock()
    {
        var now = TimeProvider.System.GetUtcNow();
        await JudgeAsync(Body("occurredAt", UtcTimeConverter.Text(now.AddMinutes(4))), true, "occurredAt");
        await JudgeAsync(Body("occurredAt", UtcTimeConverter.Text(now.AddMinutes(6))), false, "occurredAt lies more than 5 minutes in the future");
        await JudgeAsync(Body("occurredAt", "9999-12-31T23:59:59Z"), false, "occurredAt");
        await JudgeAsync(Body("occurredAt", "1969-12-31T23:59:59Z"), false, "occurredAt");
        await JudgeAsync(Body("occurredAt", "1999-12-31T23:59:59Z"), true, "occurredAt");
    }

    [Fact]
    public async Task An_action_is_whole_and_its_id_stands_once()
    {
        await JudgeAsync(Body("actions", new JsonArray(Action("a", "dismiss"), Action("a", "mark-read"))), false, "id");
        await JudgeAsync(Body("actions", new JsonArray((JsonNode?)null)), false, "action");
        await JudgeAsync(Body("actions", new JsonArray(new JsonObject { ["id"] = "a", ["kind"] = "dismiss" })), false, "label");
        await JudgeAsync(Body("actions", new JsonArray(new JsonObject { ["id"] = "a", ["kind"] = "dismiss", ["label"] = new string('x', 41) })), false, "label");
        await JudgeAsync(Body("actions", new JsonArray(new JsonObject { ["id"] = "a", ["kind"] = "dismiss", ["label"] = "b", ["callbackUrl"] = "https://github.com/" })), false, "callbackUrl");
        await JudgeAsync(Body("actions", new JsonArray(new JsonObject { ["id"] = "a", ["kind"] = "open-session", ["label"] = "b", ["route"] = "//evil.example" })), false, "route");
        await JudgeAsync(Body("actions", new JsonArray(new JsonObject { ["id"] = "a", ["kind"] = "open-pr", ["label"] = "b", ["url"] = "https://evil.example/" })), false, "url");
    }

    [Fact]
    public async Task Addressees_are_names_PN_IDs_and_everyone_who_sees_the_project()
    {
        var ada = await House.AddAsync();
        var bob = await House.AddAsync();
        var eve = await House.AddAsync();
        var closed = await ada.ProjectAsync(closed: true);
        (await ada.Page.CallAsync("PUT", $"/api/v1/projects/{closed}/members/{bob.Name}")).Is(204);

        Assert.Equal(1, await SendAsync(null));
        Assert.Equal(1, (await CountAsync(ada)));
        Assert.Equal(2, await SendAsync($"""["{bob.Name.ToUpperInvariant()}","{ada.PushId}","{bob.PushId}"]"""));
        Assert.Equal((2, 1), (await CountAsync(ada), await CountAsync(bob)));
        Assert.Equal(2, await SendAsync("""["everyone"]""", closed));
        Assert.Equal((3, 2, 0), (await CountAsync(ada), await CountAsync(bob), await CountAsync(eve)));

        foreach (var (to, project) in new[]
        {
            ("""["nobody-at-all"]""", null), ("""["pn_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]""", null), ($"""["{ada.Name}","nobody-at-all"]""", null),
            ($"""["{eve.Name}"]""", closed), ($"""["{eve.PushId}"]""", closed), ("""["root"]""", closed), ("""[""]""", null),
        })
        {
            (await ada.Token.PostAsync(Path, Json(to, project))).IsProblem(404, "RECIPIENT_NOT_FOUND");
        }

        foreach (var to in new[] { "[]", "[null]", new JsonArray([.. Enumerable.Range(0, 101).Select(number => (JsonNode)$"n{number}")]).ToJsonString() })
        {
            (await ada.Token.PostAsync(Path, Json(to, null))).IsProblem(400, "INVALID_NOTIFICATION").Names("to");
        }

        Assert.Equal((3, 2, 0), (await CountAsync(ada), await CountAsync(bob), await CountAsync(eve)));

        async Task<int> SendAsync(string? to, string? project = null) => (int)(await ada.Token.PostAsync(Path, Json(to, project))).Is(201).Json["recipients"]!;
        static async Task<int> CountAsync(Resident person) => (await person.InboxAsync("?limit=500"))["notifications"]!.AsArray().Count(row => (string?)row!["event"]!["type"] == "addressed");
        static string Json(string? to, string? project) =>
            $$"""{"type":"addressed","priority":"info","message":"m"{{(to is null ? "" : $",\"to\":{to}")}}{{(project is null ? "" : $",\"projectId\":\"{project}\"")}}}""";
    }

    [Fact]
    public async Task A_session_belongs_to_its_own_project()
    {
        var ada = await House.AddAsync();
        var (one, two) = (await ada.ProjectAsync(), await ada.ProjectAsync());
        await ada.ReportAsync($"s-{one}", "working", $"\"projectId\":\"{one}\"");
        Assert.Equal(one, (string?)(await ada.PublishAsync($"\"sessionId\":\"s-{one}\""))["event"]!["projectId"]);
        (await ada.Token.PostAsync(Path, $$"""{"type":"t","priority":"info","message":"m","sessionId":"s-{{one}}","projectId":"{{two}}"}""")).IsProblem(404, "SESSION_NOT_FOUND");
    }

    [Fact]
    public async Task The_same_Idempotency_Key_answers_with_the_same_result()
    {
        var ada = await House.AddAsync();
        var bob = await House.AddAsync();
        const string Body = """{"type":"t","priority":"info","message":"once","data":{"n":[1,2]}}""";
        var key = ("Idempotency-Key", $"key-{ada.Name}");
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => ada.Token.PostAsync(Path, Body, key)));
        Assert.Single(answers.Select(answer => answer.Is(201).Text).Distinct());
        await InboxTests.MarkAsync(ada, answers[0].Json["notification"]!, """{"read":true}""");
        Assert.Equal(answers[0].Text, (await ada.Token.PostAsync(Path, Body, key)).Is(201).Text);
        Assert.Single((await ada.InboxAsync())["notifications"]!.AsArray());

        (await ada.Token.PostAsync(Path, Body.Replace("once", "twice", StringComparison.Ordinal), key)).IsProblem(409, "IDEMPOTENCY_KEY_REUSED");
        Assert.NotEqual(answers[0].Text, (await bob.Token.PostAsync(Path, Body, key)).Is(201).Text);
        foreach (var wrong in new[] { new string('k', 201), "", " " })
        {
            (await ada.Token.PostAsync(Path, Body, ("Idempotency-Key", wrong))).IsProblem(400, "INVALID_NOTIFICATION").Names("Idempotency-Key");
        }


        // What was refused is not remembered.
        var other = ("Idempotency-Key", $"other-{ada.Name}");
        (await ada.Token.PostAsync(Path, """{"type":"t","priority":"info","message":"m","to":["nobody-at-all"]}""", other)).IsProblem(404, "RECIPIENT_NOT_FOUND");
        (await ada.Token.PostAsync(Path, Body, other)).Is(201);
    }

    [Fact]
    public async Task A_repeat_joins_the_row_that_is_unseen_or_unresolved()
    {
        var ada = await House.AddAsync();
        const string Keys = "\"dedupeKey\":\"d\",\"causeKey\":\"c\"";
        var first = await ada.PublishAsync(Keys);
        var second = await ada.PublishAsync(Keys + ",\"title\":\"Newer\",\"sessionId\":\"s2\"");
        Assert.Equal((string?)first["id"], (string?)second["id"]);
        Assert.True((long)second["seq"]! > (long)first["seq"]!);
        Assert.Equal((long)first["seq"]!, (long)second["rangSeq"]!);
        Assert.Equal(2, (int)second["count"]!);
        Assert.Equal("Newer", (string?)second["event"]!["title"]);
        Assert.Equal("s2", (string?)second["event"]!["sessionId"]);
        Assert.Equal("s2", (string?)second["event"]!["data"]!["subject"]!["session"]!["id"]);
        var typed = (await ada.Token.PostAsync(Path, $$"""{"type":"build.worse","priority":"urgent","message":"m",{{Keys}}}""")).Is(201).Json["notification"]!;
        Assert.Equal(("build.worse", "build.worse", "urgent"), ((string?)typed["event"]!["type"], (string?)typed["event"]!["data"]!["semanticType"], (string?)typed["event"]!["priority"]));

        // Read, but not resolved: the same thing still stands, and a repeat of it is not news.
        await InboxTests.MarkAsync(ada, first, """{"read":true,"archived":true}""");
        var quiet = await ada.PublishAsync(Keys);
        Assert.Equal((string?)first["id"], (string?)quiet["id"]);
        Assert.NotNull(quiet["readAt"]);
        Assert.NotNull(quiet["archivedAt"]);

        // Resolved and seen: what comes now is new.
        Assert.Equal(1, (int)(await ada.Token.PostAsync("/api/v1/notifications/resolve", """{"causeKey":"c"}""")).Is(200).Json["updated"]!);
        Assert.NotEqual((string?)first["id"], (string?)(await ada.PublishAsync(Keys))["id"]);
        Assert.NotEqual((string?)first["id"], (string?)(await ada.PublishAsync("\"dedupeKey\":\"another\""))["id"]);

        // Without a cause nothing ever resolves it, and the same words stay as the person left them.
        var causeless = await ada.PublishAsync("\"dedupeKey\":\"no cause\"");
        await InboxTests.MarkAsync(ada, causeless, """{"read":true,"archived":true}""");
        var again = await ada.PublishAsync("\"dedupeKey\":\"no cause\"");
        Assert.Equal((string?)causeless["id"], (string?)again["id"]);
        Assert.NotNull(again["readAt"]);
        Assert.NotNull(again["archivedAt"]);
    }

    [Theory]
    [InlineData("session.needs_input")]
    [InlineData("session.")]
    [InlineData("pr.merge_ready")]
    [InlineData("run.finished")]
    [InlineData("run.of.mine")]
    public async Task What_the_server_tells_nobody_else_does(string type) => await JudgeAsync(Body("type", type), false, "only the server");

    [Theory]
    [InlineData("sessions.listed")]
    [InlineData("session")]
    [InlineData("runner.done")]
    [InlineData("my.session.done")]
    public async Task A_word_that_only_begins_alike_is_free(string type) => await JudgeAsync(Body("type", type), true, "");

    [Fact]
    public async Task A_record_names_who_published_it_whoever_reads_it()
    {
        var ada = await House.AddAsync();
        var bob = await House.AddAsync();
        Assert.Equal(ada.Name, (string?)(await ada.PublishAsync($"\"to\":[\"{bob.Name}\"],\"dedupeKey\":\"d\""))["event"]!["by"]);
        Assert.Equal(ada.Name, (string?)(await bob.InboxAsync())["notifications"]![0]!["event"]!["by"]);
        Assert.Equal(bob.Name, (string?)(await bob.PublishAsync(with: bob.Page))["event"]!["by"]);

        // What the server says by itself carries no name, not even that of whose report it was.
        var project = await ada.ProjectAsync();
        await ada.ReportAsync($"s-{project}", "waiting_input", $"\"projectId\":\"{project}\"");
        Assert.False((await ada.AlertAsync("session.needs_input", resolved: false))["event"]!.AsObject().ContainsKey("by"));
    }

    [Fact]
    public async Task A_dedupe_key_reaches_only_the_publishers_own_rows_of_that_project()
    {
        var ada = await House.AddAsync();
        var bob = await House.AddAsync();
        var (one, two) = (await ada.ProjectAsync(), await ada.ProjectAsync());
        await ada.ReportAsync($"s-{one}", "waiting_input", $"\"projectId\":\"{one}\"");
        var rung = (await ada.Token.UntilAsync("/api/v1/notifications", list => list["notifications"]!.AsArray().Count == 1)).Json["notifications"]![0]!;
        var ids = new HashSet<string> { (string)rung["id"]! };
        foreach (var (person, members) in new[]
        {
            (bob, "\"dedupeKey\":\"d\""), (ada, "\"dedupeKey\":\"d\""), (ada, $"\"dedupeKey\":\"d\",\"projectId\":\"{one}\""), (ada, $"\"dedupeKey\":\"d\",\"projectId\":\"{two}\""),

            // The notifier's own key.
            (bob, $"\"dedupeKey\":\"session:s-{one}:session.needs_input\""),
        })
        {
            Assert.True(ids.Add((string)(await person.PublishAsync($"{members},\"to\":[\"{ada.Name}\"]"))["id"]!));
        }
    }

    [Fact]
    public async Task Resolving_takes_back_ones_own_causes_and_no_others()
    {
        var ada = await House.AddAsync();
        var bob = await House.AddAsync();
        await ada.PublishAsync($"\"causeKey\":\"c\",\"to\":[\"{ada.Name}\",\"{bob.Name}\"]");
        await bob.PublishAsync($"\"causeKey\":\"c\",\"to\":[\"{ada.Name}\"]");
        Assert.Equal(2, (int)(await ada.Token.PostAsync("/api/v1/notifications/resolve", """{"causeKey":"c"}""")).Is(200).Json["updated"]!);
        Assert.Equal(0, (int)(await ada.Token.PostAsync("/api/v1/notifications/resolve", """{"causeKey":"c"}""")).Is(200).Json["updated"]!);
        Assert.Single((await ada.InboxAsync("?unresolvedOnly=true"))["notifications"]!.AsArray());
        Assert.Equal(2, (int)(await ada.InboxAsync())["unreadCount"]!);
        Assert.Equal(1, House.InDatabase(sql => sql.Number("SELECT count(*) FROM changes WHERE person_id = $1 AND type = 'notification_resolved'", ada.Id)));
        Assert.Equal(1, House.InDatabase(sql => sql.Number("SELECT count(*) FROM changes WHERE person_id = $1 AND type = 'notification_resolved'", bob.Id)));
        (await ada.Token.PostAsync("/api/v1/notifications/resolve", """{"causeKey":""}""")).IsProblem(400, "INVALID_NOTIFICATION").Names("causeKey");
        (await ada.Token.PostAsync("/api/v1/notifications/resolve", "{}")).IsProblem(400, "INVALID_NOTIFICATION").Names("causeKey");
    }

    private async Task JudgeAsync(string body, bool fits, string named)
    {
        var answer = await House.Admin.PostAsync(Path, body);
        if (fits)
        {
            answer.Is(201);
        }
        else
        {
            answer.IsProblem(400, "INVALID_NOTIFICATION").Names(named);
        }
    }

    private static string Body(string member, JsonNode value)
    {
        var body = new JsonObject { ["type"] = "t", ["priority"] = "info", ["message"] = "m" };
        body[member] = value;
        return body.ToJsonString();
    }

    private static JsonObject Action(string id, string kind) => new() { ["id"] = id, ["kind"] = kind, ["label"] = "Do it" };
}

public sealed class PublishOnSqliteTests(Houses houses) : PublishTests(houses, postgres: false);

public sealed class PublishOnPostgresTests(Houses houses) : PublishTests(houses, postgres: true);
