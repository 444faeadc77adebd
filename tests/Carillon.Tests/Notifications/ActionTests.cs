using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Notifications;

public abstract class ActionTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    private const string Header = "X-AO-Action-Token";

    [Fact]
    public async Task Each_kind_answers_with_where_to_go_or_why_not()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        await ada.ReportAsync($"s-{project}", "working", $"\"projectId\":\"{project}\"");
        var route = $"/projects/{project}/sessions/s-{project}";
        await ExecutesAsync("open-session", "", 200, $$"""{"route":"{{route}}"}""");
        await ExecutesAsync("open-session", ",\"route\":\"/elsewhere\"", 200, """{"route":"/elsewhere"}""");
        foreach (var kind in new[] { "open-pr", "open-review", "open-ci" })
        {
            await ExecutesAsync(kind, ",\"url\":\"https://github.com/a/b/pull/7\"", 200, """{"url":"https://github.com/a/b/pull/7"}""");
            await ExecutesAsync(kind, ",\"route\":\"/pr/7\"", 200, """{"route":"/pr/7"}""");
            await ExecutesAsync(kind, "", 422, "ACTION_TARGET_INVALID");
        }

        // An agent that runs elsewhere cannot be reached from here; what can be is tested where it is done.
        await ExecutesAsync("restore-session", "", 409, "ACTION_PRECONDITION_FAILED");
        await ExecutesAsync("send-message", "", 400, "INVALID_REQUEST");
        await ExecutesAsync("merge-pr", "", 409, "ACTION_PRECONDITION_FAILED");

        await ExecutesAsync("mark-read", "", 200, "{}");
        await ExecutesAsync("dismiss", "", 200, "{}");

        async Task ExecutesAsync(string kind, string more, int status, string expected)
        {
            var row = await ada.PublishAsync($$"""
                "sessionId":"s-{{project}}","actions":[{"id":"do","kind":"{{kind}}","label":"Do it"{{more}}}]
                """);
            var token = await TokenAsync(ada.Token);
            var answer = await ada.Token.PostAsync($"/api/v1/notifications/{row["id"]}/actions/do", "{}", (Header, token));
            var after = (await ada.Token.GetAsync($"/api/v1/notifications/{row["id"]}", [])).Is(200).Json["notification"]!;
            if (status == 200)
            {
                Assert.Equal($$"""{"ok":true,"actionId":"do","kind":"{{kind}}","result":{{expected}}}""", answer.Is(200).Text);
                Assert.NotNull(after["readAt"]);
                Assert.Equal(kind == "dismiss", after["archivedAt"] is not null);
                Assert.Null(after["resolvedAt"]);
            }
            else
            {
                answer.IsProblem(status, expected);
                Assert.Null(after["readAt"]);
            }
        }
    }

    [Fact]
    public async Task An_action_needs_a_current_token_of_the_same_access()
    {
        var ada = await House.AddAsync();
        var eve = await House.AddAsync();
        var row = await ada.PublishAsync("\"actions\":[{\"id\":\"do\",\"kind\":\"mark-read\",\"label\":\"Read\"}]");
        var path = $"/api/v1/notifications/{row["id"]}/actions/do";
        var token = await TokenAsync(ada.Page);
        var other = await TokenAsync(ada.Token);

        (await ada.Page.PostAsync(path, "{}")).IsProblem(403, "ACTION_NOT_ALLOWED");
        foreach (var wrong in new[] { "", "wrong", other, await TokenAsync(eve.Page), token[..^1], token + "A", token[..^4] + "AAAA", "////////////" + token[12..], new string('A', 54) })
        {
            (await ada.Page.PostAsync(path, "{}", (Header, wrong))).IsProblem(403, "ACTION_NOT_ALLOWED");
        }

        // Without a token nobody learns what exists.
        (await ada.Page.PostAsync("/api/v1/notifications/ntf_nothing/actions/do", "{}")).IsProblem(403, "ACTION_NOT_ALLOWED");
        (await ada.Page.PostAsync("/api/v1/notifications/ntf_nothing/actions/do", "{}", (Header, token))).IsProblem(404, "NOTIFICATION_NOT_FOUND");
        (await ada.Page.PostAsync(path[..^2] + "dont", "{}", (Header, token))).IsProblem(404, "ACTION_NOT_FOUND");
        (await ada.Page.PostAsync(path, """{"text":"hello"}""", (Header, token))).IsProblem(400, "INVALID_REQUEST");
        (await ada.Page.PostAsync(path, """{"force":true}""", (Header, token))).IsProblem(400, "INVALID_REQUEST").Names("force");
        Assert.Null((await ada.InboxAsync())["notifications"]![0]!["readAt"]);
        (await ada.Page.PostAsync(path, "{}", (Header, token))).Is(200);
        (await ada.Page.PostAsync(path, "{}", (Header, token))).Is(200);

        (await ada.Page.PostAsync("/api/v1/sign-out", "{}")).Is(204);
        (await ada.Page.PostAsync(path, "{}", (Header, token))).IsProblem(401, "SIGN_IN_REQUIRED");
    }

    private static async Task<string> TokenAsync(HttpClient client)
    {
        var answer = (await client.GetAsync("/api/v1/action-token", [])).Is(200).Json;
        Assert.True((DateTimeOffset)answer["expiresAt"]! > TimeProvider.System.GetUtcNow());
        return (string)answer["token"]!;
    }
}

public sealed class ActionOnSqliteTests(Houses houses) : ActionTests(houses, postgres: false)
{
    [Fact]
    public async Task An_address_is_checked_again_when_it_is_opened()
    {
        await using var server = await CarillonServer.StartAsync(TestDatabase.Embedded);
        using var ada = await server.AddPersonAsync("ada", admin: true);
        const string Body = """{"type":"t","priority":"action","message":"m","actions":[{"id":"a","kind":"open-pr","label":"Open","url":"https://github.com/a"},{"id":"b","kind":"open-ci","label":"Open","url":"https://gitlab.com/a"}]}""";
        var row = (string)(await ada.PostAsync("/api/v1/notifications", Body)).Is(201).Json["notification"]!["id"]!;

        // The operator takes hosts away.
        await server.StopAsync();
        await File.WriteAllTextAsync(Path.Combine(server.Folder, "carillon.json"), """{"Actions":{"Hosts":["gitlab.com"]}}""");
        await server.StartProcessAsync();
        var token = ("X-AO-Action-Token", (string)(await ada.GetAsync("/api/v1/action-token", [])).Is(200).Json["token"]!);
        (await ada.PostAsync($"/api/v1/notifications/{row}/actions/a", "{}", token)).IsProblem(422, "ACTION_TARGET_INVALID").Names("gitlab.com");
        (await ada.PostAsync($"/api/v1/notifications/{row}/actions/b", "{}", token)).Is(200);
        (await ada.PostAsync("/api/v1/notifications", Body)).IsProblem(400, "INVALID_NOTIFICATION");
    }
}

public sealed class ActionOnPostgresTests(Houses houses) : ActionTests(houses, postgres: true);

public sealed class ActionTokensTests
{
    private readonly SetTime _time = new();

    [Fact]
    public void A_token_runs_out_and_serves_only_the_access_that_it_was_made_for()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("carillon-test-").FullName;
        try
        {
            var tokens = new ActionTokens(ServerSecret.Open(null, folder), _time);
            var token = tokens.Issue(Access("sgn_1"));
            Assert.True(tokens.IsValid(Access("sgn_1"), token.Token));
            Assert.False(tokens.IsValid(Access("sgn_2"), token.Token));
            Assert.False(tokens.IsValid(Access("sgn_1"), null));
            Assert.False(new ActionTokens(ServerSecret.Open(new string('A', 43), folder), _time).IsValid(Access("sgn_1"), token.Token));

            _time.Now = token.ExpiresAt.AddSeconds(-1);
            Assert.True(tokens.IsValid(Access("sgn_1"), token.Token));
            _time.Now = token.ExpiresAt;
            Assert.False(tokens.IsValid(Access("sgn_1"), token.Token));
        }
        finally
        {
            System.IO.Directory.Delete(folder, recursive: true);
        }
    }

    private Access Access(string id) => new(null, _time.Now) { Id = id, Hash = id, Kind = AccessKind.SignIn, PersonId = "usr_1", Name = "test", Scopes = Scopes.All };

    private sealed class SetTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
