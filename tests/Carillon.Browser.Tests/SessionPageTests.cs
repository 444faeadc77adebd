using System.Text.Json.Nodes;
using Carillon.Protocol;

namespace Carillon;

/// <summary>What stands around a conversation: the field on small screens, the queue, pull requests.</summary>
public sealed class SessionPageTests(Chromium chromium, NarrowHub hub) : PageTest(chromium, hub), IClassFixture<NarrowHub>
{
    private const int Keyboard = 340;

    /// <summary>A keyboard as iOS has it: it lies over the page, and only the visual viewport is smaller.</summary>
    private const string Overlay =
        """
        const viewport = Object.assign(new EventTarget(), { scale: 1, offsetTop: 0, offsetLeft: 0, height: innerHeight, width: innerWidth });
        Object.defineProperty(window, 'visualViewport', { value: viewport });
        """;

    private static readonly PullRequestReport Report = new()
    {
        Title = "Mend the crane",
        Url = "https://github.com/northwind/harbour/pull/7",
        HeadSha = "0123456789abcdef",
        State = PullRequestStates.Open,
        Draft = false,
        Mergeable = true,
        Conflicts = false,
        Checks = CheckStates.Pending,
        Review = ReviewStates.None,
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task With_the_keyboard_open_the_field_is_in_view_and_nothing_below_it(bool overlays)
    {
        var ada = await Hub.PersonAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync(Hub.NewName("harbour")), "Tell me about yourself");
        var phone = Devices.Phone();
        var context = await BrowserAsync(ada, phone);
        if (overlays)
        {
            await context.AddInitScriptAsync(Overlay);
        }

        var page = await context.OpenAsync(session.Path());
        await page.ExpectDoneAsync();
        await Expect(page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })).ToBeHiddenAsync();
        await page.Composer().TapAsync();
        var height = phone.ViewportSize!.Height - Keyboard;
        if (overlays)
        {
            await page.EvaluateAsync("height => { visualViewport.height = height; visualViewport.dispatchEvent(new Event('resize')); }", height);
        }
        else
        {
            await page.SetViewportSizeAsync(phone.ViewportSize.Width, height);
        }

        await page.WaitForFunctionAsync("height => document.querySelector('.composer').getBoundingClientRect().bottom <= height", height);
        await page.WaitForFunctionAsync("() => document.querySelector('.message.agent .said-foot').getBoundingClientRect().bottom <= document.querySelector('.composer-box').getBoundingClientRect().top");
        var box = (await page.Locator(".composer-box").BoundingBoxAsync())!;
        Assert.InRange(box.Y + box.Height, height - 24, height);
        await Expect(page.Composer()).ToBeFocusedAsync();
        await Expect(page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })).ToBeHiddenAsync();
        var last = (await page.Answers().Locator(".said-foot").BoundingBoxAsync())!;
        Assert.InRange(last.Y + last.Height, 0, box.Y);
    }

    [Fact]
    public async Task A_session_is_renamed_and_put_away_by_keyboard_and_a_second_window_sees_it()
    {
        var ada = await Hub.PersonAsync();
        var project = await ada.ProjectAsync(Hub.NewName("attic"));
        var talk = await ada.SessionAsync(project, title: "shop");
        var (page, other) = (await OpenAsync(ada, talk.Path()), await OpenAsync(ada, "/sessions"));
        await Expect(other.GetByTestId("session-row")).ToContainTextAsync("shop");

        await page.Button("More about this session").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Rename…" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        var title = page.GetByRole(AriaRole.Dialog).GetByLabel("Title");
        await Expect(title).ToBeFocusedAsync();
        await title.FillAsync("");
        await page.Keyboard.PressAsync("Enter");
        await Expect(title).ToHaveAccessibleDescriptionAsync("Use 1 to 80 characters.");
        await title.FillAsync("Mend the till 🛒");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await Expect(page.Heading("Mend the till 🛒")).ToBeVisibleAsync();
        await Expect(page.Button("More about this session")).ToBeFocusedAsync();
        await Expect(other.GetByTestId("session-row")).ToContainTextAsync("Mend the till 🛒");

        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Archive" }).ClickAsync();
        await Expect(page.Toast()).ToContainTextAsync("Session archived");
        await Expect(other.GetByTestId("session-row")).ToHaveCountAsync(0);
        await other.Button("Show archived sessions").ClickAsync();
        await Expect(other.GetByTestId("sessions-archived")).ToContainTextAsync("Mend the till 🛒");

        // The conversation is where it was, and goes on from there.
        await page.SayAsync("count to 2");
        await page.ExpectDoneAsync();
        await Expect(other.GetByTestId("sessions-archived")).Not.ToContainTextAsync("Mend the till 🛒");
        await Expect(other.GetByTestId("sessions-idle")).ToContainTextAsync("Mend the till 🛒");
    }

    [Fact]
    public async Task A_session_that_is_deleted_leaves_every_page_at_once()
    {
        var (ada, bob) = (await Hub.PersonAsync(), await Hub.PersonAsync());
        var project = await ada.ProjectAsync(Hub.NewName("attic"));
        var (talk, stays) = (await ada.SessionAsync(project, "count to 3", "Throw away"), await ada.SessionAsync(project, title: "Keep"));
        await ada.PublishAsync(new PublishNotification { Type = "test.happened", Priority = Priorities.Action, Title = "About it", Message = "It", SessionId = talk.Id });
        await ada.PublishAsync("About nothing");
        var (page, inbox) = (await OpenAsync(ada, talk.Path()), await OpenAsync(ada, "/notifications"));
        var his = await OpenAsync(bob, talk.Path());
        await page.ExpectDoneAsync();
        await Expect(inbox.Row("About it")).ToBeVisibleAsync();
        await Expect(his.Heading("Throw away")).ToBeVisibleAsync();

        // Whoever does not own it is not offered what the server would refuse.
        await his.Button("More about this session").ClickAsync();
        await Expect(his.GetByRole(AriaRole.Menuitem, new() { Name = "About" })).ToBeVisibleAsync();
        await Expect(his.GetByRole(AriaRole.Menuitem, new() { Name = "Delete…" })).ToHaveCountAsync(0);

        await page.Button("More about this session").ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Delete…" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("This cannot be undone");
        await page.GetByRole(AriaRole.Dialog).Button("Delete session").ClickAsync();
        await Expect(page.Toast()).ToContainTextAsync("Session deleted");
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/sessions$"));
        await Expect(page.GetByTestId("session-row")).ToHaveCountAsync(1);
        await Expect(page.GetByTestId("session-row")).ToContainTextAsync("Keep");
        await Expect(his.Heading("This session does not exist")).ToBeVisibleAsync();
        await Expect(inbox.Row("About it")).ToHaveCountAsync(0);
        await Expect(inbox.Row("About nothing")).ToBeVisibleAsync();

        // While its agent answers it cannot be; the page says what to do.
        await page.GotoAsync(stays.Path());
        await page.SayAsync("count to 100000");
        await Expect(page.Going()).ToContainTextAsync("1 2");
        await page.Button("More about this session").ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Delete…" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).Button("Delete session").ClickAsync();
        await Expect(page.Toast()).ToContainTextAsync("The session was not deleted.");
        await Expect(page.Toast()).ToContainTextAsync("Stop the session first");
        await page.Button("Stop").ClickAsync();
    }

    [Fact]
    public async Task The_overview_shows_who_waits_for_a_free_place()
    {
        var ada = await Hub.PersonAsync();
        var project = await ada.ProjectAsync(Hub.NewName("harbour"));
        var first = await ada.SessionAsync(project, "count to 20000", "First");
        await ada.SessionAsync(project, "count to 20001", "Second");
        await ada.SessionAsync(project, "count to 20002", "Third");
        var page = await OpenAsync(ada, "/");
        var working = page.GetByRole(AriaRole.Region, new() { Name = "Working" }).GetByTestId("session-row");
        var queued = page.GetByRole(AriaRole.Region, new() { Name = "Queued" }).GetByTestId("session-row");
        await Expect(working).ToContainTextAsync(["First"]);
        await Expect(queued).ToContainTextAsync(["Second", "Third"]);
        await Expect(queued.GetByTestId("activity")).ToHaveTextAsync(["Queued, 1st in line", "Queued, 2nd in line"]);

        await ada.EndAsync(first);
        await Expect(working).ToContainTextAsync(["Second"]);
        await Expect(queued.GetByTestId("activity")).ToHaveTextAsync(["Queued, 1st in line"]);
        await queued.Link("Third").ClickAsync();
        await Expect(page.GetByTestId("activity")).ToHaveTextAsync("Queued, 1st in line");

        // The one that waits first: otherwise it gets the place of the one before it, and may say something.
        foreach (var session in (await ada.SessionsAsync(project)).OrderByDescending(session => session.Title == "Third"))
        {
            await ada.EndAsync(session);
        }

        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Conversation" }).GetByText("Stopped before")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_address_without_a_project_leads_to_the_session()
    {
        var ada = await Hub.PersonAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync(Hub.NewName("harbour")), title: "Sweep the quay");
        var page = await OpenAsync(ada, $"/chat?id={session.Id}");
        await Expect(page).ToHaveURLAsync(session.Path());
        await Expect(page.Heading("Sweep the quay")).ToBeVisibleAsync();
        await page.GotoAsync("/chat?id=no-such-session");
        await Expect(page.GetByText("It may have been deleted, or it belongs to a project that you cannot see.")).ToBeVisibleAsync();
        await page.GotoAsync("/chat");
        await Expect(page.GetByText("It may have been deleted, or it belongs to a project that you cannot see.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_pull_request_appears_and_follows_what_is_reported()
    {
        var ada = await Hub.PersonAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync(Hub.NewName("harbour")));
        var page = await OpenAsync(ada, session.Path());
        await Expect(page.GetByText("Nothing has been said yet")).ToBeVisibleAsync();
        var strip = page.GetByTestId("pull-request");
        await Expect(strip).ToHaveCountAsync(0);

        await ada.PullRequestAsync(session, Report);
        await Expect(strip).ToContainTextAsync("#7");
        await Expect(strip).ToContainTextAsync("Checks running");
        await Expect(strip.Link("Mend the crane")).ToHaveAttributeAsync("href", Report.Url);
        await ada.PullRequestAsync(session, Report with { Checks = CheckStates.Passing });
        await Expect(strip).ToContainTextAsync("Ready to merge");
        await ada.PullRequestAsync(session, Report with { State = PullRequestStates.Merged, Checks = CheckStates.Passing });
        await Expect(strip).ToContainTextAsync("Merged");
        await Expect(strip).Not.ToContainTextAsync("Ready to merge");
    }

    [Fact]
    public async Task A_pull_request_on_an_unknown_host_is_no_link()
    {
        var ada = await Hub.PersonAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync(Hub.NewName("harbour")));
        await ada.PullRequestAsync(session, Report);
        var context = await BrowserAsync(ada);
        await context.RouteAsync("**/pull-requests", async route =>
        {
            var answer = await route.FetchAsync();
            var body = JsonNode.Parse(await answer.TextAsync())!;
            body["pullRequests"]![0]!["url"] = "https://elsewhere.example/northwind/harbour/pull/7";
            await route.FulfillAsync(new() { Response = answer, Body = body.ToJsonString() });
        });
        var page = await context.OpenAsync(session.Path());
        await Expect(page.GetByTestId("pull-request")).ToContainTextAsync("Mend the crane");
        await Expect(page.GetByTestId("pull-request").GetByRole(AriaRole.Link)).ToHaveCountAsync(0);
    }
}
