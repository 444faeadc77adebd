using System.Text.Json.Nodes;
using Carillon.Http;

namespace Carillon.Sessions;

public abstract class StuckTests(bool onPostgres)
{
    [Fact]
    public async Task A_session_that_works_without_a_sign_of_progress_is_stuck_until_the_next_report()
    {
        await using var database = onPostgres ? await TestDatabase.PostgresAsync() : TestDatabase.Embedded;
        await using var server = await CarillonServer.StartAsync(database, new() { ["Sessions:StuckAfter"] = "00:00:02", ["Sessions:StuckInToolAfter"] = "00:00:06" });
        using var ada = await server.AddPersonAsync("ada", admin: true);
        (await ada.PostAsync("/api/v1/projects", """{"id":"p","name":"P"}""")).Is(201);
        await ReportAsync(ada, "still", "working", "\"message\":\"Reading\"");
        await ReportAsync(ada, "in-a-tool", "working", "\"tool\":\"Bash\"");
        await ReportAsync(ada, "waits", "idle");
        await ReportAsync(ada, "begins", "starting");
        Assert.Equal("stuck", await UntilAsync(ada, "still", "stuck"));
        Assert.Equal("idle", await ActivityAsync(ada, "waits"));
        Assert.Equal("starting", await ActivityAsync(ada, "begins"));
        var row = Stuck((await ada.UntilAsync("/api/v1/notifications", list => Stuck(list) is { } row && row["resolvedAt"] is null)).Json)!;
        Assert.Equal(("action", "Agent is making no progress."), ((string?)row["event"]!["priority"], (string?)row["event"]!["message"]));

        // A tool takes as long as it takes, and a tool that hangs is found in the end.
        Assert.Equal("working", await ActivityAsync(ada, "in-a-tool"));
        Assert.Equal("stuck", await UntilAsync(ada, "in-a-tool", "stuck"));

        await ReportAsync(ada, "still", "working");
        await ada.UntilAsync("/api/v1/notifications", list => Stuck(list) is { } row && row["resolvedAt"] is not null);

        // And again, for as often as it goes still.
        Assert.Equal("stuck", await UntilAsync(ada, "still", "stuck"));
    }

    private static JsonNode? Stuck(JsonNode list) => list["notifications"]!.AsArray()
        .FirstOrDefault(row => (string?)row!["event"]!["type"] == "session.stuck" && (string?)row["event"]!["sessionId"] == "still");

    private static async Task ReportAsync(HttpClient client, string session, string activity, string? members = null) =>
        (await client.PostAsync($"/api/v1/sessions/{session}/activity", $$"""{"activity":"{{activity}}","projectId":"p"{{(members is null ? "" : $",{members}")}}}""")).Is(200);

    private static async Task<string?> ActivityAsync(HttpClient client, string session) =>
        (string?)(await client.GetAsync($"/api/v1/sessions/{session}", [])).Is(200).Json["session"]!["activity"];

    private static async Task<string?> UntilAsync(HttpClient client, string session, string activity) =>
        (string?)(await client.UntilAsync($"/api/v1/sessions/{session}", one => (string?)one["session"]!["activity"] == activity)).Json["session"]!["activity"];
}

public sealed class StuckOnSqliteTests() : StuckTests(onPostgres: false)
{
    [Theory]
    [InlineData("00:00:00.5")]
    [InlineData("400.00:00:00")]
    public async Task A_wrong_patience_stops_the_start(string patience)
    {
        var folder = Directory.CreateTempSubdirectory("carillon-test-").FullName;
        try
        {
            var (code, _, error) = await CarillonServer.RunProgramAsync(
                null, new Dictionary<string, string?> { ["CARILLON_Sessions__StuckAfter"] = patience }, "serve", "--urls", "http://127.0.0.1:0", "--data", folder);
            Assert.NotEqual(0, code);
            Assert.Contains("Sessions:StuckAfter", error, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

public sealed class StuckOnPostgresTests() : StuckTests(onPostgres: true);
