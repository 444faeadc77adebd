using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Carillon.Sessions.Forges;

/// <summary>What a forge was asked.</summary>
internal sealed record Asked(string Line, string? Authorization, string Body);

/// <summary>A forge on a free loopback port. What it answers is set by tests, also between two questions.</summary>
internal sealed class ForgeStandIn : IAsyncDisposable
{
    public const string Token = "tok-0123456789-secret";

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, RequestDelegate> _answers = [];

    private ForgeStandIn(WebApplication app) => _app = app;

    public ConcurrentQueue<Asked> Asked { get; } = [];

    public string Address { get; private set; } = string.Empty;

    public static async Task<ForgeStandIn> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var forge = new ForgeStandIn(builder.Build());
        forge._app.Run(forge.AnswerAsync);
        await forge._app.StartAsync();
        forge.Address = forge._app.Urls.Single();
        return forge;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>Answers this line, for example <c>GET /repos/a/b</c>, in this way from now on.</summary>
    public ForgeStandIn On(string line, RequestDelegate answer)
    {
        _answers[line] = answer;
        return this;
    }

    public ForgeStandIn On(string line, JsonNode answer, int status = 200, params (string Name, string Value)[] headers)
    {
        var text = answer.ToJsonString();
        return On(line, context =>
        {
            foreach (var (name, value) in headers)
            {
                context.Response.Headers.Append(name, value);
            }

            return WriteAsync(context, text, status);
        });
    }

    public ForgeStandIn On(string line, int status, string message) => On(line, new JsonObject { ["message"] = message }, status);

    /// <summary>Answers nothing for as long as whoever asks can bear it.</summary>
    public ForgeStandIn Holding(string line) => On(line, async context =>
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var _ = context.RequestAborted.Register(gone.SetResult);
        await gone.Task;
    });

    /// <summary>A list in pages that point at each other, each with what this makes of its entries. No pages are one without entries.</summary>
    public ForgeStandIn InPages(string path, Func<JsonArray, JsonNode> page, params JsonArray[] pages)
    {
        pages = pages is [] ? [[]] : pages;
        for (var number = 1; number <= pages.Length; number++)
        {
            var line = number == 1 ? $"GET {path}?per_page={ForgeClient.PageSize}" : string.Create(CultureInfo.InvariantCulture, $"GET {path}?per_page={ForgeClient.PageSize}&page={number}");
            On(line, page(pages[number - 1]), 200, number == pages.Length ? [] : [("Link", $"""<{Address}{path}?per_page={ForgeClient.PageSize}&page={number + 1}>; rel="next", <{Address}{path}?page={pages.Length}>; rel="last" """.Trim())]);
        }

        return this;
    }

    public static IOptions<ForgesOptions> Options(string gitHub = "http://127.0.0.1:1", string gitLab = "http://127.0.0.1:1", string? token = Token, double seconds = 20) =>
        Microsoft.Extensions.Options.Options.Create(new ForgesOptions
        {
            GitHub = new ForgeOptions { BaseUrl = gitHub, Token = token },
            GitLab = new ForgeOptions { BaseUrl = gitLab, Token = token },
            TimeLimit = TimeSpan.FromSeconds(seconds),
        });

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);

        // The path as it was sent: %2F in it is part of a name.
        var line = $"{context.Request.Method} {context.Features.Get<IHttpRequestFeature>()!.RawTarget}";
        Asked.Enqueue(new Asked(line, context.Request.Headers.Authorization, await reader.ReadToEndAsync()));
        await (_answers.TryGetValue(line, out var answer) ? answer(context) : WriteAsync(context, """{"message":"Not Found"}""", 404));
    }

    private static Task WriteAsync(HttpContext context, string text, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}

/// <summary>GitHub's answers about one pull request that could be merged.</summary>
internal static class GitHubStandIn
{
    public const string Head = "6dcb09b5b57875f334f61aebed695e2e4193db5e";
    public const string OtherHead = "7638417db6d59f3c431d3e1f261cc637155684cd";
    private const string Repository = "/repos/example/shop";

    public static readonly PullRequestName Name = new("github", "example", "shop", 12);

    public static GitHubForge Open(IOptions<ForgesOptions> options) => new(options, TimeProvider.System, NullLogger<GitHubForge>.Instance);

    public static ForgeStandIn Ready(this ForgeStandIn forge) => forge.Pull().Checks([Run("success")]).Statuses([]).Reviews([])
        .On($"PUT {Repository}/pulls/12/merge", new JsonObject { ["sha"] = OtherHead, ["merged"] = true, ["message"] = "Pull Request successfully merged" });

    public static ForgeStandIn Pull(this ForgeStandIn forge, Action<JsonObject>? change = null)
    {
        var pull = new JsonObject
        {
            ["number"] = 12,
            ["state"] = "open",
            ["merged"] = false,
            ["draft"] = false,
            ["mergeable"] = true,
            ["mergeable_state"] = "clean",
            ["head"] = new JsonObject { ["sha"] = Head, ["ref"] = "bell" },
            ["base"] = new JsonObject { ["ref"] = "main", ["repo"] = new JsonObject { ["allow_merge_commit"] = true, ["allow_squash_merge"] = true, ["allow_rebase_merge"] = true } },
        };
        change?.Invoke(pull);
        return forge.On($"GET {Repository}/pulls/12", pull);
    }

    public static JsonNode Run(string? conclusion, string status = "completed") => new JsonObject { ["name"] = "build", ["status"] = status, ["conclusion"] = conclusion };

    public static JsonNode Status(string state) => new JsonObject { ["context"] = "ci", ["state"] = state };

    public static JsonNode Review(string? login, string state) =>
        new JsonObject { ["id"] = 80, ["user"] = login is null ? null : new JsonObject { ["login"] = login, ["id"] = 1 }, ["state"] = state };

    public static ForgeStandIn Checks(this ForgeStandIn forge, params JsonArray[] pages) => forge.InPages(
        $"{Repository}/commits/{Head}/check-runs", page => new JsonObject { ["total_count"] = pages.Sum(one => one.Count), ["check_runs"] = page }, pages);

    public static ForgeStandIn Statuses(this ForgeStandIn forge, params JsonArray[] pages) => forge.InPages(
        $"{Repository}/commits/{Head}/status", page => new JsonObject { ["state"] = Combined(pages), ["total_count"] = pages.Sum(one => one.Count), ["statuses"] = page }, pages);

    public static ForgeStandIn Reviews(this ForgeStandIn forge, params JsonArray[] pages) => forge.InPages($"{Repository}/pulls/12/reviews", page => page, pages);

    public static ForgeStandIn Merge(this ForgeStandIn forge, int status, string message) => forge.On($"PUT {Repository}/pulls/12/merge", status, message);

    // As GitHub documents it.
    private static string Combined(JsonArray[] pages)
    {
        var states = pages.SelectMany(page => page).Select(one => (string?)one!["state"]).ToList();
        return states.Any(state => state is "failure" or "error") ? "failure" : states is [] || states.Contains("pending") ? "pending" : "success";
    }
}

/// <summary>GitLab's answers about one merge request that could be merged.</summary>
internal static class GitLabStandIn
{
    private const string Project = "/projects/group%2Fsub%2Fshop";

    public static readonly PullRequestName Name = new("gitlab", "group/sub", "shop", 12);

    public static GitLabForge Open(IOptions<ForgesOptions> options) => new(options, TimeProvider.System, NullLogger<GitLabForge>.Instance);

    public static ForgeStandIn ReadyAtGitLab(this ForgeStandIn forge) => forge.MergeRequest().JobStatuses([Job("build", "success")]).Reviewers([])
        .On($"PUT {Project}/merge_requests/12/merge", new JsonObject { ["iid"] = 12, ["state"] = "merged", ["sha"] = GitHubStandIn.Head });

    public static ForgeStandIn MergeRequest(this ForgeStandIn forge, Action<JsonObject>? change = null)
    {
        var request = new JsonObject
        {
            ["iid"] = 12,
            ["state"] = "opened",
            ["draft"] = false,
            ["work_in_progress"] = false,
            ["sha"] = GitHubStandIn.Head,
            ["has_conflicts"] = false,
            ["merge_status"] = "can_be_merged",
            ["detailed_merge_status"] = "mergeable",
            ["head_pipeline"] = new JsonObject { ["id"] = 1, ["sha"] = GitHubStandIn.Head, ["ref"] = "bell", ["status"] = "success" },
        };
        change?.Invoke(request);
        return forge.On($"GET {Project}/merge_requests/12", request);
    }

    public static JsonNode Job(string name, string status, int id = 1, bool? allowFailure = false) =>
        new JsonObject { ["id"] = id, ["name"] = name, ["status"] = status, ["allow_failure"] = allowFailure };

    public static JsonNode Reviewer(string state) => new JsonObject { ["user"] = new JsonObject { ["id"] = 1 }, ["state"] = state };

    public static ForgeStandIn JobStatuses(this ForgeStandIn forge, params JsonArray[] pages) =>
        forge.InPages($"{Project}/repository/commits/{GitHubStandIn.Head}/statuses", page => page, pages);

    public static ForgeStandIn Reviewers(this ForgeStandIn forge, params JsonArray[] pages) => forge.InPages($"{Project}/merge_requests/12/reviewers", page => page, pages);

    public static ForgeStandIn MergeAtGitLab(this ForgeStandIn forge, int status, string message) => forge.On($"PUT {Project}/merge_requests/12/merge", status, message);
}
