using System.Text.Json.Nodes;
using Carillon.Accounts;
using Carillon.Http;
using Carillon.Sessions.Forges;

namespace Carillon.Sessions;

/// <summary>A server that merges at a stand-in, for the tests of one class, one after the other.</summary>
public abstract class ForgeHouse : IAsyncLifetime
{
    internal House House { get; private set; } = null!;

    internal ForgeStandIn Forge { get; private set; } = null!;

    // Which project may merge where is a setting, so the projects of the tests have names that are known before the start.
    private const int MostProjects = 40;
    private int _projects;

    internal string NextProject() => $"works-{Interlocked.Increment(ref _projects)}";

    public async ValueTask InitializeAsync()
    {
        Forge = await ForgeStandIn.StartAsync();
        var repositories = Enumerable.Range(1, MostProjects).SelectMany(number => new[]
        {
            KeyValuePair.Create($"Forges:GitHub:Repositories:works-{number}:0", (string?)"Example/Shop"),
            KeyValuePair.Create($"Forges:GitLab:Repositories:works-{number}:0", (string?)"group/sub/shop"),
        });
        House = await House.OpenAsync(await DatabaseAsync(), new(repositories)
        {
            ["Forges:GitHub:BaseUrl"] = Forge.Address,
            ["Forges:GitHub:Token"] = ForgeStandIn.Token,
            ["Forges:GitLab:BaseUrl"] = $"{Forge.Address}/",
            ["Forges:GitLab:Token"] = ForgeStandIn.Token,
            ["Forges:TimeLimit"] = "00:00:04",
        });
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await House.DisposeAsync();
        await Forge.DisposeAsync();
    }

    private protected abstract Task<TestDatabase> DatabaseAsync();
}

public sealed class ForgeHouseOnSqlite : ForgeHouse
{
    private protected override Task<TestDatabase> DatabaseAsync() => Task.FromResult(TestDatabase.Embedded);
}

public sealed class ForgeHouseOnPostgres : ForgeHouse
{
    private protected override Task<TestDatabase> DatabaseAsync() => TestDatabase.PostgresAsync();
}

/// <summary>Merging through the running server, against a stand-in whose answers change between the notification and the click.</summary>
public abstract class MergeTests(ForgeHouse there) : IAsyncLifetime
{
    private const string Row = "/api/v1/notifications";
    private Resident? _ada;
    private string? _session;

    private ForgeStandIn Forge => there.Forge;

    private Resident Ada => _ada!;

    public async ValueTask InitializeAsync()
    {
        Forge.Ready().ReadyAtGitLab().Asked.Clear();
        _ada = await there.House.AddAsync();
        var project = there.NextProject();
        (await Ada.Page.PostAsync("/api/v1/projects", $$"""{"id":"{{project}}","name":"Works"}""")).Is(201);
        _session = $"s-{project}";
        await Ada.ReportAsync(_session, "working", $"\"projectId\":\"{project}\"");
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_click_merges_at_the_head_that_was_seen_and_everybody_learns_of_it()
    {
        var row = await ReadyAsync();
        var other = $"child-of-{_session}";
        await Ada.ReportAsync(other, "working", $"\"projectId\":\"{row["event"]!["projectId"]}\",\"parentSessionId\":\"{_session}\"");
        (await Ada.Token.PutAsync(other)).Is(200);
        Assert.Equal("""{"ok":true,"actionId":"merge-pr","kind":"merge-pr","result":{}}""", (await MergeAsync(row)).Is(200).Text);
        Assert.Equal($$"""{"sha":"{{GitHubStandIn.Head}}"}""", Forge.Asked.Single(one => one.Line.StartsWith("PUT", StringComparison.Ordinal)).Body);

        var noted = (await there.House.Admin.GetAsync($"/api/v1/audit?kind=pull-request.merged&person={Ada.Name}", [])).Is(200).Json["entries"]!;
        Assert.Equal(("example/shop#12", $"at {GitHubStandIn.Head}, session {_session}"), ((string?)noted[0]!["subject"], (string?)noted[0]!["detail"]));
        var rows = (await Ada.Token.UntilAsync(Row, list => list["notifications"]!.AsArray().Count == 2)).Json["notifications"]!;
        Assert.Equal(("pr.merged", "info"), ((string?)rows[0]!["event"]!["type"], (string?)rows[0]!["event"]!["priority"]));
        Assert.NotNull(rows[1]!["resolvedAt"]);
        Assert.NotNull(rows[1]!["readAt"]);
        var recorded = (await Ada.Token.GetAsync(PullRequestReports.PathOf(_session!, "").TrimEnd('/'), [])).Is(200).Json["pullRequests"]![0]!;
        Assert.Equal(("merged", false), ((string?)recorded["state"], (bool)recorded["mergeReady"]!));
        Assert.DoesNotContain(ForgeStandIn.Token, there.House.Server.Log, StringComparison.Ordinal);
        Assert.Contains($"{Ada.Name} merged example/shop#12 at {GitHubStandIn.Head}", there.House.Server.Log, StringComparison.Ordinal);

        // Another session that has it learns of it too.
        Assert.Equal("merged", (string?)(await Ada.Token.GetAsync($"/api/v1/sessions/{other}/pull-requests", [])).Is(200).Json["pullRequests"]![0]!["state"]);

        // Twice is once.
        Forge.Pull(pull => (pull["state"], pull["merged"]) = ("closed", true));
        (await MergeAsync(row)).IsProblem(409, "ACTION_PRECONDITION_FAILED").Names("merged already");
        Assert.Single(Forge.Asked, one => one.Line.StartsWith("PUT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_changed_since_the_notification_keeps_it_from_being_merged()
    {
        var row = await ReadyAsync();
        Forge.Checks([GitHubStandIn.Run("success")], [GitHubStandIn.Run("failure")]);
        await RefusesAsync(row, "example/shop#12 was not merged: its checks are failing.");

        // What was read takes the alert back, and tells what is wrong now.
        var rows = (await Ada.Token.UntilAsync(Row, list => list["notifications"]!.AsArray().Count == 2)).Json["notifications"]!;
        Assert.Equal("pr.ci_failing", (string?)rows[0]!["event"]!["type"]);
        Assert.NotNull(rows[1]!["resolvedAt"]);
        Assert.Null(rows[1]!["readAt"]);

        Forge.Checks([GitHubStandIn.Run("success")]).Pull(pull => pull["draft"] = true);
        await RefusesAsync(row, "it is a draft.");
        Forge.Pull().Reviews([GitHubStandIn.Review("bob", "APPROVED")], [GitHubStandIn.Review("carol", "CHANGES_REQUESTED")]);
        await RefusesAsync(row, "changes are requested.");
        Forge.Reviews([]).Pull(pull => pull["mergeable_state"] = "dirty");
        await RefusesAsync(row, "it conflicts with its base.");
        Forge.Pull(pull => pull["state"] = "closed");
        await RefusesAsync(row, "it is closed.");

        Forge.Pull();
        (await MergeAsync(row)).Is(200);
    }

    [Fact]
    public async Task Another_head_is_another_pull_request_to_look_at()
    {
        var row = await ReadyAsync();
        Forge.Pull(pull => pull["head"] = new JsonObject { ["sha"] = GitHubStandIn.OtherHead })
            .InPages($"/repos/example/shop/commits/{GitHubStandIn.OtherHead}/check-runs", page => new JsonObject { ["check_runs"] = page }, [GitHubStandIn.Run("success")])
            .InPages($"/repos/example/shop/commits/{GitHubStandIn.OtherHead}/status", page => new JsonObject { ["state"] = "pending", ["statuses"] = page });
        await RefusesAsync(row, "its head has moved from 6dcb09b5 to 7638417d.");

        // It rings again, with the head that it has now; that one can be merged.
        var newer = (await Ada.Token.UntilAsync(Row, list => list["notifications"]!.AsArray().Count == 2)).Json["notifications"]![0]!;
        Assert.Equal(GitHubStandIn.OtherHead, (string?)newer["event"]!["data"]!["subject"]!["pullRequest"]!["headSha"]);
        (await MergeAsync(newer)).Is(200);
        Assert.Equal($$"""{"sha":"{{GitHubStandIn.OtherHead}}"}""", Forge.Asked.Single(one => one.Line.StartsWith("PUT", StringComparison.Ordinal)).Body);
    }

    [Fact]
    public async Task What_the_forge_does_not_know_yet_leaves_the_alert_for_another_try()
    {
        var row = await ReadyAsync();
        Forge.Pull(pull => pull["mergeable"] = null);
        await RefusesAsync(row, "GitHub has not worked out yet whether it can be merged. Try again in a moment.");
        Forge.Pull().Checks([GitHubStandIn.Run(null, "in_progress")]);
        await RefusesAsync(row, "its checks have not finished.");
        Assert.Null((await Ada.Token.GetAsync($"{Row}/{row["id"]}", [])).Is(200).Json["notification"]!["resolvedAt"]);
        Forge.Checks([GitHubStandIn.Run("success")]);
        (await MergeAsync(row)).Is(200);
    }

    [Fact]
    public async Task A_forge_that_refuses_the_merge_itself_gives_its_reason()
    {
        var row = await ReadyAsync();
        foreach (var (status, message) in new[] { (405, "Base branch was modified."), (409, "Head branch was modified."), (422, "Validation Failed") })
        {
            Forge.Merge(status, message);
            (await MergeAsync(row)).IsProblem(409, "ACTION_PRECONDITION_FAILED").Names($"example/shop#12 was not merged. GitHub refuses with {status}. It says: {message}");
        }
    }

    [Fact]
    public async Task A_forge_that_does_not_answer_is_told_from_one_that_refuses()
    {
        var row = await ReadyAsync();
        Forge.On("GET /repos/example/shop/pulls/12", 500, "oops");
        (await MergeAsync(row)).IsProblem(503, "FORGE_UNREACHABLE").Names("GitHub answered 500");
        Forge.Holding("GET /repos/example/shop/pulls/12");
        (await MergeAsync(row)).IsProblem(503, "FORGE_UNREACHABLE").Names("did not answer within 4 seconds");
        Forge.On("GET /repos/example/shop/pulls/12", 404, "Not Found");
        (await MergeAsync(row)).IsProblem(409, "ACTION_PRECONDITION_FAILED").Names("does not know it");

        // The answer to the merge is lost: look again, and say what is known.
        Forge.Pull().Merge(502, "");
        (await MergeAsync(row)).IsProblem(503, "FORGE_UNREACHABLE").Names("Nobody knows whether example/shop#12 was merged.");
        Forge.On("PUT /repos/example/shop/pulls/12/merge", context =>
        {
            Forge.Pull(pull => (pull["state"], pull["merged"]) = ("closed", true));
            context.Abort();
            return Task.CompletedTask;
        });
        (await MergeAsync(row)).Is(200);
        await Ada.Token.UntilAsync(Row, list => list["notifications"]!.AsArray().Any(one => (string?)one!["event"]!["type"] == "pr.merged"));
    }

    [Fact]
    public async Task Gitlab_is_asked_in_its_own_way()
    {
        (await Ada.Token.PutAsync(_session!, report => report["url"] = "https://gitlab.com/group/sub/shop/-/merge_requests/12", "gitlab/group%2Fsub/shop/12")).Is(200);
        var row = (await Ada.Token.UntilAsync(Row, list => list["notifications"]!.AsArray().Count == 1)).Json["notifications"]![0]!;
        Forge.MergeRequest(request => request["detailed_merge_status"] = "requested_changes");
        await RefusesAsync(row, "group/sub/shop!12 was not merged: changes are requested.");
        Forge.MergeRequest();
        (await MergeAsync(row)).Is(200);
    }

    [Fact]
    public async Task Who_may_only_read_does_not_merge()
    {
        var row = await ReadyAsync();
        using var reader = await Ada.TokenAsync(null, "read");
        (await MergeAsync(row, reader)).IsProblem(403, "ACTION_NOT_ALLOWED").Names("run");
        using var publisher = await Ada.TokenAsync(null, "read", "publish");
        (await MergeAsync(row, publisher)).IsProblem(403, "ACTION_NOT_ALLOWED").Names("run");
        Assert.Empty(Forge.Asked);
        (await MergeAsync(row, Ada.Page)).Is(200);
    }

    [Fact]
    public async Task A_project_merges_only_in_the_repositories_that_are_listed_for_it()
    {
        var project = await Ada.ProjectAsync();
        var session = $"s-{project}";
        await Ada.ReportAsync(session, "working", $"\"projectId\":\"{project}\"");
        (await Ada.Token.PutAsync(session)).Is(200);
        var ready = (await Ada.Token.UntilAsync($"{Row}?projectId={project}", list => list["notifications"]!.AsArray().Count == 1)).Json["notifications"]![0]!;
        Assert.Equal(["open-pr", "open-session"], ready["actions"]!.AsArray().Select(action => (string?)action!["kind"]));

        _session = session;
        var own = await PublishAsync("""{"pullRequest":{"provider":"github","owner":"example","repo":"shop","number":12,"headSha":"HEAD"}}""");
        await RefusesAsync(own, $"Forges:GitHub:Repositories:{project}");
        Assert.Empty(Forge.Asked);
    }

    [Fact]
    public async Task What_the_server_does_has_the_servers_label_and_links_lead_to_the_pull_request_that_is_named()
    {
        (await Ada.Token.PutAsync(_session!)).Is(200);
        const string Subject = """{"pullRequest":{"provider":"github","owner":"example","repo":"shop","number":12,"headSha":"HEAD"}}""";
        var body = Body(Subject).Replace("\"label\":\"Merge\"", "\"label\":\"Open the log\"", StringComparison.Ordinal);
        var row = (await Ada.Token.PostAsync(Row, body)).Is(201).Json["notification"]!;
        Assert.Equal("Merge", (string?)row["actions"]![0]!["label"]);

        foreach (var (kind, url, fits) in new[]
        {
            ("open-pr", "https://github.com/example/shop/pull/12", true), ("open-review", "https://github.com/Example/Shop/pull/12/files", true),
            ("open-pr", "https://github.com/example/shop/pull/121", false), ("open-pr", "https://github.com/example/bank/pull/12", false),
            ("open-review", "https://github.com/example/shop/issues/12", false),
        })
        {
            var answer = await Ada.Token.PostAsync(Row, Body(Subject).Replace("]}", $$""",{"id":"look","kind":"{{kind}}","label":"Look","url":"{{url}}"}]}""", StringComparison.Ordinal));
            if (fits)
            {
                answer.Is(201);
            }
            else
            {
                answer.IsProblem(400, "INVALID_NOTIFICATION").Names("look");
            }
        }
    }

    [Fact]
    public async Task An_agents_own_notification_merges_what_it_names_if_the_session_has_it()
    {
        (await Ada.Token.PutAsync(_session!, report => report["draft"] = true)).Is(200);
        var unnamed = await PublishAsync(null);
        (await MergeAsync(unnamed)).IsProblem(409, "ACTION_PRECONDITION_FAILED").Names("does not say which pull request");
        var other = await PublishAsync("""{"pullRequest":{"provider":"github","owner":"example","repo":"bank","number":12,"headSha":"HEAD"}}""");
        (await MergeAsync(other)).IsProblem(409, "ACTION_PRECONDITION_FAILED").Names("example/bank#12 is no pull request of the session.");
        Assert.Empty(Forge.Asked);

        var named = await PublishAsync("""{"pullRequest":{"provider":"github","owner":"example","repo":"shop","number":12,"headSha":"HEAD"}}""");
        Assert.Equal(_session, (string?)named["event"]!["data"]!["subject"]!["session"]!["id"]);
        Assert.Equal(7, (int)named["event"]!["data"]!["run"]!);
        (await MergeAsync(named)).Is(200);

        foreach (var wrong in new[]
        {
            "{}", "null", "7", """{"session":{"id":"x"}}""", """{"pullRequest":null}""", """{"pullRequest":{"provider":"github"}}""",
            """{"pullRequest":{"provider":"bitbucket","owner":"a","repo":"b","number":1,"headSha":"HEAD"}}""",
            """{"pullRequest":{"provider":"github","owner":"a","repo":"b","number":0,"headSha":"HEAD"}}""",
            """{"pullRequest":{"provider":"github","owner":"a","repo":"b","number":1,"headSha":"main"}}""",
            """{"pullRequest":{"provider":"github","owner":"a","repo":"b","number":1,"headSha":"HEAD"},"project":{"id":"p","name":"P"}}""",
        })
        {
            (await Ada.Token.PostAsync(Row, Body(wrong))).IsProblem(400, "INVALID_NOTIFICATION").Names("data.subject");
        }
    }

    private async Task<JsonNode> ReadyAsync()
    {
        (await Ada.Token.PutAsync(_session!)).Is(200);
        return (await Ada.Token.UntilAsync(Row, list => list["notifications"]!.AsArray().Count == 1)).Json["notifications"]![0]!;
    }

    private async Task<JsonNode> PublishAsync(string? subject) => (await Ada.Token.PostAsync(Row, Body(subject))).Is(201).Json["notification"]!;

    private string Body(string? subject) => $$"""
        {"type":"review.ready","priority":"action","message":"Merge it","sessionId":"{{_session}}","data":{"run":7{{(subject is null ? "" : $",\"subject\":{subject.Replace("HEAD", GitHubStandIn.Head, StringComparison.Ordinal)}")}} },
         "actions":[{"id":"merge-pr","kind":"merge-pr","label":"Merge"}]}
        """;

    private async Task<Answer> MergeAsync(JsonNode row, HttpClient? client = null)
    {
        client ??= Ada.Page;
        var token = (string)(await client.GetAsync("/api/v1/action-token", [])).Is(200).Json["token"]!;
        return await client.PostAsync($"{Row}/{row["id"]}/actions/merge-pr", "{}", ("X-AO-Action-Token", token));
    }

    private async Task RefusesAsync(JsonNode row, string words)
    {
        (await MergeAsync(row)).IsProblem(409, "ACTION_PRECONDITION_FAILED").Names(words);
        Assert.DoesNotContain(Forge.Asked, one => one.Line.StartsWith("PUT", StringComparison.Ordinal));
    }
}

public sealed class MergeOnSqliteTests(ForgeHouseOnSqlite there) : MergeTests(there), IClassFixture<ForgeHouseOnSqlite>
{
    [Fact]
    public async Task Without_a_token_the_operator_is_told_what_to_set()
    {
        await using var house = await House.OpenAsync(TestDatabase.Embedded, new() { ["Forges:GitHub:Token"] = "" });
        var ada = await house.AddAsync();
        var project = await ada.ProjectAsync();
        await ada.ReportAsync("s", "working", $"\"projectId\":\"{project}\"");
        (await ada.Token.PutAsync("s")).Is(200);
        await ada.Token.UntilAsync("/api/v1/notifications", list => list["notifications"]!.AsArray().Count == 1);
        var row = (await ada.Token.PostAsync("/api/v1/notifications", """
            {"type":"review.ready","priority":"action","message":"Merge it","sessionId":"s","actions":[{"id":"merge-pr","kind":"merge-pr","label":"Merge"}],
             "data":{"subject":{"pullRequest":{"provider":"github","owner":"example","repo":"shop","number":12,"headSha":"HEAD"}}}}
            """.Replace("HEAD", GitHubStandIn.Head, StringComparison.Ordinal))).Is(201).Json["notification"]!;
        var token = (string)(await ada.Page.GetAsync("/api/v1/action-token", [])).Is(200).Json["token"]!;
        (await ada.Page.PostAsync($"/api/v1/notifications/{row["id"]}/actions/merge-pr", "{}", ("X-AO-Action-Token", token)))
            .IsProblem(409, "ACTION_PRECONDITION_FAILED").Names("Forges:GitHub:Token");
    }
}

public sealed class MergeOnPostgresTests(ForgeHouseOnPostgres there) : MergeTests(there), IClassFixture<ForgeHouseOnPostgres>;
