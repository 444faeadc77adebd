using System.Text;
using Carillon.Conversations;
using Carillon.Http;

namespace Carillon.Changes;

/// <summary>What becomes of those who follow the log inside the server when a row is not what they expect.</summary>
public abstract class FollowerTests(bool postgres) : OwnHouse(postgres)
{
    private protected override Dictionary<string, string?> Settings => [];

    [Fact]
    public async Task A_row_without_a_required_member_is_named_and_every_other_bell_goes_on()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        string[] sessions = ["before", "between", "after"];
        foreach (var session in sessions)
        {
            await ReportAsync(session, "working");
        }

        await ReportAsync("before", "waiting_input");
        House.Append("session_updated", "sessions", project, "broken", """{"activityBefore":"working","session":{"id":"broken","projectId":"p","agent":"a","title":"t","owner":"o","hosted":false}}"""u8.ToArray());
        await ReportAsync("between", "waiting_input");
        House.Append("pr_updated", "prs", project, "broken", Encoding.UTF8.GetBytes("no JSON at all"));
        await ReportAsync("after", "waiting_input");

        await ada.Token.UntilAsync("/api/v1/notifications", list => list["notifications"]!.AsArray()
            .Select(row => (string)row!["event"]!["sessionId"]!).Order().SequenceEqual(sessions.Order()));
        var broken = House.InDatabase(sql => sql.Query("SELECT seq, type FROM changes WHERE session_id = 'broken' ORDER BY seq", row => (Seq: row.GetInt64(0), Type: row.GetString(1))));
        foreach (var (seq, type) in broken)
        {
            await House.Server.LoggedAsync($"The follower notifier could not read change {seq} ({type}) and skipped it");
        }

        var ready = (await House.Server.Anonymous.GetAsync("/readyz", [])).Is(200).Text;
        Assert.StartsWith("ready\n", ready, StringComparison.Ordinal);
        Assert.Contains($"notifier could not read change {broken[^1].Seq} (pr_updated)", ready, StringComparison.Ordinal);

        // Its position is behind them: they are not read again.
        await House.Server.StopAsync();
        await House.Server.StartProcessAsync();
        await ReportAsync("after", "working");
        await ReportAsync("after", "blocked");
        await ada.Token.UntilAsync("/api/v1/notifications", list => list["notifications"]!.AsArray().Any(row => (string)row!["event"]!["type"]! == "session.blocked"));
        Assert.Equal("ready\n", (await House.Server.Anonymous.GetAsync("/readyz", [])).Is(200).Text);

        async Task ReportAsync(string session, string activity) => (await ada.Token.PostAsync(
            $"/api/v1/sessions/{session}/activity", $$"""{"activity":"{{activity}}","projectId":"{{project}}","agent":"codex","title":"{{session}}"}""")).Is(200);
    }
}

public sealed class FollowerTestsOnSqlite() : FollowerTests(postgres: false);

public sealed class FollowerTestsOnPostgres() : FollowerTests(postgres: true);
