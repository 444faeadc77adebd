using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Accounts;

public abstract class ProjectTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    [Fact]
    public async Task Everybody_sees_an_open_project_and_only_members_see_a_closed_one()
    {
        var ada = await House.AddAsync();
        var bob = await House.AddAsync();
        var (open, closed) = (await ada.ProjectAsync(), await ada.ProjectAsync(closed: true));
        Assert.Equal([ada.Name], (await bob.Token.GetAsync($"/api/v1/projects/{open}", [])).Is(200).Json["project"]!["members"]!.AsArray().Select(name => (string)name!));
        var hidden = (await bob.Token.GetAsync($"/api/v1/projects/{closed}", [])).IsProblem(404, "PROJECT_NOT_FOUND");
        Assert.Equal(hidden.Text, (await bob.Token.GetAsync("/api/v1/projects/nothing", [])).Text);
        Assert.DoesNotContain(closed, (await bob.Token.GetAsync("/api/v1/projects", [])).Is(200).Text, StringComparison.Ordinal);

        (await ada.Page.CallAsync("PUT", $"/api/v1/projects/{closed}/members/{bob.Name}")).Is(204);
        (await ada.Page.CallAsync("PUT", $"/api/v1/projects/{closed}/members/{bob.Name}")).Is(204);
        (await bob.Token.GetAsync($"/api/v1/projects/{closed}", [])).Is(200);
        (await ada.Page.CallAsync("DELETE", $"/api/v1/projects/{closed}/members/{bob.Name}")).Is(204);
        (await bob.Token.GetAsync($"/api/v1/projects/{closed}", [])).IsProblem(404, "PROJECT_NOT_FOUND");
        (await ada.Page.CallAsync("PUT", $"/api/v1/projects/{closed}/members/nobody")).IsProblem(404, "USER_NOT_FOUND");
    }

    [Fact]
    public async Task Hidden_and_unknown_answer_alike_everywhere()
    {
        var ada = await House.AddAsync();
        var eve = await House.AddAsync();
        var hidden = await ada.ProjectAsync(closed: true);
        await ada.ReportAsync($"session-of-{hidden}", "working", $"\"projectId\":\"{hidden}\"");
        var row = (string)(await ada.PublishAsync($"\"projectId\":\"{hidden}\""))["id"]!;
        (string Method, string Path, string? Body)[] askings =
        [
            ("GET", $"/api/v1/projects/{hidden}", null),
            ("PATCH", $"/api/v1/projects/{hidden}", """{"name":"x"}"""),
            ("DELETE", $"/api/v1/projects/{hidden}", null),
            ("PUT", $"/api/v1/projects/{hidden}/members/root", null),
            ("DELETE", $"/api/v1/projects/{hidden}/members/root", null),
            ("GET", $"/api/v1/notifications?projectId={hidden}", null),
            ("POST", "/api/v1/notifications/read-all", $$"""{"projectId":"{{hidden}}"}"""),
            ("POST", "/api/v1/notifications", $$"""{"type":"t","priority":"info","message":"m","projectId":"{{hidden}}"}"""),
            ("GET", $"/api/v1/sessions?projectId={hidden}", null),
            ("GET", $"/api/v1/sessions/session-of-{hidden}", null),
            ("POST", $"/api/v1/sessions/session-of-{hidden}/activity", """{"activity":"idle"}"""),
            ("POST", $"/api/v1/sessions/new-of-{hidden}/activity", $$"""{"activity":"idle","projectId":"{{hidden}}"}"""),
            ("GET", $"/events?projectId={hidden}", null),
            ("GET", $"/api/v1/notifications/{row}", null),
            ("PATCH", $"/api/v1/notifications/{row}", """{"read":true}"""),
        ];
        foreach (var (method, path, body) in askings)
        {
            var answer = (await eve.Page.CallAsync(method, path, body)).Is(404);
            var unknown = (await eve.Page.CallAsync(
                method, path.Replace(hidden, "nothing", StringComparison.Ordinal).Replace(row, "ntf_nothing", StringComparison.Ordinal),
                body?.Replace(hidden, "nothing", StringComparison.Ordinal))).Is(404);
            Assert.True(answer.Text == unknown.Text, $"{method} {path}: {answer.Text} against {unknown.Text}");
        }

        // Only the one id that is taken cannot be kept secret from who wants it.
        (await eve.Token.PostAsync("/api/v1/projects", $$"""{"id":"{{hidden}}","name":"x"}""")).IsProblem(409, "PROJECT_EXISTS");
    }

    [Fact]
    public async Task An_administrator_manages_a_closed_project_without_seeing_what_happens_in_it()
    {
        var ada = await House.AddAsync();
        var chief = await House.AddAsync(Roles.Admin);
        var closed = await ada.ProjectAsync(closed: true);
        await ada.ReportAsync($"session-of-{closed}", "working", $"\"projectId\":\"{closed}\"");

        (await chief.Page.GetAsync($"/api/v1/projects/{closed}", [])).Is(200);
        Assert.DoesNotContain($"\"{closed}\"", (await chief.Page.GetAsync("/api/v1/projects", [])).Is(200).Text, StringComparison.Ordinal);
        Assert.Contains($"\"{closed}\"", (await chief.Page.GetAsync("/api/v1/projects?all=true", [])).Is(200).Text, StringComparison.Ordinal);
        (await chief.Page.PatchAsync($"/api/v1/projects/{closed}", """{"name":"Renamed"}""")).Is(200);
        (await chief.Page.GetAsync($"/api/v1/sessions/session-of-{closed}", [])).IsProblem(404, "SESSION_NOT_FOUND");
        (await chief.Page.GetAsync($"/api/v1/sessions?projectId={closed}", [])).IsProblem(404, "PROJECT_NOT_FOUND");
        Assert.DoesNotContain(closed, (await chief.Page.GetAsync("/api/v1/sessions?limit=500", [])).Is(200).Text, StringComparison.Ordinal);
        (await chief.Page.GetAsync($"/events?projectId={closed}", [])).IsProblem(404, "PROJECT_NOT_FOUND");
        (await chief.Page.PostAsync("/api/v1/notifications", $$"""{"type":"t","priority":"info","message":"m","projectId":"{{closed}}"}""")).IsProblem(404, "PROJECT_NOT_FOUND");

        // With a token that only reads, an administrator is like everybody else.
        (await chief.Token.GetAsync($"/api/v1/projects/{closed}", [])).IsProblem(404, "PROJECT_NOT_FOUND");
    }

    [Fact]
    public async Task Members_change_their_project_and_others_do_not()
    {
        var ada = await House.AddAsync();
        var bob = await House.AddAsync();
        var open = await ada.ProjectAsync();
        (await bob.Page.PatchAsync($"/api/v1/projects/{open}", """{"name":"Mine now"}""")).IsProblem(403, "ADMIN_ONLY");
        (await bob.Page.CallAsync("PUT", $"/api/v1/projects/{open}/members/{bob.Name}")).IsProblem(403, "ADMIN_ONLY");
        (await ada.Page.PatchAsync($"/api/v1/projects/{open}", "{}")).IsProblem(400, "INVALID_REQUEST");
        var changed = (await ada.Page.PatchAsync($"/api/v1/projects/{open}", """{"name":"New name","closed":true}""")).Is(200).Json["project"]!;
        Assert.Equal("New name", (string?)changed["name"]);
        Assert.True((bool)changed["closed"]!);
        (await bob.Token.GetAsync($"/api/v1/projects/{open}", [])).IsProblem(404, "PROJECT_NOT_FOUND");
    }

    [Fact]
    public async Task An_administrator_deletes_an_empty_project_and_tokens_of_it_end()
    {
        var ada = await House.AddAsync();
        var chief = await House.AddAsync(Roles.Admin);
        var project = await ada.ProjectAsync(closed: true);
        var bound = House.Server.WithToken((string)(await ada.Page.PostAsync(
            "/api/v1/tokens", $$"""{"name":"x","scopes":["read"],"projectId":"{{project}}"}""")).Is(201).Json["token"]!);
        (await bound.GetAsync("/api/v1/me", [])).Is(200);

        // Its only member may change it, and not take it away; nor may a token that only reads.
        (await ada.Page.CallAsync("DELETE", $"/api/v1/projects/{project}")).IsProblem(403, "ADMIN_ONLY");
        (await chief.Token.CallAsync("DELETE", $"/api/v1/projects/{project}")).IsProblem(403, "SCOPE_MISSING");

        (await chief.Page.CallAsync("DELETE", $"/api/v1/projects/{project}")).Is(204);
        (await chief.Page.CallAsync("DELETE", $"/api/v1/projects/{project}")).IsProblem(404, "PROJECT_NOT_FOUND");
        (await ada.Page.GetAsync($"/api/v1/projects/{project}", [])).IsProblem(404, "PROJECT_NOT_FOUND");
        Assert.DoesNotContain($"\"{project}\"", (await chief.Page.GetAsync("/api/v1/projects?all=true", [])).Is(200).Text, StringComparison.Ordinal);
        (await bound.GetAsync("/api/v1/me", [])).IsProblem(401, "SIGN_IN_REQUIRED");
        var entry = (await House.Admin.GetAsync("/api/v1/audit?kind=project.removed", [])).Is(200).Json["entries"]!.AsArray().Single(entry => (string?)entry!["subject"] == project)!;
        Assert.Equal(chief.Name, (string?)entry["person"]);

        // Whoever takes the id again begins anew.
        var bob = await House.AddAsync();
        (await bob.Token.PostAsync("/api/v1/projects", $$"""{"id":"{{project}}","name":"x","closed":true}""")).Is(201);
        (await ada.Page.GetAsync($"/api/v1/projects/{project}", [])).IsProblem(404, "PROJECT_NOT_FOUND");
        (await bound.GetAsync("/api/v1/me", [])).IsProblem(401, "SIGN_IN_REQUIRED");
    }

    [Fact]
    public async Task A_project_that_something_is_in_stays()
    {
        var ada = await House.AddAsync();
        var chief = await House.AddAsync(Roles.Admin);
        var (busy, told) = (await ada.ProjectAsync(), await ada.ProjectAsync());
        await ada.ReportAsync($"session-of-{busy}", "working", $"\"projectId\":\"{busy}\"");
        await ada.PublishAsync($"\"projectId\":\"{told}\"");
        Assert.Contains("1 session and 0 notifications", (await chief.Page.CallAsync("DELETE", $"/api/v1/projects/{busy}")).IsProblem(409, "PROJECT_IN_USE").Text, StringComparison.Ordinal);
        Assert.Contains("0 sessions and 1 notification", (await chief.Page.CallAsync("DELETE", $"/api/v1/projects/{told}")).IsProblem(409, "PROJECT_IN_USE").Text, StringComparison.Ordinal);
        (await ada.Token.GetAsync($"/api/v1/projects/{busy}", [])).Is(200);
    }

    [Theory]
    [InlineData("""{"id":"","name":"x"}""", "id")]
    [InlineData("""{"id":"Upper","name":"x"}""", "id")]
    [InlineData("""{"id":"a/b","name":"x"}""", "id")]
    [InlineData("""{"id":"..","name":"x"}""", "id")]
    [InlineData("""{"id":"fine","name":" "}""", "name")]
    [InlineData("""{"id":"fine","name":"a\u0007b"}""", "name")]
    [InlineData("""{"id":"fine","name":"x","closed":"yes"}""", "closed")]
    public async Task What_is_wrong_with_a_new_project_is_named(string body, string named) =>
        (await House.Admin.PostAsync("/api/v1/projects", body)).IsProblem(400, "INVALID_REQUEST").Names(named);
}

public sealed class ProjectOnSqliteTests(Houses houses) : ProjectTests(houses, postgres: false);

public sealed class ProjectOnPostgresTests(Houses houses) : ProjectTests(houses, postgres: true);
