using System.Globalization;
using Carillon.Accounts;
using Carillon.Conversations;
using Carillon.Http;
using Directory = System.IO.Directory;

namespace Carillon.Runs;

public abstract class HouseWithLimits(bool postgres) : OwnHouse(postgres)
{
    private protected override Dictionary<string, string?> Settings => new()
    {
        ["Chat:MessagesPerHour"] = "4",
        ["Chat:MessagesPerDay"] = "6",
        ["Chat:TokensPerDay"] = "50",
        ["Chat:MaxRuns"] = "32",
        ["Agents:Demo:Pause"] = "0",
    };
}

public sealed class HouseWithLimitsOnSqlite() : HouseWithLimits(postgres: false);

public sealed class HouseWithLimitsOnPostgres() : HouseWithLimits(postgres: true);

/// <summary>How much a person may ask of agents.</summary>
public abstract class ChatLimitTests(HouseWithLimits limited)
{
    private House House => limited.House;

    [Fact]
    public async Task Messages_count_together_however_they_come_and_the_limit_holds_over_a_restart()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var project = await ada.ProjectWithAsync(bob);
        var session = await ada.SessionAsync(project, "\"message\":\"count to 1\"");
        using (var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token))
        {
            await reader.AttachedAsync(session);
            (await SayAsync(ada, session, "m2")).Is(201);
            await reader.AskAsync("m3", session, "count to 1");
            await reader.UntilAsync("accepted");

            // Whatever is refused for another reason, or was there before, does not count.
            await reader.AskAsync("m3", session, "count to 1");
            await reader.AskAsync("", session, "count to 1");
            await reader.AskAsync("m", "nothing", "count to 1");
            await reader.PingAsync();
            (await SayAsync(ada, session, "m3")).Is(201);
            (await SayAsync(ada, session, "m2")).Is(201);
            Assert.All(await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => SayAsync(ada, session, "m4"))), answer => answer.Is(201));

            await reader.AskAsync("m5", session, "count to 1");
            var error = await reader.UntilAsync("error");
            Assert.Equal(("RATE_LIMITED", "m5", session), ((string)error["code"]!, (string)error["id"]!, (string)error["sessionId"]!));
            Assert.InRange((int)error["retryAfter"]!, 3_000, 3_600);
            await IsOverAsync(ada, session, project, 3_000, 3_600);

            // The socket stays, a repeat is answered still, and nobody else is held up.
            await reader.AskAsync("m4", session, "count to 1");
            await reader.UntilAsync("accepted");
            (await SayAsync(bob, session, "b1")).Is(201);
            await reader.EndsAsync(session, reader.Of(session).Ends.Count + 1);
        }

        await House.Server.KillAsync();
        await House.Server.StartProcessAsync();
        await IsOverAsync(ada, session, project, 3_000, 3_600);
        (await SayAsync(ada, session, "m4")).Is(201);

        // Two hours pass, and the day's limit is met.
        var twoHours = TimeSpan.FromHours(2).TotalMilliseconds;
        House.InDatabase(sql => sql.Execute("UPDATE runs SET created_at = created_at - $2 WHERE person_id = $1", ada.Id, (long)twoHours));
        (await SayAsync(ada, session, "m5")).Is(201);
        (await SayAsync(ada, session, "m6")).Is(201);
        await IsOverAsync(ada, session, project, 21 * 3600, 22 * 3600);
    }

    [Fact]
    public async Task What_is_said_to_agents_elsewhere_counts_as_well()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var session = await ada.SessionAsync(project);
        await ada.ReportAsync($"s-{project}", "idle", $"\"projectId\":\"{project}\"");
        (await SayAsync(ada, session, "m1")).Is(201);
        (await SayAsync(ada, $"s-{project}", "m2")).Is(201);
        (await SayAsync(ada, $"s-{project}", "m3")).Is(201);
        (await SayAsync(ada, $"s-{project}", "m3")).Is(201);
        (await SayAsync(ada, session, "m4")).Is(201);
        (await SayAsync(ada, $"s-{project}", "m5")).IsProblem(429, "RATE_LIMITED");
        (await SayAsync(ada, session, "m6")).IsProblem(429, "RATE_LIMITED");
        (await SayAsync(ada, $"s-{project}", "m3")).Is(201);
    }

    [Fact]
    public async Task Many_at_once_get_no_more_than_the_limit()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        var byHttp = Task.WhenAll(Enumerable.Range(0, 10).Select(index => SayAsync(ada, session, $"h{index}")));
        for (var index = 0; index < 10; index++)
        {
            await reader.AskAsync($"s{index}", session, "count to 1");
        }

        await reader.PingAsync();
        var taken = (await byHttp).Count(answer => answer.Status == 201) + reader.Frames.Count(frame => (string)frame["type"]! == "accepted");
        Assert.Equal(4, taken);
        await reader.EndsAsync(session, 4);
    }

    [Fact]
    public async Task A_question_that_is_asked_again_counts_again()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var session = await ada.SessionAsync(project, "\"message\":\"fail\"");
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session, 0);
        await reader.EndsAsync(session, 1);
        for (var asked = 2; asked <= 4; asked++)
        {
            (await ada.Token.PostAsync($"/api/v1/sessions/{session}/restore", "{}")).Is(200);
            await reader.EndsAsync(session, asked);
        }

        (await ada.Token.PostAsync($"/api/v1/sessions/{session}/restore", "{}")).IsProblem(429, "RATE_LIMITED");
        await IsOverAsync(ada, session, project, 3_000, 3_600);
        Assert.Equal("exited", (string)(await ada.Token.GetAsync($"/api/v1/sessions/{session}", [])).Is(200).Json["session"]!["activity"]!);
    }

    [Fact]
    public async Task Tokens_count_when_the_answer_is_there()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var session = await ada.SessionAsync(project);
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        await reader.AskAsync("m1", session, "count to 49");
        await reader.EndsAsync(session, 1);
        await reader.AskAsync("m2", session, "count to 1");
        await reader.EndsAsync(session, 2);
        await IsOverAsync(ada, session, project, 23 * 3600, 24 * 3600);
        await reader.AskAsync("m3", session, "count to 1");
        Assert.InRange((int)(await reader.UntilAsync("error"))["retryAfter"]!, 23 * 3600, 24 * 3600);

        // When the first of the two is a day old, the wait is over.
        House.InDatabase(sql => sql.Execute("UPDATE runs SET ended_at = ended_at - $2 WHERE session_id = $1 AND tokens = 49", session, (long)TimeSpan.FromHours(23.9).TotalMilliseconds));
        await IsOverAsync(ada, session, project, 1, 360);
        House.InDatabase(sql => sql.Execute("UPDATE runs SET ended_at = ended_at - $2 WHERE session_id = $1 AND tokens = 49", session, (long)TimeSpan.FromHours(0.2).TotalMilliseconds));
        (await SayAsync(ada, session, "m3")).Is(201);
    }

    private static Task<Answer> SayAsync(Resident person, string session, string id) =>
        person.Token.PostAsync($"/api/v1/sessions/{session}/messages", $$"""{"id":"{{id}}","message":"count to 1"}""");

    private static async Task IsOverAsync(Resident person, string session, string project, int least, int most)
    {
        var refused = (await SayAsync(person, session, "too-much")).IsProblem(429, "RATE_LIMITED");
        Assert.InRange(int.Parse(refused.Header("Retry-After")!, CultureInfo.InvariantCulture), least, most);

        // A first message is a message, and without one a session may begin.
        (await person.Token.PostAsync("/api/v1/sessions", $$"""{"projectId":"{{project}}","agent":"demo","message":"x"}""")).IsProblem(429, "RATE_LIMITED");
        await person.SessionAsync(project);
    }
}

public sealed class ChatLimitTestsOnSqlite(HouseWithLimitsOnSqlite limited) : ChatLimitTests(limited), IClassFixture<HouseWithLimitsOnSqlite>;

public sealed class ChatLimitTestsOnPostgres(HouseWithLimitsOnPostgres limited) : ChatLimitTests(limited), IClassFixture<HouseWithLimitsOnPostgres>;

/// <summary>A server that is set up wrongly.</summary>
public sealed class ChatSettingsTests
{
    [Fact]
    public void A_limit_that_cannot_be_is_refused_by_its_name()
    {
        Assert.True(new ChatOptionsValidator().Validate(null, new ChatOptions()).Succeeded);
        foreach (var (name, options) in new (string, ChatOptions)[]
        {
            ("Chat:MessagesPerHour", new() { MessagesPerHour = -1 }), ("Chat:MessagesPerDay", new() { MessagesPerDay = -1 }), ("Chat:TokensPerDay", new() { TokensPerDay = -1 }),
            ("Chat:MaxRuns", new() { MaxRuns = 0 }), ("Chat:MaxRuns", new() { MaxRuns = 1_001 }),
        })
        {
            Assert.Contains(name, new ChatOptionsValidator().Validate(null, options).FailureMessage, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Chat:MaxRuns", "0")]
    [InlineData("Chat:MessagesPerHour", "many")]
    public async Task A_wrong_setting_stops_the_start_and_is_named(string setting, string value)
    {
        var folder = Directory.CreateTempSubdirectory("carillon-test-").FullName;
        var environment = new Dictionary<string, string?> { [$"CARILLON_{setting.Replace(":", "__", StringComparison.Ordinal)}"] = value };
        var (code, output, error) = await CarillonServer.RunProgramAsync(null, environment, "serve", "--data", folder, "--urls", "http://127.0.0.1:0");
        Directory.Delete(folder, recursive: true);
        Assert.NotEqual(0, code);
        Assert.Contains(setting, output + error, StringComparison.Ordinal);
    }
}
