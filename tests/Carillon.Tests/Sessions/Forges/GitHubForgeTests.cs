using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using static Carillon.Sessions.Forges.GitHubStandIn;

namespace Carillon.Sessions.Forges;

public sealed class GitHubForgeTests : IAsyncLifetime
{
    private ForgeStandIn? _standIn;

    private ForgeStandIn StandIn => _standIn!;

    public async ValueTask InitializeAsync() => _standIn = (await ForgeStandIn.StartAsync()).Ready();

    public ValueTask DisposeAsync() => StandIn.DisposeAsync();

    [Fact]
    public async Task What_stands_in_nobodys_way_is_read_and_merged_at_its_head()
    {
        using var forge = Open(ForgeStandIn.Options(gitHub: StandIn.Address));
        var state = await forge.ReadAsync(Name, CancellationToken.None);
        Assert.Equal(new ForgeState { HeadSha = Head, State = "open", IsMergeable = true, Checks = "passing", Review = "none" }, state);
        Assert.Null(MergeRules.Objection(state, Head, "GitHub"));
        await forge.MergeAsync(Name, Head, state.MergeMethod, CancellationToken.None);

        var asked = StandIn.Asked.ToList();
        Assert.Equal(5, asked.Count);
        Assert.All(asked, one => Assert.Equal($"Bearer {ForgeStandIn.Token}", one.Authorization));
        Assert.Equal(("PUT /repos/example/shop/pulls/12/merge", $$"""{"sha":"{{Head}}"}"""), (asked[^1].Line, asked[^1].Body));
    }

    [Theory]
    [InlineData("state", "\"closed\"", "it is closed.")]
    [InlineData("merged", "true", "it is merged already.")]
    [InlineData("draft", "true", "it is a draft.")]
    [InlineData("mergeable_state", "\"draft\"", "it is a draft.")]
    [InlineData("mergeable_state", "\"dirty\"", "it conflicts with its base.")]
    [InlineData("mergeable_state", "\"unknown\"", "not worked out yet")]
    [InlineData("mergeable_state", "\"blocked\"", "a rule of its base branch")]
    [InlineData("mergeable_state", "\"behind\"", "behind its base")]
    [InlineData("mergeable_state", "\"puzzled\"", "'puzzled'")]
    [InlineData("mergeable_state", "\"unstable\"", null)]
    [InlineData("mergeable_state", "\"has_hooks\"", null)]
    [InlineData("mergeable", "null", "not worked out yet")]
    [InlineData("mergeable", "false", "GitHub says that it cannot be merged.")]
    [InlineData("head", $$"""{"sha":"{{OtherHead}}"}""", "moved from 6dcb09b5 to 7638417d")]
    [InlineData("head", """{"sha":"6DCB09B5B57875F334F61AEBED695E2E4193DB5E"}""", null)]
    public async Task What_stands_in_its_way_is_said(string member, string value, string? objection)
    {
        StandIn.Pull(pull => pull[member] = JsonNode.Parse(value));
        foreach (var head in new[] { OtherHead, Head.ToUpperInvariant() })
        {
            var commit = $"/repos/example/shop/commits/{head}";
            StandIn.InPages($"{commit}/check-runs", page => new JsonObject { ["check_runs"] = page }, [Run("success")])
                .InPages($"{commit}/status", page => new JsonObject { ["state"] = "pending", ["statuses"] = page }, []);
        }

        AssertObjection(objection, await ReadAsync());
    }

    [Theory]
    [InlineData("completed", "success", "passing")]
    [InlineData("completed", "neutral", "passing")]
    [InlineData("completed", "skipped", "passing")]
    [InlineData("completed", "failure", "failing")]
    [InlineData("completed", "cancelled", "failing")]
    [InlineData("completed", "timed_out", "failing")]
    [InlineData("completed", "action_required", "failing")]
    [InlineData("completed", "stale", "failing")]
    [InlineData("completed", "startup_failure", "failing")]
    [InlineData("completed", null, "unknown")]
    [InlineData("completed", "splendid", "unknown")]
    [InlineData("queued", null, "pending")]
    [InlineData("in_progress", null, "pending")]
    [InlineData("waiting", null, "pending")]
    public async Task Each_end_of_a_check_counts_for_what_it_is(string status, string? conclusion, string checks)
    {
        StandIn.Checks([Run("success"), Run(conclusion, status), Run("success")]);
        Assert.Equal(checks, (await ReadAsync()).Checks);
    }

    [Theory]
    [InlineData("success", "passing")]
    [InlineData("failure", "failing")]
    [InlineData("error", "failing")]
    [InlineData("pending", "pending")]
    [InlineData("splendid", "unknown")]
    public async Task Statuses_count_like_checks(string status, string checks)
    {
        StandIn.Statuses([Status("success"), Status(status)]);
        Assert.Equal(checks, (await ReadAsync()).Checks);
    }

    [Fact]
    public async Task Without_any_check_there_is_nothing_to_wait_for()
    {
        StandIn.Checks([]).Statuses([]);
        Assert.Equal("passing", (await ReadAsync()).Checks);
    }

    [Fact]
    public async Task A_failure_on_a_later_page_fails_it()
    {
        StandIn.Checks([Run("success")], [Run("success")], [Run("failure")]);
        Assert.Equal("failing", (await ReadAsync()).Checks);
        StandIn.Checks([Run("success")], [Run("success")]).Statuses([Status("success")], [Status("error")]);
        Assert.Equal("failing", (await ReadAsync()).Checks);
        StandIn.Statuses([Status("success")], [Status("success")]).Reviews([Review("ada", "APPROVED")], [Review("bob", "CHANGES_REQUESTED")]);
        AssertObjection("changes are requested.", await ReadAsync());
        StandIn.Reviews([Review("ada", "APPROVED"), Review("bob", "CHANGES_REQUESTED")], [Review("bob", "APPROVED")]);
        Assert.Equal("approved", (await ReadAsync()).Review);
    }

    [Theory]
    [InlineData("none", "ada COMMENTED", "bob PENDING")]
    [InlineData("approved", "ada APPROVED")]
    [InlineData("changes_requested", "ada CHANGES_REQUESTED")]
    [InlineData("changes_requested", "ada CHANGES_REQUESTED", "bob APPROVED")]
    [InlineData("changes_requested", "ada APPROVED", "ada CHANGES_REQUESTED")]
    [InlineData("changes_requested", "ada CHANGES_REQUESTED", "ada COMMENTED")]
    [InlineData("approved", "ada CHANGES_REQUESTED", "ada COMMENTED", "ada APPROVED", "ada COMMENTED")]
    [InlineData("none", "ada DISMISSED")]
    [InlineData("none", "ada CHANGES_REQUESTED", "ada DISMISSED")]
    [InlineData("changes_requested", "ada DISMISSED", "ada CHANGES_REQUESTED")]
    [InlineData("changes_requested", " CHANGES_REQUESTED", "ada APPROVED")]
    public async Task A_request_for_changes_stands_until_its_reviewer_approves_or_it_is_dismissed(string review, params string[] reviews)
    {
        StandIn.Reviews([.. reviews.Select(one => one.Split(' ')).Select(one => Review(one[0].Length > 0 ? one[0] : null, one[1]))]);
        Assert.Equal(review, (await ReadAsync()).Review);
    }

    [Fact]
    public async Task More_pages_than_can_be_looked_at_are_refused_and_not_passed_over()
    {
        StandIn.Checks([.. Enumerable.Range(0, 21).Select(_ => new JsonArray(Run("success")))]);
        var failure = await Assert.ThrowsAsync<ForgeException>(ReadAsync);
        Assert.Equal(("GitHub has more than 1000 checks of it, too many to look at each. Merge it there.", false), (failure.Message, failure.IsUnreachable));
        StandIn.Checks([.. Enumerable.Range(0, 20).Select(_ => new JsonArray(Run("success")))]);
        Assert.Equal("passing", (await ReadAsync()).Checks);
    }

    [Fact]
    public async Task The_token_goes_nowhere_else()
    {
        await using var elsewhere = (await ForgeStandIn.StartAsync()).Ready();
        StandIn.On("GET /repos/example/shop/pulls/12", new JsonObject(), 301, ("Location", $"{elsewhere.Address}/repos/example/shop/pulls/12"));
        await FailsAsync("moved", isUnreachable: false);

        StandIn.Pull().On(
            $"GET /repos/example/shop/commits/{Head}/check-runs?per_page={ForgeClient.PageSize}", new JsonObject { ["check_runs"] = new JsonArray() }, 200,
            ("Link", $"<{elsewhere.Address}/repos/example/shop/commits/{Head}/check-runs?page=2>; rel=\"next\""));
        await FailsAsync("another address than Forges:GitHub:BaseUrl", isUnreachable: false);

        StandIn.Merge(307, "");
        using var forge = Open(ForgeStandIn.Options(gitHub: StandIn.Address));
        await Assert.ThrowsAsync<ForgeException>(() => forge.MergeAsync(Name, Head, null, CancellationToken.None));
        Assert.Empty(elsewhere.Asked);
    }

    [Theory]
    [InlineData(400, "Bad", false, "GitHub refuses with 400. It says: Bad")]
    [InlineData(401, "Bad credentials", false, "Forges:GitHub:Token. It says: Bad credentials")]
    [InlineData(403, "Resource not accessible", false, "does not let this server's token do that. It says: Resource not accessible")]
    [InlineData(404, "Not Found", false, "does not know it")]
    [InlineData(404, "with tok-0123456789-secret", false, "does not reach it.")]
    [InlineData(404, "turned \u202e around", false, "does not reach it.")]
    [InlineData(404, "two\nlines", false, "It says: two lines")]
    [InlineData(429, "slow down", true, "answers this server no more for now")]
    [InlineData(500, "oops", true, "GitHub answered 500.")]
    [InlineData(503, "oops", true, "GitHub answered 503.")]
    public async Task What_goes_wrong_is_a_sentence_without_the_token(int status, string message, bool isUnreachable, string words)
    {
        StandIn.On("GET /repos/example/shop/pulls/12", status, message);
        await FailsAsync(words, isUnreachable);
    }

    [Fact]
    public async Task A_limit_that_is_used_up_is_not_a_no()
    {
        StandIn.On("GET /repos/example/shop/pulls/12", new JsonObject(), 403, ("x-ratelimit-remaining", "0"));
        await FailsAsync("no more for now", isUnreachable: true);
        StandIn.On("GET /repos/example/shop/pulls/12", new JsonObject(), 403, ("Retry-After", "60"));
        await FailsAsync("no more for now", isUnreachable: true);
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"state":"open","head":null}""")]
    [InlineData("""{"state":"open","head":{}}""")]
    [InlineData("""{"state":null,"head":{"sha":"a"}}""")]
    [InlineData("""{"state":"open","head":{"sha":"a"},"mergeable":"yes"}""")]
    public async Task What_is_no_pull_request_is_not_understood(string body)
    {
        StandIn.On("GET /repos/example/shop/pulls/12", context => context.Response.WriteAsync(body));
        await FailsAsync("does not understand", isUnreachable: true);
    }

    [Fact]
    public async Task Checks_that_cannot_be_read_are_not_taken_for_green()
    {
        var line = $"GET /repos/example/shop/commits/{Head}/check-runs?per_page={ForgeClient.PageSize}";
        StandIn.On(line, 403, "Resource not accessible by personal access token");
        await FailsAsync("does not let this server's token do that", isUnreachable: false);
        StandIn.On(line, new JsonObject { ["total_count"] = 0 });
        await FailsAsync("does not understand", isUnreachable: true);
        StandIn.On(line, new JsonObject { ["check_runs"] = null });
        await FailsAsync("does not understand", isUnreachable: true);
    }

    [Fact]
    public async Task An_endless_answer_is_cut_and_a_held_one_is_given_up()
    {
        StandIn.On("GET /repos/example/shop/pulls/12", async context =>
        {
            var much = new byte[1024 * 1024];
            for (var piece = 0; piece < 16 && !context.RequestAborted.IsCancellationRequested; piece++)
            {
                await context.Response.Body.WriteAsync(much);
            }
        });
        await FailsAsync("larger than 8 MiB", isUnreachable: false);

        StandIn.Holding("GET /repos/example/shop/pulls/12");
        await FailsAsync("did not answer within 0.3 seconds", isUnreachable: true, seconds: 0.3);
        await StandIn.DisposeAsync();
        await FailsAsync("GitHub cannot be reached.", isUnreachable: true);
    }

    [Theory]
    [InlineData(405, "Pull Request is not mergeable")]
    [InlineData(409, "Head branch was modified. Review and try the merge again.")]
    [InlineData(422, "Validation Failed")]
    public async Task A_merge_that_github_refuses_gives_its_reason(int status, string message)
    {
        StandIn.Merge(status, message);
        using var forge = Open(ForgeStandIn.Options(gitHub: StandIn.Address));
        var failure = await Assert.ThrowsAsync<ForgeException>(() => forge.MergeAsync(Name, Head, null, CancellationToken.None));
        Assert.Equal(($"GitHub refuses with {status}. It says: {message}", false), (failure.Message, failure.IsUnreachable));
    }

    [Theory]
    [InlineData(true, true, true, null)]
    [InlineData(false, true, true, "squash")]
    [InlineData(false, false, true, "rebase")]
    [InlineData(null, null, null, null)]
    public async Task The_repository_says_how_it_is_merged(bool? commit, bool? squash, bool? rebase, string? method)
    {
        StandIn.Pull(pull => pull["base"] = new JsonObject
        {
            ["repo"] = new JsonObject { ["allow_merge_commit"] = commit, ["allow_squash_merge"] = squash, ["allow_rebase_merge"] = rebase },
        });
        using var forge = Open(ForgeStandIn.Options(gitHub: StandIn.Address));
        Assert.Equal(method, (await forge.ReadAsync(Name, CancellationToken.None)).MergeMethod);
        await forge.MergeAsync(Name, Head, method, CancellationToken.None);
        Assert.Equal(method, (string?)JsonNode.Parse(StandIn.Asked.Last().Body)!["merge_method"]);
    }

    [Fact]
    public void Without_a_token_nothing_is_asked()
    {
        using var forge = Open(ForgeStandIn.Options(token: null));
        Assert.Equal("This server has no token for GitHub; its operator sets Forges:GitHub:Token.", forge.Objection("works", Name));
        using var other = Open(ForgeStandIn.Options());
        Assert.Contains("Forges:GitHub:Repositories:works", other.Objection("works", Name), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("example/shop", true)]
    [InlineData("Example/SHOP", true)]
    [InlineData("example/bank", false)]
    [InlineData("shop", false)]
    public void A_repository_is_merged_in_where_it_is_listed_for_the_project(string listed, bool fits)
    {
        var options = ForgeStandIn.Options();
        options.Value.GitHub.Repositories["works"] = [listed];
        using var forge = Open(options);
        Assert.Equal(fits, forge.Objection("works", Name) is null);
        Assert.NotNull(forge.Objection("other", Name));
    }

    private static void AssertObjection(string? expected, ForgeState state)
    {
        var objection = MergeRules.Objection(state, Head, "GitHub");
        if (expected is null)
        {
            Assert.Null(objection);
        }
        else
        {
            Assert.Contains(expected, objection, StringComparison.Ordinal);
        }
    }

    private async Task<ForgeState> ReadAsync()
    {
        using var forge = Open(ForgeStandIn.Options(gitHub: StandIn.Address));
        return await forge.ReadAsync(Name, CancellationToken.None);
    }

    private async Task FailsAsync(string words, bool isUnreachable, double seconds = 20)
    {
        using var forge = Open(ForgeStandIn.Options(gitHub: StandIn.Address, seconds: seconds));
        var failure = await Assert.ThrowsAsync<ForgeException>(() => forge.ReadAsync(Name, CancellationToken.None));
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(ForgeStandIn.Token, failure.ToString(), StringComparison.Ordinal);
        Assert.Equal(isUnreachable, failure.IsUnreachable);
    }
}
