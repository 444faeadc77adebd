using System.Diagnostics;
using System.Net;
using Carillon.Chat;
using Carillon.Http;

namespace Carillon.Accounts;

public abstract class SmallHouse(bool postgres) : OwnHouse(postgres)
{
    private protected override Dictionary<string, string?> Settings => new()
    {
        ["Streams:PerPerson"] = "3",
        ["Projects:PerPerson"] = "2",
        ["Chat:Waiting"] = "2",
        ["Chat:MaxRuns"] = "1",
    };
}

public sealed class SmallHouseOnSqlite() : SmallHouse(postgres: false);

public sealed class SmallHouseOnPostgres() : SmallHouse(postgres: true);

/// <summary>What costs an attacker nothing is given to each person so often.</summary>
public abstract class PersonLimitTests(SmallHouse small)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private House House => small.House;

    private Uri Server => House.Server.Url;

    [Fact]
    public async Task A_person_has_so_many_streams_and_sockets_open_and_one_more_when_one_ends()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var token = ada.Token.DefaultRequestHeaders.Authorization!.Parameter!;
        var revoked = await ada.NewTokenAsync(null, null, "read");
        for (var time = 0; time < 4; time++)
        {
            (await ada.Token.GetAsync("/events?after=x", [])).IsProblem(400, "INVALID_CURSOR");
            (await ada.Token.GetAsync("/chat/ws", [])).IsProblem(426, "UPGRADE_REQUIRED");
        }

        var taken = await EventReader.FollowAsync(Server, token);
        var request = await EventReader.OpenAsync(Server, (string)revoked["token"]!, version: "HTTP/1.0");
        var socket = await ChatReader.OpenAsync(Server, ada.Page);
        Assert.Equal(200, request.Status);
        for (var time = 0; time < 2; time++)
        {
            var refused = (await ada.Token.GetAsync("/events", [])).IsProblem(429, "TOO_MANY_STREAMS").Names("Streams:PerPerson");
            Assert.Equal("10", refused.Header("Retry-After"));
            Assert.Equal((null, HttpStatusCode.TooManyRequests), await ChatReader.TryOpenAsync(Server, [("Authorization", $"Bearer {token}")]));
        }

        // Nobody else is held up.
        using (await EventReader.FollowAsync(Server, bob.Token.DefaultRequestHeaders.Authorization!.Parameter))
        {
            // However one ends, its place is free.
            taken.Dispose();
            taken = await AgainAsync();
            socket.Dispose();
            socket = await ChatAgainAsync();
            (await ada.Page.CallAsync("DELETE", $"/api/v1/tokens/{revoked["id"]}")).Is(204);
            await request.ToEndAsync();
            using var last = await AgainAsync();
            (await ada.Token.GetAsync("/events", [])).IsProblem(429, "TOO_MANY_STREAMS");
        }

        taken.Dispose();
        request.Dispose();
        socket.Dispose();

        async Task<EventReader> AgainAsync()
        {
            var clock = Stopwatch.StartNew();
            while (true)
            {
                var reader = await EventReader.OpenAsync(Server, token);
                if (reader.Status == 200)
                {
                    return reader;
                }

                reader.Dispose();
                Assert.True(clock.Elapsed < Patience, "No place became free");
            }
        }

        async Task<ChatReader> ChatAgainAsync()
        {
            var clock = Stopwatch.StartNew();
            while (true)
            {
                if (await ChatReader.TryOpenAsync(Server, [("Authorization", $"Bearer {token}")]) is { Reader: { } reader })
                {
                    return reader;
                }

                Assert.True(clock.Elapsed < Patience, "No place became free");
            }
        }
    }

    [Fact]
    public async Task A_person_makes_so_many_projects_whoever_is_their_member()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var (one, two) = (await ada.ProjectAsync(), await ada.ProjectAsync());
        (await MakeAsync(ada, House.NewName("third"))).IsProblem(409, "TOO_MANY_PROJECTS");
        (await MakeAsync(ada, one)).IsProblem(409, "PROJECT_EXISTS");
        foreach (var (project, member) in new[] { (one, ada), (one, bob), (two, bob) })
        {
            (await ada.Page.CallAsync(member == ada ? "DELETE" : "PUT", $"/api/v1/projects/{project}/members/{member.Name}"))
                .Is(member == bob && project == one ? 403 : 204);
        }

        (await MakeAsync(ada, House.NewName("third"))).IsProblem(409, "TOO_MANY_PROJECTS");
        await bob.ProjectAsync();
        await bob.ProjectAsync();
        (await MakeAsync(bob, House.NewName("third"))).IsProblem(409, "TOO_MANY_PROJECTS");

        static Task<Answer> MakeAsync(Resident person, string id) => person.Token.PostAsync("/api/v1/projects", $$"""{"id":"{{id}}","name":"One more"}""");
    }

    [Fact]
    public async Task So_many_messages_of_a_person_wait_for_an_agent_at_once()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var project = await ada.ProjectAsync();
        var running = await ada.SessionAsync(project, Endless);
        await ada.SessionAsync(project, Endless);
        var waiting = await ada.SessionAsync(project, Endless);
        var refused = (await ada.Token.PostAsync("/api/v1/sessions", $$"""{"projectId":"{{project}}","agent":"demo",{{Endless}}}""")).IsProblem(429, "RATE_LIMITED").Names("2 messages");
        Assert.Equal("30", refused.Header("Retry-After"));
        (await ada.Token.PostAsync($"/api/v1/sessions/{running}/messages", """{"id":"m","message":"count to 1"}""")).IsProblem(429, "RATE_LIMITED");
        var quiet = await ada.SessionAsync(project);
        var others = await bob.SessionAsync(project, Endless);

        (await ada.Token.PostAsync($"/api/v1/sessions/{waiting}/stop", "{}")).Is(200);
        (await ada.Token.PostAsync($"/api/v1/sessions/{quiet}/messages", """{"id":"m","message":"count to 1"}""")).Is(201);
        foreach (var session in new[] { others, quiet, running })
        {
            (await ada.Token.PostAsync($"/api/v1/sessions/{session}/stop", "{}")).Is(200);
        }
    }

    private const string Endless = "\"message\":\"count to 100000\"";
}

public sealed class PersonLimitOnSqliteTests(SmallHouseOnSqlite small) : PersonLimitTests(small), IClassFixture<SmallHouseOnSqlite>;

public sealed class PersonLimitOnPostgresTests(SmallHouseOnPostgres small) : PersonLimitTests(small), IClassFixture<SmallHouseOnPostgres>;
