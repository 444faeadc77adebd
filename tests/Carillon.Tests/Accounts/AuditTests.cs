using System.Text.Json.Nodes;
using Carillon.Conversations;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Accounts;

/// <summary>The log of who did what to whose rights, read through its own door.</summary>
public abstract class AuditTests(bool postgres) : OwnHouse(postgres)
{
    private const string Log = "/api/v1/audit";

    private protected override Dictionary<string, string?> Settings => new() { ["Retention:Every"] = "00:00:00.1", ["Retention:Audit"] = "1.00:00:00" };

    [Fact]
    public async Task Every_door_writes_what_was_done_by_whom_and_from_where()
    {
        var root = await House.AddAsync(Roles.Admin);
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        (await ada.Token.CallAsync("DELETE", $"/api/v1/sessions/{await ada.SessionAsync(project)}")).Is(204);
        using (var phone = await House.SignInAsync(ada.Name))
        {
            (await phone.PostAsync("/api/v1/sign-out", "{}")).Is(204);
        }

        var token = await ada.NewTokenAsync(project, null, Scopes.Read);
        (await ada.Page.CallAsync("DELETE", $"/api/v1/tokens/{token["id"]}")).Is(204);
        (await ada.Page.CallAsync("PATCH", $"/api/v1/projects/{project}", """{"name":"Works","closed":true}""")).Is(200);
        (await ada.Page.CallAsync("PATCH", $"/api/v1/projects/{project}", """{"name":"Works","closed":false}""")).Is(200);
        (await ada.Page.CallAsync("PUT", $"/api/v1/projects/{project}/members/{root.Name}")).Is(204);
        (await ada.Page.CallAsync("DELETE", $"/api/v1/projects/{project}/members/{root.Name}")).Is(204);
        (await ada.Page.CallAsync("PATCH", $"/api/v1/users/{ada.Name}", $$"""{"currentPassword":"{{ada.Password}}","password":"another-long-one"}""")).Is(200);
        (await root.Page.CallAsync("PATCH", $"/api/v1/users/{ada.Name}", """{"role":"admin"}""")).Is(200);
        (await ada.Page.PostAsync("/api/v1/projects", $$"""{"id":"{{project}}-spare","name":"x"}""")).Is(201);
        (await ada.Page.CallAsync("DELETE", $"/api/v1/projects/{project}-spare")).Is(204);
        (await SignInAsync(ada.Name, "wrong-password", "192.0.2.201")).IsProblem(401, "SIGN_IN_FAILED");
        (await root.Page.CallAsync("DELETE", $"/api/v1/users/{ada.Name}")).Is(204);

        var entries = await EntriesAsync($"?person={ada.Name}&limit=500");
        Assert.Equal(
            [
                $"{root.Name} sign-in | person.removed {ada.Name}",
                $" sign-in | sign-in.failed {ada.Name}",
                $"{ada.Name} sign-in | project.removed {project}-spare",
                $"{ada.Name} sign-in | project.added {project}-spare: open",
                $"{root.Name} sign-in | person.role-changed {ada.Name}: admin",
                $"{ada.Name} sign-in | person.password-changed {ada.Name}",
                $"{ada.Name} sign-in | member.removed {root.Name}: {project}",
                $"{ada.Name} sign-in | member.added {root.Name}: {project}",
                $"{ada.Name} sign-in | project.opened {project}",
                $"{ada.Name} sign-in | project.closed {project}",
                $"{ada.Name} sign-in | project.renamed {project}: Works",
                $"{ada.Name} sign-in | token.revoked test",
                $"{ada.Name} sign-in | token.created test: for {ada.Name}, read, project {project}",
                $"{ada.Name} sign-in | sign-in.ended A program",
                $"{ada.Name} sign-in | sign-in.succeeded ",
                $"{ada.Name} token test | session.deleted ses_: demo in {project}",
                $"{ada.Name} token test | agent.started ses_: demo in {project}",
                $"{ada.Name} token test | project.added {project}: open",
                $"{ada.Name} sign-in | token.created test: for {ada.Name}, read publish run",
                $"{ada.Name} sign-in | sign-in.succeeded ",
                $"root token test | person.added {ada.Name}: member",
            ],
            entries.Select(Line));

        Assert.Equal("192.0.2.201", (string?)entries[1]["address"]);
        Assert.All(entries, entry => Assert.False(string.IsNullOrEmpty((string?)entry["address"])));
        Assert.Equal(
            AuditKinds.All.Except([AuditKinds.PullRequestMerged]).Order(StringComparer.Ordinal),
            entries.Select(entry => (string)entry["kind"]!).Distinct().Order(StringComparer.Ordinal));

        // The very first person came by the page of the first start.
        var first = (await EntriesAsync("?kind=person.added&limit=500"))[^1];
        Assert.Equal((" setup | person.added root: admin", null), (Line(first), (string?)first["person"]));
    }

    [Fact]
    public async Task What_is_refused_or_changes_nothing_writes_nothing()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var known = (await EntriesAsync("?limit=500")).Count;

        (await ada.Page.PostAsync("/api/v1/projects", $$"""{"id":"{{project}}","name":"Again"}""")).IsProblem(409, "PROJECT_EXISTS");
        (await ada.Page.CallAsync("PUT", $"/api/v1/projects/{project}/members/{ada.Name}")).Is(204);
        (await ada.Page.CallAsync("PATCH", $"/api/v1/projects/{project}", """{"closed":false}""")).Is(200);
        (await ada.Page.CallAsync("PATCH", $"/api/v1/users/{ada.Name}", """{"currentPassword":"no such one","password":"another-long-one"}""")).IsProblem(403, "PASSWORD_WRONG");
        (await ada.Page.CallAsync("DELETE", "/api/v1/tokens/tok_none")).Is(404);
        (await House.Admin.PostAsync("/api/v1/users", $$"""{"name":"{{ada.Name}}","password":"long enough for this"}""")).IsProblem(409, "USER_EXISTS");

        Assert.Equal(known, (await EntriesAsync("?limit=500")).Count);
    }

    [Fact]
    public async Task Whoever_guesses_fills_a_counter_and_not_the_disk()
    {
        var ada = await House.AddAsync();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            (await SignInAsync(ada.Name, "wrong-password", "192.0.2.202")).IsProblem(401, "SIGN_IN_FAILED");
        }

        var entry = Assert.Single(await EntriesAsync($"?kind=sign-in.failed&person={ada.Name}"));
        Assert.Equal((3, "192.0.2.202"), ((int)entry["count"]!, (string?)entry["address"]));
        Assert.True((DateTimeOffset)entry["lastAt"]! >= (DateTimeOffset)entry["at"]!);

        for (var attempt = 0; attempt < AuditTable.MostFailures + 20; attempt++)
        {
            // Some people type their password where the name belongs.
            (await SignInAsync($"hunter2-{attempt}", "wrong-password", $"10.9.{attempt}.1")).IsProblem(401, "SIGN_IN_FAILED");
        }

        var failed = await EntriesAsync("?kind=sign-in.failed&limit=500");
        Assert.Equal(AuditTable.MostFailures + 1, failed.Count);
        Assert.Equal((21, "from many places", null), ((int)failed[0]["count"]!, (string?)failed[0]["detail"], (string?)failed[0]["address"]));
        Assert.DoesNotContain("hunter2", failed.Aggregate("", (text, one) => text + one.ToJsonString()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_read_in_pages_and_as_a_file_by_administrators_alone()
    {
        var (ada, root) = (await House.AddAsync(), await House.AddAsync(Roles.Admin));
        var all = await EntriesAsync("?limit=500");
        Assert.True(all.Count > 5);

        var paged = new List<JsonNode>();
        string? before = null;
        do
        {
            var page = (await root.Page.GetAsync($"{Log}?limit=2{before}", [])).Is(200).Json;
            paged.AddRange(page["entries"]!.AsArray().OfType<JsonNode>());
            before = page["nextBefore"] is { } next ? $"&before={next}" : null;
        }
        while (before is not null);
        Assert.Equal(all.Select(entry => (long)entry["seq"]!), paged.Select(entry => (long)entry["seq"]!));

        var file = (await root.Page.GetAsync($"{Log}/export", [])).Is(200);
        Assert.Equal("application/x-ndjson", file.Header("Content-Type"));
        Assert.Matches("^attachment; filename=carillon-audit-[0-9]{4}-[0-9]{2}-[0-9]{2}.ndjson", file.Header("Content-Disposition"));
        var lines = file.Text.Split('\n');
        Assert.Equal("", lines[^1]);
        Assert.Equal(all.Select(entry => entry.ToJsonString()).Reverse(), lines[..^1].Select(line => JsonNode.Parse(line)!.ToJsonString()));
        var some = (await root.Page.GetAsync($"{Log}/export?kind=person.added&person={ada.Name}", [])).Is(200).Text;
        Assert.Contains(ada.Name, Assert.Single(some.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);

        (await root.Page.GetAsync($"{Log}?kind=sign-in", [])).IsProblem(400, "INVALID_REQUEST").Names("sign-in.failed");
        (await root.Page.GetAsync($"{Log}/export?kind=sign-in", [])).IsProblem(400, "INVALID_REQUEST").Names("sign-in.failed");
        foreach (var door in (string[])[Log, $"{Log}/export"])
        {
            (await ada.Page.GetAsync(door, [])).IsProblem(403, "ADMIN_ONLY");
            (await ada.Token.GetAsync(door, [])).Is(403);
            (await (await root.TokenAsync(null, Scopes.Read, Scopes.Publish, Scopes.Run)).GetAsync(door, [])).Is(403);
            using var stranger = House.From("192.0.2.203");
            (await stranger.GetAsync(door, [])).Is(401);
        }
    }

    [Fact]
    public async Task It_forgets_what_is_too_old_and_goes_on_counting()
    {
        var ada = await House.AddAsync();
        var newest = (long)(await EntriesAsync("?limit=1"))[0]["seq"]!;
        House.InDatabase(sql => sql.Execute("UPDATE audit SET at = 1 WHERE seq < $1", newest));

        await House.Admin.UntilAsync($"{Log}?limit=500", list => list["entries"]!.AsArray().Count == 1);
        await ada.NewTokenAsync(null, null, Scopes.Read);
        Assert.Equal([newest + 1, newest], (await EntriesAsync("?limit=500")).Select(entry => (long)entry["seq"]!));
    }

    private async Task<List<JsonNode>> EntriesAsync(string query) =>
        [.. (await House.Admin.GetAsync(Log + query, [])).Is(200).Json["entries"]!.AsArray().OfType<JsonNode>()];

    private async Task<Answer> SignInAsync(string name, string password, string address)
    {
        using var client = House.From(address);
        return await client.PostAsync("/api/v1/sign-in", $$"""{"name":"{{name}}","password":"{{password}}"}""");
    }

    private static string Line(JsonNode entry)
    {
        var subject = (string?)entry["subject"] is { } text ? text.StartsWith("ses_", StringComparison.Ordinal) ? "ses_" : text : "";
        var means = (string)entry["means"]! == AuditMeans.Token ? $"token {entry["meansName"]}" : (string)entry["means"]!;
        return $"{entry["person"]} {means} | {entry["kind"]} {subject}{((string?)entry["detail"] is { } detail ? $": {detail}" : "")}";
    }
}

public sealed class AuditOnSqliteTests() : AuditTests(postgres: false);

public sealed class AuditOnPostgresTests() : AuditTests(postgres: true);
