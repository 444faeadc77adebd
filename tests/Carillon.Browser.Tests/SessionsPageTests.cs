using System.Text.RegularExpressions;
using Carillon.Protocol;

namespace Carillon;

/// <summary>How one finds a session: by its project, by what it needs, by words; on a phone and with the keyboard.</summary>
public sealed class SessionsPageTests(Chromium chromium, Hub hub) : PageTest(chromium, hub), IClassFixture<Hub>
{
    [Fact]
    public async Task A_phone_reaches_every_project_and_every_session()
    {
        var (ada, bob) = (await Hub.PersonAsync(), await Hub.PersonAsync());
        var (shop, quay) = (await ada.ProjectAsync(Hub.NewName("shop"), "Shop"), await ada.ProjectAsync(Hub.NewName("quay"), "Quay"));
        await ada.ReportAsync(shop, $"{shop}-1", Activities.Blocked, "May I?", "Mend the till");
        await ada.ReportAsync(shop, $"{shop}-2", Activities.Exited, null, "Sweep the floor");
        await ada.ReportAsync(quay, $"{quay}-1", Activities.Working, null, "Paint the boats");
        await bob.ReportAsync(quay, $"{quay}-2", Activities.WaitingInput, "Which colour?", "Buy paint");
        var page = await OpenAsync(ada, "/", Devices.Phone());
        await page.GetByRole(AriaRole.Link, new() { Name = "Sessions", Exact = true }).TapAsync();

        await Expect(Group(page, "needs")).ToContainTextAsync("Mend the till");
        await Expect(Group(page, "working")).ToContainTextAsync("Paint the boats");
        await Expect(Group(page, "ended")).ToContainTextAsync("Sweep the floor");
        await Expect(page.GetByText("Buy paint")).ToHaveCountAsync(0);

        await page.Button("All").TapAsync();
        await Expect(Group(page, "others")).ToContainTextAsync("Waiting for " + bob.Name);

        await page.GetByRole(AriaRole.Link, new() { Name = "Quay", Exact = true }).TapAsync();
        await Expect(page.GetByText("Mend the till")).ToHaveCountAsync(0);
        await Expect(page).ToHaveURLAsync(new Regex($"project={quay}"));

        // A narrow address is enough to come in by, also where others have sessions that it leaves out.
        await page.GotoAsync($"/sessions?project={shop}");
        await Expect(Group(page, "needs")).ToContainTextAsync("Mend the till");
        await page.GotoAsync($"/sessions?project={quay}");
        await Expect(Group(page, "working")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "New session" }).First.TapAsync();
        await Expect(page).ToHaveURLAsync(new Regex($"/new\\?project={quay}"));

        await page.GoBackAsync();
        await page.GetByLabel("Search sessions").FillAsync("paint BOATS");
        await Expect(page.GetByTestId("session-row")).ToHaveCountAsync(1);
        await page.GetByLabel("Search sessions").FillAsync("no such thing");
        await Expect(page.GetByTestId("empty")).ToContainTextAsync("Nothing matches “no such thing”");
    }

    [Fact]
    public async Task Bells_that_cannot_be_read_hide_nothing_and_are_not_asked_for_without_a_pause()
    {
        var (ada, bob) = (await Hub.PersonAsync(), await Hub.PersonAsync());
        var project = await ada.ProjectAsync(Hub.NewName("fog"));
        await ada.ReportAsync(project, $"{project}-1", Activities.Blocked, "May I?", "Sound the horn");
        await bob.ReportAsync(project, $"{project}-2", Activities.Blocked, "May I?", "Light the lamp");
        var context = await BrowserAsync(ada);
        var asked = 0;
        await context.RouteAsync("**/api/v1/sessions/subscriptions?*", route =>
        {
            Interlocked.Increment(ref asked);
            return route.FulfillAsync(new() { Status = 503, ContentType = "application/problem+json", Body = """{"status":503,"code":"UNAVAILABLE","title":"Away"}""" });
        });
        var page = await context.NewPageAsync();
        foreach (var path in (string[])["/", "/sessions"])
        {
            asked = 0;
            await page.GotoAsync(path);
            await Expect(page.Locator("main").GetByText("Sound the horn")).ToBeVisibleAsync();
            await Expect(page.Locator(".rail-session").GetByText("Sound the horn")).ToBeVisibleAsync();
            await ada.PublishAsync($"After {path}", Priorities.Urgent);
            await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasText = $"After {path}" })).ToHaveCountAsync(1);
            Assert.InRange(Volatile.Read(ref asked), 1, 8);
        }
    }

    [Fact]
    public async Task Words_find_a_session_that_is_too_old_to_be_loaded()
    {
        var ada = await Hub.PersonAsync();
        var project = await ada.ProjectAsync(Hub.NewName("archive"));
        await ada.ReportAsync(project, $"{project}-oldest", Activities.Idle, null, "Count the barnacles");
        for (var number = 0; number < 205; number++)
        {
            await ada.ReportAsync(project, $"{project}-{number}", Activities.Idle, null, $"Later {number}");
        }

        var page = await OpenAsync(ada, "/sessions");
        await Expect(Group(page, "idle")).ToBeVisibleAsync();
        await page.GetByLabel("Search sessions").FillAsync("barnacles");
        await Expect(page.GetByTestId("session-row")).ToHaveCountAsync(1);
        await page.GetByTestId("session-row").GetByRole(AriaRole.Link).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Count the barnacles" })).ToBeFocusedAsync();
    }

    [Fact]
    public async Task The_rail_shows_what_is_mine_and_awake_and_folds()
    {
        var (ada, bob) = (await Hub.PersonAsync(), await Hub.PersonAsync());
        var project = await ada.ProjectAsync(Hub.NewName("mill"));
        await ada.ReportAsync(project, $"{project}-1", Activities.Working, null, "Grind the corn");
        await ada.ReportAsync(project, $"{project}-2", Activities.Blocked, "May I?", "Stop the wheel");
        await ada.ReportAsync(project, $"{project}-3", Activities.Idle, null, "Oil the axle");
        await bob.ReportAsync(project, $"{project}-4", Activities.Working, null, "Sell the flour");
        var page = await OpenAsync(ada, "/new");
        var mill = page.Locator(".rail-projects > ul > li").Filter(new() { HasText = project });

        await Expect(mill.Locator(".rail-session")).ToHaveTextAsync([new Regex("^Stop the wheel"), new Regex("^Grind the corn"), new Regex("^1 idle$")]);
        await page.Button("All").ClickAsync();
        await Expect(mill.Locator(".rail-session").Filter(new() { HasText = "Sell the flour" })).ToContainTextAsync(bob.Name);

        var fold = mill.Button($"Sessions of {project}");
        await fold.ClickAsync();
        await Expect(mill.Locator(".rail-session")).ToHaveCountAsync(0);
        // That something needs her is seen all the same.
        await Expect(mill.Locator(".dot.needs")).ToBeVisibleAsync();
        await page.ReloadAsync();
        await Expect(fold).ToHaveAttributeAsync("aria-expanded", "false");
        await fold.ClickAsync();
        await mill.GetByText("1 idle").ClickAsync();
        await Expect(Group(page, "idle")).ToContainTextAsync("Oil the axle");
    }

    [Fact]
    public async Task One_search_finds_everything_by_keyboard_also_while_one_writes()
    {
        var ada = await Hub.PersonAsync();
        var project = await ada.ProjectAsync(Hub.NewName("tower"), "Bell tower");
        var talk = await ada.SessionAsync(project, title: "Count the steps");
        await ada.ReportAsync(project, $"{project}-1", Activities.Working, null, "Polish the bell");
        await ada.PublishAsync("The clapper is loose");
        var page = await OpenAsync(ada, talk.Path());
        var message = page.GetByLabel("Message", new() { Exact = true });
        await message.FillAsync("Half a thought");

        await page.Keyboard.PressAsync("Control+k");
        var field = page.GetByRole(AriaRole.Combobox, new() { Name = "Search" });
        await Expect(field).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(message).ToBeFocusedAsync();
        await Expect(message).ToHaveValueAsync("Half a thought");

        await page.Keyboard.PressAsync("Control+k");
        await field.FillAsync("bell");
        await Expect(Options(page)).ToContainTextAsync(["Polish the bell", "Bell tower"]);
        await field.FillAsync("clapper");
        await Expect(Options(page).First).ToContainTextAsync("The clapper is loose");
        await field.FillAsync("polish");
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("ArrowUp");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Polish the bell" })).ToBeFocusedAsync();

        await page.Button("Search").ClickAsync();
        await field.FillAsync("dark");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
    }

    [Fact]
    public async Task With_room_a_list_shows_what_is_chosen_beside_it()
    {
        var ada = await Hub.PersonAsync();
        var project = await ada.ProjectAsync(Hub.NewName("yard"));
        foreach (var (number, title) in ((int, string)[])[(1, "Caulk the hull"), (2, "Raise the mast")])
        {
            await ada.ReportAsync(project, $"{project}-{number}", Activities.Blocked, "May I?", title);
        }

        var page = await OpenAsync(ada, "/notifications", Devices.Desktop());
        await page.Rows().Filter(new() { HasText = "Caulk the hull" }).Locator(".row-open").ClickAsync();
        var beside = page.GetByRole(AriaRole.Region, new() { Name = "Chosen session" });
        await Expect(beside.GetByRole(AriaRole.Heading, new() { Name = "Caulk the hull" })).ToBeVisibleAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/notifications\\?.*beside="));
        await Expect(page).ToHaveTitleAsync(new Regex("Notifications"));
        await Expect(page.Rows().Filter(new() { HasText = "Caulk the hull" }).Locator(".row-open")).ToBeFocusedAsync();

        // By keyboard to the next one, which takes the place of the first.
        await page.Rows().Filter(new() { HasText = "Raise the mast" }).Locator(".row-open").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(beside.GetByRole(AriaRole.Heading, new() { Name = "Raise the mast" })).ToBeVisibleAsync();
        await page.ReloadAsync();
        await Expect(beside.GetByRole(AriaRole.Heading, new() { Name = "Raise the mast" })).ToBeVisibleAsync();
        await page.GoBackAsync();
        await Expect(beside).ToContainTextAsync("Choose a session from the list");

        // Where there is no room, the session has a page of its own.
        await page.GoForwardAsync();
        await page.SetViewportSizeAsync(1000, 900);
        await Expect(page).ToHaveURLAsync(new Regex($"/projects/{project}/sessions/{project}-2$"));
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Raise the mast", Level = 1 })).ToBeVisibleAsync();
    }

    private static ILocator Group(IPage page, string name) => page.GetByTestId($"sessions-{name}");

    private static ILocator Options(IPage page) => page.GetByRole(AriaRole.Option);
}
