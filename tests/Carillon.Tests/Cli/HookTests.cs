using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary>The program that an agent's hooks start, and what it starts beside itself, against a real server on a line that can be slow.</summary>
public sealed class HookTests(Houses houses) : InHouse(houses, postgres: false), IDisposable
{
    private readonly string _memory = Directory.CreateTempSubdirectory("carillon-hooks-").FullName;

    public void Dispose() => Directory.Delete(_memory, recursive: true);

    [Fact]
    public async Task What_a_server_that_hangs_did_not_answer_arrives_once_and_in_order_when_it_answers_again()
    {
        var ada = await House.AddAsync();
        using var line = new HoldingLine(House.Server.Url);
        var environment = await EnvironmentAsync(ada, line.Url);
        line.Hold();
        foreach (var (name, members) in new[]
        {
            ("UserPromptSubmit", "\"prompt\":\"Repair the crane\""),
            ("Notification", "\"notification_type\":\"permission_prompt\",\"message\":\"May I?\""),
            ("Stop", "\"last_assistant_message\":\"One.\""),
        })
        {
            Assert.Equal((0, "", "carillon: No answer within 1.2 s; it will be sent again.\n"), await HookAsync(environment, ada, name, members));
        }

        // Nobody calls it any more, as from an agent that waits: what it said comes by itself.
        line.Release();
        var list = await ada.Token.UntilAsync(
            $"/api/v1/sessions?projectId={environment["CARILLON_PROJECT"]}", all => (string?)all["sessions"]!.AsArray().FirstOrDefault()?["activity"] == "idle");
        var session = list.Json["sessions"]![0]!;
        Assert.Equal(("Repair the crane", "One."), ((string?)session["title"], (string?)session["message"]));
        await UntilNothingWaitsAsync();
        Assert.Equal(
            ["working", "blocked", "idle"],
            House.InDatabase(sql => sql.Query(
                "SELECT payload FROM changes WHERE session_id = $1 AND type = 'session_updated' ORDER BY seq",
                row => (string)JsonNode.Parse((byte[])row[0])!["session"]!["activity"]!, $"s-{ada.Name}")));
    }

    [Fact]
    public async Task A_server_that_is_away_is_told_by_the_next_hook()
    {
        var ada = await House.AddAsync();
        using var gone = new TcpListener(IPAddress.Loopback, 0);
        gone.Start();
        var place = new Uri($"http://{gone.LocalEndpoint}");
        gone.Stop();
        var environment = await EnvironmentAsync(ada, place);
        var (code, output, error) = await HookAsync(environment, ada, "Stop", "\"last_assistant_message\":\"One.\"");
        Assert.Equal((0, ""), (code, output));
        Assert.Contains("Cannot reach", error, StringComparison.Ordinal);
        Assert.EndsWith("It will be sent again.", error.Trim(), StringComparison.Ordinal);

        using var line = new HoldingLine(House.Server.Url, place.Port);
        Assert.Equal((0, ""), Without(await HookAsync(environment, ada, "UserPromptSubmit", "\"prompt\":\"Go on\"")));
        await ada.Token.UntilAsync(
            $"/api/v1/sessions?projectId={environment["CARILLON_PROJECT"]}", all => (string?)all["sessions"]!.AsArray().FirstOrDefault()?["activity"] == "working");
        Assert.Equal(
            "One.", (string?)(await ada.Token.GetAsync($"/api/v1/sessions/s-{ada.Name}/messages", [])).Is(200).Json["messages"]![0]!["text"]);
    }

    [Fact]
    public async Task A_permission_rings_when_the_tool_does_not_go_on_and_only_then()
    {
        var ada = await House.AddAsync();
        var environment = await EnvironmentAsync(ada, House.Server.Url);
        const string Asked = "\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"make\"}";
        await ToldAsync("UserPromptSubmit", "\"prompt\":\"Go\"");
        await ToldAsync("PermissionRequest", Asked);
        await ToldAsync("PostToolUse", Asked);
        await ToldAsync("PermissionRequest", Asked.Replace("make", "make clean", StringComparison.Ordinal));
        var alert = await ada.AlertAsync("session.blocked", resolved: false);
        Assert.Equal(("Claude needs your permission to use Bash: make clean", 1), ((string?)alert["event"]!["message"], (int)alert["count"]!));
        await ToldAsync("PostToolUse", Asked);
        await ada.AlertAsync("session.blocked", resolved: true);

        // The other conversation is over, and nobody has to know.
        await ToldAsync("SessionEnd", "\"reason\":\"clear\"");
        await ada.Token.UntilAsync($"/api/v1/sessions/s-{ada.Name}", one => (string?)one["session"]!["activity"] == "killed");
        Assert.Single((await ada.InboxAsync())["notifications"]!.AsArray());

        async Task ToldAsync(string name, string members)
        {
            var (code, output, error) = await HookAsync(environment, ada, name, members);
            Assert.Equal((0, ""), (code, output));
            Assert.True(error.Length == 0 || error.Contains("it will be sent again", StringComparison.Ordinal), error);
        }
    }

    // On a machine that is busy with tests the answer may come later.
    private static (int, string) Without((int Code, string Output, string Error) ran) => (ran.Code, ran.Output);

    private async Task UntilNothingWaitsAsync()
    {
        using var watch = new FileSystemWatcher(_memory) { IncludeSubdirectories = true };
        var changed = new SemaphoreSlim(0);
        watch.Deleted += (_, _) => changed.Release();
        watch.EnableRaisingEvents = true;
        while (Directory.EnumerateFiles(_memory, "*.report", SearchOption.AllDirectories).Any())
        {
            await changed.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }
    }

    private async Task<Dictionary<string, string?>> EnvironmentAsync(Resident person, Uri server) => new()
    {
        ["CARILLON_URL"] = server.ToString(),
        ["CARILLON_TOKEN"] = (string)(await person.NewTokenAsync(null, null, Scopes.Publish))["token"]!,
        ["CARILLON_PROJECT"] = await person.ProjectAsync(),
        ["XDG_CACHE_HOME"] = _memory,
    };

    private static Task<(int Code, string Output, string Error)> HookAsync(Dictionary<string, string?> environment, Resident person, string name, string members) =>
        CarillonServer.RunProgramAsync(
            $$"""{"session_id":"s-{{person.Name}}","transcript_path":"/t.jsonl","cwd":"/home/ada/harbour","permission_mode":"default","hook_event_name":"{{name}}",{{members}}}""",
            environment, "hook", "claude-code");
}

/// <summary>A line to the server that takes connections and, while it is told to, carries nothing.</summary>
internal sealed class HoldingLine : IDisposable
{
    private readonly TcpListener _listener;
    private readonly Uri _server;
    private TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HoldingLine(Uri server, int port = 0)
    {
        _server = server;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _open.SetResult();
        _ = AcceptAsync();
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public void Hold() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _open.TrySetResult();

    public void Dispose()
    {
        Release();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = CarryAsync(await _listener.AcceptSocketAsync());
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using var there = new NetworkStream(client, ownsSocket: true);
        await _open.Task;
        using var server = new TcpClient();
        try
        {
            await server.ConnectAsync(_server.Host, _server.Port);
            await using var here = server.GetStream();
            await Task.WhenAny(there.CopyToAsync(here), here.CopyToAsync(there));
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            // One of the ends was there no more.
        }
    }
}
