using Carillon.Accounts;
using Carillon.Http;
using Carillon.Storage;

namespace Carillon.Conversations;

/// <summary>Servers that are killed and stopped, and databases that are away, in the middle of an answer.</summary>
public abstract class ChatFaultTests
{
    private static readonly Dictionary<string, string?> Settings = new() { ["Agents:Demo:Pause"] = "00:00:00.01", ["Chat:MaxRuns"] = "1" };

    [Fact]
    public async Task After_kill_9_all_that_was_shown_is_there_and_the_run_has_failed_once()
    {
        await using var house = await House.OpenAsync(await DatabaseAsync(), Settings);
        var ada = await house.AddAsync();
        var project = await ada.ProjectAsync();
        var (session, other) = (await ada.SessionAsync(project), await ada.SessionAsync(project));
        using var reader = await ChatReader.OpenAsync(house.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        await reader.AskAsync("m1", session, "count to 100000");
        await reader.AskAsync("m2", other, "count to 3");
        await reader.AskAsync("m3", session, "count to 4");
        for (var chunk = 0; chunk < 8; chunk++)
        {
            await reader.UntilAsync("chunk");
        }

        await house.Server.KillAsync();
        await reader.ClosedAsync();
        await house.Server.StartProcessAsync();

        // It knows its own runs: nobody waits for their lease.
        using var again = await ChatReader.OpenAsync(house.Server.Url, ada.Token, new() { [session] = reader.Of(session) });
        await again.ResumeAsync(session);
        await again.AttachedAsync(other, 0);
        await again.EndsAsync(session, 2);
        await again.EndsAsync(other, 1);
        Assert.Equal(["failed", "completed"], again.Of(session).Ends.Select(end => end.Status));
        Assert.Equal("completed", again.Of(other).Ends[0].Status);
        Assert.Single(again.Of(session).Messages.Values, message => (string)message["role"]! == "system");
        Assert.Equal(
            (await ada.Token.GetAsync($"/api/v1/sessions/{session}/messages", [])).Is(200).Json["messages"]!.AsArray().Select(message => (long)message!["seq"]!),
            again.Of(session).Messages.Keys);
        Assert.Equal(0, house.InDatabase(sql => sql.Number("SELECT count(*) FROM run_parts")));
    }

    [Fact]
    public async Task A_server_that_is_told_to_stop_says_so_ends_its_runs_and_is_quick()
    {
        await using var house = await House.OpenAsync(await DatabaseAsync(), Settings);
        var ada = await house.AddAsync();
        var project = await ada.ProjectAsync();
        var session = await ada.SessionAsync(project);
        await ada.ReportAsync("elsewhere", "idle", $"\"projectId\":\"{project}\"");
        var waiting = ada.Token.PostAsync("/api/v1/sessions/elsewhere/messages/take", """{"wait":25}""");
        using var reader = await ChatReader.OpenAsync(house.Server.Url, ada.Token);
        using var absent = await ChatReader.OpenAsync(house.Server.Url, ada.Token);
        await absent.AttachedAsync(session);
        await reader.AttachedAsync(session);
        await reader.AskAsync("m1", session, "count to 100000");
        for (var chunk = 0; chunk < 3; chunk++)
        {
            await reader.UntilAsync("chunk");
        }

        // One that says goodbye, and one that does not.
        var closed = reader.ClosedAsync(sayGoodbye: true);
        var (took, exitCode) = await house.Server.StopAsync();
        Assert.Equal(1001, await closed);
        Assert.Equal(0, exitCode);
        Assert.True(took < TimeSpan.FromSeconds(10), $"The server took {took} to stop");
        Assert.Equal(1001, await absent.ClosedAsync());
        Assert.Empty((await waiting).Is(200).Json["messages"]!.AsArray());
        Assert.DoesNotContain("fail:", house.Server.Log, StringComparison.Ordinal);

        await house.Server.StartProcessAsync();
        Assert.Equal("exited", (string)(await ada.Token.GetAsync($"/api/v1/sessions/{session}", [])).Is(200).Json["session"]!["activity"]!);
        using var again = await ChatReader.OpenAsync(house.Server.Url, ada.Token, new() { [session] = reader.Of(session) });
        await again.ResumeAsync(session);
        await again.EndsAsync(session, 1);
        Assert.Equal("failed", again.Of(session).Ends[0].Status);

        // Restored, it is asked again.
        (await ada.Token.PostAsync($"/api/v1/sessions/{session}/restore", "{}")).Is(200);
        await again.UntilAsync("chunk");
        await again.StopAsync(session);
        await again.EndsAsync(session, 2);
        Assert.Equal("stopped", again.Of(session).Ends[1].Status);
    }

    private protected abstract Task<TestDatabase> DatabaseAsync();
}

public sealed class ChatFaultTestsOnSqlite : ChatFaultTests
{
    [Fact]
    public async Task A_database_that_is_locked_in_mid_answer_costs_time_and_nothing_else()
    {
        // Default Timeout: commits fail while somebody else has the database, instead of waiting half a minute for it.
        await using var house = await House.OpenAsync(
            TestDatabase.Embedded, new() { ["Agents:Demo:Pause"] = "00:00:00.01", ["Storage:Connection"] = "Data Source=carillon.db;Default Timeout=1" });
        var ada = await house.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var reader = await ChatReader.OpenAsync(house.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        await reader.AskAsync("m1", session, "count to 200");
        await reader.UntilAsync("chunk");
        await using (var other = new SqliteDialect("Data Source=carillon.db", house.Server.Folder).CreateWriter())
        {
            await other.OpenAsync();
            await using var begin = other.CreateCommand();
            begin.CommandText = "BEGIN EXCLUSIVE";
            await begin.ExecuteNonQueryAsync();
            await house.Server.LoggedAsync("The database is unavailable", times: 2);

            // The socket stays, and says why it cannot.
            await reader.AskAsync("m2", session, "count to 3");
            Assert.Equal(("UNAVAILABLE", "m2"), ((string)(await reader.UntilAsync("error"))["code"]!, (string)reader.Frames[^1]["id"]!));
            (await ada.Token.PostAsync($"/api/v1/sessions/{session}/messages", """{"id":"m3","message":"x"}""")).IsProblem(503, "UNAVAILABLE");
        }

        await reader.EndsAsync(session, 1);
        Assert.Equal("completed", reader.Of(session).Ends[0].Status);
        Assert.Equal(string.Join(' ', Enumerable.Range(1, 200)), reader.TextOf(reader.Of(session).Ends[0].Run).Trim());
        await reader.AskAsync("m2", session, "count to 3");
        await reader.EndsAsync(session, 2);
        Assert.Equal(4, (await ada.Token.GetAsync($"/api/v1/sessions/{session}/messages", [])).Is(200).Json["messages"]!.AsArray().Count);
    }

    private protected override Task<TestDatabase> DatabaseAsync() => Task.FromResult(TestDatabase.Embedded);
}

public sealed class ChatFaultTestsOnPostgres : ChatFaultTests
{
    [Fact]
    public async Task A_database_that_goes_away_in_mid_answer_costs_time_and_nothing_else()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var house = await House.OpenAsync(await TestDatabase.NewAsync(postgres), new() { ["Agents:Demo:Pause"] = "00:00:00.01" });
        var ada = await house.AddAsync();
        var project = await ada.ProjectAsync();
        var (session, other) = (await ada.SessionAsync(project), await ada.SessionAsync(project));
        using var reader = await ChatReader.OpenAsync(house.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        await reader.AskAsync("m1", session, "count to 200");
        await reader.UntilAsync("chunk");
        await postgres.StopAsync();

        // Each of these is answered, and the socket stays.
        foreach (var frame in (string[])[
            $$"""{"type":"chat_request","id":"m2","sessionId":"{{session}}","message":"count to 3"}""", $$"""{"type":"stop","sessionId":"{{session}}"}""",
            $$"""{"type":"attach","sessionId":"{{other}}"}"""])
        {
            await reader.SendAsync(frame);
            Assert.Equal("UNAVAILABLE", (string)(await reader.UntilAsync("error"))["code"]!);
        }

        await house.Server.LoggedAsync("The database is unavailable", times: 3);
        await postgres.StartAgainAsync();
        await reader.EndsAsync(session, 1);
        Assert.Equal("completed", reader.Of(session).Ends[0].Status);
        Assert.Equal(string.Join(' ', Enumerable.Range(1, 200)), reader.TextOf(reader.Of(session).Ends[0].Run).Trim());
        await reader.AskAsync("m2", session, "count to 3");
        await reader.EndsAsync(session, 2);
        await reader.AttachedAsync(other);
        Assert.Equal(4, reader.Of(session).Messages.Count);
    }

    private protected override Task<TestDatabase> DatabaseAsync() => TestDatabase.PostgresAsync();
}
