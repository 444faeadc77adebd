using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Accounts;

public abstract partial class TokenTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    private static readonly TimeProvider Time = TimeProvider.System;

    [Fact]
    public async Task A_token_is_car_and_43_characters_shown_once_and_stored_as_a_hash()
    {
        var ada = await House.AddAsync();
        var created = await ada.NewTokenAsync(null, null, Scopes.Read);
        var secret = (string)created["token"]!;
        Assert.Matches("^car_[A-Za-z0-9_-]{43}$", secret);

        var listed = (await ada.Page.GetAsync("/api/v1/tokens", [])).Is(200);
        Assert.DoesNotContain(secret, listed.Text, StringComparison.Ordinal);
        Assert.Contains((string)created["id"]!, listed.Text, StringComparison.Ordinal);
        Assert.Equal(1, House.InDatabase(sql => sql.Number("SELECT count(*) FROM tokens WHERE hash = $1", SignInTests.HashOf(secret))));
        Assert.Equal(0, House.InDatabase(sql => sql.Number("SELECT count(*) FROM tokens WHERE hash = $1 OR name = $1 OR id = $1", secret)));
    }

    [Fact]
    public async Task A_token_may_do_what_its_scopes_say_on_every_endpoint()
    {
        var ada = await House.AddAsync(Roles.Admin);
        var tokens = new Dictionary<string, HttpClient>();
        foreach (var scope in Scopes.All)
        {
            tokens[scope] = await ada.TokenAsync(scopes: scope);
        }

        var document = (await House.Server.Anonymous.GetAsync("/openapi/v1.json", [])).Is(200).Json;
        var operations = document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}")).Append("GET /events").Order().ToList();

        // Whoever maps a new endpoint decides here who may call it.
        Assert.Equal(Needed.Keys.Order(), operations);
        foreach (var (operation, scope) in Needed)
        {
            var (method, path) = operation.Split(' ') is [var verb, var template] ? (verb, template) : default;
            path = path!.Replace("{id}", "x-1", StringComparison.Ordinal).Replace("{name}", "x-1", StringComparison.Ordinal).Replace("{actionId}", "x-1", StringComparison.Ordinal).Replace("{messageId}", "x-1", StringComparison.Ordinal);
            var body = method is "POST" or "PATCH" || operation.StartsWith("PUT /api/v1/sessions/{id}/pull-requests", StringComparison.Ordinal) ? "{}" : null;
            var anonymous = await House.Server.Anonymous.CallAsync(method!, path, body);
            if (scope == Public)
            {
                Assert.NotInRange(anonymous.Status, 401, 403);
                continue;
            }

            anonymous.IsProblem(401, "SIGN_IN_REQUIRED");
            foreach (var (held, client) in tokens.Where(token => scope != Anybody && token.Key != scope && !(token.Key == Scopes.Publish && OfEither.Contains(operation))))
            {
                var refused = await client.CallAsync(method!, path, body);
                Assert.True(refused.Status == 403, $"{operation} with {held}: {refused.Status}");
                refused.IsProblem(403, "SCOPE_MISSING").Names(scope);
            }

            // A stream would go on for ever.
            if (operation != "GET /events")
            {
                var allowed = await tokens[scope == Anybody ? Scopes.Tickets : scope].CallAsync(method!, path, body);
                Assert.True(allowed.Status is not 401 && (allowed.Status != 403 || (string?)allowed.Json["code"] != "SCOPE_MISSING"), $"{operation}: {allowed.Text}");
            }
        }
    }

    [Fact]
    public async Task Members_do_not_administer_people_whatever_their_token_says()
    {
        var ada = await House.AddAsync();
        using var token = await ada.TokenAsync(scopes: [.. Scopes.All]);
        foreach (var client in new[] { token, ada.Page })
        {
            (await client.GetAsync("/api/v1/users", [])).IsProblem(403, "ADMIN_ONLY");
            (await client.PostAsync("/api/v1/users", """{"name":"x","password":"long enough"}""")).IsProblem(403, "ADMIN_ONLY");
            (await client.CallAsync("DELETE", "/api/v1/users/root")).IsProblem(403, "ADMIN_ONLY");
            (await client.PatchAsync($"/api/v1/users/{ada.Name}", """{"role":"admin"}""")).IsProblem(403, "ADMIN_ONLY");
            (await client.GetAsync("/api/v1/projects?all=true", [])).IsProblem(403, "ADMIN_ONLY");

            // Somebody else's account answers like one that does not exist.
            var other = (await client.PatchAsync("/api/v1/users/root", """{"password":"long enough"}""")).IsProblem(404, "USER_NOT_FOUND");
            Assert.Equal(other.Text, (await client.PatchAsync("/api/v1/users/nobody", """{"password":"long enough"}""")).Text);
        }
    }

    [Fact]
    public async Task A_token_that_is_bound_to_a_project_sees_and_changes_nothing_else()
    {
        var ada = await House.AddAsync(Roles.Admin);
        var (inside, outside) = (await ada.ProjectAsync(), await ada.ProjectAsync());
        await ada.ReportAsync($"in-{inside}", "working", $"\"projectId\":\"{inside}\"");
        await ada.ReportAsync($"out-{outside}", "working", $"\"projectId\":\"{outside}\"");
        var own = await ada.PublishAsync($"\"projectId\":\"{inside}\",\"causeKey\":\"c\"");
        var other = await ada.PublishAsync($"\"projectId\":\"{outside}\",\"causeKey\":\"c\"");
        var none = await ada.PublishAsync("\"causeKey\":\"c\"");
        using var bound = await ada.TokenAsync(inside, [.. Scopes.All]);

        // Lists
        Assert.Equal([inside], (await bound.GetAsync("/api/v1/projects", [])).Is(200).Json["projects"]!.AsArray().Select(project => (string)project!["id"]!));
        Assert.Equal([$"in-{inside}"], (await bound.GetAsync("/api/v1/sessions", [])).Is(200).Json["sessions"]!.AsArray().Select(session => (string)session!["id"]!));
        var inbox = (await bound.GetAsync("/api/v1/notifications", [])).Is(200).Json;
        Assert.Equal([(string)own["id"]!], inbox["notifications"]!.AsArray().Select(row => (string)row!["id"]!));
        Assert.Equal(1, (long)inbox["unreadCount"]!);

        // Single things
        foreach (var row in new[] { other, none })
        {
            (await bound.GetAsync($"/api/v1/notifications/{row["id"]}", [])).IsProblem(404, "NOTIFICATION_NOT_FOUND");
            (await bound.PatchAsync($"/api/v1/notifications/{row["id"]}", """{"read":true}""")).IsProblem(404, "NOTIFICATION_NOT_FOUND");
        }

        (await bound.GetAsync($"/api/v1/projects/{outside}", [])).IsProblem(404, "PROJECT_NOT_FOUND");
        (await bound.PatchAsync($"/api/v1/projects/{outside}", """{"name":"x"}""")).IsProblem(404, "PROJECT_NOT_FOUND");
        (await bound.CallAsync("PUT", $"/api/v1/projects/{outside}/members/root")).IsProblem(404, "PROJECT_NOT_FOUND");
        (await bound.GetAsync($"/api/v1/notifications?projectId={outside}", [])).IsProblem(404, "PROJECT_NOT_FOUND");
        (await bound.GetAsync($"/api/v1/sessions?projectId={outside}", [])).IsProblem(404, "PROJECT_NOT_FOUND");
        (await bound.GetAsync($"/api/v1/sessions/out-{outside}", [])).IsProblem(404, "SESSION_NOT_FOUND");
        (await bound.PostAsync($"/api/v1/sessions/out-{outside}/activity", """{"activity":"idle"}""")).IsProblem(404, "SESSION_NOT_FOUND");
        (await bound.GetAsync($"/events?projectId={outside}", [])).IsProblem(404, "PROJECT_NOT_FOUND");
        (await bound.PostAsync("/api/v1/projects", """{"id":"elsewhere","name":"x"}""")).IsProblem(403, "SCOPE_MISSING");

        // Writing
        Assert.Equal(1, (int)(await bound.PostAsync("/api/v1/notifications/resolve", """{"causeKey":"c"}""")).Is(200).Json["updated"]!);
        Assert.Equal(1, (int)(await bound.PostAsync("/api/v1/notifications/read-all", "{}")).Is(200).Json["updated"]!);
        Assert.Equal(0, (int)(await bound.PostAsync("/api/v1/notifications/read-all", $$"""{"ids":["{{other["id"]}}","{{none["id"]}}"]}""")).Is(200).Json["updated"]!);
        (await bound.PostAsync("/api/v1/notifications", $$"""{"type":"t","priority":"info","message":"m","projectId":"{{outside}}"}""")).IsProblem(404, "PROJECT_NOT_FOUND");
        Assert.Equal(inside, (string?)(await ada.PublishAsync(with: bound))["event"]!["projectId"]);
        Assert.Equal(2, (long)(await ada.InboxAsync($"?projectId={outside}"))["unreadCount"]! + (long)(await ada.InboxAsync("?unreadOnly=true&limit=1"))["notifications"]!.AsArray().Count);

        // The account: it could make itself a free token otherwise.
        (await bound.PostAsync("/api/v1/tokens", """{"name":"free","scopes":["admin"]}""")).IsProblem(403, "SCOPE_MISSING");
        (await bound.GetAsync("/api/v1/tokens", [])).IsProblem(403, "SCOPE_MISSING");
        (await bound.GetAsync("/api/v1/sign-ins", [])).IsProblem(403, "SCOPE_MISSING");
        (await bound.GetAsync("/api/v1/users", [])).IsProblem(403, "SCOPE_MISSING");
        (await bound.PostAsync("/api/v1/users", """{"name":"free","password":"long enough","role":"admin"}""")).IsProblem(403, "SCOPE_MISSING");
        (await bound.PatchAsync("/api/v1/users/root", """{"password":"long enough"}""")).IsProblem(403, "SCOPE_MISSING");
        (await bound.GetAsync("/api/v1/projects?all=true", [])).IsProblem(403, "ADMIN_ONLY");
    }

    [Fact]
    public async Task A_revoked_token_ends_at_once_and_only_its_owner_revokes_it()
    {
        var ada = await House.AddAsync();
        var eve = await House.AddAsync();
        var created = await ada.NewTokenAsync(null, null, Scopes.Read);
        using var client = House.Server.WithToken((string)created["token"]!);
        (await client.GetAsync("/api/v1/me", [])).Is(200);
        (await eve.Page.CallAsync("DELETE", $"/api/v1/tokens/{created["id"]}")).IsProblem(404, "TOKEN_NOT_FOUND");
        (await ada.Page.CallAsync("DELETE", $"/api/v1/tokens/{created["id"]}")).Is(204);
        (await client.GetAsync("/api/v1/me", [])).IsProblem(401, "SIGN_IN_REQUIRED");
        (await ada.Page.CallAsync("DELETE", $"/api/v1/tokens/{created["id"]}")).IsProblem(404, "TOKEN_NOT_FOUND");
    }

    [Fact]
    public async Task An_expired_token_is_no_token()
    {
        var ada = await House.AddAsync();
        var created = await ada.NewTokenAsync(null, Time.GetUtcNow().AddDays(1), Scopes.Read);
        Assert.NotNull((string?)created["expiresAt"]);
        House.InDatabase(sql => sql.Execute("UPDATE tokens SET expires_at = $2 WHERE id = $1", (string)created["id"]!, Time.GetUtcNow().AddSeconds(-1).ToUnixTimeMilliseconds()));
        using var client = House.Server.WithToken((string)created["token"]!);
        (await client.GetAsync("/api/v1/me", [])).IsProblem(401, "SIGN_IN_REQUIRED");
    }

    [Fact]
    public async Task Last_use_is_shown()
    {
        var ada = await House.AddAsync();
        var created = await ada.NewTokenAsync(null, null, Scopes.Read);
        JsonNode? Listed(JsonNode list) => list["tokens"]!.AsArray().Single(token => (string?)token!["id"] == (string?)created["id"])!["lastUsedAt"];
        Assert.Null(Listed((await ada.Page.GetAsync("/api/v1/tokens", [])).Json));
        using var client = House.Server.WithToken((string)created["token"]!);
        (await client.GetAsync("/api/v1/me", [])).Is(200);
        await ada.Page.UntilAsync("/api/v1/tokens", list => Listed(list) is not null);
    }

    [Theory]
    [InlineData("""{"name":"","scopes":["read"]}""", "name")]
    [InlineData("""{"name":"x","scopes":[]}""", "scope")]
    [InlineData("""{"name":"x","scopes":["everything"]}""", "everything")]
    [InlineData("""{"name":"x","scopes":[null]}""", "scope")]
    [InlineData("""{"name":"x","scopes":["read"],"expiresAt":"2001-01-01T00:00:00Z"}""", "expiresAt")]
    [InlineData("""{"name":"x","scopes":["read"],"expiresAt":"tomorrow"}""", "expiresAt")]
    [InlineData("""{"name":"x"}""", "scopes")]
    [InlineData("""{"name":"x","scopes":"read"}""", "scopes")]
    [InlineData("""{"name":"x","scopes":["read"],"owner":"root"}""", "owner")]
    public async Task What_is_wrong_with_a_wanted_token_is_named(string body, string named) =>
        (await House.Admin.PostAsync("/api/v1/tokens", body)).IsProblem(400, "INVALID_REQUEST").Names(named);

    [Fact]
    public async Task A_token_for_a_project_that_its_owner_does_not_see_is_refused_like_an_unknown_one()
    {
        var ada = await House.AddAsync();
        var eve = await House.AddAsync();
        var hidden = await ada.ProjectAsync(closed: true);
        var refused = (await eve.Page.PostAsync("/api/v1/tokens", $$"""{"name":"x","scopes":["read"],"projectId":"{{hidden}}"}""")).IsProblem(404, "PROJECT_NOT_FOUND");
        Assert.Equal(refused.Text, (await eve.Page.PostAsync("/api/v1/tokens", """{"name":"x","scopes":["read"],"projectId":"nothing"}""")).Text);
    }

    [Theory]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer car_")]
    [InlineData("Bearer car_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("Basic cm9vdDpwYXNzd29yZC1vZi1yb290")]
    [InlineData("car_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task What_is_no_token_is_nobody(string authorization) =>
        (await House.Server.Anonymous.GetAsync("/api/v1/me", ("Authorization", authorization))).IsProblem(401, "SIGN_IN_REQUIRED");

    [Fact]
    public async Task A_request_with_both_is_judged_by_its_token()
    {
        var ada = await House.AddAsync();
        (await ada.Page.GetAsync("/api/v1/me", ("Authorization", "Bearer car_wrong"))).IsProblem(401, "SIGN_IN_REQUIRED");
    }

    [Fact]
    public void People_are_offered_the_scopes_that_something_needs() =>
        Assert.Equal(Scopes.Offered.Order(), Needed.Values.Except([Public, Anybody]).Distinct().Order());

    private const string Public = "nobody in particular";
    private const string Anybody = "anybody";

    // An agent elsewhere is told with the scope of its hooks.
    [Fact]
    public async Task The_page_offers_the_same_scopes()
    {
        var page = await File.ReadAllTextAsync(InRepository("web/src/accounts/tokens.tsx"));
        var offered = OfferedByThePage().Match(page).Groups[1].Value;
        Assert.Equal(string.Join(", ", Scopes.Offered.Select(scope => $"'{scope}'")), offered);
    }

    private static string InRepository(string path, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "../../..", path);

    [GeneratedRegex(@"offeredScopes[^=]*= \[([^\]]*)\]")]
    private static partial Regex OfferedByThePage();

    private static readonly string[] OfEither = ["PATCH /api/v1/sessions/{id}", "POST /api/v1/sessions/{id}/messages", "DELETE /api/v1/sessions/{id}/messages/{messageId}"];

    private static readonly Dictionary<string, string> Needed = new()
    {
        ["GET /api/v1/setup"] = Public,
        ["POST /api/v1/setup"] = Public,
        ["POST /api/v1/sign-in"] = Public,
        ["POST /api/v1/sign-ins"] = Public,
        ["POST /api/v1/sign-out"] = Anybody,
        ["GET /api/v1/me"] = Anybody,
        ["GET /api/v1/sign-ins"] = Scopes.Admin,
        ["DELETE /api/v1/sign-ins/{id}"] = Scopes.Admin,
        ["GET /api/v1/tokens"] = Scopes.Admin,
        ["POST /api/v1/tokens"] = Scopes.Admin,
        ["DELETE /api/v1/tokens/{id}"] = Scopes.Admin,
        ["GET /api/v1/audit"] = Scopes.Admin,
        ["GET /api/v1/audit/export"] = Scopes.Admin,
        ["GET /api/v1/users"] = Scopes.Admin,
        ["POST /api/v1/users"] = Scopes.Admin,
        ["PATCH /api/v1/users/{name}"] = Scopes.Admin,
        ["DELETE /api/v1/users/{name}"] = Scopes.Admin,
        ["GET /api/v1/projects"] = Scopes.Read,
        ["POST /api/v1/projects"] = Scopes.Publish,
        ["GET /api/v1/projects/{id}"] = Scopes.Read,
        ["PATCH /api/v1/projects/{id}"] = Scopes.Admin,
        ["DELETE /api/v1/projects/{id}"] = Scopes.Admin,
        ["PUT /api/v1/projects/{id}/members/{name}"] = Scopes.Admin,
        ["DELETE /api/v1/projects/{id}/members/{name}"] = Scopes.Admin,
        ["GET /api/v1/notifications"] = Scopes.Read,
        ["POST /api/v1/notifications"] = Scopes.Publish,
        ["GET /api/v1/notifications/{id}"] = Scopes.Read,
        ["PATCH /api/v1/notifications/{id}"] = Scopes.Read,
        ["POST /api/v1/notifications/read-all"] = Scopes.Read,
        ["POST /api/v1/notifications/resolve"] = Scopes.Publish,
        ["GET /api/v1/action-token"] = Scopes.Read,
        ["POST /api/v1/notifications/{id}/actions/{actionId}"] = Scopes.Read,
        ["GET /api/v1/sessions"] = Scopes.Read,
        ["GET /api/v1/sessions/{id}"] = Scopes.Read,
        ["POST /api/v1/sessions/{id}/activity"] = Scopes.Publish,
        ["GET /api/v1/agents"] = Scopes.Read,
        ["POST /api/v1/sessions"] = Scopes.Run,
        ["POST /api/v1/sessions/{id}/stop"] = Scopes.Run,
        ["POST /api/v1/sessions/{id}/restore"] = Scopes.Run,
        ["GET /api/v1/sessions/{id}/messages"] = Scopes.Read,

        // Likewise.
        ["PATCH /api/v1/sessions/{id}"] = Scopes.Run,
        ["DELETE /api/v1/sessions/{id}"] = Scopes.Run,

        // And publish, when the agent runs elsewhere.
        ["DELETE /api/v1/sessions/{id}/messages/{messageId}"] = Scopes.Run,
        ["POST /api/v1/sessions/{id}/messages"] = Scopes.Run,
        ["POST /api/v1/sessions/{id}/messages/take"] = Scopes.Publish,
        ["POST /api/v1/sessions/{id}/messages/delivered"] = Scopes.Publish,
        ["GET /api/v1/sessions/{id}/pull-requests"] = Scopes.Read,
        ["PUT /api/v1/sessions/{id}/pull-requests/{provider}/{owner}/{repo}/{number}"] = Scopes.Publish,

        // One's own bell.
        ["GET /api/v1/sessions/subscriptions"] = Scopes.Read,
        ["PUT /api/v1/sessions/{id}/subscription"] = Scopes.Read,
        ["DELETE /api/v1/sessions/{id}/subscription"] = Scopes.Read,
        ["GET /events"] = Scopes.Read,
    };
}

public sealed class TokenOnSqliteTests(Houses houses) : TokenTests(houses, postgres: false);

public sealed class TokenOnPostgresTests(Houses houses) : TokenTests(houses, postgres: true);
