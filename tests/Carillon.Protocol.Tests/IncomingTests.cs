using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carillon.Cli;

namespace Carillon.Protocol.Tests;

/// <summary>How what somebody writes reaches an agent through the command line.</summary>
public sealed class IncomingTests : IDisposable
{
    private const string Waiting = """{"messages":[{"seq":1,"id":"msg_1","role":"person","text":"Use \"main\"\nplease","by":"ada","createdAt":"2026-11-21T09:00:00.000Z"}],"activity":"idle"}""";
    private const string Nothing = """{"messages":[],"activity":"idle"}""";

    private readonly FakeTerminal _terminal = new();
    private readonly ScriptedServer _server = new();

    public void Dispose()
    {
        _terminal.Dispose();
        _server.Dispose();
    }

    [Theory]
    [InlineData("Stop", "idle", """{"decision":"block","reason":"ada wrote to you through Carillon:\nUse \"main\"\nplease"}""")]
    [InlineData("UserPromptSubmit", "working", """{"hookSpecificOutput":{"hookEventName":"UserPromptSubmit","additionalContext":"ada wrote to you through Carillon:\nUse \"main\"\nplease"}}""")]
    [InlineData("PostToolUse", "working", """{"hookSpecificOutput":{"hookEventName":"PostToolUse","additionalContext":"ada wrote to you through Carillon:\nUse \"main\"\nplease"}}""")]
    public async Task A_hook_hands_over_what_waits_and_says_so(string hookEvent, string activity, string printed)
    {
        _server.Ok(Reported(activity, 1));
        _server.Ok(Waiting);
        _server.Ok(Reported("working", 0));
        await RunAsync(hookEvent);
        Assert.Equal(
            ["POST /api/v1/sessions/s1/activity", "POST /api/v1/sessions/s1/messages/take", "POST /api/v1/sessions/s1/messages/delivered"], _server.Requests);
        Assert.Equal("""{"ids":["msg_1"]}""", _server.Bodies[2]);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(printed), JsonNode.Parse(_terminal.Output)), _terminal.Output);
        Assert.Equal("", _terminal.Error);
    }

    [Theory]
    [InlineData("PreToolUse", "")]
    [InlineData("SessionStart", ",\"source\":\"resume\"")]
    [InlineData("PostToolUse", ",\"agent_id\":\"a1\"")]
    [InlineData("Notification", ",\"notification_type\":\"permission_prompt\"")]
    public async Task An_event_at_which_the_agent_does_not_listen_leaves_it_waiting(string hookEvent, string members)
    {
        _server.Ok(Reported("working", 1));
        await RunAsync(hookEvent, members);
        Assert.Equal(["POST /api/v1/sessions/s1/activity"], _server.Requests);
        Assert.Equal("", _terminal.Output);
    }

    [Fact]
    public async Task While_something_waits_the_next_event_asks_again_however_soon_it_comes()
    {
        _server.Ok(Reported("working", 1));
        _server.Ok(Reported("working", 1));
        _server.Ok(Nothing);
        await RunAsync("PreToolUse");
        await RunAsync("PostToolUse");
        Assert.Equal(3, _server.Requests.Count);
        Assert.Equal(("", ""), (_terminal.Output, _terminal.Error));
    }

    [Fact]
    public async Task What_cannot_be_fetched_harms_nobody()
    {
        _server.Ok(Reported("idle", 1));
        _server.Problem(HttpStatusCode.InternalServerError, "INTERNAL");
        await RunAsync("Stop");
        Assert.Equal(("", "carillon: What was written to the agent could not be fetched; the next event tries again."), (_terminal.Output, _terminal.Error.Trim()));
    }

    [Fact]
    public async Task An_agent_that_stopped_is_woken_with_what_is_written_to_it()
    {
        _terminal.Time = new HastyTime();
        _server.Ok(Reported("idle", 0));
        _server.Ok(Nothing);
        _server.Refuse();
        _server.Problem(HttpStatusCode.ServiceUnavailable, "UNAVAILABLE");
        _server.Ok(Waiting);
        _server.Ok(Reported("working", 0));
        Assert.Equal(2, await WakeAsync("Stop"));
        Assert.Equal("ada wrote to you through Carillon:\nUse \"main\"\nplease\n", _terminal.Error);
        Assert.Equal("", _terminal.Output);
        Assert.Equal("POST /api/v1/sessions/s1/messages/delivered", _server.Requests[^1]);
    }

    [Fact]
    public async Task A_server_that_is_away_when_the_agent_stops_is_told_when_it_is_back()
    {
        _terminal.Time = new HastyTime();
        _server.Refuse();
        _server.Answer(_ => throw new TaskCanceledException("The request timed out."));
        _server.Problem(HttpStatusCode.ServiceUnavailable, "UNAVAILABLE");
        _server.Ok(Reported("idle", 1));
        _server.Ok(Waiting);
        _server.Ok(Reported("working", 0));
        Assert.Equal(2, await WakeAsync("Stop"));
        Assert.Equal(["activity", "activity", "activity", "activity", "take", "delivered"], _server.Requests.Select(request => request.Split('/')[^1]));
    }

    [Fact]
    public async Task An_agent_that_has_the_words_is_woken_also_when_nobody_can_be_told()
    {
        _server.Ok(Reported("idle", 1));
        _server.Ok(Waiting);
        _server.Refuse();
        Assert.Equal(2, await WakeAsync("Stop"));
        Assert.StartsWith("ada wrote", _terminal.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("working")]
    [InlineData("exited")]
    public async Task Nobody_is_woken_once_the_session_went_on_or_ended(string activity)
    {
        _server.Ok(Reported("idle", 0));
        _server.Ok(Waiting.Replace("idle", activity, StringComparison.Ordinal));
        Assert.Equal(0, await WakeAsync("Stop"));
        Assert.Equal(("", ""), (_terminal.Output, _terminal.Error));
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task Nobody_is_woken_where_the_server_runs_the_agent_or_for_an_error()
    {
        _server.Ok(Reported("idle", 0, hosted: true));
        Assert.Equal(0, await WakeAsync("Stop"));
        _server.Problem(HttpStatusCode.Unauthorized, "SIGN_IN_REQUIRED");
        Assert.Equal(0, await WakeAsync("Stop"));
        Assert.Equal(0, await WakeAsync("Notification", ",\"notification_type\":\"auth_success\""));
        Assert.Equal(0, await WakeAsync("no event"));
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task A_question_gets_the_answer_that_came_after_it()
    {
        _server.Ok(Waiting);
        _server.Ok(Reported("working", 0));
        _server.Ok(Reported("waiting_input", 0));
        _server.Ok("""{"messages":[],"activity":"waiting_input"}""");
        _server.Ok(Waiting.Replace("msg_1", "msg_2", StringComparison.Ordinal));
        _server.Ok(Reported("working", 0));
        Assert.True(await AskAsync("s1"));
        Assert.Equal("Use \"main\"\nplease\n", _terminal.Output);
        Assert.StartsWith("Before the question: ada wrote", _terminal.Error, StringComparison.Ordinal);
        Assert.Equal(["take", "delivered", "activity", "take", "take", "delivered"], _server.Requests.Select(request => request.Split('/')[^1]));
        Assert.Equal("Which branch?", (string)JsonNode.Parse(_server.Bodies[2])!["message"]!);
        Assert.Equal("""{"ids":["msg_2"]}""", _server.Bodies[^1]);
    }

    [Fact]
    public async Task What_was_written_before_the_question_is_no_answer_also_when_it_comes_after_it()
    {
        const string Both = """
            {"messages":[{"seq":1,"id":"msg_1","role":"person","text":"No","by":"ada","createdAt":"2026-11-21T08:59:59.000Z"},
            {"seq":2,"id":"msg_2","role":"person","text":"Yes","by":"ada","createdAt":"2026-11-21T09:00:00.000Z"}],"activity":"waiting_input"}
            """;
        _server.Ok(Reported("waiting_input", 0));
        _server.Ok(Both.Replace("09:00:00", "08:59:59", StringComparison.Ordinal));
        _server.Ok(Both);
        _server.Ok(Reported("exited", 0));
        _server.Ok(Reported("exited", 0));
        Assert.True(await AskAsync(null));
        Assert.Equal("Yes\n", _terminal.Output);
        Assert.Equal("Before the question: ada wrote to you through Carillon:\nNo\n\nada wrote to you through Carillon:\nYes\n", _terminal.Error);
        Assert.Equal(["activity", "take", "take", "activity", "delivered"], _server.Requests.Select(request => request.Split('/')[^1]));
        Assert.Equal("""{"ids":["msg_1","msg_2"]}""", _server.Bodies[^1]);
    }

    [Fact]
    public async Task A_question_that_may_have_arrived_is_taken_back()
    {
        _server.Refuse();
        _server.Ok(Reported("exited", 0));
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(null));
        Assert.Equal("exited", (string)JsonNode.Parse(_server.Bodies[^1])!["activity"]!);

        _server.Problem(HttpStatusCode.Forbidden, "SCOPE_MISSING");
        await Assert.ThrowsAsync<CarillonProblemException>(() => AskAsync(null));
        Assert.Equal(3, _server.Requests.Count);
    }

    [Fact]
    public async Task A_question_of_its_own_begins_a_session_and_ends_it()
    {
        _server.Ok(Reported("waiting_input", 0));
        _server.Ok(Waiting);
        _server.Ok(Reported("exited", 0));
        _server.Ok(Reported("exited", 0));
        Assert.True(await AskAsync(null));
        Assert.Equal(["activity", "take", "activity", "delivered"], _server.Requests.Select(request => request.Split('/')[^1]));
        Assert.StartsWith("POST /api/v1/sessions/ask-", _server.Requests[0], StringComparison.Ordinal);
        var begun = JsonNode.Parse(_server.Bodies[0])!;
        Assert.Equal(("waiting_input", "Which branch?", "Which branch?", "harbour"), ((string)begun["activity"]!, (string)begun["message"]!, (string)begun["title"]!, (string)begun["projectId"]!));
        Assert.Equal("exited", (string)JsonNode.Parse(_server.Bodies[2])!["activity"]!);
    }

    [Fact]
    public async Task A_session_that_begins_with_its_question_ends_with_it()
    {
        _server.Problem(HttpStatusCode.NotFound, "SESSION_NOT_FOUND");
        _server.Ok(Reported("waiting_input", 0));
        _server.Ok(Waiting);
        _server.Ok(Reported("exited", 0));
        _server.Ok(Reported("exited", 0));
        Assert.True(await AskAsync("nightly"));
        Assert.Equal("exited", (string)JsonNode.Parse(_server.Bodies[3])!["activity"]!);
    }

    [Fact]
    public async Task What_was_answered_stands_whatever_happens_afterwards()
    {
        _server.Ok(Reported("waiting_input", 0));
        _server.Ok(Waiting);
        _server.Refuse();
        _server.Problem(HttpStatusCode.InternalServerError, "INTERNAL");
        Assert.True(await AskAsync(null));
        Assert.Equal("Use \"main\"\nplease\n", _terminal.Output);
        Assert.Equal(2, _terminal.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task A_question_that_nobody_answers_is_taken_back()
    {
        _server.Ok(Nothing);
        _server.Ok(Reported("waiting_input", 0));
        _server.Ok(Reported("working", 0));
        Assert.False(await AskAsync("s1", TimeSpan.Zero));
        Assert.Equal("working", (string)JsonNode.Parse(_server.Bodies[^1])!["activity"]!);
        Assert.Equal("", _terminal.Output);
        Assert.Contains("Nobody answered", _terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_that_is_interrupted_is_taken_back()
    {
        using var stop = new CancellationTokenSource();
        _server.Ok(Reported("waiting_input", 0));
        _server.Answer(_ =>
        {
            stop.Cancel();
            throw new OperationCanceledException(stop.Token);
        });
        _server.Ok(Reported("exited", 0));
        using var http = _server.Client();
        await Assert.ThrowsAsync<CommandFailed>(() =>
            AskCommand.AskAsync(_terminal.Terminal, http, null, "harbour", "Which branch?", TimeSpan.FromMinutes(1), stop.Token));
        Assert.Equal("exited", (string)JsonNode.Parse(_server.Bodies[^1])!["activity"]!);
    }

    [Theory]
    [InlineData("ask")]
    [InlineData("ask", "x", "--for", "0")]
    [InlineData("ask", "x", "--for", "1441")]
    [InlineData("ask", "x", "--for", "long")]
    [InlineData("wake")]
    [InlineData("wake", "claude-code", "--for", "0")]
    public void Wrong_usage_is_noticed(params string[] args) =>
        Assert.NotEmpty(CommandLine.Build(_terminal.Terminal).Parse(args).Errors);

    private static string Reported(string activity, int waiting, bool hosted = false) => $$"""
        {"session":{"id":"s1","projectId":"p","agent":"claude-code","title":"t","owner":"ada","activity":"{{activity}}","hosted":{{(hosted ? "true" : "false")}},
        "createdAt":"2026-11-21T09:00:00.000Z","updatedAt":"2026-11-21T09:00:00.000Z"},"messagesWaiting":{{waiting}}}
        """;

    private Task<int> RunAsync(string hookEvent, string members = "")
    {
        _terminal.Input = Input(hookEvent, members);
        return HookRun.RunAsync(_terminal.Terminal, new(_server.Client, []), ClaudeCodeHook.ToReport, null, CancellationToken.None);
    }

    private Task<int> WakeAsync(string hookEvent, string members = "")
    {
        _terminal.Input = Input(hookEvent, members);
        return WakeCommand.RunAsync(_terminal.Terminal, _ => _server.Client(), TimeSpan.FromMinutes(10), CancellationToken.None);
    }

    private async Task<bool> AskAsync(string? session, TimeSpan? patience = null)
    {
        using var http = _server.Client();
        return await AskCommand.AskAsync(
            _terminal.Terminal, http, session, "harbour", "Which branch?", patience ?? TimeSpan.FromMinutes(1), CancellationToken.None);
    }

    private static MemoryStream Input(string hookEvent, string members) => new(Encoding.UTF8.GetBytes(
        $$"""{"session_id":"s1","cwd":"/home/u/harbour","hook_event_name":{{JsonSerializer.Serialize(hookEvent)}},"tool_name":"Bash"{{members}}}"""));
}
