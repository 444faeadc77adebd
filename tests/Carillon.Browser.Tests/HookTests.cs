namespace Carillon;

public sealed class HookTests(Chromium chromium, Hub hub) : PageTest(chromium, hub), IClassFixture<Hub>
{
    [Fact]
    public async Task What_an_agent_s_hooks_say_reaches_the_open_page_and_goes_when_it_is_over()
    {
        var ada = await Hub.PersonAsync();
        using var agent = await AgentElsewhere.OfAsync(Server, ada, "8f14e45f");
        var page = await OpenAsync(ada, "/");
        await Expect(page.Heading("Overview")).ToBeVisibleAsync();

        Assert.Empty(await agent.HookAsync("SessionStart", """ "source":"startup" """));
        Assert.Empty(await agent.HookAsync("UserPromptSubmit", """ "prompt":"Repair the crane" """));
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Working" })).ToContainTextAsync("Repair the crane");
        await Expect(page.Badge()).ToHaveCountAsync(0);

        Assert.Empty(await agent.HookAsync("Notification", """ "message":"Claude needs your permission to use Bash","notification_type":"permission_prompt" """));
        await Expect(page.GetByTestId("need")).ToContainTextAsync("Claude needs your permission to use Bash");
        await Expect(page.Badge()).ToHaveTextAsync("1");
        await Expect(page).ToHaveTitleAsync("(1) Overview · Carillon");

        await page.Bell().ClickAsync();
        var row = page.Popover().GetByTestId("notification");
        await Expect(row).ToHaveCountAsync(1);
        await Expect(row).ToHaveAttributeAsync("data-priority", "urgent");
        await row.Locator(".row-open").ClickAsync();
        await Expect(page).ToHaveURLAsync("/projects/harbour/sessions/8f14e45f");
        await Expect(page.Heading("Repair the crane")).ToBeVisibleAsync();
        await Expect(page.Popover()).ToHaveCountAsync(0);
        await Expect(page.Badge()).ToHaveCountAsync(0);

        Assert.Empty(await agent.HookAsync("PostToolUse", """ "tool_name":"Bash","tool_input":{"command":"make"},"tool_response":{"stdout":"ok"} """));
        await Expect(page.Locator(".session-head")).ToContainTextAsync("Working");
        await Expect(page.Locator(".said-by-system")).ToContainTextAsync("Claude needs your permission to use Bash");
        Assert.Empty(await agent.HookAsync("Stop", """ "stop_hook_active":false,"last_assistant_message":"The crane works again." """));
        await Expect(page.Answers()).ToContainTextAsync("The crane works again.");

        // It happened before their eyes.
        await page.GetByRole(AriaRole.Link, new() { Name = "Notifications" }).First.ClickAsync();
        await Expect(page.Rows()).ToHaveCountAsync(2);
        await Expect(page.Rows().First).ToHaveAttributeAsync("data-tone", "success");
        await page.Rows().First.ExpectUnreadAsync(false);
        await Expect(page.Rows().Last).ToContainTextAsync("Resolved");
        await Expect(page.Badge()).ToHaveCountAsync(0);

        // Dismissed, and away after a reload and after the power went.
        await page.Rows().First.HoverAsync();
        await page.SaveAsync("archived", () => page.Rows().First.Locator("[data-tool=dismiss]").ClickAsync());
        await page.ReloadAsync();
        await Expect(page.Rows()).ToHaveCountAsync(1);
        await Server.KillAsync();
        await Server.StartProcessAsync();
        await page.ReloadAsync();
        await Expect(page.Rows()).ToHaveCountAsync(1);
        await Expect(page.Rows()).ToContainTextAsync("Resolved");
    }

    [Fact]
    public async Task What_its_owner_writes_in_the_page_wakes_an_agent_in_a_terminal()
    {
        var ada = await Hub.PersonAsync();
        using var agent = await AgentElsewhere.OfAsync(Server, ada, "5e0cafe5");
        await agent.HookAsync("UserPromptSubmit", """ "prompt":"Repair the crane" """);
        await agent.HookAsync("Notification", """ "notification_type":"elicitation_dialog","message":"Which colour?" """);

        // The answer to a question, as the agent's next tool comes back.
        var page = await OpenAsync(ada, "/");
        await page.GetByTestId("need").Button("Reply").ClickAsync();
        await page.GetByTestId("need").GetByRole(AriaRole.Textbox).FillAsync("Red");
        await page.GetByTestId("need").Button("Send").ClickAsync();
        await Expect(page.GetByTestId("need").Button("Sent")).ToBeVisibleAsync();
        await Expect(page).ToHaveURLAsync("/");
        await page.GetByTestId("need").Locator("a.need-open").ClickAsync();
        await Expect(page.Answers()).ToContainTextAsync("Which colour?");
        await Expect(page.Bubbles()).ToHaveTextAsync(["Red"]);
        await Expect(page.Locator(".message.person .said-foot")).ToContainTextAsync("Not delivered yet");
        await Expect(page.Locator(".session-head")).ToContainTextAsync("Waiting for you");
        Assert.Equal("", await agent.HookAsync("PreToolUse", """ "tool_name":"Bash" """));
        await agent.HearAsync("additionalContext", "PostToolUse", """ "tool_name":"Bash" """);
        await Expect(page.Locator(".message.person .said-foot")).ToContainTextAsync("Delivered");

        // It stops. What is written then waits for nothing but the next look of the program that sleeps.
        var sleeping = agent.StopAndSleepAsync("The crane works again.");
        await Expect(page.Answers().Last).ToContainTextAsync("The crane works again.");
        await page.SayAsync("Now oil it.\nBoth sides.");
        Assert.Equal($"{ada.Name} wrote to you through Carillon:\nNow oil it.\nBoth sides.\n", await sleeping);
        await Expect(page.Locator(".message.person .said-foot").Last).ToContainTextAsync("Delivered");
        await Expect(page.Locator(".session-head")).ToContainTextAsync("Working");

        // Nobody listens now: it waits, and says so, also to whoever opens the page anew.
        await page.SayAsync("And lock the door.");
        await Expect(page.Locator(".message.person .said-foot").Last).ToContainTextAsync("Not delivered yet");
        await page.ReloadAsync();
        await Expect(page.Locator(".message.person .said-foot").Last).ToContainTextAsync("Not delivered yet");
        await agent.HearAsync("And lock the door.", "Stop");
        await Expect(page.Locator(".message.person .said-foot").Last).ToContainTextAsync("Delivered");

        // Who is not the owner sees all of it, and cannot tell a program on another machine what to do.
        var bobs = await OpenAsync(await Hub.PersonAsync(), "/projects/harbour/sessions/5e0cafe5");
        await Expect(bobs.Bubbles()).ToHaveCountAsync(3);
        await Expect(bobs.GetByText($"only {ada.Name} can write to it")).ToBeVisibleAsync();
        await Expect(bobs.Composer()).ToHaveCountAsync(0);
    }
}
