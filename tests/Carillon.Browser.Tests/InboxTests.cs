using System.Text.RegularExpressions;
using Carillon.Protocol;

namespace Carillon;

public sealed class InboxTests(Chromium chromium, Hub hub) : PageTest(chromium, hub), IClassFixture<Hub>
{
    [Fact]
    public async Task What_is_in_the_inbox_is_shown_newest_first()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("First", Priorities.Warning);
        await ada.PublishAsync("Second", Priorities.Urgent);
        var read = await ada.PublishAsync("Third");
        await ada.MarkAsync(read, new() { Read = true });

        var page = await OpenAsync(ada);

        await page.ExpectRowsAsync("Third", "Second", "First");
        await page.Row("Third").ExpectUnreadAsync(false);
        await page.Row("Second").ExpectUnreadAsync();
        await Expect(page.Row("Second")).ToContainTextAsync("Urgent.");
        await Expect(page.Row("Second")).ToContainTextAsync("About Second");
        await Expect(page.Heading("Today")).ToBeVisibleAsync();
        await Expect(page.Badge()).ToHaveTextAsync("2");
    }

    [Fact]
    public async Task What_happens_now_appears_by_itself_and_once()
    {
        var ada = await Hub.PersonAsync();
        var page = await OpenAsync(ada);
        await Expect(page.GetByText("Nothing has happened yet")).ToBeVisibleAsync();
        await Expect(page).ToHaveTitleAsync("Notifications · Carillon");

        await ada.PublishAsync("It happened", Priorities.Urgent);

        await page.ExpectRowsAsync("It happened");
        await Expect(page.Badge()).ToHaveTextAsync("1");
        await Expect(page).ToHaveTitleAsync("(1) Notifications · Carillon");
        await Expect(page.Locator("link[rel=icon]")).ToHaveAttributeAsync("href", new Regex("favicon-unread.*svg$"));
        await Expect(page.GetByTestId("announcer")).ToHaveTextAsync("New notification. Urgent: It happened");

        await page.ReloadAsync();
        await page.ExpectRowsAsync("It happened");
        await Expect(page.Badge()).ToHaveTextAsync("1");
    }

    [Fact]
    public async Task What_is_changed_elsewhere_changes_here()
    {
        var ada = await Hub.PersonAsync();
        var one = await ada.PublishAsync("One");
        var two = await ada.PublishAsync("Two");
        var page = await OpenAsync(ada);
        await Expect(page.Badge()).ToHaveTextAsync("2");

        await ada.MarkAsync(one, new() { Read = true });
        await page.Row("One").ExpectUnreadAsync(false);
        await Expect(page.Badge()).ToHaveTextAsync("1");

        await ada.MarkAsync(two, new() { Archived = true });
        await page.ExpectRowsAsync("One");
        await Expect(page.Badge()).ToHaveCountAsync(0);

        await ada.MarkAsync(two, new() { Archived = false });
        await page.ExpectRowsAsync("Two", "One");
        await Expect(page.Badge()).ToHaveTextAsync("1");
    }

    [Fact]
    public async Task What_is_resolved_is_dimmed_and_says_so()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync(new PublishNotification { Type = "build.failed", Priority = Priorities.Urgent, Title = "Broken", Message = "It broke", CauseKey = "build" });
        var page = await OpenAsync(ada);
        var title = page.Row("Broken").Locator(".row-open");
        await Expect(page.Row("Broken")).ToBeVisibleAsync();
        var before = await title.EvaluateAsync<string>("e => getComputedStyle(e).color");

        await ada.ResolveAsync("build");

        await Expect(page.Row("Broken").GetByText("Resolved")).ToHaveCSSAsync("text-decoration-line", "none");
        await Expect(page.Badge()).ToHaveCountAsync(0);
        await page.Row("Broken").ExpectUnreadAsync(false);
        Assert.NotEqual(before, await title.EvaluateAsync<string>("e => getComputedStyle(e).color"));
    }

    [Fact]
    public async Task What_repeats_is_counted_in_its_row()
    {
        var ada = await Hub.PersonAsync();
        var page = await OpenAsync(ada);
        for (var time = 1; time <= 2; time++)
        {
            await ada.PublishAsync(new PublishNotification { Type = "build.failed", Priority = Priorities.Warning, Title = "Flaky", Message = $"Time {time}", DedupeKey = "flaky" });
        }

        await Expect(page.Row("Flaky")).ToContainTextAsync("2 times");
        await Expect(page.Row("Flaky")).ToContainTextAsync("Time 2");
        await Expect(page.Rows()).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task A_row_that_rings_again_comes_to_the_top_unread_and_a_quiet_one_as_it_was_left()
    {
        var ada = await Hub.PersonAsync();
        var backup = new PublishNotification { Type = "backup.failed", Priority = Priorities.Warning, Title = "Backup", Message = "It is late", DedupeKey = "backup" };
        var row = await ada.PublishAsync(backup);
        await ada.PublishAsync("One");
        await ada.MarkAsync(row, new() { Read = true });
        var page = await OpenAsync(ada);
        await page.ExpectRowsAsync("One", "Backup");
        await Expect(page.Row("Backup")).ToContainTextAsync($"by {ada.Name}");

        await ada.PublishAsync(backup);
        await page.ExpectRowsAsync("Backup", "One");
        await page.Row("Backup").ExpectUnreadAsync(false);

        await ada.PublishAsync("Two");
        await ada.PublishAsync(backup with { Priority = Priorities.Urgent });
        await page.ExpectRowsAsync("Backup", "Two", "One");
        await page.Row("Backup").ExpectUnreadAsync(true);
        await Expect(page.Row("Backup")).ToContainTextAsync("3 times");
        await Expect(page.Badge()).ToHaveTextAsync("3");
    }

    [Fact]
    public async Task The_badge_counts_to_99_and_then_says_99_plus()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishManyAsync(100);
        var page = await OpenAsync(ada);

        await Expect(page.Badge()).ToHaveTextAsync("99+");
        await Expect(page).ToHaveTitleAsync("(99+) Notifications · Carillon");
        await Expect(page.Bell()).ToHaveAttributeAsync("aria-label", "Notifications, 100 unread");

        var first = page.Row("Row 100");
        await first.HoverAsync();
        await first.Button("Mark read: Row 100").ClickAsync();
        await Expect(page.Badge()).ToHaveTextAsync("99");
    }

    [Fact]
    public async Task The_unread_tab_shows_what_is_unread()
    {
        var ada = await Hub.PersonAsync();
        await ada.MarkAsync(await ada.PublishAsync("Read before"), new() { Read = true });
        await ada.PublishAsync("Still new");
        var page = await OpenAsync(ada);
        await page.ExpectRowsAsync("Still new", "Read before");

        await page.GetByRole(AriaRole.Tab, new() { Name = "Unread" }).ClickAsync();
        await page.ExpectRowsAsync("Still new");
        await Expect(page.GetByRole(AriaRole.Tab, new() { Name = "Unread" })).ToHaveAttributeAsync("aria-selected", "true");

        // The address says so, and a reload comes back to it.
        await page.ReloadAsync();
        await page.ExpectRowsAsync("Still new");

        await page.GetByRole(AriaRole.Tab, new() { Name = "Unread" }).PressAsync("ArrowRight");
        await page.ExpectRowsAsync("Still new", "Read before");
        await Expect(page.GetByRole(AriaRole.Tab, new() { Name = "All" })).ToBeFocusedAsync();
    }

    [Fact]
    public async Task What_needs_somebody_has_a_tab_which_is_in_the_address_and_remembered()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("Good to know");
        await ada.MarkAsync(await ada.PublishAsync("Decide", Priorities.Action), new() { Read = true });
        await ada.PublishAsync(new PublishNotification { Type = "a.b", Priority = Priorities.Urgent, Title = "Over", Message = "m", CauseKey = "over" });
        await ada.ResolveAsync("over");
        var page = await OpenAsync(ada);
        await page.ExpectRowsAsync("Over", "Decide", "Good to know");

        await page.GetByRole(AriaRole.Tab, new() { Name = "Needs you" }).ClickAsync();
        await page.ExpectRowsAsync("Decide");
        await Expect(page.Rows()).ToHaveCountAsync(1);
        await Expect(page).ToHaveURLAsync("/notifications?tab=needs");

        await page.GotoAsync("/");
        await page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { NameRegex = new("^Notifications") }).ClickAsync();
        await Expect(page).ToHaveURLAsync("/notifications?tab=needs");
        await Expect(page.Rows()).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Tab, new() { Name = "All" }).ClickAsync();
        await Expect(page).ToHaveURLAsync("/notifications?tab=all");
        await Expect(page.Rows()).ToHaveCountAsync(3);
    }

    [Theory]
    [InlineData(1440, 64)]
    [InlineData(390, 90)]
    public async Task A_row_is_low_and_shows_one_action(int width, int most)
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync(new PublishNotification { Type = "a.b", Priority = Priorities.Info, Title = string.Join(' ', Enumerable.Repeat("title", 13)), Message = string.Join(' ', Enumerable.Repeat("word", 60)) });
        var page = await OpenAsync(ada, options: new() { ViewportSize = new() { Width = width, Height = 900 } });
        Assert.InRange((await page.Rows().First.BoundingBoxAsync())!.Height, 1, most + 1);

        await ada.AskAsync(
            await ada.ProjectAsync(Hub.NewName("project")), "Question",
            new NotificationAction { Id = "p", Kind = ActionKinds.OpenPullRequest, Label = "Open pull request", Url = "https://github.com/acme/harbour/pull/7" });
        var row = page.Row("Question");
        await Expect(row.Button("Reply")).ToBeVisibleAsync();
        await Expect(row.GetByText("Open pull request")).ToHaveCountAsync(0);
        await row.Button("More actions: Question").ClickAsync();
        await Expect(row.GetByText("Open pull request")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_project_can_be_looked_at_alone()
    {
        var ada = await Hub.PersonAsync();
        var mine = await ada.ProjectAsync(Hub.NewName("harbour"), "Harbour");
        var other = await ada.ProjectAsync(Hub.NewName("mill"), "Mill");
        await ada.PublishAsync(new PublishNotification { Type = "a.b", Priority = Priorities.Info, Title = "In the harbour", Message = "m", ProjectId = mine });
        await ada.PublishAsync(new PublishNotification { Type = "a.b", Priority = Priorities.Info, Title = "In the mill", Message = "m", ProjectId = other });
        var page = await OpenAsync(ada);
        await page.ExpectRowsAsync("In the mill", "In the harbour");
        await Expect(page.Row("In the mill")).ToContainTextAsync("Mill");

        await page.GetByLabel("Project", new() { Exact = true }).SelectOptionAsync(mine);
        await page.ExpectRowsAsync("In the harbour");

        // What arrives for another project stays out of it, what arrives for this one comes.
        await ada.PublishAsync(new PublishNotification { Type = "a.b", Priority = Priorities.Info, Title = "Mill again", Message = "m", ProjectId = other });
        await ada.PublishAsync(new PublishNotification { Type = "a.b", Priority = Priorities.Info, Title = "Harbour again", Message = "m", ProjectId = mine });
        await page.ExpectRowsAsync("Harbour again", "In the harbour");

        // Marking all marks all of this project.
        await page.Button("Mark all read").ClickAsync();
        await Expect(page.Badge()).ToHaveTextAsync("2");
        await page.GetByLabel("Project", new() { Exact = true }).SelectOptionAsync("");
        await page.Row("Mill again").ExpectUnreadAsync();
        await page.Row("Harbour again").ExpectUnreadAsync(false);
    }

    [Fact]
    public async Task A_search_looks_through_what_is_loaded()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("Release is out");
        await ada.PublishAsync("Tests fail");
        var page = await OpenAsync(ada);
        await page.ExpectRowsAsync("Tests fail", "Release is out");
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("release");
        await page.ExpectRowsAsync("Release is out");

        await page.Keyboard.TypeAsync("d");
        await Expect(page.GetByText("Nothing matches “released”")).ToBeVisibleAsync();
        await page.Button("Clear search").ClickAsync();
        await page.ExpectRowsAsync("Tests fail", "Release is out");
    }

    [Fact]
    public async Task One_can_be_marked_read_and_unread_and_the_server_keeps_it()
    {
        var ada = await Hub.PersonAsync();
        var one = await ada.PublishAsync("One");
        var page = await OpenAsync(ada);
        var row = page.Row("One");

        await row.HoverAsync();
        await page.SaveAsync("read", () => row.Button("Mark read: One").ClickAsync());
        await row.ExpectUnreadAsync(false);
        await Expect(page.Badge()).ToHaveCountAsync(0);
        await Expect(row.Button("Mark unread: One")).ToBeVisibleAsync();
        await page.ReloadAsync();
        await row.ExpectUnreadAsync(false);
        Assert.NotNull((await ada.ReadAsync(one)).ReadAt);

        await row.HoverAsync();
        await page.SaveAsync("read", () => row.Button("Mark unread: One").ClickAsync());
        await row.ExpectUnreadAsync();
        await Expect(page.Badge()).ToHaveTextAsync("1");
        await page.ReloadAsync();
        await row.ExpectUnreadAsync();
        Assert.Null((await ada.ReadAsync(one)).ReadAt);
        Assert.Equal(0, await page.EvaluateAsync<int>("() => localStorage.length + sessionStorage.length"));
    }

    [Fact]
    public async Task A_change_that_was_not_saved_is_taken_back_and_says_so()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("One");
        var page = await OpenAsync(ada);
        var row = page.Row("One");
        await page.RouteAsync("**/api/v1/notifications/ntf_*", route => route.Request.Method == "PATCH" ? route.AbortAsync() : route.ContinueAsync());

        await row.HoverAsync();
        await row.Button("Mark read: One").ClickAsync();
        await Expect(page.Toast()).ToContainTextAsync("was undone");
        await page.Toast().HoverAsync();
        await row.ExpectUnreadAsync();
        await Expect(page.Badge()).ToHaveTextAsync("1");

        await page.UnrouteAllAsync();
        await page.Toast().Button("Retry").ClickAsync();
        await row.ExpectUnreadAsync(false);
    }

    [Fact]
    public async Task Marking_all_leaves_unread_what_arrives_meanwhile_and_can_be_undone()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync(new PublishNotification { Type = "a.b", Priority = Priorities.Urgent, Title = "Handled elsewhere", Message = "m", CauseKey = "c" });
        await ada.ResolveAsync("c");
        await ada.PublishManyAsync(3);
        var page = await OpenAsync(ada);
        await page.ExpectRowsAsync("Row 3", "Row 2", "Row 1", "Handled elsewhere");
        await page.RouteAsync("**/read-all", async route =>
        {
            await ada.PublishAsync("Meanwhile");
            await route.ContinueAsync();
        });

        await page.Button("Mark all read").ClickAsync();

        await Expect(page.Toast()).ToContainTextAsync("3 notifications marked read");

        // It stays for whoever is about to press Undo.
        await page.Toast().HoverAsync();
        await page.Row("Meanwhile").ExpectUnreadAsync();
        await page.Row("Row 2").ExpectUnreadAsync(false);
        await Expect(page.Badge()).ToHaveTextAsync("1");
        Assert.Equal(1, (await ada.InboxAsync()).UnreadCount);

        // One request: who goes elsewhere at once loses none of them.
        await page.UnrouteAllAsync();
        var changes = new List<string>();
        page.Request += (_, request) =>
        {
            // That a row was seen is told whenever the page comes to it.
            var isAboutReading = request.Method is "PATCH" && request.PostData?.Contains("\"read\"", StringComparison.Ordinal) is true;
            if (isAboutReading || request.Url.EndsWith("/read-all", StringComparison.Ordinal))
            {
                changes.Add(request.Method);
            }
        };
        var saved = page.WaitForResponseAsync("**/read-all");
        await page.Toast().Button("Undo").ClickAsync();
        await saved;
        Assert.Equal(["POST"], changes);
        await page.Row("Row 2").ExpectUnreadAsync();
        await Expect(page.Badge()).ToHaveTextAsync("4");

        // Another browser is told by the server only.
        var elsewhere = await OpenAsync(ada);
        await Expect(elsewhere.Badge()).ToHaveTextAsync("4");
        await page.ReloadAsync();
        await Expect(page.Badge()).ToHaveTextAsync("4");
    }

    [Fact]
    public async Task What_is_dismissed_comes_back_by_undo_as_it_was()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishManyAsync(2);
        var page = await OpenAsync(ada);
        var row = page.Row("Row 1");

        await row.HoverAsync();
        await row.Button("Dismiss: Row 1").ClickAsync();
        await page.ExpectRowsAsync("Row 2");
        await Expect(page.Badge()).ToHaveTextAsync("1");

        await page.SaveAsync("\"archived\":false", () => page.Toast().Button("Undo").ClickAsync());
        await page.ExpectRowsAsync("Row 2", "Row 1");
        await row.ExpectUnreadAsync();
        await Expect(page.Badge()).ToHaveTextAsync("2");
        await Expect(page.Toast()).ToHaveCountAsync(0);

        await page.ReloadAsync();
        await page.ExpectRowsAsync("Row 2", "Row 1");
    }

    [Fact]
    public async Task What_was_dismissed_stays_away()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishManyAsync(2);
        var page = await OpenAsync(ada);
        await page.Row("Row 2").HoverAsync();
        await page.SaveAsync("archived", () => page.Row("Row 2").Button("Dismiss: Row 2").ClickAsync());
        await page.ExpectRowsAsync("Row 1");

        await page.ReloadAsync();
        await page.ExpectRowsAsync("Row 1");
    }

    [Fact]
    public async Task Older_ones_come_when_the_end_comes_near()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishManyAsync(120);
        var page = await OpenAsync(ada);
        await Expect(page.Rows()).ToHaveCountAsync(50);

        // One that arrives while the person is paging moves no page.
        await ada.PublishAsync("Just now");
        await Expect(page.Rows()).ToHaveCountAsync(51);
        foreach (var count in (int[])[101, 121])
        {
            await page.Rows().Last.ScrollIntoViewIfNeededAsync();
            await Expect(page.Rows()).ToHaveCountAsync(count);
        }

        await Expect(page.Button("Load older")).ToHaveCountAsync(0);
        var ids = await page.Rows().EvaluateAllAsync<string[]>("rows => rows.map(row => row.dataset.id)");
        Assert.Equal(121, ids.Distinct().Count());
    }

    [Fact]
    public async Task Older_ones_come_by_the_button_and_a_failure_offers_to_retry()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishManyAsync(60);
        var context = await BrowserAsync(ada);

        // A browser in which nothing tells that the end came near.
        await context.AddInitScriptAsync("window.IntersectionObserver = class { observe() {} unobserve() {} disconnect() {} }");
        await context.RouteAsync("**/api/v1/notifications?*beforeSeq=*", route => route.AbortAsync());
        var page = await context.OpenAsync("/notifications");
        await Expect(page.Rows()).ToHaveCountAsync(50);

        await page.Button("Load older").ClickAsync();
        await Expect(page.GetByText("Older notifications could not be loaded.")).ToBeVisibleAsync();
        await Expect(page.Rows()).ToHaveCountAsync(50);
        await context.UnrouteAllAsync();
        await page.Button("Retry").ClickAsync();
        await Expect(page.Rows()).ToHaveCountAsync(60);
    }

    [Fact]
    public async Task The_popover_shows_the_inbox_in_place_and_keeps_its_scroll()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishManyAsync(30);
        var page = await OpenAsync(ada, "/");
        await page.Bell().ClickAsync();
        await Expect(page.Popover().GetByTestId("notification")).ToHaveCountAsync(30);
        await page.Popover().Locator(".popover-scroll").EvaluateAsync("box => box.scrollTop = 500");
        await Expect(page.Popover().Locator(".popover-scroll")).ToHaveJSPropertyAsync("scrollTop", 500);

        // A click beside it closes it.
        await page.Mouse.ClickAsync(300, 700);
        await Expect(page.Popover()).ToHaveCountAsync(0);
        await page.Bell().ClickAsync();
        await Expect(page.Popover().Locator(".popover-scroll")).ToHaveJSPropertyAsync("scrollTop", 500);

        await page.Popover().Link("Open all notifications").ClickAsync();
        await Expect(page).ToHaveURLAsync("/notifications");
        await Expect(page.Popover()).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task What_was_on_the_screen_counts_as_seen_but_not_as_read()
    {
        var ada = await Hub.PersonAsync();
        var one = await ada.PublishAsync("One");
        var page = await (await BrowserAsync(ada)).NewPageAsync();
        await page.SaveAsync("seen", () => page.GotoAsync("/notifications"));
        var seen = await ada.ReadAsync(one);
        Assert.NotNull(seen.SeenAt);
        Assert.Null(seen.ReadAt);
    }

    [Fact]
    public async Task An_answer_that_comes_late_does_not_bring_back_what_was_dismissed_elsewhere()
    {
        var ada = await Hub.PersonAsync();
        var page = await OpenAsync(ada);
        var (answered, released) = (new TaskCompletionSource(), new TaskCompletionSource());
        await page.RouteAsync("**/api/v1/notifications/ntf_*", async route =>
        {
            var answer = await route.FetchAsync();
            answered.TrySetResult();
            await released.Task;
            await route.FulfillAsync(new() { Response = answer });
        });
        var one = await ada.PublishAsync("One");
        await Expect(page.Row("One")).ToBeVisibleAsync();

        // The page has told that it was seen, and the answer is on its way.
        await answered.Task;
        await ada.MarkAsync(one, new() { Archived = true });
        await Expect(page.Rows()).ToHaveCountAsync(0);
        var late = page.WaitForResponseAsync("**/api/v1/notifications/ntf_*");
        released.SetResult();
        await (await late).FinishedAsync();

        await ada.PublishAsync("Two");
        await page.ExpectRowsAsync("Two");
        await Expect(page.Badge()).ToHaveTextAsync("1");
    }

    [Fact]
    public async Task A_swipe_to_the_left_dismisses_and_to_the_right_marks_read()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishManyAsync(2);
        var page = await OpenAsync(ada, options: Devices.Phone());
        await SwipeAsync(page, page.Row("Row 2"), 150);
        await page.Row("Row 2").ExpectUnreadAsync(false);
        await SwipeAsync(page, page.Row("Row 1"), -150);
        await page.ExpectRowsAsync("Row 2");

        // Too short a way means nothing.
        await SwipeAsync(page, page.Row("Row 2"), -60);
        await page.ExpectRowsAsync("Row 2");
        await Expect(page).ToHaveURLAsync("/notifications");
    }

    private static async Task SwipeAsync(IPage page, ILocator row, int by)
    {
        await Expect(row).ToBeVisibleAsync();
        var box = (await row.BoundingBoxAsync())!;
        var (x, y) = (box.X + (box.Width / 2), box.Y + (box.Height / 2));
        var touch = await page.Context.NewCDPSessionAsync(page);
        await SendAsync("touchStart", x);
        for (var step = 1; step <= 5; step++)
        {
            await SendAsync("touchMove", x + (by * step / 5f));
        }

        await touch.SendAsync("Input.dispatchTouchEvent", new() { ["type"] = "touchEnd", ["touchPoints"] = Array.Empty<object>() });

        Task SendAsync(string type, float at) =>
            touch.SendAsync("Input.dispatchTouchEvent", new() { ["type"] = type, ["touchPoints"] = new[] { new { x = at, y } } });
    }
}
