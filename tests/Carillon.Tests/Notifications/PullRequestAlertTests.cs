using System.Text.Json.Nodes;
using Carillon.Accounts;
using Carillon.Http;
using Carillon.Sessions;

namespace Carillon.Notifications;

public abstract class PullRequestAlertTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    private const string Url = "https://github.com/example/shop/pull/12";

    [Theory]
    [InlineData("checks", "failing", "pr.ci_failing", "action", "Checks are failing.", "open-ci open-session", $"{Url}/checks")]
    [InlineData("review", "changes_requested", "pr.changes_requested", "action", "Changes requested.", "open-review open-session", Url)]
    [InlineData("conflicts", "true", "pr.conflicts", "action", "Conflicts with the base branch.", "open-pr open-session", Url)]
    [InlineData("state", "closed", "pr.closed", "action", "Closed without being merged.", "open-pr open-session", Url)]
    [InlineData("state", "merged", "pr.merged", "info", "Merged.", "open-pr open-session", Url)]
    [InlineData("draft", "false", "pr.merge_ready", "action", "Ready to merge.", "open-pr open-session", Url)]
    public async Task A_fact_rings_and_its_opposite_takes_that_back(string member, string value, string type, string priority, string message, string actions, string? address)
    {
        var (ada, project, session) = await BeginAsync();
        (await ada.Token.PutAsync(session, Unready)).Is(200);
        (await ada.Token.PutAsync(session, report => Set(type == "pr.merge_ready" ? report : UnreadyOf(report), member, value))).Is(200);
        var row = (await RowsAsync(ada, rows => rows.Count == 1))[0]!;
        var @event = row["event"]!;
        Assert.Equal((type, priority, $"example/shop#12: {message}", "Ring the bell"), ((string?)@event["type"], (string?)@event["priority"], (string?)@event["message"], (string?)@event["title"]));
        Assert.Equal((project, session), ((string?)@event["projectId"], (string?)@event["sessionId"]));
        Assert.Equal(actions, string.Join(' ', row["actions"]!.AsArray().Select(action => (string)action!["kind"]!)));
        Assert.Equal(address, (string?)row["actions"]![0]!["url"]);
        Assert.Equal(
            $$"""{"provider":"github","owner":"example","repo":"shop","number":12,"headSha":"{{PullRequestReports.Head}}"}""",
            @event["data"]!["subject"]!["pullRequest"]!.ToJsonString());
        Assert.Null(row["resolvedAt"]);

        (await ada.Token.PutAsync(session, Unready)).Is(200);
        Assert.NotNull((await RowsAsync(ada, rows => rows[0]!["resolvedAt"] is not null))[0]!["resolvedAt"]);
        Assert.Single((await ada.InboxAsync())["notifications"]!.AsArray());
    }

    [Fact]
    public async Task Each_fact_stands_and_goes_by_itself()
    {
        var (ada, _, session) = await BeginAsync();
        (await ada.Token.PutAsync(session, report => Set(Set(Set(report, "checks", "failing"), "review", "changes_requested"), "conflicts", "true"))).Is(200);
        await RowsAsync(ada, rows => rows.Count == 3);
        (await ada.Token.PutAsync(session, report => Set(Set(report, "review", "changes_requested"), "conflicts", "true"))).Is(200);
        var rows = await RowsAsync(ada, list => list.Any(row => row!["resolvedAt"] is not null));
        Assert.Equal(["pr.ci_failing"], rows.Where(row => row!["resolvedAt"] is not null).Select(row => (string)row!["event"]!["type"]!));

        // Closing it ends what only matters while it is open.
        (await ada.Token.PutAsync(session, report => Set(Set(Set(report, "review", "changes_requested"), "conflicts", "true"), "state", "closed"))).Is(200);
        rows = await RowsAsync(ada, list => list.Count == 4);
        Assert.Equal(["pr.closed"], rows.Where(row => row!["resolvedAt"] is null).Select(row => (string)row!["event"]!["type"]!));
        (await ada.Token.PutAsync(session)).Is(200);
        rows = await RowsAsync(ada, list => list.Count == 5);
        Assert.Equal(["pr.merge_ready"], rows.Where(row => row!["resolvedAt"] is null).Select(row => (string)row!["event"]!["type"]!));
    }

    [Fact]
    public async Task A_head_that_moved_rings_again_with_the_new_head()
    {
        var (ada, _, session) = await BeginAsync();
        (await ada.Token.PutAsync(session)).Is(200);
        var first = (await RowsAsync(ada, rows => rows.Count == 1))[0]!;
        (await ada.Token.PutAsync(session, report => report["headSha"] = PullRequestReports.OtherHead)).Is(200);
        var rows = await RowsAsync(ada, list => list.Count == 2);
        Assert.Equal(PullRequestReports.OtherHead, (string?)rows[0]!["event"]!["data"]!["subject"]!["pullRequest"]!["headSha"]);
        Assert.Null(rows[0]!["resolvedAt"]);
        Assert.Equal((string?)first["id"], (string?)rows[1]!["id"]);
        Assert.NotNull(rows[1]!["resolvedAt"]);
    }

    [Fact]
    public async Task What_says_the_same_again_rings_nobody_and_children_are_quiet()
    {
        var (ada, project, session) = await BeginAsync();
        await ada.ReportAsync($"child-of-{session}", "working", $"\"projectId\":\"{project}\",\"parentSessionId\":\"{session}\"");
        (await ada.Token.PutAsync($"child-of-{session}", report => report["checks"] = "failing")).Is(200);
        (await ada.Token.PutAsync(session, report => report["checks"] = "failing")).Is(200);
        (await ada.Token.PutAsync(session, report => Set(Set(report, "checks", "failing"), "title", "Another title"))).Is(200);
        (await ada.Token.PutAsync(session, report => Set(Set(report, "checks", "failing"), "headSha", PullRequestReports.OtherHead))).Is(200);
        (await ada.Token.PutAsync(session, report => report["state"] = "merged")).Is(200);
        var rows = await RowsAsync(ada, list => list.Count == 2);
        Assert.Equal(["pr.merged", "pr.ci_failing"], rows.Select(row => (string)row!["event"]!["type"]!));
        Assert.Equal([1, 1], rows.Select(row => (int)row!["count"]!));
        Assert.All(rows, row => Assert.Equal(session, (string?)row!["event"]!["sessionId"]));
    }

    [Fact]
    public async Task A_long_title_is_cut_and_gitlab_has_its_own_pages()
    {
        var (ada, _, session) = await BeginAsync();
        (await ada.Token.PutAsync(session, report => Set(Set(Set(
            report, "checks", "failing"), "title", new string('x', 300)), "url", "https://gitlab.com/group/sub/shop/-/merge_requests/12"), "gitlab/group%2Fsub/shop/12")).Is(200);
        var row = (await RowsAsync(ada, rows => rows.Count == 1))[0]!;
        Assert.Equal(new string('x', 79) + "…", (string?)row["event"]!["title"]);
        Assert.Equal("group/sub/shop!12: Checks are failing.", (string?)row["event"]!["message"]);
        Assert.Equal("https://gitlab.com/group/sub/shop/-/merge_requests/12/pipelines", (string?)row["actions"]![0]!["url"]);
    }

    private static JsonObject UnreadyOf(JsonObject report) => Set(report, "draft", "true");

    private static void Unready(JsonObject report) => UnreadyOf(report);

    private static JsonObject Set(JsonObject report, string member, string value)
    {
        report[member] = value is "true" or "false" ? value == "true" : value;
        return report;
    }

    private async Task<(Resident Person, string Project, string Session)> BeginAsync()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        await ada.ReportAsync($"s-{project}", "working", $"\"projectId\":\"{project}\"");
        return (ada, project, $"s-{project}");
    }

    private static async Task<JsonArray> RowsAsync(Resident person, Func<JsonArray, bool> wanted) =>
        (await person.Token.UntilAsync("/api/v1/notifications", list => wanted(list["notifications"]!.AsArray()))).Json["notifications"]!.AsArray();
}

public sealed class PullRequestAlertOnSqliteTests(Houses houses) : PullRequestAlertTests(houses, postgres: false);

public sealed class PullRequestAlertOnPostgresTests(Houses houses) : PullRequestAlertTests(houses, postgres: true);
