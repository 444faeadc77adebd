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
        Assert.Equal(
            """{"activity":"idle","message":null,"projectId":"my-project","agent":"claude-code","title":"My Project","parentSessionId":null}""",
            _server.Bodies.Single());
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
        Assert.Equal("carillon: Not done: Do otherwise. (PROJECT_NOT_FOUND)", _terminal.Error.Trim());
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
        await RunAsync("PreToolUse", "\"tool_name\":\"Bash\"");
        await RunAsync("PostToolUse", "\"tool_name\":\"Bash\"");
        Assert.Equal(2, _server.Requests.Count);
        await RunAsync("Notification", "\"notification_type\":\"permission_prompt\",\"message\":\"May I?\"");
        await RunAsync("PostToolUse", "\"tool_name\":\"Bash\"");
        await RunAsync("PostToolUse", "\"tool_name\":\"Bash\"");
        Assert.Equal(4, _server.Requests.Count);
        await RunAsync("UserPromptSubmit", "\"prompt\":\"More\"");
        Assert.Equal(5, _server.Requests.Count);

        foreach (var file in Directory.EnumerateFiles(_terminal.Variables["XDG_CACHE_HOME"], "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file) - HookMemory.Freshness);
        }

        await RunAsync("PostToolUse", "\"tool_name\":\"Bash\"");
        Assert.Equal(6, _server.Requests.Count);
    }

    [Fact]
    public async Task The_folder_is_the_title_until_the_first_prompt_is()
    {
        for (var answer = 0; answer < 4; answer++)
        {
            _server.Ok(Session);
        }

        await RunAsync("SessionStart");
        await RunAsync("UserPromptSubmit", "\"prompt\":\"First\"");
        await RunAsync("UserPromptSubmit", "\"prompt\":\"Second\"");
        await RunAsync("Stop");
        Assert.Equal(
            ["My Project", "First", null, null],
            _server.Bodies.Select(body => System.Text.Json.JsonDocument.Parse(body).RootElement.GetProperty("title").GetString()));
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
        var run = HookRun.RunAsync(_terminal.Terminal, _server.Client, ClaudeCodeHook.ToReport, null, TestContext.Current.CancellationToken);
        await time.SomebodyWaitsAsync(HookRun.Limit);
        time.Advance(HookRun.Limit);
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
        await HookRun.RunAsync(_terminal.Terminal, _server.Client, ClaudeCodeHook.ToReport, null, TestContext.Current.CancellationToken);
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
        Assert.Contains("took too long", _terminal.Error);
        Assert.True(listener.Pending());
    }

    private static byte[] Event(string name, string members) => Encoding.UTF8.GetBytes(
        $$"""{"session_id":"s/1","cwd":"/home/u/My Project","hook_event_name":"{{name}}"{{(members.Length > 0 ? "," : "")}}{{members}}}""");

    private Task RunAsync(string name, string members = "") => RunJsonAsync(Encoding.UTF8.GetString(Event(name, members)));

    private async Task RunJsonAsync(string json)
    {
        _terminal.Input = new MemoryStream(Encoding.UTF8.GetBytes(json));
        Assert.Equal(0, await HookRun.RunAsync(
            _terminal.Terminal, _server.Client, ClaudeCodeHook.ToReport, null, TestContext.Current.CancellationToken));
    }
}
