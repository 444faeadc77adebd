using System.Text.RegularExpressions;
using Carillon.Protocol;

namespace Carillon;

public sealed partial class StateTests(Chromium chromium, Hub hub) : PageTest(chromium, hub), IClassFixture<Hub>
{
    [Fact]
    public async Task While_it_loads_the_shape_of_the_rows_stands_there()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("One");
        var context = await BrowserAsync(ada);
        var answered = new TaskCompletionSource();
        await context.RouteAsync(InboxAddress(), async route =>
        {
            await answered.Task;
            await route.ContinueAsync();
        });
        var page = await context.OpenAsync("/notifications");
        await Expect(page.Locator("main .skeletons")).ToBeVisibleAsync();
        await Expect(page.Rows()).ToHaveCountAsync(0);
        await Expect(page.GetByText("Nothing has happened yet")).ToHaveCountAsync(0);
        answered.SetResult();
        await page.ExpectRowsAsync("One");
        await Expect(page.Locator("main .skeletons")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task An_empty_inbox_can_be_tried_and_gets_one_of_each_priority()
    {
        var ada = await Hub.PersonAsync();
        var page = await OpenAsync(ada);
        await page.Button("Send me samples").ClickAsync();

        await Expect(page.Rows()).ToHaveCountAsync(5);
        foreach (var (row, tone) in (string[])["urgent", "action", "warning", "success", "info"] is var tones ? tones.Select((tone, row) => (row, tone)) : [])
        {
            await Expect(page.Rows().Nth(row)).ToHaveAttributeAsync("data-tone", tone);
        }

        await Expect(page.Badge()).ToHaveTextAsync("5");

        // They look different without colour as well.
        var shapes = await page.Rows().Locator(".mark svg").EvaluateAllAsync<string[]>("marks => marks.map(mark => mark.innerHTML)");
        Assert.Equal(5, shapes.Distinct().Count());
        Assert.Equal(5, (await ada.InboxAsync()).UnreadCount);
    }

    [Fact]
    public async Task Nothing_unread_is_good_news()
    {
        var ada = await Hub.PersonAsync();
        await ada.MarkAsync(await ada.PublishAsync("One"), new() { Read = true });
        var page = await OpenAsync(ada, "/notifications?tab=unread");
        await Expect(page.GetByText("All caught up")).ToBeVisibleAsync();
        await Expect(page.Button("Send me samples")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task An_inbox_that_cannot_be_read_says_so_and_is_read_on_request()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("One");
        var context = await BrowserAsync(ada);
        var failing = true;
        await context.RouteAsync(InboxAddress(), route => failing ? route.FulfillAsync(Broken) : route.ContinueAsync());
        var page = await context.NewPageAsync();

        // Without time it does not try again by itself.
        await page.Clock.InstallAsync();
        await page.Clock.PauseAtAsync(DateTime.Parse("2030-01-01", System.Globalization.CultureInfo.InvariantCulture));
        await page.GotoAsync("/notifications");
        var failure = page.GetByTestId("failure");
        await Expect(failure).ToContainTextAsync("Notifications could not be loaded.");
        await Expect(failure).ToContainTextAsync("The disk is full. Make room.");
        failing = false;
        await failure.Button("Retry").ClickAsync();
        await page.ExpectRowsAsync("One");
        await Expect(failure).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task It_tries_again_by_itself_without_flickering()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("One");
        var context = await BrowserAsync(ada);
        var attempts = 0;
        await context.RouteAsync(InboxAddress(), route => Interlocked.Increment(ref attempts) <= 3 ? route.FulfillAsync(Broken) : route.ContinueAsync());
        var page = await context.NewPageAsync();
        await page.AddInitScriptAsync(
            """
            window.failures = 0;
            new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(node => {
              if (node.querySelector?.('[data-testid=failure]') || node.dataset?.testid === 'failure') window.failures++;
            }))).observe(document, { childList: true, subtree: true });
            """);
        await page.GotoAsync("/notifications");
        await page.ExpectRowsAsync("One");
        Assert.Equal(4, attempts);
        Assert.Equal(1, await page.EvaluateAsync<int>("failures"));
    }

    [Fact]
    public async Task Rows_stay_when_they_cannot_be_read_again()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("One");
        var context = await BrowserAsync(ada);
        var page = await context.NewPageAsync();
        await context.RouteAsync("**/events?*", async route =>
        {
            await page.ExpectRowsAsync("One");
            await context.RouteAsync(InboxAddress(), read => read.FulfillAsync(Broken));
            await route.FulfillAsync(new()
            {
                ContentType = "text/event-stream",
                Body = "event: hello\ndata: {\"epoch\":\"e\",\"head\":99,\"oldest\":99,\"resume\":\"gap\"}\n\n",
            });
        });
        await page.GotoAsync("/notifications");
        await Expect(page.GetByTestId("failure")).ToContainTextAsync("These may be out of date.");
        await page.ExpectRowsAsync("One");
    }

    [Fact]
    public async Task The_overview_shows_how_to_connect_an_agent_and_then_what_it_does()
    {
        var ada = await Hub.PersonAsync(Hub.NewName("newcomer"));
        var page = await OpenAsync(ada, "/");
        await Expect(page.Button("Connect an agent")).ToBeVisibleAsync();

        var project = await ada.ProjectAsync(Hub.NewName("harbour"), "Harbour");
        await ada.ReportAsync(project, "crane-1", Activities.Working, "Reads the manual", "Repair the crane");
        var working = page.GetByRole(AriaRole.Region, new() { Name = "Working" });
        await Expect(working.Link("Repair the crane")).ToBeVisibleAsync();

        await ada.ReportAsync(project, "crane-1", Activities.WaitingInput, "Which crane?");
        var needs = page.GetByRole(AriaRole.Region, new() { Name = "Needs you" });
        await Expect(needs.GetByTestId("need")).ToHaveCountAsync(1);
        await Expect(needs).ToContainTextAsync("Which crane?");
        await Expect(needs).ToContainTextAsync("Waiting for you");
        await Expect(working).ToContainTextAsync("No agent is working.");

        await ada.ReportAsync(project, "crane-1", Activities.Working);
        await ada.ReportAsync(project, "crane-1", Activities.Idle);
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Finished today" })).ToContainTextAsync("Repair the crane");
        await Expect(needs.GetByTestId("need")).ToHaveCountAsync(0);

        await Expect(page.GetByRole(AriaRole.Navigation)).ToContainTextAsync("1 idle");
        await page.GetByRole(AriaRole.Region, new() { Name = "Finished today" }).Link("Repair the crane").ClickAsync();
        await Expect(page.Heading("Repair the crane")).ToBeVisibleAsync();
        await Expect(page.Answers()).ToContainTextAsync("Which crane?");
        await page.Button("More about this session").ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Notifications" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog).GetByTestId("notification")).ToHaveCountAsync(2);
    }

    [Theory]
    [InlineData("/projects/nowhere", "This project does not exist")]
    [InlineData("/projects/nowhere/sessions/none", "This session does not exist")]
    [InlineData("/no/such/page", "Page not found")]
    public async Task What_does_not_exist_says_so(string path, string title)
    {
        var page = await OpenAsync(await Hub.PersonAsync(), path);
        await Expect(page.Heading(title).Or(page.GetByTestId("empty").GetByText(title)).First).ToBeVisibleAsync();
    }

    private static RouteFulfillOptions Broken => new()
    {
        Status = 500,
        ContentType = "application/problem+json",
        Body = """{"status":500,"code":"BROKEN","title":"The disk is full","detail":"Make room."}""",
    };

    [GeneratedRegex(@"/api/v1/notifications\?limit=50$")]
    private static partial Regex InboxAddress();
}
