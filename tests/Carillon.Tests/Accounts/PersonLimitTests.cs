using System.Diagnostics;
using System.Globalization;
using System.Net;
using Carillon.Conversations;
using Carillon.Http;

namespace Carillon.Accounts;

public abstract class SmallHouse(bool postgres) : OwnHouse(postgres)
{
    private protected override Dictionary<string, string?> Settings => new()
    {
        ["Streams:PerPerson"] = "3",
        ["Projects:PerPerson"] = "2",
        ["Sessions:PerDay"] = "6",
        ["Tokens:RowsPerDay"] = "8",
        ["Tokens:BytesPerDay"] = "4000",
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
    public async Task A_token_writes_so_much_a_day_and_a_persons_own_hand_is_not_counted()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        using var loop = await ada.TokenAsync(null, "read", "publish");
        for (var row = 0; row < 4; row++)
        {
            await ada.PublishAsync($"\"to\":[\"{ada.Name}\",\"{bob.Name}\"]", loop);
        }

        var refused = (await loop.PostAsync("/api/v1/notifications", """{"type":"t","priority":"info","message":"m"}""")).IsProblem(429, "TOKEN_QUOTA").Names("Tokens:RowsPerDay");
        Assert.InRange(int.Parse(refused.Header("Retry-After")!, CultureInfo.InvariantCulture), 1, 86_400);
        (await loop.PostAsync("/api/v1/sessions/s/activity", """{"activity":"working","projectId":"p"}""")).IsProblem(429, "TOKEN_QUOTA");
        (await loop.CallAsync("PUT", "/api/v1/sessions/s/pull-requests/github/example/shop/12", Sessions.PullRequestReports.Ready().ToJsonString())).IsProblem(429, "TOKEN_QUOTA");

        // Another token has its own, counted in bytes too; reading is free.
        using var other = await ada.TokenAsync(null, "read", "publish");
        var large = $$"""{"type":"t","priority":"info","message":"{{new string('m', 999)}}"}""";
        for (var row = 0; row < 3; row++)
        {
            (await other.PostAsync("/api/v1/notifications", large)).Is(201);
        }

        (await other.PostAsync("/api/v1/notifications", large)).Is(201);
        (await other.PostAsync("/api/v1/notifications", large)).IsProblem(429, "TOKEN_QUOTA").Names("Tokens:BytesPerDay");
        (await loop.GetAsync("/api/v1/notifications", [])).Is(200);
        for (var row = 0; row < 10; row++)
        {
            (await ada.Page.PostAsync("/api/v1/notifications", large)).Is(201);
        }
    }

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
    public async Task A_person_begins_so_many_sessions_in_a_day_here_and_elsewhere()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var project = await ada.ProjectAsync();
        var kept = ("Idempotency-Key", "the same again");
        (await BeginAsync(ada, kept)).Is(201);
        await ada.SessionAsync(project);
        for (var number = 0; number < 4; number++)
        {
            await ada.ReportAsync($"{project}-{number}", "working", $"\"projectId\":\"{project}\"");
        }

        var refused = (await BeginAsync(ada)).IsProblem(429, "TOO_MANY_SESSIONS").Names("Sessions:PerDay");
        Assert.InRange(int.Parse(refused.Header("Retry-After")!, CultureInfo.InvariantCulture), 86_000, 86_400);
        (await ada.Token.PostAsync($"/api/v1/sessions/{project}-one-more/activity", $$"""{"activity":"working","projectId":"{{project}}"}""")).IsProblem(429, "TOO_MANY_SESSIONS");

        // What is there goes on, a repeat is one session, and nobody else is held up.
        await ada.ReportAsync($"{project}-0", "idle");
        (await BeginAsync(ada, kept)).Is(201);
        (await BeginAsync(bob)).Is(201);
        House.InDatabase(sql => sql.Execute("UPDATE sessions SET created_at = created_at - 86400000 WHERE id = $1", $"{project}-0"));
        (await BeginAsync(ada)).Is(201);
        (await BeginAsync(ada)).IsProblem(429, "TOO_MANY_SESSIONS");

        Task<Answer> BeginAsync(Resident person, params (string, string)[] headers) =>
            person.Token.PostAsync("/api/v1/sessions", $$"""{"projectId":"{{project}}","agent":"demo"}""", headers);
    }
}

public sealed class PersonLimitOnSqliteTests(SmallHouseOnSqlite small) : PersonLimitTests(small), IClassFixture<SmallHouseOnSqlite>;

public sealed class PersonLimitOnPostgresTests(SmallHouseOnPostgres small) : PersonLimitTests(small), IClassFixture<SmallHouseOnPostgres>;
