using Carillon.Accounts;
using Carillon.Conversations;
using Carillon.Http;

namespace Carillon.Runs;

public abstract class HouseWithTwoPlaces(bool postgres) : OwnHouse(postgres)
{
    private protected override Dictionary<string, string?> Settings => new()
    {
        ["Chat:MaxRuns"] = "2",
        ["Chat:MessagesPerHour"] = "0",
        ["Chat:MessagesPerDay"] = "0",
        ["Chat:TokensPerDay"] = "0",
        ["Agents:Demo:Pause"] = "00:00:00.005",
    };
}

public sealed class HouseWithTwoPlacesOnSqlite() : HouseWithTwoPlaces(postgres: false);

public sealed class HouseWithTwoPlacesOnPostgres() : HouseWithTwoPlaces(postgres: true);

/// <summary>Two runs at once, and the rest in a line.</summary>
public abstract class RunQueueTests(HouseWithTwoPlaces places)
{
    // It runs until somebody stops it.
    private const string Endless = "\"message\":\"count to 100000\"";

    private House House => places.House;

    [Fact]
    public async Task Sessions_wait_in_the_order_of_their_messages_and_move_up_and_the_stream_tells_it()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        using var events = await EventReader.FollowAsync(House.Server.Url, ada.Token.DefaultRequestHeaders.Authorization!.Parameter, $"?topics=sessions&projectId={project}");
        var sessions = new List<string>();
        for (var index = 0; index < 5; index++)
        {
            sessions.Add(await ada.SessionAsync(project, Endless));
        }

        Assert.Equal([("working", null), ("working", null), ("starting", 1), ("starting", 2), ("starting", 3)], await StatesAsync(ada, sessions));
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        foreach (var session in sessions)
        {
            await reader.AttachedAsync(session, 0);
        }

        await StopAsync(reader, sessions[1]);
        Assert.Equal([("working", null), ("idle", null), ("working", null), ("starting", 1), ("starting", 2)], await StatesAsync(ada, sessions));
        await StopAsync(reader, sessions[0]);
        Assert.Equal([("idle", null), ("idle", null), ("working", null), ("working", null), ("starting", 1)], await StatesAsync(ada, sessions));
        foreach (var session in sessions[2..])
        {
            await StopAsync(reader, session);
        }

        var told = new ToldPlaces();
        foreach (var change in await events.ChangesAsync(change => told.Take(change) == (sessions[4], "idle")))
        {
            Assert.True(change.Event is "session_updated" or "queue_moved");
        }

        Assert.Equal([("starting", null), ("working", null), ("idle", null)], told.Of(sessions[0]));
        Assert.Equal([("starting", null), ("working", null), ("idle", null)], told.Of(sessions[1]));
        Assert.Equal([("starting", null), ("starting", 1), ("working", null), ("idle", null)], told.Of(sessions[2]));
        Assert.Equal([("starting", null), ("starting", 2), ("starting", 1), ("working", null), ("idle", null)], told.Of(sessions[3]));
        Assert.Equal([("starting", null), ("starting", 3), ("starting", 2), ("starting", 1), ("working", null), ("idle", null)], told.Of(sessions[4]));

    }

    [Fact]
    public async Task Whoever_is_stopped_or_ended_while_waiting_leaves_the_line()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var sessions = new List<string>();
        for (var index = 0; index < 5; index++)
        {
            sessions.Add(await ada.SessionAsync(project, Endless));
        }

        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        foreach (var session in sessions)
        {
            await reader.AttachedAsync(session, 0);
        }

        await StopAsync(reader, sessions[3]);
        Assert.Equal([("working", null), ("working", null), ("starting", 1), ("idle", null), ("starting", 2)], await StatesAsync(ada, sessions));
        (await ada.Token.PostAsync($"/api/v1/sessions/{sessions[2]}/stop", "{}")).Is(200);
        await reader.EndsAsync(sessions[2], 1);
        Assert.Equal([("working", null), ("working", null), ("killed", null), ("idle", null), ("starting", 1)], await StatesAsync(ada, sessions));

        // They never began: a system message says so, and its end is the one end.
        foreach (var session in sessions[2..4])
        {
            var said = reader.Of(session).Messages.Values.ToArray();
            Assert.Equal(["person", "system"], said.Select(message => (string)message["role"]!));
            Assert.NotEmpty((string)said[1]["text"]!);
            Assert.Equal("stopped", Assert.Single(reader.Of(session).Ends).Status);
        }

        foreach (var session in (string[])[sessions[0], sessions[1], sessions[4]])
        {
            await StopAsync(reader, session);
        }
    }

    [Fact]
    public async Task The_line_is_one_of_messages_and_each_session_speaks_one_at_a_time()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var (busy, other) = (await ada.SessionAsync(project, Endless), await ada.SessionAsync(project, Endless));
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(busy, 0);
        await reader.AttachedAsync(other, 0);
        await reader.AskAsync("second", busy, "count to 100000");
        await reader.UntilAsync("accepted");
        var late = await ada.SessionAsync(project, Endless);
        await reader.AttachedAsync(late, 0);
        Assert.Equal([("working", null), ("working", null), ("starting", 1)], await StatesAsync(ada, [busy, other, late]));

        // Its second message came before the late one, so it goes first.
        await StopAsync(reader, busy);
        Assert.Equal([("working", null), ("working", null), ("starting", 1)], await StatesAsync(ada, [busy, other, late]));
        await StopAsync(reader, other);
        Assert.Equal([("working", null), ("idle", null), ("working", null)], await StatesAsync(ada, [busy, other, late]));
        await StopAsync(reader, busy);
        await StopAsync(reader, late);
        Assert.Equal(2, reader.Of(busy).Ends.Count);
    }

    [Fact]
    public async Task A_failed_question_is_asked_again_once_however_many_restore_it()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var project = await ada.ProjectWithAsync(bob);
        var session = await ada.SessionAsync(project);
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        await reader.AskAsync("m1", session, "fail");
        await reader.EndsAsync(session, 1);
        Assert.Equal([("exited", null)], await StatesAsync(ada, [session]));
        Assert.Equal(["person", "agent", "system"], reader.Of(session).Messages.Values.Select(message => (string)message["role"]!));

        // While both places are taken, what is asked again has to wait.
        var (one, two) = (await ada.SessionAsync(project, Endless), await ada.SessionAsync(project, Endless));
        await reader.AttachedAsync(one, 0);
        await reader.AttachedAsync(two, 0);
        var restored = await Task.WhenAll(Enumerable.Range(0, 6).Select(index => (index % 2 == 0 ? ada : bob).Token.PostAsync($"/api/v1/sessions/{session}/restore", "{}")));
        Assert.All(restored, answer => Assert.Equal(("starting", 1), ((string)answer.Is(200).Json["session"]!["activity"]!, (int)answer.Json["session"]!["queuePosition"]!)));
        await StopAsync(reader, one);
        await reader.EndsAsync(session, 2);
        Assert.Equal([("exited", null)], await StatesAsync(ada, [session]));
        Assert.Equal(2, House.InDatabase(sql => sql.Number("SELECT count(*) FROM runs WHERE session_id = $1", session)));

        // It is the same message, with another answer.
        var listed = (await ada.Token.GetAsync($"/api/v1/sessions/{session}/messages", [])).Is(200).Json["messages"]!.AsArray();
        Assert.Equal(["person", "agent", "system", "agent", "system"], listed.Select(message => (string)message!["role"]!));
        Assert.Equal(reader.Of(session).Ends[1].Run, (string)listed[0]!["runId"]!);

        // A message revives it just as well.
        await reader.AskAsync("m2", session, "count to 2");
        await reader.EndsAsync(session, 3);
        Assert.Equal([("idle", null)], await StatesAsync(ada, [session]));
        await StopAsync(reader, two);
    }

    [Fact]
    public async Task A_limit_of_zero_is_none()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        Assert.All(
            await Task.WhenAll(Enumerable.Range(0, 70).Select(index => ada.Token.PostAsync($"/api/v1/sessions/{session}/messages", $$"""{"id":"m{{index}}","message":"silent"}"""))),
            answer => answer.Is(201));
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session, 0);
        await reader.EndsAsync(session, 70);

        // They were answered in their order.
        var messages = reader.Of(session).Messages.Values;
        Assert.Equal(
            messages.Where(message => (string)message["role"]! == "person").Select(message => (string)message["runId"]!), reader.Of(session).Ends.Select(end => end.Run));
    }

    [Fact]
    public async Task Forty_in_the_line_hear_of_each_that_leaves_it_in_a_few_changes_and_know_their_places()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        using var events = await EventReader.FollowAsync(House.Server.Url, ada.Token.DefaultRequestHeaders.Authorization!.Parameter!, $"?topics=sessions&projectId={project}");
        var sessions = new List<string>();
        for (var index = 0; index < 42; index++)
        {
            sessions.Add(await ada.SessionAsync(project, Endless));
        }

        var told = new ToldPlaces();
        await events.ChangesAsync(change => told.Take(change) == (sessions[^1], "starting") && told.Of(sessions[^1])[^1].Place == 40);
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        foreach (var session in sessions)
        {
            await reader.AttachedAsync(session, 0);
        }

        // One that runs, one in the middle of the line, one that has just moved up, the last.
        foreach (var leaving in (int[])[0, 20, 2, 41])
        {
            await StopAsync(reader, sessions[leaving]);
            var states = await StatesAsync(ada, sessions);
            var count = 0;
            await events.ChangesAsync(change =>
            {
                var about = told.Take(change).Session;
                count += about is null || told.Of(about)[^1].Place is not null ? 1 : 0;
                return states.SequenceEqual(sessions.Select(session => told.Of(session)[^1]));
            });
            Assert.InRange(count, 0, 10);
        }

        // As a line of one's own would be: from 1, without holes.
        Assert.Equal(Enumerable.Range(1, 36), (await StatesAsync(ada, sessions)).Select(one => one.Place).OfType<int>().Order());
        foreach (var session in sessions[1..].Where(session => session != sessions[20] && session != sessions[2] && session != sessions[41]).Reverse())
        {
            await StopAsync(reader, session);
        }
    }

    private static async Task StopAsync(ChatReader reader, string session)
    {
        var ends = reader.Of(session).Ends.Count;
        await reader.StopAsync(session);
        await reader.EndsAsync(session, ends + 1);
    }

    private static async Task<List<(string Activity, int? Place)>> StatesAsync(Resident person, IEnumerable<string> sessions)
    {
        var states = new List<(string, int?)>();
        foreach (var session in sessions)
        {
            var known = (await person.Token.GetAsync($"/api/v1/sessions/{session}", [])).Is(200).Json["session"]!;
            states.Add(((string)known["activity"]!, (int?)known["queuePosition"]));
        }

        return states;
    }
}

/// <summary>What somebody who follows the stream knows of each session, and knew.</summary>
internal sealed class ToldPlaces
{
    private readonly Dictionary<string, List<(string Activity, int? Place)>> _told = [];

    public List<(string Activity, int? Place)> Of(string session) => _told[session];

    /// <summary>Takes a change in; returns the session that it is about, and what that does.</summary>
    public (string? Session, string? Activity) Take(Frame change)
    {
        var payload = change.Json.GetProperty("payload");
        if (change.Event == "queue_moved")
        {
            foreach (var states in _told.Values.Where(states => states[^1].Place > payload.GetProperty("behind").GetInt32()))
            {
                states.Add((states[^1].Activity, states[^1].Place + payload.GetProperty("by").GetInt32()));
            }

            return (null, null);
        }

        var session = payload.GetProperty("session");
        var (id, activity) = (session.GetProperty("id").GetString()!, session.GetProperty("activity").GetString()!);
        _told.TryAdd(id, []);
        _told[id].Add((activity, session.TryGetProperty("queuePosition", out var place) && place.ValueKind == System.Text.Json.JsonValueKind.Number ? place.GetInt32() : null));
        return (id, activity);
    }
}

public sealed class RunQueueTestsOnSqlite(HouseWithTwoPlacesOnSqlite places) : RunQueueTests(places), IClassFixture<HouseWithTwoPlacesOnSqlite>;

public sealed class RunQueueTestsOnPostgres(HouseWithTwoPlacesOnPostgres places) : RunQueueTests(places), IClassFixture<HouseWithTwoPlacesOnPostgres>;
