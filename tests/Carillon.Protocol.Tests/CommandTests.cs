using System.IO.Pipelines;
using System.Net;
using System.Text.Json;
using Carillon.Cli;

namespace Carillon.Protocol.Tests;

public sealed class CommandTests : IDisposable
{
    private readonly FakeTerminal _terminal = new();

    public CommandTests() => _terminal.Variables["CARILLON_TOKEN"] = "car_secret";

    public void Dispose() => _terminal.Dispose();

    [Fact]
    public async Task Notify_publishes_what_was_said_and_prints_the_id()
    {
        await using var server = await StandIn.StartAsync();
        _terminal.Variables["CARILLON_URL"] = server.Address;
        _terminal.Variables["CARILLON_SESSION"] = "s1";
        var code = await _terminal.RunAsync(
            "notify", "@bob look", "--title", "Hé", "--priority", "urgent", "--type", "build.failed", "--project", "p", "--to", "ada", "--to", "bob",
            "--action", "open-ci=See a@b@https://github.com/x/y", "--action", "open-session@/projects/p/sessions/s1", "--action", "dismiss",
            "--dedupe", "d", "--cause", "c", "--idempotency-key", "k");
        Assert.Equal((0, "ntf_1\n", ""), (code, _terminal.Output, _terminal.Error));
        var request = server.Requests.Single();
        Assert.Equal("POST /api/v1/notifications Bearer car_secret k", request.Line);
        var sent = JsonSerializer.Deserialize(request.Body, CarillonJson.Default.PublishNotification)!;
        Assert.Equal(
            ("@bob look", "Hé", "urgent", "build.failed", "p", "s1", "d", "c"),
            (sent.Message, sent.Title, sent.Priority, sent.Type, sent.ProjectId, sent.SessionId, sent.DedupeKey, sent.CauseKey));
        Assert.Equal(["ada", "bob"], sent.To);
        Assert.Equal(
            [
                new NotificationAction { Id = "open-ci", Kind = "open-ci", Label = "See a@b", Url = "https://github.com/x/y" },
                new NotificationAction { Id = "open-session", Kind = "open-session", Label = "Open session", Route = "/projects/p/sessions/s1" },
                new NotificationAction { Id = "dismiss", Kind = "dismiss", Label = "Dismiss" },
            ],
            sent.Actions);
    }

    [Fact]
    public async Task A_project_that_is_not_there_is_named()
    {
        await using var server = await StandIn.StartAsync(context =>
        {
            context.Response.StatusCode = 404;
            return StandIn.WriteAsync(context, """{"status":404,"code":"PROJECT_NOT_FOUND","title":"There is no such project","detail":"Check its id."}""", "application/problem+json");
        });
        _terminal.Variables["CARILLON_URL"] = server.Address;
        Assert.Equal(1, await _terminal.RunAsync("notify", "x", "--project", "shpo"));
        Assert.Equal("carillon: There is no such project: 'shpo' (PROJECT_NOT_FOUND). Check --project and CARILLON_PROJECT, and that you see the project.\n", _terminal.Error);
    }

    [Theory]
    [InlineData("hook", "generic")]
    [InlineData("hook", "generic", "--token-file", "TOKEN", "--url", "URL")]
    [InlineData("hook", "codex", """{"type":"agent-turn-complete","thread-id":"t","cwd":"/p/shop"}""", "--url", "URL")]
    public async Task A_hook_as_agents_call_it_reports_without_the_command_tree_as_with_it(params string[] args)
    {
        await using var server = await StandIn.StartAsync(context => StandIn.WriteAsync(
            context,
            """
            {"session":{"id":"s","projectId":"p","agent":"own","title":"t","owner":"ada","activity":"idle","message":null,
            "parentSessionId":null,"createdAt":"2026-11-21T09:00:00.000Z","updatedAt":"2026-11-21T09:00:00.000Z"}}
            """,
            "application/json"));
        _terminal.Variables["CARILLON_URL"] = server.Address;
        var token = Path.Combine(_terminal.Variables["XDG_CACHE_HOME"], "token");
        await File.WriteAllTextAsync(token, "car_secret\n");
        args = [.. args.Select(word => word switch { "URL" => server.Address, "TOKEN" => token, _ => word })];

        _terminal.Input = new MemoryStream("""{"activity":"idle","message":"A","sessionId":"s"}"""u8.ToArray());
        Assert.Equal(0, await (HookCommand.RunAtOnce(args, _terminal.Terminal) ?? throw new InvalidOperationException("left to the command tree")));
        _terminal.Input = new MemoryStream("""{"activity":"idle","message":"B","sessionId":"s"}"""u8.ToArray());
        await _terminal.RunAsync(args);

        Assert.Equal(("", ""), (_terminal.Output, _terminal.Error));
        var lines = server.Requests.Select(request => request.Line[..request.Line.LastIndexOf(' ')]).ToList();
        Assert.Equal(2, lines.Count);
        Assert.Equal(lines[0], lines[1]);
    }

    [Theory]
    [InlineData("hook")]
    [InlineData("hook", "send")]
    [InlineData("hook", "--help")]
    [InlineData("hook", "claude-code", "--help")]
    [InlineData("hook", "claude-code", "--url")]
    [InlineData("hook", "claude-code", "--url", "--token-file")]
    [InlineData("hook", "claude-code", "--url=http://x")]
    [InlineData("hook", "claude-code", "--url", "http://x", "--url", "http://y")]
    [InlineData("hook", "claude-code", "{}")]
    [InlineData("hook", "codex", "{}", "{}")]
    [InlineData("hook", "unknown")]
    [InlineData("notify", "x")]
    public void Whatever_else_is_written_is_left_to_the_command_tree(params string[] args) =>
        Assert.Null(HookCommand.RunAtOnce(args, _terminal.Terminal));

    [Theory]
    [InlineData("kill-session")]
    [InlineData("open-pr@http://github.com/x")]
    [InlineData("open-pr=Label@javascript://x")]
    [InlineData("open-pr@nowhere")]
    [InlineData("")]
    public void An_action_that_is_none_is_a_usage_error(string text)
    {
        var parsed = CommandLine.Build(_terminal.Terminal).Parse(["notify", "x", "--action", text]);
        Assert.NotEmpty(parsed.Errors);
    }

    [Theory]
    [InlineData("notify")]
    [InlineData("notify", "x", "--priority", "loud")]
    [InlineData("notify", "x", "--token", "car_x")]
    [InlineData("resolve")]
    [InlineData("resolve", "")]
    [InlineData("watch", "--topics", "weather")]
    [InlineData("watch", "--after", "-1")]
    [InlineData("watch", "--after", "x")]
    public void Wrong_usage_is_noticed(params string[] args) =>
        Assert.NotEmpty(CommandLine.Build(_terminal.Terminal).Parse(args).Errors);

    [Fact]
    public async Task Resolve_prints_how_many_alerts_were_taken_back()
    {
        await using var server = await StandIn.StartAsync();
        Assert.Equal(0, await _terminal.RunAsync("resolve", "build-7", "--url", server.Address));
        Assert.Equal("2\n", _terminal.Output);
        Assert.Equal("""{"causeKey":"build-7"}""", server.Requests.Single().Body);
    }

    [Fact]
    public async Task A_refusal_is_exit_code_1_and_one_line_that_cannot_drive_the_terminal()
    {
        await using var server = await StandIn.StartAsync(context =>
        {
            context.Response.StatusCode = 400;
            return StandIn.WriteAsync(context, """{"status":400,"code":"INVALID","title":"Bad","detail":"Say\u001b[2J it\notherwise."}""", "application/problem+json");
        });
        Assert.Equal(1, await _terminal.RunAsync("notify", "x", "--url", server.Address));
        Assert.Equal("carillon: Bad (INVALID). Say it otherwise.\n", _terminal.Error);
        Assert.Equal("", _terminal.Output);
    }

    [Fact]
    public async Task A_missing_server_or_token_or_a_wrong_address_says_what_to_do()
    {
        Assert.Equal(1, await _terminal.RunAsync("notify", "x", "--url", "http://127.0.0.1:1"));
        Assert.Contains("Is the server running?", _terminal.Error);
        Assert.Equal(1, await _terminal.RunAsync("notify", "x", "--url", "ftp://127.0.0.1"));
        Assert.Contains("is not a server's address", _terminal.Error);
        _terminal.Variables.Remove("CARILLON_TOKEN");
        Assert.Equal(1, await _terminal.RunAsync("notify", "x"));
        Assert.Contains("carillon token create", _terminal.Error);
        Assert.Equal(1, await _terminal.RunAsync("notify", "x", "--token-file", "/does/not/exist"));
        Assert.Contains("Cannot read the token file", _terminal.Error);
        _terminal.Variables["CARILLON_TOKEN"] = "two words";
        Assert.Equal(1, await _terminal.RunAsync("notify", "x"));
        Assert.DoesNotContain("two words", _terminal.Error);
    }

    [Fact]
    public async Task A_token_can_come_from_a_file()
    {
        await using var server = await StandIn.StartAsync();
        var file = Path.Combine(_terminal.Variables["XDG_CACHE_HOME"], "token");
        await File.WriteAllTextAsync(file, "car_from_file\n", TestContext.Current.CancellationToken);
        Assert.Equal(0, await _terminal.RunAsync("resolve", "c", "--url", server.Address, "--token-file", file));
        Assert.Contains("Bearer car_from_file", server.Requests.Single().Line);
    }

    [Fact]
    public async Task Watch_writes_one_line_a_change_over_a_real_connection_that_is_cut()
    {
        await using var server = await StandIn.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            var seq = long.Parse(context.Request.Query["after"]!) + 1;
            await StandIn.WriteAsync(context, $$"""
                event: hello
                data: {"epoch":"e","head":9,"oldest":1,"resume":"ok"}

                id: {{seq}}
                event: x
                data: {"seq":{{seq}},"type":"x","payload":{"name":"é<"},"createdAt":"2026-11-21T09:00:00.000Z"}

                id: {{seq + 1}}
                event: x
                data: {"se
                """.ReplaceLineEndings("\n"));
        });
        _terminal.Variables["CARILLON_URL"] = server.Address;
        using var http = new HttpClient { BaseAddress = new Uri(server.Address + "/") };
        var pipe = new Pipe();
        _terminal.RawOutput = pipe.Writer.AsStream();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var watching = WatchCommand.FollowAsync(_terminal.Terminal, http, new StreamPosition(null, 0), new StreamFilter(), stop.Token);
        using var lines = new StreamReader(pipe.Reader.AsStream());
        Assert.Equal(
            """{"seq":1,"type":"x","projectId":null,"sessionId":null,"payload":{"name":"é<"},"createdAt":"2026-11-21T09:00:00.000Z"}""",
            await lines.ReadLineAsync(stop.Token));
        Assert.StartsWith("{\"seq\":2,", await lines.ReadLineAsync(stop.Token));
        await stop.CancelAsync();
        await watching;
        Assert.Contains(server.Requests, request => request.Line.StartsWith("GET /events?after=1&epoch=e"));
    }

    [Fact]
    public async Task Watch_ends_quietly_when_nobody_reads_any_more()
    {
        using var server = new ScriptedServer();
        server.Stream("event: hello\ndata: {\"epoch\":\"e\",\"head\":0,\"oldest\":1,\"resume\":\"live\"}\n\n"
            + "id: 1\nevent: x\ndata: {\"seq\":1,\"type\":\"x\",\"payload\":{},\"createdAt\":\"2026-11-21T09:00:00.000Z\"}\n\n");
        _terminal.RawOutput = new BrokenPipe();
        await WatchCommand.FollowAsync(_terminal.Terminal, server.Client(), null, new StreamFilter(), TestContext.Current.CancellationToken);
        Assert.Equal("", _terminal.Error);
    }

    [Fact]
    public async Task Watch_says_on_standard_error_that_it_reconnects_and_that_something_was_missed()
    {
        using var server = new ScriptedServer();
        _terminal.Time = new HastyTime();
        server.Refuse();
        server.Refuse();
        server.Refuse();
        server.Stream("event: hello\ndata: {\"epoch\":\"e\",\"head\":9,\"oldest\":8,\"resume\":\"gap\"}\n\n").End();
        server.Problem(HttpStatusCode.Unauthorized, "SIGN_IN_REQUIRED");
        await Assert.ThrowsAsync<CarillonProblemException>(() => WatchCommand.FollowAsync(
            _terminal.Terminal, server.Client(), new StreamPosition(null, 3), new StreamFilter(), TestContext.Current.CancellationToken));
        Assert.StartsWith(
            """
            carillon: Reconnecting to http://carillon.test/: Connection refused
            carillon: Connected again.
            carillon: Some changes are no longer kept and were missed; continuing after seq 9.
            """.ReplaceLineEndings("\n"),
            _terminal.Error);
    }

    private sealed class BrokenPipe : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new IOException("Broken pipe");
    }
}
