using Carillon.Protocol;

namespace Carillon;

/// <summary>What a person is told of a session, chosen at its bell.</summary>
public sealed class BellMenuTests(Chromium chromium, Hub hub) : PageTest(chromium, hub), IClassFixture<Hub>
{
    [Fact]
    public async Task The_owner_turns_it_off_by_keyboard_and_is_told_nothing_more()
    {
        var ada = await Hub.PersonAsync();
        var project = await ada.ProjectAsync(Hub.NewName("harbour"), "Harbour", closed: true);
        await ada.ReportAsync(project, $"{project}-crane", Activities.Working, null, "Repair the crane");
        var page = await OpenAsync(ada, $"/projects/{project}/sessions/{project}-crane");
        var bell = page.Locator(".ring-button");
        await Expect(bell).ToHaveAccessibleNameAsync("Notifications of this session: all");

        await bell.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        var choices = page.GetByRole(AriaRole.Menuitemradio);
        await Expect(choices).ToHaveCountAsync(3);
        await Expect(choices.Nth(0)).ToBeFocusedAsync();
        await Expect(choices.Nth(0)).ToBeCheckedAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(choices.Nth(1)).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("End");
        await Expect(choices.Nth(2)).ToBeFocusedAsync();
        await page.RunAndWaitForResponseAsync(
            () => page.Keyboard.PressAsync("Enter"), answer => answer.Request.Method == "DELETE" && answer.Ok);
        await Expect(bell).ToHaveAccessibleNameAsync("Notifications of this session: off");
        await Expect(bell).ToBeFocusedAsync();
        await Expect(choices).ToHaveCountAsync(0);

        await ada.ReportAsync(project, $"{project}-crane", Activities.WaitingInput, "Which crane?", "Repair the crane");
        await ada.ReportAsync(project, $"{project}-quay", Activities.WaitingInput, "Which quay?", "Sweep the quay");
        await page.GotoAsync("/notifications");
        await page.ExpectRowsAsync("Sweep the quay");

        // The overview shows one's own sessions whatever the bell says.
        await page.GotoAsync("/");
        await Expect(page.GetByTestId("need").Filter(new() { HasText = "Repair the crane" })).ToBeVisibleAsync();
        await page.GotoAsync($"/projects/{project}/sessions/{project}-crane");
        await Expect(bell).ToHaveAccessibleNameAsync("Notifications of this session: off");
    }

    [Fact]
    public async Task A_new_session_begins_with_what_was_chosen_for_it_and_the_menu_fits_a_narrow_page()
    {
        var ada = await Hub.PersonAsync();
        var project = await ada.ProjectAsync(Hub.NewName("harbour"), "Harbour", closed: true);
        var page = await OpenAsync(ada, $"/new?project={project}&agent=demo&message=Hello", Devices.Desktop(width: 320));
        await page.Button("Notifications of this session: all").ClickAsync();
        var menu = page.GetByRole(AriaRole.Menu);
        await Expect(menu).ToBeInViewportAsync(new() { Ratio = 1 });
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        await menu.GetByText("Only when it needs me").ClickAsync();
        await page.RunAndWaitForResponseAsync(
            () => page.Button("Start session").ClickAsync(), answer => answer.Request.Method == "PUT" && answer.Ok);
        await Expect(page.Button("Notifications of this session: only when it needs me")).ToBeVisibleAsync();
        await page.ReloadAsync();
        await Expect(page.Button("Notifications of this session: only when it needs me")).ToBeVisibleAsync();
    }
}
