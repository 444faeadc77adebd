using Carillon.Accounts;
using Carillon.Http;

namespace Carillon.Conversations;

/// <summary>Sessions that are stopped, ended and brought back.</summary>
public abstract class SessionLifeTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    [Fact]
    public async Task A_stop_of_nothing_is_no_error_and_ending_twice_is_ending()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        await reader.StopAsync(session);
        await reader.StopAsync(session);
        await reader.SendAsync("""{"type":"ping"}""");
        await reader.NextAsync("pong");
        var ended = (await ada.Token.PostAsync($"/api/v1/sessions/{session}/stop", "{}")).Is(200);
        Assert.Equal("killed", (string)ended.Json["session"]!["activity"]!);
        Assert.Equal(ended.Text, (await ada.Token.PostAsync($"/api/v1/sessions/{session}/stop", "{}")).Is(200).Text);
        var back = (await ada.Token.PostAsync($"/api/v1/sessions/{session}/restore", "{}")).Is(200);
        Assert.Equal("idle", (string)back.Json["session"]!["activity"]!);
        await reader.SendAsync("""{"type":"ping"}""");
        await reader.NextAsync("pong");
    }

    [Fact]
    public async Task A_title_that_a_person_gave_stays_whatever_is_reported()
    {
        var ada = await House.AddAsync();
        var (project, id) = (await ada.ProjectAsync(), House.NewName("named"));
        await ada.ReportAsync(id, "working", $"\"projectId\":\"{project}\",\"title\":\"shop\"");
        var renamed = (await ada.Token.PatchAsync($"/api/v1/sessions/{id}", """{"title":"**Mend** the till"}""")).Is(200);
        Assert.Equal("Mend the till", (string?)renamed.Json["session"]!["title"]);
        Assert.Equal(renamed.Text, (await ada.Token.PatchAsync($"/api/v1/sessions/{id}", """{"title":"Mend the till"}""")).Is(200).Text);
        await ada.ReportAsync(id, "idle", "\"title\":\"shop again\"");
        Assert.Equal("Mend the till", (string?)(await ada.Token.GetAsync($"/api/v1/sessions/{id}", [])).Is(200).Json["session"]!["title"]);
    }

    [Fact]
    public async Task What_is_archived_is_listed_again_when_something_happens_in_it()
    {
        var ada = await House.AddAsync();
        var (project, id) = (await ada.ProjectAsync(), House.NewName("shelved"));
        await ada.ReportAsync(id, "working", $"\"projectId\":\"{project}\"");
        var hosted = await ada.SessionAsync(project);
        foreach (var session in (string[])[id, hosted])
        {
            var archived = (await ada.Token.PatchAsync($"/api/v1/sessions/{session}", """{"archived":true}""")).Is(200);
            Assert.NotNull(archived.Json["session"]!["archivedAt"]);
            Assert.Equal(archived.Text, (await ada.Token.PatchAsync($"/api/v1/sessions/{session}", """{"archived":true}""")).Is(200).Text);
        }

        Assert.Empty(await ListedAsync(""));
        Assert.Equal([hosted, id], await ListedAsync("&includeArchived=true"));

        // That its agent ends is nothing to look at; that it works is.
        await ada.ReportAsync(id, "exited");
        Assert.Empty(await ListedAsync(""));
        await ada.ReportAsync(id, "working");
        Assert.Equal([id], await ListedAsync(""));
        (await ada.Token.PostAsync($"/api/v1/sessions/{hosted}/messages", """{"id":"m1","message":"count to 2"}""")).Is(201);
        Assert.Contains(hosted, await ListedAsync(""));

        // Words that wait for an agent elsewhere are something as well.
        (await ada.Token.PatchAsync($"/api/v1/sessions/{id}", """{"archived":true}""")).Is(200);
        (await ada.Token.PostAsync($"/api/v1/sessions/{id}/messages", """{"id":"m2","message":"Go on"}""")).Is(201);
        Assert.Contains(id, await ListedAsync(""));

        (await ada.Token.PatchAsync($"/api/v1/sessions/{id}", """{"archived":true,"title":"Away"}""")).Is(200);
        Assert.Null((await ada.Token.PatchAsync($"/api/v1/sessions/{id}", """{"archived":false}""")).Is(200).Json["session"]!["archivedAt"]);

        async Task<IEnumerable<string>> ListedAsync(string more) =>
            (await ada.Token.GetAsync($"/api/v1/sessions?projectId={project}{more}", [])).Is(200).Json["sessions"]!.AsArray().Select(one => (string)one!["id"]!);
    }

    [Theory]
    [InlineData("{}", "title, archived")]
    [InlineData("""{"title":""}""", "title")]
    [InlineData("""{"title":"a\nb"}""", "title")]
    public async Task An_update_that_says_nothing_or_nonsense_is_refused(string body, string names)
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        (await ada.Token.PatchAsync($"/api/v1/sessions/{session}", body)).IsProblem(400, "INVALID_SESSION").Names(names);
    }

    [Fact]
    public async Task Only_who_has_a_hand_in_a_session_renames_it_or_puts_it_away()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var (open, closed) = (await ada.ProjectAsync(), await ada.ProjectAsync(closed: true));
        var (hosted, elsewhere, hidden) = (await ada.SessionAsync(open), House.NewName("elsewhere"), await ada.SessionAsync(closed));
        await ada.ReportAsync(elsewhere, "idle", $"\"projectId\":\"{open}\"");
        const string Body = """{"title":"Taken over","archived":true}""";
        (await bob.Token.PatchAsync($"/api/v1/sessions/{hosted}", Body)).IsProblem(403, "MEMBERS_ONLY");
        (await bob.Token.PatchAsync($"/api/v1/sessions/{elsewhere}", Body)).IsProblem(403, "SESSION_OWNER_ONLY");
        (await bob.Token.PatchAsync($"/api/v1/sessions/{hidden}", Body)).IsProblem(404, "SESSION_NOT_FOUND");
        using var reader = await ada.TokenAsync(scopes: [Protocol.Scopes.Read]);
        using var hook = await ada.TokenAsync(scopes: [Protocol.Scopes.Publish]);
        (await reader.PatchAsync($"/api/v1/sessions/{hosted}", Body)).IsProblem(403, "SCOPE_MISSING");
        (await hook.PatchAsync($"/api/v1/sessions/{hosted}", Body)).IsProblem(403, "SCOPE_MISSING").Names("run");
        (await hook.PatchAsync($"/api/v1/sessions/{elsewhere}", Body)).Is(200);
        Assert.NotEqual("Taken over", (string?)(await ada.Token.GetAsync($"/api/v1/sessions/{hosted}", [])).Is(200).Json["session"]!["title"]);

        // A member of the project has a hand in what runs here.
        var shared = await ada.SessionAsync(await ada.ProjectWithAsync(bob));
        (await bob.Token.PatchAsync($"/api/v1/sessions/{shared}", Body)).Is(200);
    }

    [Fact]
    public async Task Two_stops_end_one_run_once_and_the_next_message_is_answered()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        using var other = await ChatReader.OpenAsync(House.Server.Url, ada.Page);
        await reader.AttachedAsync(session);
        await reader.AskAsync("m1", session, "count to 100000");
        await reader.UntilAsync("chunk");
        await Task.WhenAll(reader.StopAsync(session), reader.StopAsync(session), other.StopAsync(session), other.StopAsync(session));
        await reader.EndsAsync(session, 1);
        await other.PingAsync();
        await reader.AskAsync("m2", session, "count to 3");
        await reader.EndsAsync(session, 2);
        await reader.PingAsync();
        Assert.Equal(["stopped", "completed"], reader.Of(session).Ends.Select(end => end.Status));
        Assert.Equal("1 2 3", reader.TextOf(reader.Of(session).Ends[1].Run));
        Assert.DoesNotContain(reader.Of(session).Messages.Values, message => (string)message["role"]! == "system");
    }

    [Fact]
    public async Task A_stop_ends_the_answer_under_way_and_what_waits_behind_it_goes_on()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        await reader.AskAsync("m1", session, "count to 100000");
        await reader.AskAsync("m2", session, "count to 2");
        await reader.UntilAsync("chunk");
        await reader.StopAsync(session);
        await reader.EndsAsync(session, 2);
        Assert.Equal(["stopped", "completed"], reader.Of(session).Ends.Select(end => end.Status));
        await ActivityAsync(ada, session, "idle");
    }

    [Fact]
    public async Task Ending_a_session_ends_what_runs_and_what_waits_and_a_message_revives_it()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        foreach (var id in (string[])["m1", "m2", "m3"])
        {
            await reader.AskAsync(id, session, "count to 100000");
        }

        await reader.UntilAsync("chunk");
        var ended = (await ada.Token.PostAsync($"/api/v1/sessions/{session}/stop", "{}")).Is(200);
        Assert.Equal("killed", (string)ended.Json["session"]!["activity"]!);
        await reader.EndsAsync(session, 3);
        Assert.All(reader.Of(session).Ends, end => Assert.Equal("stopped", end.Status));

        // Two never began; of those only the reason is there.
        Assert.Equal(2, reader.Of(session).Messages.Values.Count(message => (string)message["role"]! == "system" && ((string)message["text"]!).Length > 0));
        Assert.Single(reader.Of(session).Messages.Values, message => (string)message["role"]! == "agent");
        await ActivityAsync(ada, session, "killed");

        await reader.AskAsync("m4", session, "count to 2");
        await reader.EndsAsync(session, 4);
        await ActivityAsync(ada, session, "idle");
        Assert.Equal("completed", reader.Of(session).Ends[3].Status);

        // Its last answer stood, so a restore after another end asks nothing again.
        (await ada.Token.PostAsync($"/api/v1/sessions/{session}/stop", "{}")).Is(200);
        (await ada.Token.PostAsync($"/api/v1/sessions/{session}/restore", "{}")).Is(200);
        await reader.PingAsync();
        Assert.Equal(4, reader.Of(session).Ends.Count);
        await ActivityAsync(ada, session, "idle");
    }

    [Fact]
    public async Task Restoring_what_runs_changes_nothing()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync(), "\"message\":\"count to 100000\"");
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session, 0);
        await reader.UntilAsync("chunk");
        var before = (await ada.Token.GetAsync($"/api/v1/sessions/{session}", [])).Is(200);
        Assert.Equal("working", (string)before.Json["session"]!["activity"]!);
        Assert.Equal(before.Text, (await ada.Token.PostAsync($"/api/v1/sessions/{session}/restore", "{}")).Is(200).Text);
        await reader.StopAsync(session);
        await reader.EndsAsync(session, 1);
        Assert.Equal("idle", (string)(await ada.Token.PostAsync($"/api/v1/sessions/{session}/restore", "{}")).Is(200).Json["session"]!["activity"]!);
        Assert.Equal(1, House.InDatabase(sql => sql.Number("SELECT count(*) FROM runs WHERE session_id = $1", session)));
    }

    [Fact]
    public async Task An_answer_that_ends_in_a_question_waits_for_the_person_and_a_silent_one_says_nothing()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        await reader.AskAsync("m1", session, "ask");
        await reader.EndsAsync(session, 1);
        await ActivityAsync(ada, session, "waiting_input");
        await reader.AskAsync("m2", session, "silent");
        await reader.EndsAsync(session, 2);
        await ActivityAsync(ada, session, "idle");
        Assert.Equal("", (string)reader.Of(session).Messages.Values.Last()["text"]!);
        Assert.Equal("agent", (string)reader.Of(session).Messages.Values.Last()["role"]!);
    }

    [Fact]
    public async Task A_stop_at_the_same_moment_as_the_message_is_not_lost()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        using var asking = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        using var stopping = await ChatReader.OpenAsync(House.Server.Url, ada.Page);
        for (var round = 0; round < 15; round++)
        {
            var session = await ada.SessionAsync(project);
            await asking.AttachedAsync(session);
            var asked = asking.AskAsync("m", session, "count to 100000");
            await stopping.StopAsync(session);
            await stopping.PingAsync();
            await asked;
            await asking.UntilAsync("accepted");
            if (House.InDatabase(sql => sql.Number("SELECT count(*) FROM runs WHERE session_id = $1 AND (stop_asked = 1 OR ended_at IS NOT NULL)", session)) == 0)
            {
                // It came before the message, and there was nothing to stop.
                await stopping.StopAsync(session);
            }

            await asking.EndsAsync(session, 1);
            Assert.Equal("stopped", asking.Of(session).Ends[0].Status);
        }
    }

    private static async Task ActivityAsync(Resident person, string session, string activity) =>
        Assert.Equal(activity, (string)(await person.Token.GetAsync($"/api/v1/sessions/{session}", [])).Is(200).Json["session"]!["activity"]!);
}

public sealed class SessionLifeTestsOnSqlite(Houses houses) : SessionLifeTests(houses, postgres: false);

public sealed class SessionLifeTestsOnPostgres(Houses houses) : SessionLifeTests(houses, postgres: true);
