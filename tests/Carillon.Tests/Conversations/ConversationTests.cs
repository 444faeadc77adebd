using Carillon.Accounts;
using Carillon.Http;

namespace Carillon.Conversations;

public abstract class ConversationTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    [Fact]
    public async Task An_answer_comes_piece_by_piece_and_ends_once()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        var attached = await reader.AttachedAsync(session);
        Assert.Equal((0, "idle"), ((long)attached["head"]!, (string)attached["activity"]!));

        await reader.AskAsync("m1", session, "count to 60");
        Assert.Equal("m1", (string)(await reader.NextAsync("accepted"))["id"]!);
        var asked = await reader.NextAsync("message");
        Assert.Equal(("person", "count to 60", ada.Name), ((string)asked["role"]!, (string)asked["text"]!, (string)asked["by"]!));
        var run = (string)asked["runId"]!;
        Assert.True((bool)(await reader.NextAsync("typing"))["on"]!);
        var complete = await reader.UntilAsync("complete");
        Assert.False((bool)(await reader.NextAsync("typing"))["on"]!);

        var answer = reader.Frames.Single(frame => (string)frame["type"]! == "message" && (string)frame["role"]! == "agent");
        Assert.Equal((run, "completed", (string)answer["id"]!), ((string)complete["runId"]!, (string)complete["status"]!, (string)complete["messageId"]!));
        Assert.Equal(reader.TextOf(run), (string)answer["text"]!);
        Assert.Equal(string.Join(' ', Enumerable.Range(1, 60)), reader.TextOf(run).Trim());
        Assert.True(reader.Frames.Count(frame => (string)frame["type"]! == "chunk") > 3, "The answer came all at once.");
    }

    [Fact]
    public async Task Who_comes_in_the_middle_gets_what_was_said_and_goes_on_from_there()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var first = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await first.AttachedAsync(session);
        await first.AskAsync("m1", session, "count to 80");
        var run = (string)(await first.UntilAsync("chunk"))["runId"]!;
        await first.UntilAsync("chunk");
        first.Cut();

        using var second = await ChatReader.OpenAsync(House.Server.Url, ada.Page);
        await second.AttachedAsync(session);
        await second.NextAsync("typing");
        var snapshot = await second.NextAsync("snapshot");
        Assert.StartsWith(first.TextOf(run), (string)snapshot["text"]!, StringComparison.Ordinal);
        await second.UntilAsync("complete");
        Assert.Equal(string.Join(' ', Enumerable.Range(1, 80)), second.TextOf(run).Trim());
    }

    [Fact]
    public async Task Who_was_away_gets_the_messages_behind_its_position_and_their_ends()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        var head = (long)(await reader.AttachedAsync(session))["head"]!;
        await reader.AskAsync("m1", session, "count to 3");
        await reader.UntilAsync("complete");
        await reader.SendAsync($$"""{"type":"detach","sessionId":"{{session}}"}""");

        Assert.True((long)(await reader.AttachedAsync(session, head))["head"]! > head);
        Assert.Equal("person", (string)(await reader.NextAsync("message"))["role"]!);
        Assert.Equal("agent", (string)(await reader.NextAsync("message"))["role"]!);
        Assert.Equal("completed", (string)(await reader.NextAsync("complete"))["status"]!);
    }

    [Fact]
    public async Task Whoever_has_read_the_list_goes_on_from_its_head()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        var path = $"/api/v1/sessions/{session}/messages";
        using var holds = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        using var comes = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await holds.AttachedAsync(session);
        for (var round = 0; round < 20; round++)
        {
            // As soon as it is acknowledged, whatever the others have been told by then.
            (await ada.Token.PostAsync(path, $$"""{"id":"m{{round}}","message":"silent"}""")).Is(201);
            var head = (long)(await ada.Token.GetAsync(path, [])).Is(200).Json["head"]!;
            await comes.AttachedAsync(session, head);
            await comes.DetachedAsync(session);
        }

        await holds.EndsAsync(session, 20);
    }

    [Fact]
    public async Task The_same_id_sent_twice_is_one_message_over_both_ways()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        await reader.AskAsync("same", session, "count to 2");
        await reader.AskAsync("same", session, "count to 2");
        var first = await reader.UntilAsync("accepted");
        var second = await reader.UntilAsync("accepted");
        var byHttp = (await ada.Token.PostAsync($"/api/v1/sessions/{session}/messages", """{"id":"same","message":"count to 2"}""")).Is(201);
        Assert.Equal((string)first["messageId"]!, (string)second["messageId"]!);
        Assert.Equal((string)first["messageId"]!, (string)byHttp.Json["message"]!["id"]!);

        await reader.AskAsync("other", session, "count to 2");
        await reader.UntilAsync("complete");
        await reader.UntilAsync("complete");
        var listed = (await ada.Token.GetAsync($"/api/v1/sessions/{session}/messages", [])).Is(200).Json["messages"]!.AsArray();
        Assert.Equal(2, listed.Count(message => (string)message!["role"]! == "person"));
        Assert.Equal(2, listed.Count(message => (string)message!["role"]! == "agent"));
    }

    [Fact]
    public async Task A_stop_keeps_what_was_said()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        await reader.AskAsync("m1", session, "count to 100000");
        var run = (string)(await reader.UntilAsync("chunk"))["runId"]!;
        await reader.StopAsync(session);
        var complete = await reader.UntilAsync("complete");
        Assert.Equal((run, "stopped"), ((string)complete["runId"]!, (string)complete["status"]!));
        var kept = reader.Frames.Last(frame => (string)frame["type"]! == "message");
        Assert.Equal(reader.TextOf(run), (string)kept["text"]!);
        Assert.Equal("idle", (string)(await ada.Token.GetAsync($"/api/v1/sessions/{session}", [])).Is(200).Json["session"]!["activity"]!);
    }

    [Fact]
    public async Task An_agent_that_fails_says_why_and_the_session_can_be_restored()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        await reader.AskAsync("m1", session, "fail");
        Assert.Equal("failed", (string)(await reader.UntilAsync("complete"))["status"]!);
        Assert.Contains(reader.Frames, frame => (string)frame["type"]! == "message" && (string)frame["role"]! == "system" && ((string)frame["text"]!).Length > 0);
        var path = $"/api/v1/sessions/{session}";
        var failed = (await ada.Token.GetAsync(path, [])).Is(200).Json["session"]!;
        Assert.Equal(("exited", true), ((string)failed["activity"]!, (bool)failed["failed"]!));
        var alert = await ada.AlertAsync("session.exited", resolved: false);
        Assert.Equal("The demo agent failed because you asked it to. Send another message to go on.", (string)alert["event"]!["message"]!);

        (await ada.Token.PostAsync($"{path}/restore", "{}")).Is(200);
        Assert.Equal("failed", (string)(await reader.UntilAsync("complete"))["status"]!);
        await reader.AskAsync("m2", session, "count to 3");
        Assert.Equal("completed", (string)(await reader.UntilAsync("complete"))["status"]!);
        Assert.False((bool)(await ada.Token.GetAsync(path, [])).Is(200).Json["session"]!["failed"]!);
    }

    [Fact]
    public async Task Messages_during_a_run_are_answered_in_order()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        foreach (var count in (int[])[12, 2, 3])
        {
            await reader.AskAsync($"m{count}", session, $"count to {count}");
        }

        List<string> runs = [];
        for (var index = 0; index < 3; index++)
        {
            runs.Add((string)(await reader.UntilAsync("complete"))["runId"]!);
        }

        var asked = reader.Frames.Where(frame => (string)frame["type"]! == "message" && (string)frame["role"]! == "person").Select(frame => (string)frame["runId"]!);
        Assert.Equal(asked, runs);
        Assert.Equal(["12", "2", "3"], runs.Select(run => reader.TextOf(run).Trim().Split(' ')[^1]));
    }
}

[AlsoNative]
public sealed class ConversationTestsOnSqlite(Houses houses) : ConversationTests(houses, postgres: false);

[AlsoNative]
public sealed class ConversationTestsOnPostgres(Houses houses) : ConversationTests(houses, postgres: true);
