using System.Net;
using System.Net.Http.Json;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon;

/// <summary>What a person does with the program that was unpacked somewhere.</summary>
[AlsoNative]
public sealed class ProgramTests(SharedServerOnSqlite shared) : IAsyncLifetime
{
    private readonly string _cache = Directory.CreateTempSubdirectory("carillon-hooks-").FullName;
    private CarillonServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await shared.ServerAsync();

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_cache, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_page_and_its_script_come_out_of_the_program()
    {
        using var page = await _server.Anonymous.GetAsync("/");
        if (page.StatusCode == HttpStatusCode.NotFound)
        {
            Missing.Report("The page was not built: npm --prefix web run build");
        }

        var html = await page.Content.ReadAsStringAsync();
        var script = html.Split("src=\"")[1].Split('"')[0];
        using var answer = await _server.Anonymous.GetAsync(script);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.StartsWith("text/javascript", answer.Content.Headers.ContentType?.ToString());
    }

    [Fact]
    public async Task A_hook_reports_and_its_alert_goes_when_the_work_goes_on()
    {
        var ada = await _server.PersonAsync();
        var session = Town.NewName("hooked");

        await HookAsync(ada, $$"""{"hook_event_name":"Notification","notification_type":"permission_prompt","session_id":"{{session}}","cwd":"/tmp/shop","message":"May I?"}""");
        await ada.Client.UntilAsync("/api/v1/notifications", list => list["notifications"]!.AsArray() is [{ } row] && (string?)row["event"]!["sessionId"] == session);

        await HookAsync(ada, $$"""{"hook_event_name":"PostToolUse","session_id":"{{session}}","cwd":"/tmp/shop","tool_name":"Bash"}""");
        await ada.Client.UntilAsync("/api/v1/notifications", list => list["notifications"]![0]!["resolvedAt"] is not null);
    }

    [Fact]
    public async Task A_notification_from_the_command_line_has_the_id_that_was_printed()
    {
        var ada = await _server.PersonAsync();

        var (code, output, error) = await CarillonServer.RunProgramAsync(null, Environment(ada), "notify", "Über 8 Stunden", "--title", "Shop");

        Assert.Equal((0, ""), (code, error));
        var list = await ada.Client.GetFromJsonAsync("/api/v1/notifications", CarillonJson.Default.NotificationList);
        Assert.Equal((output.Trim(), "Über 8 Stunden"), (list!.Notifications[0].Id, list.Notifications[0].Event.Message));
    }

    [Fact]
    public async Task A_wrong_word_is_told_in_one_line()
    {
        var (code, output, error) = await CarillonServer.RunProgramAsync(null, new Dictionary<string, string?>(), "notfy");

        Assert.Equal((2, ""), (code, output));
        Assert.Single(error.Trim().Split('\n'));
    }

    private async Task HookAsync(Somebody who, string hookEvent)
    {
        // A hook gives up in time rather than hold up its agent; on a machine that is busy with tests it may have to.
        var (code, output, error) = (0, string.Empty, "No answer within");
        for (var attempt = 0; attempt < 20 && error.Contains("No answer within", StringComparison.Ordinal); attempt++)
        {
            (code, output, error) = await CarillonServer.RunProgramAsync(hookEvent, Environment(who), "hook", "claude-code");
        }

        Assert.Equal((0, "", ""), (code, output, error));
    }

    private Dictionary<string, string?> Environment(Somebody who) => new()
    {
        ["CARILLON_URL"] = _server.Url.AbsoluteUri,
        ["CARILLON_TOKEN"] = who.Token,
        ["XDG_CACHE_HOME"] = _cache,
        ["CLAUDE_PROJECT_DIR"] = null,
    };
}
