using System.Text.Json.Nodes;
using Carillon.Accounts;
using Carillon.Http;

namespace Carillon.Sessions;

public abstract class SessionTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    [Theory]
    [InlineData("working", true)]
    [InlineData("starting", true)]
    [InlineData("stuck", true)]
    [InlineData("idle", false)]
    [InlineData("waiting_input", false)]
    [InlineData("blocked", false)]
    public async Task A_session_that_exits_says_whether_it_failed(string before, bool failed)
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var session = $"s-{project}";
        await ada.ReportAsync(session, before, $"\"projectId\":\"{project}\"");
        await ada.ReportAsync(session, "exited");
        await ada.ReportAsync(session, "exited", "\"message\":\"Closed at the prompt.\"");
        Assert.Equal(failed, (bool)(await ada.Token.GetAsync($"/api/v1/sessions/{session}", [])).Is(200).Json["session"]!["failed"]!);
        await ada.ReportAsync(session, "working");
        Assert.False((bool)(await ada.Token.GetAsync($"/api/v1/sessions/{session}", [])).Is(200).Json["session"]!["failed"]!);
    }

    [Fact]
    public async Task The_first_report_makes_the_session_in_the_project_that_it_names()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var path = $"/api/v1/sessions/s-{project}";
        (await ada.Token.PostAsync($"{path}/activity", """{"activity":"working"}""")).IsProblem(404, "SESSION_NOT_FOUND");
        (await ada.Token.PostAsync($"{path}/activity", """{"activity":"working","projectId":"nothing"}""")).IsProblem(404, "PROJECT_NOT_FOUND");
        (await ada.Token.GetAsync(path, [])).IsProblem(404, "SESSION_NOT_FOUND");

        var made = (await ada.Token.PostAsync($"{path}/activity", $$"""{"activity":"working","projectId":"{{project}}","agent":"claude-code","title":"Fix it","message":"Reading"}""")).Is(200);
        Assert.Equal(
            ["session.activity", "session.agent", "session.archivedAt", "session.createdAt", "session.failed", "session.hosted", "session.id", "session.message", "session.owner", "session.parentSessionId", "session.projectId", "session.queuePosition", "session.title", "session.updatedAt"],
            made.Json["session"]!.AsObject().Select(member => $"session.{member.Key}").Order());
        Assert.Equal((project, "claude-code", "Fix it", ada.Name, "working", "Reading"),
            (Text(made, "projectId"), Text(made, "agent"), Text(made, "title"), Text(made, "owner"), Text(made, "activity"), Text(made, "message")));
        Assert.True(JsonNode.DeepEquals(made.Json["session"], (await ada.Token.GetAsync(path, [])).Is(200).Json["session"]));

        // Its words belong to the activity that they came with; its title stays.
        var idle = (await ada.Token.PostAsync($"{path}/activity", """{"activity":"idle"}""")).Is(200);
        Assert.Equal(("idle", "Fix it", null), (Text(idle, "activity"), Text(idle, "title"), Text(idle, "message")));
    }

    [Fact]
    public async Task What_says_nothing_new_writes_no_change()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var session = $"s-{project}";
        long Changes() => House.InDatabase(sql => sql.Number("SELECT count(*) FROM changes WHERE session_id = $1 AND type = 'session_updated'", session));
        await ada.ReportAsync(session, "working", $"\"projectId\":\"{project}\",\"message\":\"m\"");
        Assert.Equal(1, Changes());
        await ada.ReportAsync(session, "working");
        await ada.ReportAsync(session, "working", "\"message\":\"m\"");
        Assert.Equal(1, Changes());
        await ada.ReportAsync(session, "working", "\"message\":\"n\"");
        Assert.Equal(2, Changes());
        await ada.ReportAsync(session, "idle");
        Assert.Equal(3, Changes());
    }

    [Fact]
    public async Task Only_its_owner_reports_for_a_session_and_a_hidden_one_is_unknown()
    {
        var ada = await House.AddAsync();
        var bob = await House.AddAsync();
        var (open, closed) = (await ada.ProjectAsync(), await ada.ProjectAsync(closed: true));
        await ada.ReportAsync($"s-{open}", "working", $"\"projectId\":\"{open}\"");
        await ada.ReportAsync($"s-{closed}", "working", $"\"projectId\":\"{closed}\"");
        (await bob.Token.GetAsync($"/api/v1/sessions/s-{open}", [])).Is(200);
        (await bob.Token.PostAsync($"/api/v1/sessions/s-{open}/activity", """{"activity":"idle"}""")).IsProblem(403, "SESSION_OWNER_ONLY");
        var hidden = (await bob.Token.PostAsync($"/api/v1/sessions/s-{closed}/activity", """{"activity":"idle"}""")).IsProblem(404, "SESSION_NOT_FOUND");
        Assert.Equal(hidden.Text, (await bob.Token.PostAsync("/api/v1/sessions/nothing/activity", """{"activity":"idle"}""")).Text);
        Assert.Equal("working", Text((await ada.Token.GetAsync($"/api/v1/sessions/s-{open}", [])).Is(200), "activity"));

        // A session does not change its project, whatever a later report names.
        await ada.ReportAsync($"s-{open}", "idle", $"\"projectId\":\"{closed}\"");
        Assert.Equal(open, Text((await ada.Token.GetAsync($"/api/v1/sessions/s-{open}", [])).Is(200), "projectId"));
    }

    [Fact]
    public async Task Pages_are_full_of_what_one_sees_newest_first()
    {
        var ada = await House.AddAsync();
        var bob = await House.AddAsync();
        var (open, closed) = (await ada.ProjectAsync(), await ada.ProjectAsync(closed: true));
        for (var number = 0; number < 12; number++)
        {
            var project = number % 3 == 0 ? open : closed;
            await ada.ReportAsync($"s{number}-{project}", "working", $"\"projectId\":\"{project}\"");
        }

        await ada.ReportAsync($"s3-{open}", "idle");
        Assert.Equal([$"s3-{open}", $"s9-{open}", $"s6-{open}", $"s0-{open}"], await PagesAsync(bob, $"projectId={open}&", 1));
        Assert.Equal(4, (await PagesAsync(bob, "", 3)).Count(id => id.EndsWith($"-{open}", StringComparison.Ordinal)));
        Assert.DoesNotContain(await PagesAsync(bob, "", 50), id => id.EndsWith($"-{closed}", StringComparison.Ordinal));
        Assert.Equal(12, (await PagesAsync(ada, "", 5)).Count(id => id.EndsWith($"-{open}", StringComparison.Ordinal) || id.EndsWith($"-{closed}", StringComparison.Ordinal)));
        (await ada.Token.GetAsync("/api/v1/sessions?before=nonsense", [])).IsProblem(400, "INVALID_REQUEST").Names("before");

        static async Task<List<string>> PagesAsync(Resident person, string filter, int limit)
        {
            var (ids, before) = (new List<string>(), "");
            do
            {
                var page = (await person.Token.GetAsync($"/api/v1/sessions?{filter}limit={limit}{before}", [])).Is(200).Json;
                var sessions = page["sessions"]!.AsArray();
                ids.AddRange(sessions.Select(session => (string)session!["id"]!));
                Assert.True((long)page["headSeq"]! > 0);
                Assert.True(page["nextBefore"] is null || sessions.Count == limit);
                before = page["nextBefore"] is { } next ? $"&before={Uri.EscapeDataString((string)next!)}" : "";
            }
            while (before.Length > 0);

            Assert.Equal(ids.Count, ids.Distinct().Count());
            return ids;
        }
    }

    [Fact]
    public async Task Words_find_sessions_by_title_agent_owner_and_project_among_those_that_are_seen()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var (open, closed) = (await ada.ProjectAsync(), await ada.ProjectAsync(closed: true));
        var mark = House.NewName("Größe");
        await ada.ReportAsync($"crane-{open}", "working", $"\"projectId\":\"{open}\",\"title\":\"Mend the crane of {mark}\",\"agent\":\"Codex\"");
        await ada.ReportAsync($"quay-{open}", "idle", $"\"projectId\":\"{open}\",\"title\":\"Sweep 100% of the quay_{mark}\"");
        await ada.ReportAsync($"vault-{closed}", "idle", $"\"projectId\":\"{closed}\",\"title\":\"Open the vault of {mark}\"");

        Assert.Equal([$"vault-{closed}", $"quay-{open}", $"crane-{open}"], await FoundAsync(ada, mark));
        Assert.Equal([$"crane-{open}"], await FoundAsync(ada, $"{mark.ToUpperInvariant()} CRANE"));
        Assert.Equal([$"crane-{open}"], await FoundAsync(ada, $"codex {open} {ada.Name}"));
        Assert.Equal([$"quay-{open}"], await FoundAsync(ada, $"100% quay_{mark}"));
        Assert.Empty(await FoundAsync(ada, $"1_0% quay_{mark}"));
        Assert.Equal([$"quay-{open}", $"crane-{open}"], await FoundAsync(bob, mark));
        Assert.Equal([$"vault-{closed}"], await FoundAsync(ada, mark, $"&projectId={closed}"));

        (await bob.Token.GetAsync($"/api/v1/sessions?q={new string('a', 201)}", [])).IsProblem(400, "INVALID_REQUEST").Names("200");

        static async Task<IEnumerable<string>> FoundAsync(Resident person, string words, string more = "") =>
            (await person.Token.GetAsync($"/api/v1/sessions?q={Uri.EscapeDataString(words)}{more}", [])).Is(200).Json["sessions"]!.AsArray()
            .Select(session => (string)session!["id"]!);
    }

    [Fact]
    public async Task A_report_that_is_sent_again_counts_once_even_after_others()
    {
        var ada = await House.AddAsync();
        var bob = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var path = $"/api/v1/sessions/s-{project}/activity";
        var asks = $$"""{"activity":"blocked","message":"May I?","projectId":"{{project}}"}""";
        Task<Answer> SendAsync(HttpClient client, string body, string key) => client.PostAsync(path, body, (Protocol.WellKnown.IdempotencyKeyHeader, key));
        (await SendAsync(ada.Token, asks, $"k-{project}")).Is(200);
        Assert.Equal("blocked", Text((await SendAsync(ada.Token, asks, $"k-{project}")).Is(200), "activity"));
        await ada.ReportAsync($"s-{project}", "working");

        // The answer to a repeat is how things are now.
        Assert.Equal("working", Text((await SendAsync(ada.Token, asks, $"k-{project}")).Is(200), "activity"));
        Assert.Equal(2, House.InDatabase(sql => sql.Number("SELECT count(*) FROM changes WHERE session_id = $1 AND type = 'session_updated'", $"s-{project}")));
        (await SendAsync(ada.Token, """{"activity":"idle"}""", $"k-{project}")).IsProblem(409, "IDEMPOTENCY_KEY_REUSED");
        (await SendAsync(ada.Token, """{"activity":"idle"}""", new string('k', 201))).IsProblem(400, "INVALID_ACTIVITY").Names("Idempotency-Key");

        // Keys are everybody's own, and a report that was refused has not used one up.
        (await bob.Token.PostAsync(path, """{"activity":"idle"}""", (Protocol.WellKnown.IdempotencyKeyHeader, $"k-{project}"))).IsProblem(403, "SESSION_OWNER_ONLY");
        (await bob.Token.PostAsync($"/api/v1/sessions/t-{project}/activity", asks, (Protocol.WellKnown.IdempotencyKeyHeader, $"k-{project}"))).Is(200);
    }

    [Fact]
    public async Task A_report_sent_twice_at_once_counts_once()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        await ada.ReportAsync($"s-{project}", "working", $"\"projectId\":\"{project}\"");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ada.Token.PostAsync(
            $"/api/v1/sessions/s-{project}/activity", """{"activity":"idle","message":"Done."}""", (Protocol.WellKnown.IdempotencyKeyHeader, $"k-{project}"))));
        Assert.All(answers, answer => Assert.Equal("Done.", Text(answer.Is(200), "message")));
        Assert.Equal(1, House.InDatabase(sql => sql.Number("SELECT count(*) FROM messages WHERE session_id = $1", $"s-{project}")));
    }

    [Fact]
    public async Task What_comes_late_overwrites_nothing_that_happened_since()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var session = $"s-{project}";
        var now = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        Task ReportAsync(string activity, double seconds, string message) => ada.ReportAsync(
            session, activity, $"\"projectId\":\"{project}\",\"message\":\"{message}\",\"occurredAt\":\"{Protocol.UtcTimeConverter.Text(now.AddSeconds(seconds))}\"");
        async Task IsAsync(string activity, string? message)
        {
            var answer = (await ada.Token.GetAsync($"/api/v1/sessions/{session}", [])).Is(200);
            Assert.Equal((activity, message), (Text(answer, "activity"), Text(answer, "message")));
        }

        await ReportAsync("working", -10, "Reading");
        await ReportAsync("blocked", -20, "May I?");
        await IsAsync("working", "Reading");

        // An answer that comes late is said all the same.
        await ReportAsync("idle", -15, "Done.");
        await IsAsync("working", "Reading");
        Assert.Equal("Done.", (string?)(await ada.Token.GetAsync($"/api/v1/sessions/{session}/messages", [])).Is(200).Json["messages"]![0]!["text"]);

        // "Still working" is news of the order, even when it says nothing else.
        await ReportAsync("working", -5, "Reading");
        await ReportAsync("blocked", -7, "May I?");
        await IsAsync("working", "Reading");
        await ReportAsync("blocked", -4, "May I?");
        await IsAsync("blocked", "May I?");

        // A clock that was an hour fast and is put right does not make everything late.
        await ReportAsync("working", 3600, "Writing");
        await ReportAsync("idle", 3, "Ready.");
        await IsAsync("idle", "Ready.");
        await ada.ReportAsync(session, "working");
        await IsAsync("working", null);
    }

    [Theory]
    [InlineData("""{"activity":"dancing"}""", "dancing")]
    [InlineData("""{"activity":"Working"}""", "Working")]
    [InlineData("""{}""", "activity")]
    [InlineData("""{"activity":null}""", "activity")]
    [InlineData("""{"activity":"working","message":"a\u0000b"}""", "message")]
    [InlineData("""{"activity":"working","message":"a\u001b[2J"}""", "message")]
    [InlineData("""{"activity":"working","title":" "}""", "title")]
    [InlineData("""{"activity":"working","title":"a\nb"}""", "title")]
    [InlineData("""{"activity":"working","agent":""}""", "agent")]
    [InlineData("""{"activity":"working","agent":"a\u0000"}""", "agent")]
    [InlineData("""{"activity":"working","parentSessionId":"a\u0000b"}""", "parentSessionId")]
    [InlineData("""{"activity":"working","tool":"a\u0000b"}""", "tool")]
    [InlineData("""{"activity":"working","occurredAt":"yesterday"}""", "occurredAt")]
    [InlineData("""{"activity":"working","mood":"fine"}""", "mood")]
    public async Task What_is_wrong_with_a_report_is_named(string body, string named) =>
        (await House.Admin.PostAsync("/api/v1/sessions/x/activity", body)).IsProblem(400, "INVALID_ACTIVITY").Names(named);

    [Fact]
    public async Task Lengths_of_a_report_have_limits()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        foreach (var (member, most) in new[] { ("message", 1_000), ("title", 80), ("agent", 40), ("parentSessionId", 128), ("tool", 80) })
        {
            foreach (var length in new[] { most, most + 1 })
            {
                var body = new JsonObject { ["activity"] = "working", ["projectId"] = project, [member] = new string('x', length) };
                var answer = await ada.Token.PostAsync($"/api/v1/sessions/s-{project}/activity", body.ToJsonString());
                _ = length == most ? answer.Is(200) : answer.IsProblem(400, "INVALID_ACTIVITY").Names(member);
            }
        }

        (await ada.Token.PostAsync($"/api/v1/sessions/{new string('x', 129)}/activity", """{"activity":"working"}""")).IsProblem(400, "INVALID_ACTIVITY").Names("id");
        (await ada.Token.PostAsync("/api/v1/sessions/a%20b/activity", """{"activity":"working"}""")).IsProblem(400, "INVALID_ACTIVITY").Names("id");
    }

    private static string? Text(Answer answer, string member) => (string?)answer.Json["session"]![member];
}

public sealed class SessionOnSqliteTests(Houses houses) : SessionTests(houses, postgres: false);

public sealed class SessionOnPostgresTests(Houses houses) : SessionTests(houses, postgres: true);
