using System.Text.Json.Nodes;
using Carillon.Accounts;
using Carillon.Http;

namespace Carillon.Notifications;

public abstract class NotifierTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    [Theory]
    [InlineData("working", "waiting_input", "", "session.needs_input", "urgent", "Agent needs input to continue.", "open-session send-message")]
    [InlineData("working", "waiting_input", "Which port?", "session.needs_input", "urgent", "Which port?", "open-session send-message")]
    [InlineData("working", "blocked", "May I run rm?", "session.blocked", "urgent", "May I run rm?", "open-session")]
    [InlineData("working", "stuck", "", "session.stuck", "action", "Agent is making no progress.", "open-session")]
    [InlineData("working", "stuck", "API Error: Rate limit reached", "session.stuck", "action", "API Error: Rate limit reached", "open-session")]
    [InlineData("stuck", "idle", "", "run.finished", "info", "Agent is idle — your turn", "open-session")]
    [InlineData("working", "exited", "", "session.exited", "urgent", "Agent ended unexpectedly.", "open-session")]
    [InlineData("working", "exited", "Signed out of Claude Code.", "session.exited", "urgent", "Signed out of Claude Code.", "open-session")]
    [InlineData("working", "idle", "", "run.finished", "info", "Agent is idle — your turn", "open-session")]
    [InlineData("working", "idle", "All tests pass.", "run.finished", "info", "Agent is idle — your turn: All tests pass.", "open-session")]
    [InlineData("working", "idle", "## Done\\n**All** of `src` is in [order](https://x.example/).", "run.finished", "info", "Agent is idle — your turn: Done All of src is in order.", "open-session")]
    public async Task A_fact_becomes_a_notification(string before, string after, string words, string type, string priority, string message, string actions)
    {
        var (ada, project, session) = await BeginAsync(before);
        await ada.ReportAsync(session, after, words.Length > 0 ? $"\"message\":\"{words}\"" : "");
        var row = (await RowsAsync(ada, before == "stuck" ? 2 : 1))[0]!;
        Assert.Equal((type, priority, message), ((string?)row["event"]!["type"], (string?)row["event"]!["priority"], (string?)row["event"]!["message"]));
        Assert.Equal((session, project, $"Title of {session}"), ((string?)row["event"]!["sessionId"], (string?)row["event"]!["projectId"], (string?)row["event"]!["title"]));
        Assert.Equal(actions, string.Join(' ', row["actions"]!.AsArray().Select(action => (string)action!["kind"]!)));
        Assert.Equal($"/projects/{project}/sessions/{session}", (string?)row["actions"]![0]!["route"]);
        Assert.Equal($"The {project}", (string?)row["event"]!["data"]!["subject"]!["project"]!["name"]);
    }

    [Theory]
    [InlineData("idle", "exited")]
    [InlineData("waiting_input", "idle")]
    [InlineData("working", "killed")]
    [InlineData("killed", "exited")]
    [InlineData("starting", "working")]
    [InlineData("starting", "idle")]
    public async Task What_is_nobodys_business_rings_nobody(string before, string after)
    {
        var (ada, _, session) = await BeginAsync(before);
        await ada.ReportAsync(session, after);
        await ada.ReportAsync(session, "stuck");

        // The notifier takes facts in order: when this one is there, the others have been through.
        var rows = await ada.Token.UntilAsync("/api/v1/notifications", list => Types(list).Contains("session.stuck"));
        Assert.Equal(before == "waiting_input" ? ["session.stuck", "session.needs_input"] : ["session.stuck"], Types(rows.Json));
    }

    [Theory]
    [InlineData("waiting_input", "session.needs_input", "open-session send-message")]
    [InlineData("blocked", "session.blocked", "open-session send-message")]
    [InlineData("exited", "session.exited", "open-session restore-session")]
    public async Task An_agent_that_runs_here_can_be_answered_and_restored_from_here(string after, string type, string actions)
    {
        var (ada, _, session) = await BeginAsync("working");
        House.InDatabase(sql => sql.Execute("UPDATE sessions SET hosted = 1 WHERE id = $1", session));
        await ada.ReportAsync(session, after);
        var row = (await RowsAsync(ada, 1))[0]!;
        Assert.Equal(type, (string?)row["event"]!["type"]);
        Assert.Equal(actions, string.Join(' ', row["actions"]!.AsArray().Select(action => (string)action!["kind"]!)));
        Assert.All(row["actions"]!.AsArray().Skip(1), action => Assert.Null(action!["route"]));
    }

    [Fact]
    public async Task The_end_of_a_run_tells_the_owner_who_asked_and_who_subscribed_each_once()
    {
        var (ada, project, session) = await BeginAsync("working");
        var (bob, carol, dave) = (await House.AddAsync(), await House.AddAsync(), await House.AddAsync());
        foreach (var person in new[] { ada, bob, carol })
        {
            (await person.Token.CallAsync("PUT", $"/api/v1/sessions/{session}/subscription")).Is(204);
        }

        foreach (var (status, silent) in new[] { ("stopped", false), ("completed", true), ("completed", false) })
        {
            EndRun(project, session, ada.Name, bob.Name, status, silent);
        }

        foreach (var person in new[] { ada, bob, carol })
        {
            var row = (await RowsAsync(person, 1))[0]!;
            Assert.Equal(("run.finished", "Agent is idle — your turn: Done.", 1), ((string?)row["event"]!["type"], (string?)row["event"]!["message"], (int)row["count"]!));
        }

        Assert.Empty((await dave.InboxAsync())["notifications"]!.AsArray());
    }

    [Fact]
    public async Task Who_no_longer_sees_the_project_is_not_told_of_a_run()
    {
        var ada = await House.AddAsync();
        var bob = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var session = $"s-{project}";
        await ada.ReportAsync(session, "working", $"\"projectId\":\"{project}\"");
        (await bob.Token.CallAsync("PUT", $"/api/v1/sessions/{session}/subscription")).Is(204);
        (await House.Admin.PatchAsync($"/api/v1/projects/{project}", """{"closed":true}""")).Is(200);
        await ada.ReportAsync(session, "idle");
        await RowsAsync(ada, 1);
        Assert.Empty((await bob.InboxAsync("?includeArchived=true"))["notifications"]!.AsArray());
        Assert.Equal(0, House.InDatabase(sql => sql.Number("SELECT count(*) FROM notifications WHERE person_id = $1", bob.Id)));
    }

    [Fact]
    public async Task The_opposite_fact_takes_a_notification_back()
    {
        var (ada, _, session) = await BeginAsync("waiting_input");
        Assert.Null((await RowsAsync(ada, 1))[0]!["resolvedAt"]);
        await ada.ReportAsync(session, "working");
        var resolved = await ada.Token.UntilAsync("/api/v1/notifications", list => list["notifications"]![0]!["resolvedAt"] is not null);
        Assert.Null(resolved.Json["notifications"]![0]!["readAt"]);
        Assert.Equal(1, House.InDatabase(sql => sql.Number("SELECT count(*) FROM changes WHERE person_id = $1 AND type = 'notification_resolved'", ada.Id)));
    }

    [Fact]
    public async Task A_session_that_flaps_rings_once()
    {
        var (ada, _, session) = await BeginAsync("waiting_input");
        var first = (await RowsAsync(ada, 1))[0]!;
        await InboxTests.MarkAsync(ada, first, """{"seen":true,"read":true}""");
        for (var flap = 0; flap < 3; flap++)
        {
            await ada.ReportAsync(session, "working");
            await ada.ReportAsync(session, "waiting_input");
        }

        var list = (await ada.Token.UntilAsync("/api/v1/notifications", all => (int)all["notifications"]![0]!["count"]! == 4)).Json;
        var row = Assert.Single(list["notifications"]!.AsArray())!;
        Assert.Equal((string?)first["id"], (string?)row["id"]);
        Assert.Null(row["resolvedAt"]);
        Assert.Equal(1, House.InDatabase(sql => sql.Number("SELECT count(*) FROM changes WHERE person_id = $1 AND type = 'notification_created'", ada.Id)));
    }

    [Theory]
    [InlineData("blocked", "session.blocked")]
    [InlineData("waiting_input", "session.needs_input")]
    [InlineData("idle", "run.finished")]
    public async Task New_words_under_the_same_activity_are_told_and_the_same_words_are_not(string activity, string type)
    {
        var (ada, _, session) = await BeginAsync("working");
        await ada.ReportAsync(session, activity, "\"message\":\"One\"");
        var first = (await RowsAsync(ada, 1))[0]!;
        await ada.ReportAsync(session, activity, "\"message\":\"One\"");
        await ada.ReportAsync(session, activity);
        await ada.ReportAsync(session, activity, "\"title\":\"Another title\"");
        await ada.ReportAsync(session, activity, "\"message\":\"Two\"");
        var list = (await ada.Token.UntilAsync("/api/v1/notifications", all => (int)all["notifications"]![0]!["count"]! == 2)).Json;
        var row = Assert.Single(list["notifications"]!.AsArray())!;
        Assert.Equal((type, (string?)first["id"], null), ((string?)row["event"]!["type"], (string?)row["id"], (string?)row["resolvedAt"]));
        Assert.EndsWith("Two", (string?)row["event"]!["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_permission_after_a_refused_one_rings_once_the_first_was_seen()
    {
        var (ada, _, session) = await BeginAsync("working");
        await ada.ReportAsync(session, "blocked", "\"message\":\"May I run a?\"");
        var first = (await RowsAsync(ada, 1))[0]!;
        await InboxTests.MarkAsync(ada, first, """{"seen":true,"read":true}""");
        await ada.ReportAsync(session, "blocked", "\"message\":\"May I run b?\"");
        var row = (await ada.Token.UntilAsync("/api/v1/notifications", all => (int)all["notifications"]![0]!["count"]! == 2)).Json["notifications"]![0]!;
        Assert.Equal(((string?)first["id"], "May I run b?", null), ((string?)row["id"], (string?)row["event"]!["message"], (string?)row["readAt"]));
        Assert.True((long)row["rangSeq"]! > (long)first["rangSeq"]!);
    }

    [Fact]
    public async Task An_agent_that_runs_here_and_hangs_is_urgent()
    {
        var (ada, _, session) = await BeginAsync("working");
        House.InDatabase(sql => sql.Execute("UPDATE sessions SET hosted = 1 WHERE id = $1", session));
        await ada.ReportAsync(session, "stuck");
        Assert.Equal("urgent", (string?)(await RowsAsync(ada, 1))[0]!["event"]!["priority"]);
    }

    [Fact]
    public async Task Sessions_that_another_session_started_are_quiet()
    {
        var (ada, project, parent) = await BeginAsync("working");
        await ada.ReportAsync($"child-of-{parent}", "working", $"\"projectId\":\"{project}\",\"parentSessionId\":\"{parent}\"");
        await ada.ReportAsync($"child-of-{parent}", "waiting_input");
        await ada.ReportAsync(parent, "waiting_input");
        Assert.Equal(parent, (string?)(await RowsAsync(ada, 1))[0]!["event"]!["sessionId"]);
    }

    [Fact]
    public async Task Only_the_owner_is_told_and_no_words_turn_the_others_around()
    {
        var ada = await House.AddAsync();
        var bob = await House.AddAsync();
        var project = await ada.ProjectAsync();
        await ada.ReportAsync($"s-{project}", "working", $"\"projectId\":\"{project}\"");

        // The door refuses such words; what an agent of the server says is not refused, and stands in the log.
        House.Append("session_updated", "sessions", project, $"s-{project}", System.Text.Encoding.UTF8.GetBytes($$"""
            {"session":{"id":"s-{{project}}","projectId":"{{project}}","agent":"demo","title":"T","owner":"{{ada.Name}}","activity":"waiting_input",
             "message":"open \u202emoc.buhtig","hosted":true,"createdAt":"2026-11-21T09:00:00.000Z","updatedAt":"2026-11-21T09:00:00.000Z"},"activityBefore":"working"}
            """));
        Assert.Equal("open moc.buhtig", (string?)(await RowsAsync(ada, 1))[0]!["event"]!["message"]);
        Assert.Empty((await bob.InboxAsync())["notifications"]!.AsArray());
    }

    /// <summary>Says that a run ended, as the room does that runs agents.</summary>
    private void EndRun(string project, string session, string owner, string askedBy, string status, bool silent)
    {
        var change = $$"""
            {"session":{"id":"{{session}}","projectId":"{{project}}","agent":"demo","title":"T","owner":"{{owner}}","activity":"idle","message":"Done.","hosted":true,
             "createdAt":"2026-11-21T09:00:00.000Z","updatedAt":"2026-11-21T09:00:00.000Z"},
             "activityBefore":"working","run":{"id":"run_1","status":"{{status}}","askedBy":"{{askedBy}}","silent":{{(silent ? "true" : "false")}} } }
            """;
        House.Append("session_updated", "sessions", project, session, System.Text.Encoding.UTF8.GetBytes(change));
    }

    private async Task<(Resident Person, string Project, string Session)> BeginAsync(string activity)
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        await ada.ReportAsync($"s-{project}", activity, $"\"projectId\":\"{project}\",\"title\":\"Title of s-{project}\"");
        return (ada, project, $"s-{project}");
    }

    private static async Task<JsonArray> RowsAsync(Resident person, int count) =>
        (await person.Token.UntilAsync("/api/v1/notifications", list => list["notifications"]!.AsArray().Count == count)).Json["notifications"]!.AsArray();

    private static string[] Types(JsonNode list) => [.. list["notifications"]!.AsArray().Select(row => (string)row!["event"]!["type"]!)];
}

public sealed class NotifierOnSqliteTests(Houses houses) : NotifierTests(houses, postgres: false)
{
    [Fact]
    public async Task The_table_is_changed_by_configuration()
    {
        await using var house = await House.OpenAsync(TestDatabase.Embedded, new()
        {
            ["Notifier:Children"] = "true",
            ["Notifier:Rules:session.needs_input:Priority"] = "warning",
            ["Notifier:Rules:session.stuck:Enabled"] = "false",
            ["Notifier:Rules:session.exited:Message"] = "Gone.",
            ["Notifier:Rules:run.finished:CoolDown"] = "00:00:00",
        });
        var ada = await house.AddAsync();
        var project = await ada.ProjectAsync();
        await ada.ReportAsync("child", "working", $"\"projectId\":\"{project}\",\"parentSessionId\":\"parent\"");
        await ada.ReportAsync("child", "stuck");
        await ada.ReportAsync("child", "waiting_input");
        await ada.ReportAsync("child", "working");
        await ada.ReportAsync("child", "exited");
        var rows = (await ada.Token.UntilAsync("/api/v1/notifications", list => list["notifications"]!.AsArray().Count == 2)).Json["notifications"]!.AsArray();
        Assert.Equal(("session.exited", "Gone."), ((string?)rows[0]!["event"]!["type"], (string?)rows[0]!["event"]!["message"]));
        Assert.Equal(("session.needs_input", "warning"), ((string?)rows[1]!["event"]!["type"], (string?)rows[1]!["event"]!["priority"]));

        // No cool-down: what was seen and resolved rings anew.
        foreach (var _ in new[] { 1, 2 })
        {
            await ada.ReportAsync("child", "working");
            await ada.ReportAsync("child", "idle");
            var finished = (await ada.Token.UntilAsync("/api/v1/notifications?unreadOnly=true", list => (string?)list["notifications"]![0]!["event"]!["type"] == "run.finished"))
                .Json["notifications"]![0]!;
            await ada.ReportAsync("child", "working");
            await ada.Token.UntilAsync("/api/v1/notifications", list => list["notifications"]![0]!["resolvedAt"] is not null);
            await InboxTests.MarkAsync(ada, finished, """{"read":true}""");
        }

        Assert.Equal(2, (await ada.InboxAsync())["notifications"]!.AsArray().Count(row => (string?)row!["event"]!["type"] == "run.finished"));
    }
}

public sealed class NotifierOnPostgresTests(Houses houses) : NotifierTests(houses, postgres: true);

public abstract class NotifierRestartTests(bool onPostgres)
{
    [Fact]
    public async Task A_fact_counts_once_even_when_the_power_goes_right_after_it()
    {
        await using var database = onPostgres ? await TestDatabase.PostgresAsync() : TestDatabase.Embedded;
        await using var server = await CarillonServer.StartAsync(database);
        using var ada = await server.AddPersonAsync("ada", admin: true);
        (await ada.PostAsync("/api/v1/projects", """{"id":"p","name":"P"}""")).Is(201);
        for (var time = 0; time < 3; time++)
        {
            (await ada.PostAsync($"/api/v1/sessions/s{time}/activity", """{"activity":"waiting_input","projectId":"p"}""")).Is(200);
            await server.KillAsync();
            await server.StartProcessAsync();
        }

        // A fact after the last restart: whatever came before it has been through when it is there.
        (await ada.PostAsync("/api/v1/sessions/last/activity", """{"activity":"blocked","projectId":"p"}""")).Is(200);
        var list = (await ada.UntilAsync("/api/v1/notifications", all => all["notifications"]!.AsArray().Any(row => (string?)row!["event"]!["sessionId"] == "last"))).Json;
        Assert.Equal(["last", "s2", "s1", "s0"], list["notifications"]!.AsArray().Select(row => (string)row!["event"]!["sessionId"]!));
        Assert.All(list["notifications"]!.AsArray(), row => Assert.Equal(1, (int)row!["count"]!));
    }
}

public sealed class NotifierRestartOnSqliteTests() : NotifierRestartTests(onPostgres: false);

public sealed class NotifierRestartOnPostgresTests() : NotifierRestartTests(onPostgres: true);
