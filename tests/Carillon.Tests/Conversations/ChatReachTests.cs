using System.Text.Json.Nodes;
using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Conversations;

/// <summary>Who sees a conversation, and who may speak in it.</summary>
public abstract class ChatReachTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    [Fact]
    public async Task A_hidden_session_is_an_unknown_one()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var hidden = await ada.SessionAsync(await ada.ProjectAsync(closed: true), "\"message\":\"count to 2\"");
        const string Unknown = "ses_0000000000000000";
        foreach (var (method, path, body) in new[]
        {
            ("GET", "", null), ("GET", "/messages", null), ("GET", "/messages?limit=3&beforeSeq=5", null), ("POST", "/messages", """{"id":"m","message":"x"}"""),
            ("POST", "/stop", "{}"), ("POST", "/restore", "{}"), ("POST", "/activity", """{"activity":"idle"}"""),
        })
        {
            var one = (await bob.Token.CallAsync(method, $"/api/v1/sessions/{hidden}{path}", body)).IsProblem(404, "SESSION_NOT_FOUND");
            var other = (await bob.Token.CallAsync(method, $"/api/v1/sessions/{Unknown}{path}", body)).IsProblem(404, "SESSION_NOT_FOUND");
            Assert.Equal(other.Text, one.Text);
        }

        using var reader = await ChatReader.OpenAsync(House.Server.Url, bob.Token);
        foreach (var frame in (string[])[
            """{"type":"attach","sessionId":"ID"}""", """{"type":"attach","sessionId":"ID","after":0}""", """{"type":"stop","sessionId":"ID"}""",
            """{"type":"chat_request","id":"m","sessionId":"ID","message":"x"}"""])
        {
            Assert.Equal(await ErrorAsync(frame, Unknown), (await ErrorAsync(frame, hidden)).Replace(hidden, Unknown, StringComparison.Ordinal));
        }

        async Task<string> ErrorAsync(string frame, string id)
        {
            await reader.SendAsync(frame.Replace("ID", id, StringComparison.Ordinal));
            return (await reader.NextAsync("error")).ToJsonString();
        }

        // Nor is it a parent that one could name.
        var project = await bob.ProjectAsync();
        (await bob.Token.PostAsync("/api/v1/sessions", $$"""{"projectId":"{{project}}","agent":"demo","parentSessionId":"{{hidden}}"}""")).IsProblem(404, "SESSION_NOT_FOUND");
        (await bob.Token.PostAsync("/api/v1/sessions", $$"""{"projectId":"{{project}}","agent":"demo","parentSessionId":"a\u0000b"}""")).IsProblem(404, "SESSION_NOT_FOUND");
    }

    [Fact]
    public async Task Whoever_is_shut_out_gets_one_error_and_nothing_more_of_it()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var project = await ada.ProjectAsync();
        var (session, open) = (await ada.SessionAsync(project), await ada.SessionAsync(await ada.ProjectAsync()));
        using var insider = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        using var outsider = await ChatReader.OpenAsync(House.Server.Url, bob.Token);
        await insider.AttachedAsync(session);
        await outsider.AttachedAsync(session);
        await outsider.AttachedAsync(open);
        await insider.AskAsync("m", session, "count to 100000");
        await outsider.UntilAsync("chunk");

        (await ada.Page.PatchAsync($"/api/v1/projects/{project}", """{"closed":true}""")).Is(200);
        var error = await outsider.UntilAsync("error");
        Assert.Equal(("SESSION_NOT_FOUND", session), ((string)error["code"]!, (string)error["sessionId"]!));
        outsider.Of(session).Detached();
        for (var chunk = 0; chunk < 5; chunk++)
        {
            await insider.UntilAsync("chunk");
            await outsider.PingAsync();
        }

        // What it sees it still hears of.
        await insider.AskAsync("o", open, "count to 2");
        await outsider.EndsAsync(open, 1);
        await insider.StopAsync(session);
        await insider.EndsAsync(session, 1);
        await outsider.PingAsync();
        Assert.Single(outsider.Frames, frame => (string)frame["type"]! == "error");
        (await bob.Token.GetAsync($"/api/v1/sessions/{session}/messages", [])).IsProblem(404, "SESSION_NOT_FOUND");
    }

    [Fact]
    public async Task A_token_that_reads_only_listens()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var session = await ada.SessionAsync(project);
        using var listening = await ada.TokenAsync(scopes: Scopes.Read);
        using var listener = await ChatReader.OpenAsync(House.Server.Url, listening);
        await listener.AttachedAsync(session);
        foreach (var frame in (string[])[
            $$"""{"type":"chat_request","id":"m","sessionId":"{{session}}","message":"x"}""", $$"""{"type":"stop","sessionId":"{{session}}"}""",
            """{"type":"chat_request","id":"m","sessionId":"nothing","message":"x"}"""])
        {
            await listener.SendAsync(frame);
            var error = await listener.NextAsync("error");
            var request = JsonNode.Parse(frame)!;
            Assert.Equal(("SCOPE_MISSING", (string?)request["id"], (string?)request["sessionId"]), ((string)error["code"]!, (string?)error["id"], (string?)error["sessionId"]));
        }

        var path = $"/api/v1/sessions/{session}";
        (await listening.PostAsync($"{path}/messages", """{"id":"m","message":"x"}""")).IsProblem(403, "SCOPE_MISSING");
        (await listening.PostAsync($"{path}/stop", "{}")).IsProblem(403, "SCOPE_MISSING");
        (await listening.PostAsync($"{path}/restore", "{}")).IsProblem(403, "SCOPE_MISSING");
        (await listening.PostAsync($"{path}/activity", """{"activity":"idle"}""")).IsProblem(403, "SCOPE_MISSING");
        (await listening.PostAsync("/api/v1/sessions", $$"""{"projectId":"{{project}}","agent":"demo"}""")).IsProblem(403, "SCOPE_MISSING");

        (await ada.Token.PostAsync($"{path}/messages", """{"id":"m","message":"count to 3"}""")).Is(201);
        await listener.EndsAsync(session, 1);
        Assert.Equal(2, listener.Of(session).Messages.Count);
    }

    [Fact]
    public async Task Every_member_of_the_project_may_speak_and_is_named()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var session = await ada.SessionAsync(await ada.ProjectWithAsync(bob));
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        using var other = await ChatReader.OpenAsync(House.Server.Url, bob.Page);
        await reader.AttachedAsync(session);
        await other.AttachedAsync(session);
        await other.AskAsync("same", session, "count to 2");
        await reader.AskAsync("same", session, "count to 3");
        await reader.EndsAsync(session, 2);
        await other.EndsAsync(session, 2);
        var listed = (await ada.Token.GetAsync($"/api/v1/sessions/{session}/messages", [])).Is(200).Json["messages"]!.AsArray();
        Assert.Equal([(ada.Name, "count to 3"), (bob.Name, "count to 2")], listed.Where(one => (string)one!["role"]! == "person").Select(one => ((string)one!["by"]!, (string)one["text"]!)).Order());
        Assert.Equal(listed.Select(one => (long)one!["seq"]!), reader.Of(session).Messages.Keys);
        Assert.Equal(listed.Select(one => (long)one!["seq"]!), other.Of(session).Messages.Keys);
        await other.AskAsync("long", session, "count to 100000");
        await reader.UntilAsync("chunk");
        await reader.StopAsync(session);
        await other.EndsAsync(session, 3);
    }

    [Fact]
    public async Task Whoever_runs_elsewhere_is_stopped_and_restored_there()
    {
        var ada = await House.AddAsync();
        var session = $"s-{await ada.ProjectAsync()}";
        await ada.ReportAsync(session, "working", $"\"projectId\":\"{session[2..]}\"");
        var path = $"/api/v1/sessions/{session}";
        (await ada.Token.PostAsync($"{path}/stop", "{}")).IsProblem(409, "SESSION_NOT_HOSTED");
        (await ada.Token.PostAsync($"{path}/restore", "{}")).IsProblem(409, "SESSION_NOT_HOSTED");
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        Assert.Equal("working", (string)(await reader.AttachedAsync(session))["activity"]!);
        await reader.StopAsync(session);
        Assert.Equal("SESSION_NOT_HOSTED", (string)(await reader.NextAsync("error"))["code"]!);
    }
}

public sealed class ChatReachTestsOnSqlite(Houses houses) : ChatReachTests(houses, postgres: false);

public sealed class ChatReachTestsOnPostgres(Houses houses) : ChatReachTests(houses, postgres: true);
