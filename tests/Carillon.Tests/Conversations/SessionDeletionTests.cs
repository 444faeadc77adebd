using System.Buffers.Text;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Sessions;
using Carillon.Storage;

namespace Carillon.Conversations;

/// <summary>A session that is deleted leaves nothing of what was said in it and told of it, at any place.</summary>
public abstract class SessionDeletionTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    private readonly bool _postgres = postgres;

    [Fact]
    public async Task No_table_holds_a_word_of_it_and_no_stream_tells_one()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var project = await ada.ProjectWithAsync(bob);
        var secret = House.NewName("heliotrope");
        var start = await HeadAsync(ada);
        var session = await ada.SessionAsync(project, $"\"title\":\"About {secret}\"");
        var path = $"/api/v1/sessions/{session}";
        (await bob.Token.CallAsync("PUT", $"{path}/subscription")).Is(204);
        using (var talk = await ChatReader.OpenAsync(House.Server.Url, ada.Token))
        {
            await talk.AttachedAsync(session);
            await talk.AskAsync("m1", session, $"repeat {secret}");
            await talk.EndsAsync(session, 1);
        }

        (await ada.Token.PutAsync(session, report => report["title"] = secret)).Is(200);
        (await ada.Token.PostAsync(
            "/api/v1/notifications",
            $$"""{"type":"t","priority":"action","message":"{{secret}}","sessionId":"{{session}}","to":["{{ada.Name}}","{{bob.Name}}"]}""",
            ("Idempotency-Key", secret))).Is(201);
        await bob.Token.UntilAsync($"/api/v1/notifications?sessionId={session}", list => list["notifications"]!.AsArray().Count >= 2);
        Assert.NotEmpty(Words(secret));

        using var open = await EventReader.FollowAsync(House.Server.Url, TokenOf(bob));
        (await ada.Page.CallAsync("DELETE", path)).Is(204);
        var told = await UntilDeletedAsync(open, session);
        Assert.Equal((project, session), (told.Json.GetProperty("projectId").GetString(), told.Json.GetProperty("sessionId").GetString()));
        Assert.Equal("{}", told.Json.GetProperty("payload").GetRawText());

        Assert.Empty(Words(secret));
        using var again = await EventReader.FollowAsync(House.Server.Url, TokenOf(bob), $"?after={start}");
        await UntilDeletedAsync(again, session, notToldOf: secret);
        (await ada.Token.GetAsync(path, [])).IsProblem(404, "SESSION_NOT_FOUND");
        (await ada.Page.CallAsync("DELETE", path)).IsProblem(404, "SESSION_NOT_FOUND");
        Assert.Empty((await bob.InboxAsync($"?sessionId={session}&includeArchived=true"))["notifications"]!.AsArray());

        // That it was deleted, and by whom, stands in the audit log.
        var entry = (await House.Admin.GetAsync("/api/v1/audit?kind=session.deleted&limit=200", [])).Is(200).Json["entries"]!.AsArray()
            .Single(one => (string?)one!["subject"] == session)!;
        Assert.Equal((ada.Name, $"demo in {project}"), ((string?)entry["person"], (string?)entry["detail"]));
    }

    [Fact]
    public async Task Its_owner_and_an_administrator_delete_it_and_nobody_else()
    {
        var (ada, bob, cleo) = (await House.AddAsync(), await House.AddAsync(), await House.AddAsync());
        var project = await ada.ProjectAsync(closed: true);
        (await ada.Page.CallAsync("PUT", $"/api/v1/projects/{project}/members/{bob.Name}")).Is(204);
        var root = await House.AddAsync(Roles.Admin);
        (await ada.Page.CallAsync("PUT", $"/api/v1/projects/{project}/members/{root.Name}")).Is(204);
        var (hosted, second, elsewhere) = (await ada.SessionAsync(project), await ada.SessionAsync(project), House.NewName("elsewhere"));
        await ada.ReportAsync(elsewhere, "idle", $"\"projectId\":\"{project}\"");
        using var hooks = await ada.TokenAsync(scopes: [Scopes.Publish]);
        using var runner = await ada.TokenAsync(scopes: [Scopes.Run]);
        using var reader = await ada.TokenAsync(scopes: [Scopes.Read]);

        foreach (var id in (string[])[hosted, elsewhere])
        {
            (await bob.Page.CallAsync("DELETE", $"/api/v1/sessions/{id}")).IsProblem(403, "SESSION_DELETER_ONLY");
            (await bob.Token.CallAsync("DELETE", $"/api/v1/sessions/{id}")).IsProblem(403, "SESSION_DELETER_ONLY");
            (await cleo.Page.CallAsync("DELETE", $"/api/v1/sessions/{id}")).IsProblem(404, "SESSION_NOT_FOUND");
            (await reader.CallAsync("DELETE", $"/api/v1/sessions/{id}")).IsProblem(403, "SCOPE_MISSING");

            // An administrator's token does what it was made for.
            (await root.Token.CallAsync("DELETE", $"/api/v1/sessions/{id}")).IsProblem(403, "SESSION_DELETER_ONLY");
        }

        // Nor does the token of the owner's hooks, which the agents can read: they must not delete what was written down of them.
        (await hooks.CallAsync("DELETE", $"/api/v1/sessions/{hosted}")).IsProblem(403, "SCOPE_MISSING").Names("run");
        (await hooks.CallAsync("DELETE", $"/api/v1/sessions/{elsewhere}")).IsProblem(403, "SCOPE_MISSING").Names("run");
        (await runner.CallAsync("DELETE", $"/api/v1/sessions/{elsewhere}")).Is(204);
        (await runner.CallAsync("DELETE", $"/api/v1/sessions/{hosted}")).Is(204);
        (await root.Page.CallAsync("DELETE", $"/api/v1/sessions/{second}")).Is(204);
    }

    [Fact]
    public async Task An_agent_that_answers_is_stopped_first_and_readers_are_sent_away()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var talk = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await talk.AttachedAsync(session);
        await talk.AskAsync("m1", session, "count to 100000");
        await talk.UntilAsync("chunk");
        (await ada.Page.CallAsync("DELETE", $"/api/v1/sessions/{session}")).IsProblem(409, "SESSION_BUSY");
        await talk.StopAsync(session);
        await talk.EndsAsync(session, 1);

        (await ada.Page.CallAsync("DELETE", $"/api/v1/sessions/{session}")).Is(204);
        var error = await talk.UntilAsync("error");
        Assert.Equal(("SESSION_NOT_FOUND", session), ((string?)error["code"], (string?)error["sessionId"]));
        await talk.AskAsync("m2", session, "Hello?");
        Assert.Equal("SESSION_NOT_FOUND", (string?)(await talk.UntilAsync("error"))["code"]);

        // What was asked still counts against what ada may ask.
        Assert.Equal(1, House.InDatabase(sql => sql.Number("SELECT count(*) FROM runs WHERE person_id = $1", ada.Id)));
    }

    [Fact]
    public async Task An_agent_elsewhere_that_goes_on_begins_another_session()
    {
        var ada = await House.AddAsync();
        var (project, id) = (await ada.ProjectAsync(), House.NewName("nightly"));
        var path = $"/api/v1/sessions/{id}";
        var first = $$"""{"activity":"idle","projectId":"{{project}}","title":"First","message":"Said before"}""";
        (await ada.Token.PostAsync($"{path}/activity", first, ("Idempotency-Key", id))).Is(200);
        using var talk = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await talk.AttachedAsync(id);

        var waiting = ada.Token.PostAsync($"{path}/messages/take", """{"wait":25}""");
        (await ada.Page.CallAsync("DELETE", path)).Is(204);
        (await waiting).IsProblem(404, "SESSION_NOT_FOUND");
        await talk.UntilAsync("error");

        // A report that was counted and comes again brings nothing back; a new one begins anew.
        (await ada.Token.PostAsync($"{path}/activity", first, ("Idempotency-Key", id))).IsProblem(404, "SESSION_NOT_FOUND");
        await ada.ReportAsync(id, "working", $"\"projectId\":\"{project}\",\"title\":\"Second\"");
        Assert.Empty((await ada.Token.GetAsync($"{path}/messages", [])).Is(200).Json["messages"]!.AsArray());
        (await ada.Token.PostAsync($"{path}/messages", """{"id":"m","message":"Heard again"}""")).Is(201);
        await talk.AttachedAsync(id, 0);
        Assert.Equal("Heard again", (string?)(await talk.UntilAsync("message"))["text"]);
    }

    [Fact]
    public async Task What_others_say_under_the_same_name_elsewhere_stays()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var id = House.NewName("nightly");
        var start = await HeadAsync(bob);
        await bob.PublishAsync($"\"sessionId\":\"{id}\",\"projectId\":\"{await bob.ProjectAsync(closed: true)}\"");
        var alone = $$"""{"type":"t","priority":"action","message":"Nobody's project","sessionId":"{{id}}"}""";
        var published = (await bob.Token.PostAsync("/api/v1/notifications", alone, ("Idempotency-Key", id))).Is(201).Json["notification"]!["id"];
        await ada.ReportAsync(id, "idle", $"\"projectId\":\"{await ada.ProjectAsync()}\"");
        (await ada.Page.CallAsync("DELETE", $"/api/v1/sessions/{id}")).Is(204);
        Assert.Equal(2, (await bob.InboxAsync())["notifications"]!.AsArray().Count);
        Assert.Equal((string?)published, (string?)(await bob.Token.PostAsync("/api/v1/notifications", alone, ("Idempotency-Key", id))).Is(201).Json["notification"]!["id"]);
        using var stream = await EventReader.FollowAsync(House.Server.Url, TokenOf(bob), $"?after={start}&topics=notifications");
        Assert.Equal("It broke", (await stream.ChangeAsync())!.Message);
        Assert.Equal("Nobody's project", (await stream.ChangeAsync())!.Message);
    }

    private static string TokenOf(Resident person) => person.Token.DefaultRequestHeaders.Authorization!.Parameter!;

    private static async Task<long> HeadAsync(Resident person) => (long)(await person.InboxAsync("?limit=1"))["headSeq"]!;

    private static async Task<Frame> UntilDeletedAsync(EventReader stream, string session, string? notToldOf = null)
    {
        while (true)
        {
            var frame = (await stream.ChangeAsync())!;
            if (notToldOf is not null)
            {
                Assert.DoesNotContain(notToldOf, frame.Text, StringComparison.Ordinal);
            }

            if (frame.Event == "session_deleted" && frame.Json.GetProperty("sessionId").GetString() == session)
            {
                return frame;
            }
        }
    }

    /// <summary>Where in the database a word stands: table by table, whatever tables there are.</summary>
    private List<string> Words(string word) => House.InDatabase(sql => TablesOf(sql)
        .Where(table => sql.Query($"SELECT * FROM {table}", row => Has(row, word)).Contains(true)).ToList());

    private List<string> TablesOf(Statements sql) => sql.Query(
        _postgres
            ? "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
            : "SELECT name FROM sqlite_master WHERE type = 'table'",
        row => row.GetString(0));

    private static bool Has(DbDataReader row, string word) => Enumerable.Range(0, row.FieldCount).Any(column => row.GetValue(column) switch
    {
        string text => text.Contains(word, StringComparison.Ordinal),
        byte[] bytes => Encoding.UTF8.GetString(bytes).Contains(word, StringComparison.Ordinal),
        _ => false,
    });
}

public sealed class SessionDeletionOnSqliteTests(Houses houses) : SessionDeletionTests(houses, postgres: false)
{
    [Fact]
    public async Task Its_folder_goes_also_when_the_server_was_killed_before()
    {
        var folder = Directory.CreateTempSubdirectory("carillon-deleted-").FullName;
        try
        {
            await using var house = await House.OpenAsync(
                TestDatabase.Embedded, new() { ["Agents:Command:Program"] = "touch", ["Agents:Command:Arguments:0"] = "made", ["Agents:Command:Who"] = "everybody" }, folder);
            var ada = await house.AddAsync();
            var session = await ada.SessionAsync(await ada.ProjectAsync(), agent: "command");
            var own = Path.Combine($"{folder}-sessions", session);
            using (var talk = await ChatReader.OpenAsync(house.Server.Url, ada.Token))
            {
                await talk.AttachedAsync(session);
                await talk.AskAsync("m", session, "begin");
                await talk.EndsAsync(session, 1);
            }

            // A link in it is a link: what it leads to is not the session's.
            var elsewhere = Directory.CreateDirectory(Path.Combine(folder, "not-of-the-session")).FullName;
            await File.WriteAllTextAsync(Path.Combine(elsewhere, "kept"), "kept");
            Directory.CreateSymbolicLink(Path.Combine(own, "link"), elsewhere);
            Assert.True(File.Exists(Path.Combine(own, "made")));
            (await ada.Page.CallAsync("DELETE", $"/api/v1/sessions/{session}")).Is(204);
            await GoneAsync(own);

            // As a server leaves it that ends between the commit and the disk.
            await house.Server.KillAsync();
            Directory.CreateDirectory(Path.Combine(own, "left"));
            Directory.CreateDirectory(Path.Combine($"{folder}-sessions", "ses_other"));
            await house.Server.StartProcessAsync();
            await GoneAsync(own);
            Assert.True(File.Exists(Path.Combine(elsewhere, "kept")));
            Assert.True(Directory.Exists(Path.Combine($"{folder}-sessions", "ses_other")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            if (Directory.Exists($"{folder}-sessions"))
            {
                Directory.Delete($"{folder}-sessions", recursive: true);
            }
        }
    }

    private static async Task GoneAsync(string folder)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Directory.Exists(folder))
        {
            await look.WaitForNextTickAsync(patience.Token);
        }
    }
}

public sealed class SessionDeletionOnPostgresTests(Houses houses) : SessionDeletionTests(houses, postgres: true)
{
    [Fact]
    public async Task What_another_node_holds_in_memory_is_emptied_too()
    {
        await using var database = await TestDatabase.PostgresAsync();
        var settings = new Dictionary<string, string?> { ["Secret"] = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)) };
        await using var a = await CarillonServer.StartAsync(database, settings);
        var ada = await a.MayorAsync();
        await using var b = await CarillonServer.StartAsync(database, settings);
        using var live = await EventReader.FollowAsync(b.Url, ada.Token);
        var start = await ada.Client.HeadAsync();
        var (project, session) = (await ada.Client.ProjectAsync(), Town.NewName("heliotrope"));
        await ada.Client.ReportAsync(project, session, "working");
        while ((await live.ChangeAsync())!.Event != "session_updated")
        {
        }

        using var deleted = await ada.Client.DeleteAsync(new Uri($"/api/v1/sessions/{session}", UriKind.Relative));
        Assert.Equal(System.Net.HttpStatusCode.NoContent, deleted.StatusCode);
        while ((await live.ChangeAsync())!.Event != "session_deleted")
        {
        }

        using var replayed = await EventReader.FollowAsync(b.Url, ada.Token, $"?after={start}");
        Assert.Equal("session_deleted", (await replayed.ChangeAsync())!.Event);
    }
}
