using Carillon.Protocol;

namespace Carillon;

public sealed class HookTests(Chromium chromium, Hub hub) : PageTest(chromium, hub), IClassFixture<Hub>
{
    [Fact]
    public async Task What_an_agent_s_hooks_say_reaches_the_open_page_and_goes_when_it_is_over()
    {
        var ada = await Hub.PersonAsync();
        var memory = Directory.CreateTempSubdirectory("carillon-hooks-").FullName;
        var environment = new Dictionary<string, string?>
        {
            ["CARILLON_URL"] = Server.Url.ToString(),
            ["CARILLON_TOKEN"] = await Server.CreateTokenAsync(ada.Name, Scopes.Publish),
            ["XDG_CACHE_HOME"] = memory,
        };
        var page = await OpenAsync(ada, "/");
        await Expect(page.Heading("Overview")).ToBeVisibleAsync();

        await SayAsync("""{"session_id":"8f14e45f","transcript_path":"/t.jsonl","cwd":"/home/ada/harbour","hook_event_name":"SessionStart","source":"startup"}""");
        await SayAsync("""{"session_id":"8f14e45f","transcript_path":"/t.jsonl","cwd":"/home/ada/harbour","permission_mode":"default","hook_event_name":"UserPromptSubmit","prompt":"Repair the crane"}""");
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Working" })).ToContainTextAsync("Repair the crane");
        await Expect(page.Badge()).ToHaveCountAsync(0);

        await SayAsync("""{"session_id":"8f14e45f","transcript_path":"/t.jsonl","cwd":"/home/ada/harbour","hook_event_name":"Notification","message":"Claude needs your permission to use Bash","notification_type":"permission_prompt"}""");
        await Expect(page.GetByTestId("need")).ToContainTextAsync("Claude needs your permission to use Bash");
        await Expect(page.Badge()).ToHaveTextAsync("1");
        await Expect(page).ToHaveTitleAsync("(1) Overview · Carillon");

        await page.Bell().ClickAsync();
        var row = page.Popover().GetByTestId("notification");
        await Expect(row).ToHaveCountAsync(1);
        await Expect(row).ToHaveAttributeAsync("data-priority", "urgent");
        await row.Button("Open session").ClickAsync();
        await Expect(page).ToHaveURLAsync("/projects/harbour/sessions/8f14e45f");
        await Expect(page.Heading("Repair the crane")).ToBeVisibleAsync();
        await Expect(page.Popover()).ToHaveCountAsync(0);
        await Expect(page.Badge()).ToHaveCountAsync(0);

        await SayAsync("""{"session_id":"8f14e45f","transcript_path":"/t.jsonl","cwd":"/home/ada/harbour","permission_mode":"default","hook_event_name":"PostToolUse","tool_name":"Bash","tool_input":{"command":"make"},"tool_response":{"stdout":"ok"}}""");
        await Expect(page.Rows()).ToContainTextAsync("Handled");
        await Expect(page.Locator(".session-head")).ToContainTextAsync("Working");

        await SayAsync("""{"session_id":"8f14e45f","transcript_path":"/t.jsonl","cwd":"/home/ada/harbour","permission_mode":"default","hook_event_name":"Stop","stop_hook_active":false,"last_assistant_message":"The crane works again."}""");
        await Expect(page.Badge()).ToHaveTextAsync("1");
        await Expect(page.Rows()).ToHaveCountAsync(2);
        await Expect(page.Rows().First).ToHaveAttributeAsync("data-tone", "success");

        // Dismissed, and away after a reload and after the power went.
        await page.Rows().First.HoverAsync();
        await page.SaveAsync("archived", () => page.Rows().First.Locator("[data-tool=dismiss]").ClickAsync());
        await page.ReloadAsync();
        await Expect(page.Rows()).ToHaveCountAsync(1);
        await Server.KillAsync();
        await Server.StartProcessAsync();
        await page.ReloadAsync();
        await Expect(page.Rows()).ToHaveCountAsync(1);
        await Expect(page.Rows()).ToContainTextAsync("Handled");
        Directory.Delete(memory, recursive: true);

        async Task SayAsync(string json)
        {
            // A hook gives up in time rather than hold up its agent; on a machine that is busy with tests it may have to.
            var (code, output, error) = (0, string.Empty, "took too long");
            for (var attempt = 0; attempt < 5 && error.Contains("took too long", StringComparison.Ordinal); attempt++)
            {
                (code, output, error) = await CarillonServer.RunProgramAsync(json, environment, "hook", "claude-code");
            }

            Assert.Equal((0, string.Empty, string.Empty), (code, output, error));
        }
    }
}
