using System.Text.Json.Nodes;
using Carillon.Accounts;
using Carillon.Http;
using Carillon.Sessions;

namespace Carillon.Notifications;

/// <summary>What happened while nobody followed the log, as after a restored database or a log that was cut.</summary>
public abstract class ReconciliationTests(bool onPostgres)
{
    private const string Inbox = "/api/v1/notifications?limit=500&includeArchived=true";

    [Fact]
    public async Task A_start_takes_back_what_no_longer_stands_and_raises_what_nobody_was_told()
    {
        await using var house = await OpenAsync();
        var ada = await house.AddAsync();
        var project = await ada.ProjectAsync();
        foreach (var (session, activity) in new[] { ("answered", "waiting_input"), ("quiet", "working"), ("archived", "waiting_input"), ("lost", "stuck"), ("gone", "exited"), ("child", "working") })
        {
            await ada.ReportAsync(session, activity == "exited" ? "working" : activity, $"\"projectId\":\"{project}\"{(session == "child" ? ",\"parentSessionId\":\"quiet\"" : "")}");
        }

        await ada.ReportAsync("gone", "exited");
        (await ada.Token.PutAsync("quiet")).Is(200);
        (await ada.Token.PutAsync("quiet", report => report["checks"] = "failing", "github/example/shop/13")).Is(200);
        await ada.PublishAsync("\"causeKey\":\"session:answered:session.needs_input\",\"sessionId\":\"answered\"");
        var rows = (await ada.Token.UntilAsync(Inbox, list => Rows(list).Count == 7)).Json;
        await InboxTests.MarkAsync(ada, Row(rows, "archived", "session.needs_input"), """{"archived":true}""");

        await house.Server.StopAsync();
        house.InDatabase(sql => sql.Execute("UPDATE sessions SET activity = 'working' WHERE id IN ('answered', 'gone')"));
        house.InDatabase(sql => sql.Execute("UPDATE sessions SET activity = 'blocked' WHERE id IN ('quiet', 'child')"));
        house.InDatabase(sql => sql.Execute("DELETE FROM notifications WHERE session_id = 'lost'"));
        house.InDatabase(sql => sql.Execute("UPDATE pull_requests SET head_sha = $1 WHERE number = 12", PullRequestReports.OtherHead));
        house.InDatabase(sql => sql.Execute("UPDATE pull_requests SET checks = 'pending', review = 'changes_requested' WHERE number = 13"));
        await StartAsync(house, ada, project, "first");

        rows = (await ada.Token.GetAsync(Inbox, [])).Is(200).Json;
        Assert.Equal(
            [
                "answered build.failed stands", "answered session.needs_input gone", "archived session.needs_input stands", "first session.blocked stands",
                "gone session.exited gone", "lost session.stuck stands", "quiet pr.changes_requested stands", "quiet pr.ci_failing gone",
                "quiet pr.merge_ready gone", "quiet pr.merge_ready stands", "quiet session.blocked stands",
            ],
            Rows(rows).Select(row => $"{row["event"]!["sessionId"]} {row["event"]!["type"]} {(row["resolvedAt"] is null ? "stands" : "gone")}").Order(StringComparer.Ordinal));

        // What was put away and still stands was not rung again.
        var archived = Row(rows, "archived", "session.needs_input");
        Assert.NotNull(archived["archivedAt"]);
        Assert.All(Rows(rows), row => Assert.Equal(1, (int)row["count"]!));

        // Once told, it is told: another start finds nothing to do.
        long Changes() => house.InDatabase(sql => sql.Number("SELECT count(*) FROM changes WHERE topic = 'notifications'"));
        var before = Changes();
        await house.Server.StopAsync();
        await StartAsync(house, ada, project, "second");
        Assert.Equal(before + 1, Changes());
    }

    [Fact]
    public async Task It_goes_on_until_all_are_told_in_steps()
    {
        await using var house = await OpenAsync();
        var ada = await house.AddAsync();
        var project = await ada.ProjectAsync();
        await ada.ReportAsync("one", "idle", $"\"projectId\":\"{project}\"");
        await house.Server.StopAsync();
        house.InDatabase(sql =>
        {
            foreach (var number in Enumerable.Range(0, 250))
            {
                sql.Execute(
                    "INSERT INTO sessions (id, project_id, owner_id, agent, title, activity, created_at, updated_at, progress_at) VALUES ($1, $2, $3, 'a', 't', 'blocked', 1, 1, 1)",
                    $"many-{number}", project, ada.Id);
            }

            return 0;
        });
        await StartAsync(house, ada, project, "last");
        Assert.Equal(251, Rows((await ada.Token.GetAsync(Inbox, [])).Is(200).Json).Count(row => row["resolvedAt"] is null));

        await house.Server.StopAsync();
        house.InDatabase(sql => sql.Execute("UPDATE sessions SET activity = 'working' WHERE id LIKE 'many-%'"));
        await StartAsync(house, ada, project, "very-last");
        Assert.Equal(
            ["last", "very-last"],
            Rows((await ada.Token.GetAsync(Inbox, [])).Is(200).Json).Where(row => row["resolvedAt"] is null).Select(row => (string)row["event"]!["sessionId"]!).Order());
    }

    [Fact]
    public async Task What_is_only_late_is_told_once()
    {
        await using var house = await OpenAsync();
        var ada = await house.AddAsync();
        var project = await ada.ProjectAsync();
        await ada.ReportAsync("s", "working", $"\"projectId\":\"{project}\"");
        await house.Server.StopAsync();

        // It happened, and the notifier has not come to it.
        house.InDatabase(sql => sql.Execute("UPDATE sessions SET activity = 'blocked' WHERE id = 's'"));
        house.Append("session_updated", "sessions", project, "s", System.Text.Encoding.UTF8.GetBytes($$"""
            {"session":{"id":"s","projectId":"{{project}}","agent":"a","title":"T","owner":"{{ada.Name}}","activity":"blocked","hosted":false,
             "createdAt":"2026-11-21T09:00:00.000Z","updatedAt":"2026-11-21T09:00:00.000Z"},"activityBefore":"working"}
            """));
        await StartAsync(house, ada, project, "last");
        Assert.Equal([1, 1], Rows((await ada.Token.GetAsync(Inbox, [])).Is(200).Json).Select(row => (int)row["count"]!));
    }

    [Fact]
    public async Task A_start_keeps_what_people_chose_at_the_bell_and_raises_only_that()
    {
        await using var house = await OpenAsync();
        var (ada, bob) = (await house.AddAsync(), await house.AddAsync());
        var project = await ada.ProjectAsync();
        const string path = "/api/v1/sessions/quiet/subscription";
        await ada.ReportAsync("quiet", "working", $"\"projectId\":\"{project}\"");
        (await ada.Token.CallAsync("DELETE", path)).Is(204);
        (await bob.Token.CallAsync("PUT", path, """{"mode":"needs_me"}""")).Is(204);

        await house.Server.StopAsync();
        house.InDatabase(sql => sql.Execute("UPDATE sessions SET activity = 'blocked' WHERE id = 'quiet'"));
        await StartAsync(house, ada, project, "last");
        Assert.Equal(["last"], await ToldOfAsync(ada));
        Assert.Equal(["quiet"], await ToldOfAsync(bob));
        Assert.Equal("""{"quiet":"off"}""", await ModesAsync(ada));
        Assert.Equal("""{"quiet":"needs_me"}""", await ModesAsync(bob));

        static async Task<IEnumerable<string>> ToldOfAsync(Resident person) =>
            Rows((await person.Token.GetAsync(Inbox, [])).Is(200).Json).Select(row => (string)row["event"]!["sessionId"]!);

        static async Task<string> ModesAsync(Resident person) =>
            (await person.Token.GetAsync("/api/v1/sessions/subscriptions?ids=quiet", [])).Is(200).Json["modes"]!.ToJsonString();
    }

    private Task<House> OpenAsync() => Open(onPostgres);

    private static async Task<House> Open(bool postgres) => await House.OpenAsync(postgres ? await TestDatabase.PostgresAsync() : TestDatabase.Embedded);

    /// <summary>Starts the server again and waits until it has come to a fact that is newer: whatever it does first is done then.</summary>
    private static async Task StartAsync(House house, Resident person, string project, string session)
    {
        await house.Server.StartProcessAsync();
        await person.ReportAsync(session, "blocked", $"\"projectId\":\"{project}\"");
        await person.Token.UntilAsync($"/api/v1/notifications?sessionId={session}", list => Rows(list).Count == 1);
    }

    private static List<JsonNode> Rows(JsonNode list) => [.. list["notifications"]!.AsArray().Select(row => row!)];

    private static JsonNode Row(JsonNode list, string session, string type) =>
        Rows(list).Single(row => (string?)row["event"]!["sessionId"] == session && (string?)row["event"]!["type"] == type);
}

public sealed class ReconciliationOnSqliteTests() : ReconciliationTests(onPostgres: false);

public sealed class ReconciliationOnPostgresTests() : ReconciliationTests(onPostgres: true);
