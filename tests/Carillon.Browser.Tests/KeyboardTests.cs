using Carillon.Protocol;

namespace Carillon;

public sealed class KeyboardTests(Chromium chromium, Hub hub) : PageTest(chromium, hub), IClassFixture<Hub>
{
    [Fact]
    public async Task The_whole_way_can_be_gone_by_keyboard()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishManyAsync(3);
        var page = await OpenAsync(null, "/");
        var keys = page.Keyboard;

        await Expect(page.GetByLabel("Name", new() { Exact = true })).ToBeFocusedAsync();
        await keys.TypeAsync(ada.Name);
        await keys.PressAsync("Tab");
        await keys.TypeAsync(ada.Password);
        await keys.PressAsync("Enter");
        await Expect(page.Heading("Overview")).ToBeFocusedAsync();

        await TabToAsync(page, page.Bell());
        await keys.PressAsync("Enter");
        await Expect(page.Popover()).ToBeFocusedAsync();
        await Expect(page.Popover().GetByTestId("notification")).ToHaveCountAsync(3);
        await keys.PressAsync("j");
        await Expect(page.Popover().Locator(".row-open").Nth(0)).ToBeFocusedAsync();
        await keys.PressAsync("j");
        await Expect(page.Popover().Locator(".row-open").Nth(1)).ToBeFocusedAsync();
        await keys.PressAsync("r");
        await Expect(page.Badge()).ToHaveTextAsync("2");
        await Expect(page.Popover().Locator(".row-open").Nth(1)).ToBeFocusedAsync();

        // The neighbour takes the focus, so that the next key goes on from there.
        await keys.PressAsync("e");
        await Expect(page.Popover().GetByTestId("notification")).ToHaveCountAsync(2);
        await Expect(page.Popover().Locator(".row-open").Nth(1)).ToBeFocusedAsync();
        await Expect(page.Popover().Locator(".row-open").Nth(1)).ToContainTextAsync("Row 1");
        await keys.PressAsync("k");
        await Expect(page.Popover().Locator(".row-open").Nth(0)).ToBeFocusedAsync();
        await keys.PressAsync("Escape");
        await Expect(page.Popover()).ToHaveCountAsync(0);
        await Expect(page.Bell()).ToBeFocusedAsync();

        await keys.PressAsync("?");
        await Expect(page.GetByRole(AriaRole.Dialog, new() { Name = "Keyboard" })).ToBeVisibleAsync();
        await keys.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await Expect(page.Bell()).ToBeFocusedAsync();

        await keys.TypeAsync("gn");
        await Expect(page).ToHaveURLAsync("/notifications");
        await Expect(page.Heading("Notifications")).ToBeFocusedAsync();
        await keys.PressAsync("j");
        await keys.PressAsync("Enter");
        await page.Rows().First.ExpectUnreadAsync(false);
        await keys.TypeAsync("go");
        await Expect(page).ToHaveURLAsync("/");

        // What is typed is text, not keys.
        await keys.PressAsync("/");
        await keys.TypeAsync("gn?");
        await Expect(page.GetByRole(AriaRole.Combobox, new() { Name = "Search" })).ToHaveValueAsync("gn?");
        await Expect(page).ToHaveURLAsync("/");
    }

    [Fact]
    public async Task Wherever_the_focus_stands_it_is_visible()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("One", Priorities.Urgent, new NotificationAction { Id = "r", Kind = ActionKinds.MarkRead, Label = "Got it" });
        foreach (var path in (string[])["/notifications", "/profile"])
        {
            var page = await OpenAsync(ada, path);
            await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeVisibleAsync();
            await Expect(path == "/profile" ? page.Locator(".items") : page.Rows()).Not.ToHaveCountAsync(0);
            var stops = new List<string>();
            while (true)
            {
                await page.Keyboard.PressAsync("Tab");
                var stop = await page.EvaluateAsync<string[]?>(
                    """
                    () => {
                      const at = document.activeElement;
                      if (at === null || at === document.body || at.dataset.stopped) return null;
                      at.dataset.stopped = 'yes';
                      const ring = style => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
                      const box = at.getBoundingClientRect();
                      const inView = box.bottom > 0 && box.top < innerHeight && box.width > 0;
                      const seen = inView && getComputedStyle(at).opacity !== '0' && (ring(getComputedStyle(at)) || ring(getComputedStyle(at, '::after')));
                      return [at.outerHTML.slice(0, 160), String(seen)];
                    }
                    """);
                if (stop is not [var what, var seen])
                {
                    break;
                }

                stops.Add(what);
                Assert.True(seen == "true", $"{path}: the focus is not to be seen on {what}");
            }

            Assert.True(stops.Count > 10, $"{path}: only {stops.Count} stops");
        }
    }

    [Fact]
    public async Task What_arrives_never_takes_the_focus()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishManyAsync(2);
        var page = await OpenAsync(ada);
        await page.ExpectRowsAsync("Row 2", "Row 1");

        await page.Keyboard.PressAsync("j");
        await page.Keyboard.PressAsync("j");
        await Expect(page.Row("Row 1").Locator(".row-open")).ToBeFocusedAsync();
        await ada.PublishAsync("New", Priorities.Urgent);
        await page.ExpectRowsAsync("New", "Row 2", "Row 1");
        await Expect(page.Row("Row 1").Locator(".row-open")).ToBeFocusedAsync();

        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("ro");
        await ada.PublishAsync("Row 3");
        await page.ExpectRowsAsync("Row 3", "Row 2", "Row 1");
        var search = page.GetByLabel("Search notifications").First;
        await Expect(search).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("w");
        await Expect(search).ToHaveValueAsync("row");

        // Nor does what arrives while a message to an agent is being written.
        await page.Keyboard.PressAsync("Escape");
        await ada.AskAsync(await ada.ProjectAsync(Hub.NewName("project")), "Ask");
        await page.Row("Ask").Button("Reply").ClickAsync();
        var message = page.Row("Ask").GetByLabel("Message to the agent");
        await Expect(message).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("Half a sen");
        await Expect(message).ToHaveValueAsync("Half a sen");
        await ada.PublishAsync("Row 4", Priorities.Urgent);
        await Expect(page.Row("Row 4")).ToBeVisibleAsync();
        await page.Keyboard.TypeAsync("tence");
        await Expect(message).ToHaveValueAsync("Half a sentence");
    }

    [Fact]
    public async Task The_first_stop_skips_to_the_content()
    {
        var page = await OpenAsync(await Hub.PersonAsync());
        await Expect(page.Heading("Notifications")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Tab");
        var skip = page.GetByRole(AriaRole.Link, new() { Name = "Skip to content" });
        await Expect(skip).ToBeFocusedAsync();
        await Expect(skip).ToBeInViewportAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("main")).ToBeFocusedAsync();
        await Expect(page.Heading("Notifications")).ToBeVisibleAsync();
    }

    private static async Task TabToAsync(IPage page, ILocator target)
    {
        for (var step = 0; step < 40; step++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await target.EvaluateAsync<bool>("element => element === document.activeElement"))
            {
                return;
            }
        }

        Assert.Fail($"The tab key does not reach {target}");
    }
}
