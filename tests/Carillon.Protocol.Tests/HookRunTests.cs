using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Carillon.Cli;

namespace Carillon.Protocol.Tests;

public sealed class HookRunTests : IDisposable
{
    private const string Session = """
        {"session":{"id":"s","projectId":"p","agent":"claude-code","title":"t","owner":"ada","activity":"idle","message":null,
        "parentSessionId":null,"createdAt":"2026-11-21T09:00:00.000Z","updatedAt":"2026-11-21T09:00:00.000Z"}}
        """;

    private readonly FakeTerminal _terminal = new();
    private readonly ScriptedServer _server = new();

    private HookRun.Destination Server => new(_server.Client, ["--url", "http://carillon.test/"]);

    public void Dispose()
    {
        _terminal.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task An_event_becomes_a_report_and_nothing_is_printed()
    {
        _server.Ok(Session);
        await RunAsync("SessionStart", "\"source\":\"startup\"");
        Assert.Equal(["POST /api/v1/sessions/s%2F1/activity"], _server.Requests);
        Assert.Matches(
            """^{"activity":"idle","message":null,"projectId":"my-project","agent":"claude-code","title":"Claude Code in My Project[^"]*, [0-9]{2}:[0-9]{2}","parentSessionId":null,"occurredAt":"20[0-9T:.-]{21}Z","tool":null}$""",
            _server.Bodies.Single());
        Assert.Matches("^[0-9]{14}-[0-9a-f]{8}-[0-9a-f]{16}$", _server.Keys.Single());
        Assert.Equal(("", ""), (_terminal.Output, _terminal.Error));
    }

    [Fact]
    public async Task Session_and_project_can_be_given_by_the_environment()
    {
        _terminal.Variables["CARILLON_SESSION"] = "ao-7";
        _terminal.Variables["CARILLON_PROJECT"] = "ao";
        _server.Ok(Session);
        await RunAsync("Stop");
        Assert.Equal(["POST /api/v1/sessions/ao-7/activity"], _server.Requests);
        Assert.Contains("\"projectId\":\"ao\"", _server.Bodies.Single());
    }

    [Fact]
    public async Task The_folder_in_which_Claude_Code_was_started_names_the_project_wherever_it_went_since()
    {
        _terminal.Variables["CLAUDE_PROJECT_DIR"] = "/home/u/root-of-it";
        _server.Ok(Session);
        await RunAsync("Stop");
        Assert.Contains("\"projectId\":\"root-of-it\"", _server.Bodies.Single());
    }

    [Fact]
    public async Task An_unknown_project_is_made_once_and_the_report_repeated()
    {
        _server.Problem(HttpStatusCode.NotFound, "PROJECT_NOT_FOUND");
        _server.Ok("""{"project":{"id":"my-project","name":"My Project","closed":false,"members":[],"createdAt":"2026-11-21T09:00:00.000Z"}}""");
        _server.Ok(Session);
        await RunAsync("Stop");
        Assert.Equal(
            ["POST /api/v1/sessions/s%2F1/activity", "POST /api/v1/projects", "POST /api/v1/sessions/s%2F1/activity"], _server.Requests);
        Assert.Equal("""{"id":"my-project","name":"My Project","closed":null}""", _server.Bodies[1]);
        Assert.Equal("", _terminal.Error);
    }

    [Fact]
    public async Task A_project_that_another_hook_made_meanwhile_is_used()
    {
        _server.Problem(HttpStatusCode.NotFound, "PROJECT_NOT_FOUND");
        _server.Problem(HttpStatusCode.Conflict, "PROJECT_EXISTS");
        _server.Ok(Session);
        await RunAsync("Stop");
        Assert.Equal("", _terminal.Error);
    }

    [Fact]
    public async Task A_project_that_stays_unknown_is_not_tried_for_ever()
    {
        _server.Problem(HttpStatusCode.NotFound, "PROJECT_NOT_FOUND");
        _server.Problem(HttpStatusCode.Conflict, "PROJECT_EXISTS");
        _server.Problem(HttpStatusCode.NotFound, "PROJECT_NOT_FOUND");
        await RunAsync("Stop");
        Assert.Equal("carillon: Not done: No (PROJECT_NOT_FOUND). Do otherwise.", _terminal.Error.Trim());
    }

    [Fact]
    public async Task Still_working_is_said_once_in_a_while_and_again_after_anything_else()
    {
        for (var answer = 0; answer < 6; answer++)
        {
            _server.Ok(Session);
        }

        await RunAsync("SessionStart");
        await RunAsync("UserPromptSubmit", "\"prompt\":\"Fix it\"");
        await RunAsync("PostToolUse", "\"tool_name\":\"Read\"");
        await RunAsync("PostToolUse", "\"tool_name\":\"Bash\"");
        Assert.Equal(2, _server.Requests.Count);
        await RunAsync("Notification", "\"notification_type\":\"permission_prompt\",\"message\":\"May I?\"");
        await RunAsync("PostToolUse", "\"tool_name\":\"Bash\"");
        await RunAsync("PostToolUse", "\"tool_name\":\"Bash\"");
        Assert.Equal(4, _server.Requests.Count);
        await RunAsync("UserPromptSubmit", "\"prompt\":\"More\"");
        Assert.Equal(5, _server.Requests.Count);

        Age();
        await RunAsync("PostToolUse", "\"tool_name\":\"Bash\"");
        Assert.Equal(6, _server.Requests.Count);
    }

    [Fact]
    public async Task Who_works_where_is_the_title_until_the_first_prompt_is()
    {
        for (var answer = 0; answer < 4; answer++)
        {
            _server.Ok(Session);
        }

        await RunAsync("SessionStart");
        await RunAsync("UserPromptSubmit", "\"prompt\":\"First\"");
        await RunAsync("UserPromptSubmit", "\"prompt\":\"Second\"");
        await RunAsync("Stop");
        var titles = _server.Bodies.Select(body => System.Text.Json.JsonDocument.Parse(body).RootElement.GetProperty("title").GetString()).ToList();
        Assert.StartsWith("Claude Code in My Project", titles[0], StringComparison.Ordinal);
        Assert.Equal(["First", null, null], titles[1..]);
    }

    [Fact]
    public async Task Without_a_place_to_remember_everything_is_reported_all_the_same()
    {
        var file = Path.Combine(_terminal.Variables["XDG_CACHE_HOME"], "carillon");
        await File.WriteAllTextAsync(file, "in the way", TestContext.Current.CancellationToken);
        _server.Ok(Session);
        _server.Ok(Session);
        await RunAsync("PostToolUse");
        await RunAsync("PostToolUse");
        Assert.Equal(2, _server.Requests.Count);
        Assert.Equal("", _terminal.Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("{\"hook_event_name\":\"Stop\"}")]
    public async Task Bad_input_is_one_line_on_standard_error_and_exit_code_0(string json)
    {
        await RunJsonAsync(json);
        Assert.StartsWith("carillon: Not done: ", _terminal.Error);
        Assert.Single(_terminal.Error.TrimEnd().Split('\n'));
        Assert.Equal("", _terminal.Output);
    }

    [Fact]
    public async Task A_refusal_and_a_missing_server_are_one_line_too()
    {
        _server.Problem(HttpStatusCode.Unauthorized, "SIGN_IN_REQUIRED");
        await RunAsync("Stop");
        Assert.Contains("does not accept the token", _terminal.Error);
        _server.Refuse();
        await RunAsync("Stop");
        Assert.Contains("Cannot reach", _terminal.Error);
        _server.Answer(_ => new HttpResponseMessage { Content = new StringContent("<html>") });
        await RunAsync("Stop");
        Assert.Contains("not Carillon", _terminal.Error);
        Assert.Equal(3, _terminal.Error.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public async Task Without_a_token_it_says_so_and_ends_well()
    {
        _terminal.Input = new MemoryStream(Event("Stop", ""));
        Assert.Equal(0, await _terminal.RunAsync("hook", "claude-code"));
        Assert.Contains("CARILLON_TOKEN", _terminal.Error);
    }

    [Fact]
    public async Task An_input_that_never_ends_is_not_waited_for()
    {
        var time = new ManualTime();
        _terminal.Time = time;
        _terminal.Input = new LiveBody();
        var run = HookRun.RunAsync(_terminal.Terminal, Server, ClaudeCodeHook.ToReport, null, TestContext.Current.CancellationToken);
        await time.SomebodyWaitsAsync(HookRun.ReadLimit);
        time.Advance(HookRun.ReadLimit);
        Assert.Equal(0, await run.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        Assert.Equal("carillon: Not done: reading the event took too long.", _terminal.Error.Trim());
    }

    [Fact]
    public async Task A_whole_event_is_not_held_back_until_the_pipe_is_closed()
    {
        var input = new LiveBody();
        input.Send(Encoding.UTF8.GetString(Event("Stop", "")));
        _terminal.Input = input;
        _server.Ok(Session);
        await HookRun.RunAsync(_terminal.Terminal, Server, ClaudeCodeHook.ToReport, null, TestContext.Current.CancellationToken);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task Of_a_huge_input_the_first_mebibyte_is_used()
    {
        _server.Ok(Session);
        await RunAsync("PostToolUse", $"\"tool_response\":\"{new string('x', 5_000_000)}\"");
        Assert.Contains("working", _server.Bodies.Single());
    }

    [Fact]
    public async Task A_server_that_accepts_and_never_answers_does_not_hold_up_the_agent()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _terminal.Variables["CARILLON_URL"] = $"http://{listener.LocalEndpoint}";
        _terminal.Variables["CARILLON_TOKEN"] = "car_x";
        _terminal.Input = new MemoryStream(Event("Stop", ""));
        var begun = Stopwatch.GetTimestamp();
        Assert.Equal(0, await _terminal.RunAsync("hook", "claude-code"));
        Assert.InRange(Stopwatch.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.Equal("carillon: No answer within 1.2 s; it will be sent again.", _terminal.Error.Trim());
        Assert.Equal([$"hook send"], _terminal.Detached);
        Assert.True(listener.Pending());
    }

    [Fact]
    public async Task What_was_not_acknowledged_is_sent_first_by_the_next_hook_under_the_same_key()
    {
        _server.Refuse();
        await RunAsync("Notification", "\"notification_type\":\"permission_prompt\",\"message\":\"May I?\"");
        Assert.Contains("Cannot reach", _terminal.Error);
        Assert.EndsWith("It will be sent again.", _terminal.Error.Trim());
        Assert.Equal(["hook send --url http://carillon.test/"], _terminal.Detached);

        _server.Ok(Session);
        _server.Ok(Session);
        await RunAsync("Stop", "\"last_assistant_message\":\"Done.\"");
        Assert.Equal(["blocked", "blocked", "idle"], _server.Bodies.Select(Activity));
        Assert.Equal(_server.Keys[0], _server.Keys[1]);
        Assert.Equal(_server.Bodies[0], _server.Bodies[1]);
        Assert.NotEqual(_server.Keys[1], _server.Keys[2]);
        Assert.Empty(Waiting());
        Assert.Single(_terminal.Detached);
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task What_waits_can_be_read_by_its_owner_alone_and_is_bounded()
    {
        _server.Refuse();
        await RunAsync("Stop");
        var file = Waiting().Single();
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There, the person's own folders are closed to others by themselves.");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        for (var folder = Path.GetDirectoryName(file)!; Path.GetFileName(folder) != "carillon"; folder = Path.GetDirectoryName(folder)!)
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        }

        for (var number = 0; number < Spool.Limit; number++)
        {
            File.Copy(file, Path.Combine(Path.GetDirectoryName(file)!, $"9{number:D13}-00000000-0000000000000000.report"));
        }

        _server.Refuse();
        await RunAsync("Stop");
        Assert.Equal(Spool.Limit, Waiting().Count);
        Assert.DoesNotContain(file, Waiting());
    }

    [Fact]
    public async Task What_waited_for_a_day_is_news_to_nobody()
    {
        var time = new ManualTime();
        _terminal.Time = time;
        _server.Refuse();
        await RunAsync("Stop");
        time.Advance(Spool.Kept + TimeSpan.FromMinutes(1));
        _server.Ok(Session);
        await RunAsync("UserPromptSubmit");
        Assert.Equal(["idle", "working"], _server.Bodies.Select(Activity));
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, "SESSION_OWNER_ONLY", false)]
    [InlineData(HttpStatusCode.BadRequest, "INVALID_ACTIVITY", false)]
    [InlineData(HttpStatusCode.Unauthorized, "SIGN_IN_REQUIRED", true)]
    [InlineData(HttpStatusCode.TooManyRequests, "TOO_MANY_SESSIONS", true)]
    [InlineData(HttpStatusCode.ServiceUnavailable, "SERVER_STOPPING", true)]
    public async Task What_the_server_will_never_take_does_not_stand_in_the_way(HttpStatusCode status, string code, bool waits)
    {
        _server.Problem(status, code);
        await RunAsync("Stop");
        Assert.Equal(waits ? 1 : 0, Waiting().Count);
        Assert.Equal(waits, _terminal.Error.Contains("It will be sent again.", StringComparison.Ordinal));
        Assert.Equal(!waits, _terminal.Error.Contains("Not done", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Still_working_is_not_kept_and_what_answers_a_question_is()
    {
        _server.Ok(Session);
        await RunAsync("UserPromptSubmit");
        Age();
        _server.Refuse();
        await RunAsync("PostToolUse");
        Assert.StartsWith("carillon: Not done: ", _terminal.Error);
        Assert.Empty(Waiting());

        _server.Ok(Session);
        await RunAsync("Notification", "\"notification_type\":\"permission_prompt\",\"message\":\"May I?\"");
        _server.Refuse();
        await RunAsync("PostToolUse");
        Assert.Single(Waiting());

        // The server does not know yet what the hooks know: "still working" is no repetition for it.
        _server.Ok(Session);
        _server.Ok(Session);
        await RunAsync("PostToolUse");
        Assert.Empty(Waiting());
    }

    [Fact]
    public async Task Hooks_at_the_same_time_send_one_after_the_other_and_each_report_once()
    {
        var server = new CountingServer();
        var runs = Enumerable.Range(0, 12).Select(async number =>
        {
            using var input = new MemoryStream(Event("Stop", $"\"last_assistant_message\":\"{number}\""));
            var terminal = _terminal.Terminal with { OpenInput = () => input };
            await HookRun.RunAsync(terminal, new(server.Client, []), ClaudeCodeHook.ToReport, null, TestContext.Current.CancellationToken);
        });
        await Task.WhenAll(runs);
        using (var http = server.Client())
        {
            await SendCommand.RunAsync(_terminal.Terminal, http, TestContext.Current.CancellationToken);
        }

        Assert.Equal(12, server.Keys.Count);
        Assert.Equal(server.Keys.Count, server.Keys.Distinct().Count());
        Assert.Equal(1, server.MostAtOnce);
        Assert.Empty(Waiting());
    }

    [Fact]
    public async Task A_permission_that_is_asked_for_is_told_after_two_seconds()
    {
        var time = new ManualTime();
        _terminal.Time = time;
        await AskAsync("rm -rf build");
        Assert.Equal(["hook send --url http://carillon.test/"], _terminal.Detached);
        Assert.Empty(_server.Requests);

        _server.Ok(Session);
        var sender = SendAsync();
        await time.SomebodyWaitsAsync(Spool.Held);
        Assert.Empty(_server.Requests);
        time.Advance(Spool.Held);
        await sender;
        Assert.Equal("blocked", Activity(_server.Bodies.Single()));
        Assert.Contains("Claude needs your permission to use Bash: rm -rf build", _server.Bodies.Single());

        // What the screen says a moment later is the same.
        await RunAsync("Notification", "\"notification_type\":\"permission_prompt\",\"message\":\"Claude needs your permission to use Bash\"");
        Assert.Single(_server.Requests);

        // It was refused, and another one is asked for.
        await AskAsync("rm -rf dist");
        time.Advance(Spool.Held * 2);
        _server.Ok(Session);
        await SendAsync();
        Assert.Contains("rm -rf dist", _server.Bodies.Last());

        // The tool has run: that is news again.
        _server.Ok(Session);
        await RunAsync("PostToolUse", "\"tool_name\":\"Bash\"");
        Assert.Equal("working", Activity(_server.Bodies.Last()));
    }

    [Theory]
    [InlineData("PostToolUse", "\"tool_name\":\"Bash\"", true)]
    [InlineData("PostToolUseFailure", "\"tool_name\":\"Bash\"", true)]
    [InlineData("UserPromptSubmit", "", true)]
    [InlineData("Stop", "", true)]
    [InlineData("PostToolUse", "\"tool_name\":\"Read\"", false)]
    [InlineData("PostToolUse", "\"tool_name\":\"Bash\",\"agent_id\":\"a1\"", false)]
    [InlineData("PreToolUse", "\"tool_name\":\"Read\"", false)]
    public async Task A_tool_that_went_on_at_once_asked_nobody(string name, string members, bool wentOn)
    {
        var time = new ManualTime();
        _terminal.Time = time;
        _server.Ok(Session);
        await RunAsync("UserPromptSubmit");
        await AskAsync("make");
        _server.Ok(Session);
        await RunAsync(name, members);
        time.Advance(Spool.Held * 2);
        _server.Ok(Session);
        await SendAsync();
        Assert.Equal(wentOn ? 0 : 1, _server.Bodies.Count(body => Activity(body) == "blocked"));
    }

    [Fact]
    public async Task A_permission_on_the_screen_is_told_at_once()
    {
        await AskAsync("make");
        _server.Ok(Session);
        await RunAsync("Notification", "\"notification_type\":\"permission_prompt\",\"message\":\"Claude needs your permission to use Bash\"");
        Assert.Contains("Bash: make", _server.Bodies.Single());
        Assert.Empty(Waiting());
    }

    [Fact]
    public async Task Where_nothing_can_be_started_beside_it_a_permission_is_told_at_once()
    {
        _terminal.CanDetach = false;
        _server.Ok(Session);
        await AskAsync("make");
        Assert.Contains("Bash: make", _server.Bodies.Single());
        Assert.Equal("", _terminal.Error);
    }

    [Fact]
    public async Task A_subagent_s_tool_takes_back_nothing_but_what_that_subagent_waits_for()
    {
        for (var answer = 0; answer < 9; answer++)
        {
            _server.Ok(Session);
        }

        await RunAsync("Notification", "\"notification_type\":\"permission_prompt\",\"message\":\"May I?\"");
        await RunAsync("PostToolUse", "\"tool_name\":\"Read\",\"agent_id\":\"a1\"");
        Assert.Equal(["blocked"], _server.Bodies.Select(Activity));
        await RunAsync("PostToolUse", "\"tool_name\":\"Bash\"");
        Assert.Equal("working", Activity(_server.Bodies.Last()));

        _terminal.CanDetach = false;
        await AskAsync("make", ",\"agent_id\":\"a1\"");
        await RunAsync("PostToolUse", "\"tool_name\":\"Bash\",\"agent_id\":\"a2\"");
        Assert.Equal("blocked", Activity(_server.Bodies.Last()));
        await RunAsync("PostToolUse", "\"tool_name\":\"Bash\",\"agent_id\":\"a1\"");
        Assert.Equal("working", Activity(_server.Bodies.Last()));
        await RunAsync("Stop");
        await RunAsync("PostToolUse", "\"tool_name\":\"Bash\",\"agent_id\":\"a1\"");
        Assert.Equal("idle", Activity(_server.Bodies.Last()));
    }

    [Fact]
    public async Task A_reminder_after_the_end_of_a_turn_says_nothing_and_after_an_interruption_it_does()
    {
        for (var answer = 0; answer < 9; answer++)
        {
            _server.Ok(Session);
        }

        await RunAsync("Stop", "\"last_assistant_message\":\"Done.\"");
        await RunAsync("Notification", "\"notification_type\":\"idle_prompt\",\"message\":\"Claude is waiting for your input\"");
        Assert.Equal(["idle"], _server.Bodies.Select(Activity));
        await RunAsync("UserPromptSubmit");
        await RunAsync("Notification", "\"notification_type\":\"idle_prompt\",\"message\":\"Claude is waiting for your input\"");
        Assert.Equal(["idle", "working", "waiting_input"], _server.Bodies.Select(Activity));
    }

    [Fact]
    public async Task A_turn_whose_tasks_still_run_is_nobody_s_until_nothing_wakes_the_agent()
    {
        for (var answer = 0; answer < 9; answer++)
        {
            _server.Ok(Session);
        }

        await RunAsync("Stop", "\"last_assistant_message\":\"Started.\",\"background_tasks\":[{\"id\":\"b1\",\"type\":\"shell\",\"status\":\"running\",\"command\":\"make\"}]");
        Assert.Contains("\"activity\":\"working\",\"message\":\"Started.\"", _server.Bodies.Single());
        Assert.Contains("\"tool\":\"background tasks\"", _server.Bodies.Single());
        await RunAsync("PostToolUse", "\"tool_name\":\"Read\",\"agent_id\":\"a1\"");
        await RunAsync("Notification", "\"notification_type\":\"idle_prompt\"");
        Assert.Equal(["working", "idle"], _server.Bodies.Select(Activity));
    }

    [Fact]
    public async Task A_copy_of_a_session_changes_nothing_for_the_one_that_it_was_made_of()
    {
        for (var answer = 0; answer < 9; answer++)
        {
            _server.Ok(Session);
        }

        await RunAsync("SessionStart", "\"source\":\"startup\"");
        await RunAsync("Notification", "\"notification_type\":\"permission_prompt\",\"message\":\"May I?\"");
        await RunAsync("SessionStart", "\"source\":\"resume\"");
        await RunAsync("SessionStart", "\"source\":\"fork\"");
        Assert.Equal(["idle", "blocked"], _server.Bodies.Select(Activity));

        // One that has ended is taken up again.
        await RunAsync("SessionEnd", "\"reason\":\"other\"");
        await RunAsync("SessionStart", "\"source\":\"resume\"");
        Assert.Equal(["idle", "blocked", "exited", "idle"], _server.Bodies.Select(Activity));
    }

    [Fact]
    public async Task A_tool_that_the_hooks_are_told_of_is_told_with_its_end()
    {
        for (var answer = 0; answer < 9; answer++)
        {
            _server.Ok(Session);
        }

        await RunAsync("UserPromptSubmit");
        await RunAsync("PreToolUse", "\"tool_name\":\"Bash\"");
        Assert.Contains("\"tool\":\"Bash\"", _server.Bodies.Last());
        await RunAsync("PreToolUse", "\"tool_name\":\"Bash\"");
        await RunAsync("PostToolUse", "\"tool_name\":\"Bash\"");
        Assert.Contains("\"tool\":null", _server.Bodies.Last());
        await RunAsync("PostToolUse", "\"tool_name\":\"Read\"");
        Assert.Equal(3, _server.Requests.Count);
    }

    [Fact]
    public async Task A_clock_that_was_put_back_does_not_make_everything_late()
    {
        var time = new ManualTime();
        _terminal.Time = time;
        _server.Ok(Session);
        _server.Ok(Session);
        await RunAsync("UserPromptSubmit");
        var first = At(_server.Bodies.Last());
        _terminal.Time = new ManualTime(time.GetUtcNow() - TimeSpan.FromHours(1));
        await RunAsync("Stop");
        Assert.Equal(first.AddMilliseconds(1), At(_server.Bodies.Last()));
    }

    private static string? Activity(string body) => (string?)System.Text.Json.Nodes.JsonNode.Parse(body)!["activity"];

    private static DateTimeOffset At(string body) => (DateTimeOffset)System.Text.Json.Nodes.JsonNode.Parse(body)!["occurredAt"]!;

    private List<string> Waiting() =>
        [.. Directory.EnumerateFiles(_terminal.Variables["XDG_CACHE_HOME"], "*.report", SearchOption.AllDirectories)];

    private void Age()
    {
        foreach (var file in Directory.EnumerateFiles(_terminal.Variables["XDG_CACHE_HOME"], "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file) - HookMemory.Freshness);
        }
    }

    private Task AskAsync(string command, string members = "") =>
        RunAsync("PermissionRequest", $"\"tool_name\":\"Bash\",\"tool_input\":{{\"command\":\"{command}\",\"description\":\"d\"}}{members}");

    private async Task SendAsync()
    {
        using var http = _server.Client();
        await SendCommand.RunAsync(_terminal.Terminal, http, TestContext.Current.CancellationToken);
    }

    private static byte[] Event(string name, string members) => Encoding.UTF8.GetBytes(
        $$"""{"session_id":"s/1","cwd":"/home/u/My Project","hook_event_name":"{{name}}"{{(members.Length > 0 ? "," : "")}}{{members}}}""");

    private Task RunAsync(string name, string members = "") => RunJsonAsync(Encoding.UTF8.GetString(Event(name, members)));

    private async Task RunJsonAsync(string json)
    {
        _terminal.Input = new MemoryStream(Encoding.UTF8.GetBytes(json));
        Assert.Equal(0, await HookRun.RunAsync(
            _terminal.Terminal, Server, ClaudeCodeHook.ToReport, null, TestContext.Current.CancellationToken));
    }
}
