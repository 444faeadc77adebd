using System.Text.Json.Nodes;
using Carillon.Accounts;
using Carillon.Http;

namespace Carillon.Sessions;

/// <summary>What an agent reports of a pull request, in the tests' words.</summary>
internal static class PullRequestReports
{
    public const string Head = "6dcb09b5b57875f334f61aebed695e2e4193db5e";
    public const string OtherHead = "7638417db6d59f3c431d3e1f261cc637155684cd";

    /// <summary>One that is ready to be merged, but for what <paramref name="change"/> says.</summary>
    public static JsonObject Ready(Action<JsonObject>? change = null)
    {
        var report = new JsonObject
        {
            ["title"] = "Ring the bell",
            ["url"] = "https://github.com/example/shop/pull/12",
            ["headSha"] = Head,
            ["state"] = "open",
            ["draft"] = false,
            ["mergeable"] = true,
            ["conflicts"] = false,
            ["checks"] = "passing",
            ["review"] = "none",
        };
        change?.Invoke(report);
        return report;
    }

    public static string PathOf(string session, string name = "github/example/shop/12") => $"/api/v1/sessions/{session}/pull-requests/{name}";

    public static Task<Answer> PutAsync(this HttpClient client, string session, Action<JsonObject>? change = null, string name = "github/example/shop/12") =>
        client.CallAsync("PUT", PathOf(session, name), Ready(report =>
        {
            report["url"] = PageOf(name);
            change?.Invoke(report);
        }).ToJsonString());

    // The page that the forge has for it.
    private static string PageOf(string name) => Uri.UnescapeDataString(name).Split('/') switch
    {
        ["gitlab", .. var project, var number] => $"https://gitlab.com/{string.Join('/', project)}/-/merge_requests/{number}",
        [_, .. var project, var number] => $"https://github.com/{string.Join('/', project)}/pull/{number}",
        _ => throw new ArgumentException("Not the name of a pull request", nameof(name)),
    };
}

public abstract class PullRequestTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    [Fact]
    public async Task A_reported_pull_request_stands_with_its_session()
    {
        var (ada, project, session) = await BeginAsync();
        var put = (await ada.Token.PutAsync(session)).Is(200);
        var record = put.Json["pullRequest"]!;
        Assert.Equal(
            ["checks", "conflicts", "createdAt", "draft", "headSha", "mergeReady", "mergeable", "number", "owner", "provider", "repo", "review", "sessionId", "state", "title", "updatedAt", "url"],
            record.AsObject().Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Equal((session, "github", "example", "shop", 12, true), (
            (string?)record["sessionId"], (string?)record["provider"], (string?)record["owner"], (string?)record["repo"], (int)record["number"]!, (bool)record["mergeReady"]!));

        (await ada.Token.PutAsync(session, report => report["mergeable"] = null, "gitlab/group%2Fsub/shop/3")).Is(200);
        var list = (await ada.Token.GetAsync($"/api/v1/sessions/{session}/pull-requests", [])).Is(200).Json;
        Assert.Equal(["group/sub/shop", "example/shop"], list["pullRequests"]!.AsArray().Select(one => $"{one!["owner"]}/{one["repo"]}"));
        Assert.Null(list["pullRequests"]![0]!["mergeable"]);
        Assert.False((bool)list["pullRequests"]![0]!["mergeReady"]!);
        Assert.Equal(record.ToJsonString(), list["pullRequests"]![1]!.ToJsonString());
        Assert.True((long)list["headSeq"]! > 0);
        Assert.Equal(project, House.InDatabase(sql => sql.First("SELECT project_id FROM changes WHERE session_id = $1 AND type = 'pr_updated'", row => row.GetString(0), session)));
    }

    [Fact]
    public async Task A_report_that_says_nothing_new_writes_no_change()
    {
        var (ada, _, session) = await BeginAsync();
        long Changes() => House.InDatabase(sql => sql.Number("SELECT count(*) FROM changes WHERE session_id = $1 AND type = 'pr_updated' AND topic = 'prs'", session));
        var first = (await ada.Token.PutAsync(session)).Is(200);
        Assert.Equal(first.Text, (await ada.Token.PutAsync(session)).Is(200).Text);
        Assert.Equal(first.Text, (await ada.Token.PutAsync(session, report => report["headSha"] = PullRequestReports.Head.ToUpperInvariant())).Is(200).Text);
        Assert.Equal(1, Changes());
        (await ada.Token.PutAsync(session, report => report["checks"] = "failing")).Is(200);
        Assert.Equal(2, Changes());

        var payload = JsonNode.Parse(House.InDatabase(sql => sql.First(
            "SELECT payload FROM changes WHERE session_id = $1 AND type = 'pr_updated' ORDER BY seq DESC LIMIT 1", row => row.GetFieldValue<byte[]>(0), session))!)!;
        Assert.Equal(["before", "owner", "parentSessionId", "pullRequest", "sessionTitle"], payload.AsObject().Select(member => member.Key).Order());
        Assert.Equal(("passing", "failing", ada.Name), ((string?)payload["before"]!["checks"], (string?)payload["pullRequest"]!["checks"], (string?)payload["owner"]));
    }

    [Fact]
    public async Task Only_the_owner_reports_and_a_hidden_session_is_unknown()
    {
        var (ada, _, session) = await BeginAsync();
        var bob = await House.AddAsync();
        var closed = await ada.ProjectAsync(closed: true);
        await ada.ReportAsync($"s-{closed}", "working", $"\"projectId\":\"{closed}\"");
        (await ada.Token.PutAsync($"s-{closed}")).Is(200);

        (await bob.Token.PutAsync(session)).IsProblem(403, "SESSION_OWNER_ONLY");
        (await bob.Token.GetAsync($"/api/v1/sessions/{session}/pull-requests", [])).Is(200);
        var hidden = (await bob.Token.PutAsync($"s-{closed}")).IsProblem(404, "SESSION_NOT_FOUND");
        Assert.Equal(hidden.Text, (await bob.Token.PutAsync("nothing")).Text);
        (await bob.Token.GetAsync($"/api/v1/sessions/s-{closed}/pull-requests", [])).IsProblem(404, "SESSION_NOT_FOUND");
        using var reader = await ada.TokenAsync(null, "read");
        (await reader.PutAsync(session)).IsProblem(403, "SCOPE_MISSING");
        using var bound = await ada.TokenAsync(closed, "read", "publish");
        (await bound.PutAsync(session)).IsProblem(404, "SESSION_NOT_FOUND");
    }

    [Theory]
    [InlineData("title", """ "" """, "title")]
    [InlineData("title", """ "a\u001b[2J" """, "title")]
    [InlineData("title", "null", "title")]
    [InlineData("url", """ "http://github.com/a/b/pull/1" """, "https")]
    [InlineData("url", """ "https://evil.example/a/b/pull/1" """, "github.com")]
    [InlineData("url", """ "https://user@github.com/a" """, "user info")]
    [InlineData("url", """ "javascript:alert(1)" """, "https")]
    [InlineData("headSha", """ "abc" """, "headSha")]
    [InlineData("headSha", """ "main" """, "headSha")]
    [InlineData("headSha", """ "6dcb09b5b57875f334f61aebed695e2e4193db5g" """, "headSha")]
    [InlineData("state", """ "OPEN" """, "state")]
    [InlineData("state", """ "" """, "state")]
    [InlineData("draft", "null", "draft")]
    [InlineData("draft", """ "no" """, "draft")]
    [InlineData("checks", """ "green" """, "checks")]
    [InlineData("review", """ "fine" """, "review")]
    [InlineData("mood", """ "fine" """, "mood")]
    public async Task What_is_wrong_with_a_report_is_named(string member, string value, string named) =>
        (await House.Admin.PutAsync("x", report => report[member] = JsonNode.Parse(value))).IsProblem(400, "INVALID_PULL_REQUEST").Names(named);

    [Theory]
    [InlineData("bitbucket/example/shop/12", "bitbucket")]
    [InlineData("github/exa%20mple/shop/12", "owner")]
    [InlineData("github/group%2Fsub/shop/12", "owner")]
    [InlineData("gitlab/group%2F%2Fsub/shop/12", "owner")]
    [InlineData("gitlab/group%2F../shop/12", "owner")]
    [InlineData("github/.../shop/12", null)]
    [InlineData("github/example/sh:op/12", "repo")]
    [InlineData("github/example/shop%2F..%2Fother/12", "repo")]
    [InlineData("github/example/shop/0", "number")]
    [InlineData("github/example/shop/-1", "number")]
    [InlineData("github/example/shop/99999999999", "number")]
    [InlineData("github/example/shop/twelve", "")]
    public async Task What_is_wrong_with_a_name_is_named(string name, string? named)
    {
        var answer = await House.Admin.PutAsync("nothing", name: name);
        _ = named is null ? answer.IsProblem(404, "SESSION_NOT_FOUND") : answer.IsProblem(400, "INVALID_PULL_REQUEST").Names(named);
    }

    [Theory]
    [InlineData("https://github.com/example/bank/pull/12")]
    [InlineData("https://github.com/example/shop/pull/13")]
    [InlineData("https://github.com/example/shop/pull/121")]
    [InlineData("https://github.com/example/shop/issues/12")]
    [InlineData("https://github.com/example/shop?/pull/12")]
    [InlineData("https://github.com/#/example/shop/pull/12")]
    public async Task An_address_names_the_same_repository_and_number(string url) =>
        (await House.Admin.PutAsync("nothing", report => report["url"] = url)).IsProblem(400, "INVALID_PULL_REQUEST").Names("example/shop#12");

    [Fact]
    public async Task A_session_has_a_limited_number_of_them()
    {
        var (ada, _, session) = await BeginAsync();
        for (var number = 1; number <= PullRequestTable.MostOfSession; number++)
        {
            (await ada.Token.PutAsync(session, name: $"github/example/shop/{number}")).Is(200);
        }

        (await ada.Token.PutAsync(session, name: "github/example/shop/1000")).IsProblem(409, "TOO_MANY_PULL_REQUESTS");
        (await ada.Token.PutAsync(session, report => report["state"] = "merged", "github/example/shop/1")).Is(200);
        Assert.Equal(PullRequestTable.MostOfSession, (await ada.Token.GetAsync($"/api/v1/sessions/{session}/pull-requests", [])).Is(200).Json["pullRequests"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("state", """ "closed" """)]
    [InlineData("state", """ "merged" """)]
    [InlineData("draft", "true")]
    [InlineData("mergeable", "false")]
    [InlineData("mergeable", "null")]
    [InlineData("conflicts", "true")]
    [InlineData("checks", """ "failing" """)]
    [InlineData("checks", """ "pending" """)]
    [InlineData("checks", """ "unknown" """)]
    [InlineData("review", """ "changes_requested" """)]
    public async Task Each_of_them_alone_keeps_it_from_being_ready(string member, string value)
    {
        var (ada, _, session) = await BeginAsync();
        Assert.True((bool)(await ada.Token.PutAsync(session)).Is(200).Json["pullRequest"]!["mergeReady"]!);
        Assert.False((bool)(await ada.Token.PutAsync(session, report => report[member] = JsonNode.Parse(value))).Is(200).Json["pullRequest"]!["mergeReady"]!);
    }

    private async Task<(Resident Person, string Project, string Session)> BeginAsync()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        await ada.ReportAsync($"s-{project}", "working", $"\"projectId\":\"{project}\"");
        return (ada, project, $"s-{project}");
    }
}

public sealed class PullRequestOnSqliteTests(Houses houses) : PullRequestTests(houses, postgres: false);

public sealed class PullRequestOnPostgresTests(Houses houses) : PullRequestTests(houses, postgres: true);
