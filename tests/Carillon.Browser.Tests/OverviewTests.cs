using Carillon.Protocol;

namespace Carillon;

/// <summary>The overview as the place where people work through what waits for them.</summary>
public sealed class OverviewTests(Chromium chromium, Hub hub) : PageTest(chromium, hub), IClassFixture<Hub>
{
    [Fact]
    public async Task What_waits_for_somebody_else_is_one_folded_line_until_the_bell_is_rung_on()
    {
        var (ada, bob) = (await Hub.PersonAsync(), await Hub.PersonAsync());
        var project = await ada.ProjectAsync(Hub.NewName("harbour"), "Harbour", closed: true);
        (await ada.Client.PutAsync($"projects/{project}/members/{bob.Name}", null)).EnsureSuccessStatusCode();
        await ada.ReportAsync(project, $"{project}-crane", Activities.WaitingInput, "Which crane?", "Repair the crane");
        await ada.ReportAsync(project, $"{project}-quay", Activities.Working, null, "Sweep the quay");
        await bob.ReportAsync(project, $"{project}-boat", Activities.WaitingInput, "Which colour?", "Paint the boat");

        var page = await OpenAsync(bob, "/");
        await Expect(page.GetByTestId("need")).ToHaveCountAsync(1);
        await Expect(page.GetByTestId("need")).ToContainTextAsync("Paint the boat");
        await Expect(page.GetByTestId("need")).ToContainTextAsync("Waiting for you");
        var others = page.Locator("details.others");
        await Expect(others.GetByTestId("session-row")).Not.ToBeVisibleAsync();
        await others.GetByText("1 agent waits for others").ClickAsync();
        await Expect(others.GetByTestId("session-row")).ToContainTextAsync($"Waiting for {ada.Name}");
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Working" }).GetByTestId("session-row")).ToContainTextAsync(ada.Name);

        await others.GetByRole(AriaRole.Button).ClickAsync();
        await others.GetByRole(AriaRole.Menuitemradio, new() { Name = "Only when it needs me" }).ClickAsync();
        await Expect(page.GetByTestId("need")).ToHaveCountAsync(2);
        await Expect(others).ToHaveCountAsync(0);
        await Expect(page.GetByTestId("need").Filter(new() { HasText = "Repair the crane" })).ToContainTextAsync($"Waiting for {ada.Name}");
    }

    [Fact]
    public async Task Ten_needs_are_worked_through_by_keyboard_and_in_place()
    {
        var ada = await Hub.PersonAsync();
        var project = await ada.ProjectAsync(Hub.NewName("harbour"), "Harbour", closed: true);
        for (var number = 0; number < 10; number++)
        {
            await ada.ReportAsync(project, $"{project}-{number}", Activities.WaitingInput, $"Question {number}?", $"Task {number}");
        }

        await ada.ReportAsync(project, $"{project}-slow", Activities.Stuck, null, "Slow task");
        var page = await OpenAsync(ada, "/");
        var needs = page.GetByTestId("need");
        var questions = page.GetByRole(AriaRole.Region, new() { Name = "Questions" });
        await Expect(questions.GetByTestId("need").Button("Reply")).ToHaveCountAsync(10);
        await Expect(page.GetByText("Slow task").Last).Not.ToBeVisibleAsync();

        for (var number = 9; number >= 0; number--)
        {
            await page.Keyboard.PressAsync("j");
            await Expect(needs.Filter(new() { HasText = $"Task {number}" }).Locator("a.need-open")).ToBeFocusedAsync();
            await page.Keyboard.PressAsync("r");
            var field = needs.GetByRole(AriaRole.Textbox);
            await Expect(field).ToBeFocusedAsync();
            await page.Keyboard.TypeAsync($"Answer {number}");
            await page.Keyboard.PressAsync("Shift+Enter");
            await page.Keyboard.TypeAsync("and more");
            await page.Keyboard.PressAsync("Enter");
            await Expect(needs.Filter(new() { HasText = $"Task {number}" }).Button("Sent")).ToBeFocusedAsync();
        }

        await Expect(page).ToHaveURLAsync("/");
        using var answer = await ada.Client.GetAsync($"sessions/{project}-4/messages", TestContext.Current.CancellationToken);
        Assert.Contains("Answer 4\\nand more", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        // The focused row goes when its agent goes on: its neighbour has the focus.
        await ada.ReportAsync(project, $"{project}-0", Activities.Working);
        await Expect(needs.Filter(new() { HasText = "Task 1" }).Locator("a.need-open")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page).ToHaveURLAsync($"/projects/{project}/sessions/{project}-1");
    }

    [Fact]
    public async Task All_of_a_card_is_the_link_and_its_buttons_stay_buttons()
    {
        var ada = await Hub.PersonAsync();
        var project = await ada.ProjectAsync(Hub.NewName("harbour"), "Harbour", closed: true);
        await ada.ReportAsync(project, $"{project}-crane", Activities.WaitingInput, "Which crane?", "Repair the crane");
        var page = await OpenAsync(ada, "/");
        var card = page.GetByTestId("need");
        await card.Button("Reply").ClickAsync();
        await Expect(card.GetByRole(AriaRole.Textbox)).ToBeFocusedAsync();
        await Expect(page).ToHaveURLAsync("/");
        // The link lies over its words, which is what a finger meets.
        await card.GetByText("Which crane?").ClickAsync(new() { Force = true });
        await Expect(page).ToHaveURLAsync($"/projects/{project}/sessions/{project}-crane");
    }
}
