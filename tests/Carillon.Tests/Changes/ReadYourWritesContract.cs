using System.Globalization;
using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Changes;

/// <summary>Whoever reads right after a write finds it, whatever else the node has to do.</summary>
public abstract class ReadYourWritesContract
{
    private const int Writers = 6;
    private const int Rounds = 6;

    [Fact]
    public async Task What_was_written_is_found_by_the_next_request_while_others_write_too()
    {
        await using var database = await DatabaseAsync();
        await using var house = await House.OpenAsync(database, new() { ["Projects:PerPerson"] = "0" });
        var (mayor, guest) = (await house.AddAsync(Roles.Admin), await house.AddAsync());
        using var admin = await mayor.TokenAsync(scopes: [Scopes.Admin, Scopes.Read, Scopes.Publish]);
        using var over = new CancellationTokenSource();
        var noise = Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            while (!over.IsCancellationRequested)
            {
                await mayor.PublishAsync();
            }
        }));

        try
        {
            await Task.WhenAll(Enumerable.Range(0, Writers).Select(async _ =>
            {
                for (var round = 0; round < Rounds; round++)
                {
                    await RoundAsync(mayor, guest, admin);
                }
            }));
        }
        finally
        {
            await over.CancelAsync();
            await noise;
        }
    }

    [Fact]
    public async Task What_nodes_tell_each_other_about_rights_reaches_no_client()
    {
        await using var database = await DatabaseAsync();
        await using var house = await House.OpenAsync(database);
        var mayor = await house.AddAsync(Roles.Admin);
        using var admin = await mayor.TokenAsync(scopes: [Scopes.Admin, Scopes.Read, Scopes.Publish]);
        var project = await mayor.ProjectAsync(closed: true);
        (await admin.CallAsync("PUT", $"/api/v1/projects/{project}/members/root")).Is(204);
        (await admin.CallAsync("DELETE", $"/api/v1/users/{(await house.AddAsync()).Name}")).Is(204);
        var last = (long)(await mayor.PublishAsync())["seq"]!;

        using var stream = await EventReader.FollowAsync(house.Server.Url, mayor.Token.DefaultRequestHeaders.Authorization!.Parameter!, "?after=0");
        Assert.All(await stream.ChangesAsync(change => change.Seq == last), change => Assert.StartsWith("notification_", change.Event, StringComparison.Ordinal));
        Assert.True(house.InDatabase(sql => sql.Number("SELECT count(*) FROM changes WHERE topic = 'accounts'")) > 5);
    }

    private static async Task RoundAsync(Resident mayor, Resident guest, HttpClient admin)
    {
        // A project, its name, its door and its members.
        var project = House.NewName("closed");
        (await admin.PostAsync("/api/v1/projects", $$"""{"id":"{{project}}","name":"First","closed":true}""")).Is(201);
        (await admin.GetAsync($"/api/v1/projects/{project}", [])).Is(200);
        (await guest.Token.GetAsync($"/api/v1/projects/{project}", [])).Is(404);
        (await admin.PatchAsync($"/api/v1/projects/{project}", """{"name":"Second"}""")).Is(200);
        Assert.Equal("Second", (string)(await admin.GetAsync($"/api/v1/projects/{project}", [])).Is(200).Json["project"]!["name"]!);
        (await admin.CallAsync("PUT", $"/api/v1/projects/{project}/members/{guest.Name}")).Is(204);
        (await guest.Token.GetAsync($"/api/v1/projects/{project}", [])).Is(200);
        (await admin.CallAsync("DELETE", $"/api/v1/projects/{project}/members/{guest.Name}")).Is(204);
        (await guest.Token.GetAsync($"/api/v1/projects/{project}", [])).Is(404);
        (await admin.PatchAsync($"/api/v1/projects/{project}", """{"closed":false}""")).Is(200);
        (await guest.Token.GetAsync($"/api/v1/projects/{project}", [])).Is(200);

        // A person, a role, a token, and all of them gone.
        var name = House.NewName("new");
        (await admin.PostAsync("/api/v1/users", $$"""{"name":"{{name}}","password":"password-of-{{name}}"}""")).Is(201);
        using var page = await mayor.House.SignInAsync(name);
        (await page.GetAsync("/api/v1/me", [])).Is(200);
        (await page.GetAsync("/api/v1/users", [])).Is(403);
        (await admin.PatchAsync($"/api/v1/users/{name}", """{"role":"admin"}""")).Is(200);
        (await page.GetAsync("/api/v1/users", [])).Is(200);
        var token = (await page.PostAsync("/api/v1/tokens", """{"name":"t","scopes":["read"]}""")).Is(201).Json;
        using var bearer = mayor.House.Server.WithToken((string)token["token"]!);
        (await bearer.GetAsync("/api/v1/me", [])).Is(200);
        (await page.CallAsync("DELETE", $"/api/v1/tokens/{token["id"]}")).Is(204);
        (await bearer.GetAsync("/api/v1/me", [])).Is(401);
        (await admin.CallAsync("DELETE", $"/api/v1/users/{name}")).Is(204);
        (await page.GetAsync("/api/v1/me", [])).Is(401);

        // What is in the database alone.
        var session = House.NewName("reported");
        (await guest.Token.PostAsync($"/api/v1/sessions/{session}/activity", $$"""{"activity":"working","projectId":"{{project}}","agent":"codex","title":"t"}""")).Is(200);
        (await guest.Token.GetAsync($"/api/v1/sessions/{session}", [])).Is(200);
        var notification = await guest.PublishAsync();
        (await guest.Token.GetAsync($"/api/v1/notifications/{notification["id"]}", [])).Is(200);
    }

    private protected abstract Task<TestDatabase> DatabaseAsync();
}

public sealed class ReadYourWritesOnSqlite : ReadYourWritesContract
{
    private protected override Task<TestDatabase> DatabaseAsync() => Task.FromResult(TestDatabase.Embedded);
}

public sealed class ReadYourWritesOnPostgres : ReadYourWritesContract
{
    private protected override Task<TestDatabase> DatabaseAsync() => TestDatabase.PostgresAsync();

    [Fact]
    public async Task What_one_node_added_is_known_at_every_door_of_the_other_at_once()
    {
        await using var database = await DatabaseAsync();
        var settings = new Dictionary<string, string?> { ["Secret"] = "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo" };
        await using var a = await House.OpenAsync(database, settings);
        await using var b = await CarillonServer.StartAsync(database, settings);
        var resident = await a.AddAsync();
        using var adminOnB = b.WithToken(await a.Server.CreateTokenAsync("root", Scopes.Read, Scopes.Publish, Scopes.Admin));
        for (var round = 0; round < 20; round++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"somebody-{round}");
            (await a.Admin.PostAsync("/api/v1/users", $$"""{"name":"{{name}}","password":"password-of-{{name}}"}""")).Is(201);
            using var page = await b.SignInAsync(name);
            (await page.GetAsync("/api/v1/me", [])).Is(200);
            (await adminOnB.PostAsync("/api/v1/notifications", $$"""{"to":["{{name}}"],"type":"t","priority":"info","message":"m"}""")).Is(201);

            var project = await resident.ProjectAsync(closed: true);
            using var onB = b.WithToken(resident.Token.DefaultRequestHeaders.Authorization!.Parameter!);
            (await onB.GetAsync($"/api/v1/projects/{project}", [])).Is(200);
            var second = await resident.ProjectAsync(closed: true);
            (await onB.GetAsync($"/api/v1/sessions?projectId={second}", [])).Is(200);
            var third = await resident.ProjectAsync(closed: true);
            (await onB.PostAsync($"/api/v1/sessions/ext-{round}/activity", $$"""{"activity":"working","projectId":"{{third}}","agent":"codex","title":"t"}""")).Is(200);
            var fourth = await resident.ProjectAsync(closed: true);
            using var stream = await EventReader.OpenAsync(b.Url, resident.Token.DefaultRequestHeaders.Authorization!.Parameter!, $"?projectId={fourth}");
            Assert.Equal(200, stream.Status);
            var fifth = await resident.ProjectAsync(closed: true);
            using var bound = b.WithToken((string)(await resident.NewTokenAsync(fifth, null, Scopes.Read))["token"]!);
            (await bound.GetAsync($"/api/v1/projects/{fifth}", [])).Is(200);
        }
    }
}
