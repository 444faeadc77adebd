using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.Cli;
using Microsoft.AspNetCore.Http;

namespace Carillon.Protocol.Tests;

/// <summary>What <c>carillon doctor</c> says of servers, proxies and settings that are not right.</summary>
public sealed class DoctorTests : IDisposable
{
    private const string Publisher = """{"id":"usr_1","name":"ada","role":"member","pushId":"pn_1","scopes":["publish"]}""";

    private static readonly string s_reader = Publisher.Replace("\"publish\"", "\"read\",\"publish\"", StringComparison.Ordinal);

    private readonly string _home = Directory.CreateTempSubdirectory("carillon-doctor-").FullName;
    private readonly ManualTime _time = new(TimeProvider.System.GetUtcNow());
    private readonly FakeTerminal _terminal;

    public DoctorTests()
    {
        // On a clock of the test's own no look takes too long by itself, however busy the machine is.
        _terminal = new FakeTerminal { Time = _time };
        _terminal.Variables["CARILLON_TOKEN"] = "car_secret";
        _terminal.Variables["CLAUDE_CONFIG_DIR"] = Path.Combine(_home, ".claude");
        _terminal.Variables["CODEX_HOME"] = Path.Combine(_home, ".codex");
    }

    public void Dispose()
    {
        _terminal.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_one_line_with_what_to_type()
    {
        _terminal.Variables["CARILLON_URL"] = "http://127.0.0.1:1";
        Assert.Equal(1, await _terminal.RunAsync("doctor", "--data", _home));
        Assert.StartsWith("FAIL  Server       http://127.0.0.1:1/ cannot be reached: Connection refused\n                   carillon serve\n", _terminal.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense", "is not a server's address")]
    [InlineData("http://nobody.invalid", "cannot be looked up")]
    public async Task A_wrong_address_says_what_is_wrong(string url, string says)
    {
        _terminal.Variables["CARILLON_URL"] = url;
        Assert.Contains(says, (await FindAsync("Server", "failed", 1)).Says, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, "<html>Welcome</html>", "but not as Carillon does")]
    [InlineData(404, "{}", "but not as Carillon does")]
    [InlineData(302, "", "leads to another address")]
    [InlineData(502, "", "a proxy that does not reach Carillon")]
    public async Task What_is_no_Carillon_is_told_from_one(int status, string body, string says)
    {
        await using var server = await StandIn.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = status == 302 ? "https://elsewhere.test/x?y" : default;
            return StandIn.WriteAsync(context, body, "text/html");
        });
        _terminal.Variables["CARILLON_URL"] = server.Address;
        var finding = await FindAsync("Server", "failed", 1);
        Assert.Contains(says, finding.Says, StringComparison.Ordinal);
        Assert.StartsWith(status == 302 ? "export CARILLON_URL=https://elsewhere.test" : status == 502 ? "curl " : "export CARILLON_URL=", finding.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_swallows_what_is_sent_is_not_waited_for()
    {
        var asked = new TaskCompletionSource();
        await using var server = await StandIn.StartAsync(context =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
        });
        _terminal.Variables["CARILLON_URL"] = server.Address;
        var running = FindAsync("Server", "failed", 1);
        await asked.Task;
        _time.Advance(DoctorCommand.Patience);
        Assert.Contains("does not answer within 3 s", (await running).Says, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-31, "warning", "32 s behind", "31 s behind")]
    [InlineData(3600, "warning", "3600 s ahead", "3601 s ahead")]
    [InlineData(2, "ok", "within", "within")]
    public async Task A_clock_that_is_wrong_is_a_warning(int apart, string state, string says, string orSays)
    {
        await using var server = await StandIn.StartAsync(context =>
        {
            context.Response.Headers.Date = (_time.GetUtcNow() + TimeSpan.FromSeconds(apart)).ToString("R", CultureInfo.InvariantCulture);
            return CarillonAsync(context, Publisher);
        });
        _terminal.Variables["CARILLON_URL"] = server.Address;
        var said = (await FindAsync("Clock", state, 0)).Says;
        Assert.True(said.Contains(says, StringComparison.Ordinal) || said.Contains(orSays, StringComparison.Ordinal), said);
    }

    [Fact]
    public async Task A_token_that_is_missing_refused_or_too_small_says_how_to_make_one()
    {
        await using var server = await StandIn.StartAsync(context =>
            context.Request.Headers.Authorization == "Bearer car_secret" ? CarillonAsync(context, Publisher) : CarillonAsync(context, null));
        _terminal.Variables["CARILLON_URL"] = server.Address;

        // Nobody asks for more than a token may: without hooks it may be one for reading or publishing alone.
        Assert.Equal("May publish. Without read, watch cannot work.", (await FindAsync("Scopes", "warning", 0)).Says);
        Assert.Equal("carillon token create --user ada --scope publish --scope read # on the server", (await FindAsync("Scopes", "warning", 0)).Remedy);
        Assert.Equal("skipped", (await AllAsync(0)).Single(finding => finding.Check == "Stream").State);

        _terminal.Variables["CARILLON_TOKEN"] = "car_other";
        Assert.Contains("does not accept it", (await FindAsync("Token", "failed", 1)).Says, StringComparison.Ordinal);
        _terminal.Variables.Remove("CARILLON_TOKEN");
        Assert.Contains("There is no token", (await FindAsync("Token", "failed", 1)).Says, StringComparison.Ordinal);
        Assert.DoesNotContain("car_other", _terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hooks_with_a_token_that_may_not_publish_fail()
    {
        await using var server = await StandIn.StartAsync(context => CarillonAsync(context, Publisher.Replace("\"publish\"", "\"read\"", StringComparison.Ordinal)));
        _terminal.Variables["CARILLON_URL"] = server.Address;
        await InstallAsync("claude-code");
        Assert.Equal("May read. Without publish, hooks, notify, ask and wake cannot work.", (await FindAsync("Scopes", "failed", 1)).Says);
    }

    [Fact]
    public async Task A_token_that_ends_soon_is_a_warning()
    {
        var end = _time.GetUtcNow().AddDays(2);
        await using var server = await StandIn.StartAsync(context => CarillonAsync(
            context, Publisher.Replace("}", $",\"tokenProjectId\":\"shop\",\"tokenExpiresAt\":\"{UtcTimeConverter.Text(end)}\"}}", StringComparison.Ordinal)));
        _terminal.Variables["CARILLON_URL"] = server.Address;
        Assert.StartsWith(
            $"ada's, in the project shop alone. It ends on {end.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}", (await FindAsync("Token", "warning", 0)).Says, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_keeps_the_stream_back_is_found()
    {
        var asked = new TaskCompletionSource();
        await using var server = await StandIn.StartAsync(context =>
        {
            if (context.Request.Path == "/events")
            {
                asked.TrySetResult();
                return Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
            }

            return CarillonAsync(context, s_reader);
        });
        _terminal.Variables["CARILLON_URL"] = server.Address;
        var running = AllAsync(1);
        await asked.Task;
        _time.Advance(DoctorCommand.Patience);
        var stream = (await running).Single(finding => finding.Check == "Stream");
        Assert.Equal(("failed", "Nothing of /events arrived within 3 s: a proxy keeps it back."), (stream.State, stream.Says));
        Assert.Contains("proxy_buffering off", stream.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_lets_no_socket_pass_is_found()
    {
        await using var server = await StandIn.StartAsync(context => context.Request.Path == "/events"
            ? StandIn.WriteAsync(context, "event: hello\n\n", "text/event-stream")
            : CarillonAsync(context, s_reader));
        _terminal.Variables["CARILLON_URL"] = server.Address;
        var found = await AllAsync(1);
        Assert.Equal("ok", found.Single(finding => finding.Check == "Stream").State);
        Assert.StartsWith("/chat/ws answers 404", found.Single(finding => finding.Check == "Sockets").Says, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hooks_are_looked_at_from_the_file_to_the_answer()
    {
        _terminal.Variables["CARILLON_URL"] = "http://127.0.0.1:1";
        Assert.Equal(("skipped", "Not here."), await HooksAsync("Claude Code"));

        Directory.CreateDirectory(Path.Combine(_home, ".claude"));
        var settings = Path.Combine(_home, ".claude", "settings.json");
        Assert.Equal(("warning", $"No hook in {settings}: nothing of it reaches Carillon."), await HooksAsync("Claude Code"));

        await InstallAsync("claude-code");
        var (state, says) = await HooksAsync("Claude Code");
        Assert.Equal("ok", state);
        Assert.StartsWith($"Hooks in {settings} call {_home}/bin/carillon, which answers in ", says, StringComparison.Ordinal);

        var program = Path.Combine(_home, "bin", "carillon");
        await File.WriteAllTextAsync(program, "#!/bin/sh\nexit 3\n");
        Assert.Equal(("failed", $"Hooks in {settings} call {program}, which ends with exit code 3."), await HooksAsync("Claude Code"));

        File.Delete(program);
        Assert.Equal(("failed", $"Hooks in {settings} call {program}, which is not there."), await HooksAsync("Claude Code"));

        await File.WriteAllTextAsync(settings, (await File.ReadAllTextAsync(settings)).Replace("{\n  \"hooks\"", "{\n  \"disableAllHooks\": true,\n  \"hooks\"", StringComparison.Ordinal));
        Assert.Equal(("failed", $"{settings} turns all hooks off."), await HooksAsync("Claude Code"));

        await File.WriteAllTextAsync(settings, "{ // mine\n}");
        Assert.Equal(("failed", $"{settings} cannot be read, or is not JSON."), await HooksAsync("Claude Code"));
    }

    [Fact]
    public async Task Codex_runs_what_it_was_told_to_trust()
    {
        _terminal.Variables["CARILLON_URL"] = "http://127.0.0.1:1";
        await InstallAsync("codex");
        Assert.Equal(
            ("warning", "Not trusted, so they do not run: SessionStart, UserPromptSubmit, PermissionRequest, PostToolUse, Stop."), await HooksAsync("Codex trust"));

        var hooks = Path.Combine(_home, ".codex", "hooks.json");
        string[] events = ["session_start", "user_prompt_submit", "permission_request", "post_tool_use", "stop"];
        var trusted = string.Concat(events.Select(name => $"[hooks.state.\"{hooks}:{name}:0:0\"]\ntrusted_hash = \"sha256:00\"\n\n"));
        var config = Path.Combine(_home, ".codex", "config.toml");
        await File.WriteAllTextAsync(config, $"model = \"x\"\n\n{trusted}[tui]\nenabled = false\n");
        Assert.Equal(("ok", "All hooks were trusted. Codex asks again when one has changed."), await HooksAsync("Codex trust"));

        await File.WriteAllTextAsync(config, trusted + "enabled = false\n");
        Assert.Equal(("warning", "Not trusted, so they do not run: Stop."), await HooksAsync("Codex trust"));

        await File.WriteAllTextAsync(config, $"hooks.state = {{ \"{hooks}:stop:0:0\" = {{ trusted_hash = \"sha256:00\" }} }}\n");
        Assert.Equal("skipped", (await HooksAsync("Codex trust")).State);
    }

    private static Task CarillonAsync(HttpContext context, string? person)
    {
        if (context.Request.Path == "/api/v1/setup")
        {
            return StandIn.WriteAsync(context, """{"needed":false}""", "application/json");
        }

        context.Response.StatusCode = context.Request.Path != "/api/v1/me" ? 404 : person is null ? 401 : 200;
        return StandIn.WriteAsync(context, person ?? "{}", "application/json");
    }

    private async Task InstallAsync(string agent)
    {
        var program = Path.Combine(Directory.CreateDirectory(Path.Combine(_home, "bin")).FullName, "carillon");
        await File.WriteAllTextAsync(program, "#!/bin/sh\ncat >/dev/null\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        _terminal.Variables["PATH"] = Path.Combine(_home, "bin");
        Assert.Equal(0, await _terminal.RunAsync("hook", "install", agent, "--yes"));
    }

    private async Task<(string State, string Says)> HooksAsync(string check)
    {
        var finding = (await AllAsync(1)).Single(finding => finding.Check == check);
        return (finding.State, finding.Says);
    }

    private async Task<Finding> FindAsync(string check, string state, int code)
    {
        var finding = (await AllAsync(code)).Single(finding => finding.Check == check);
        Assert.Equal(state, finding.State);
        return finding;
    }

    // Without data of its own: whatever the machine has is not looked at.
    private async Task<IReadOnlyList<Finding>> AllAsync(int code)
    {
        var before = _terminal.Output.Length;
        var exitCode = await _terminal.RunAsync("doctor", "--json", "--data", string.Empty);
        var found = JsonNode.Parse(_terminal.Output[before..])!["checks"]!.AsArray()
            .Select(check => new Finding((string)check!["check"]!, (string)check["state"]!, (string)check["says"]!, (string?)check["remedy"])).ToList();
        Assert.Equal("", _terminal.Error);
        Assert.Equal(code, exitCode);
        return found;
    }
}
