namespace Carillon;

/// <summary>The keyboard goes on where it was: nothing that goes away takes the focus with it.</summary>
public sealed class FocusTests(Chromium chromium, Hub hub) : PageTest(chromium, hub), IClassFixture<Hub>
{
    [Fact]
    public async Task Undo_leads_to_the_row_that_came_back()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishManyAsync(3);
        var page = await OpenAsync(ada);
        await page.ExpectRowsAsync("Row 3", "Row 2", "Row 1");
        await page.Row("Row 2").Locator(".row-open").FocusAsync();
        await page.Keyboard.PressAsync("e");
        await Expect(page.Row("Row 2")).ToHaveCountAsync(0);
        await page.Toast().Button("Undo").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Row("Row 2").Locator(".row-open")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task A_message_that_is_closed_gives_the_focus_back()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishManyAsync(2);
        var page = await OpenAsync(ada);
        await page.Button("Mark all read").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.Toast().Button("Close this message").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Toast()).ToHaveCountAsync(0);
        await Expect(page.Button("Mark all read")).ToBeFocusedAsync();
    }

    [Theory]
    [InlineData("/profile", "New token", "Tokens")]
    [InlineData("/admin", "Add person", "People")]
    [InlineData("/admin", "Add project", "Projects")]
    public async Task Cancel_leads_to_the_button_that_opened_the_form(string path, string button, string section)
    {
        var page = await OpenAsync(Hub.Admin, path);
        var region = page.GetByRole(AriaRole.Region, new() { Name = section, Exact = true });
        await region.Button(button).ClickAsync();
        await region.Button("Cancel").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(region.Locator("form")).ToHaveCountAsync(0);
        await Expect(region.Button(button)).ToBeFocusedAsync();
    }

    [Fact]
    public async Task What_was_added_leads_to_the_button_too_and_what_was_deleted_to_its_neighbour()
    {
        var page = await OpenAsync(await Hub.PersonAsync(), "/profile");
        var tokens = page.GetByRole(AriaRole.Region, new() { Name = "Tokens" });
        foreach (var name in (string[])["first", "second"])
        {
            await tokens.Button("New token").ClickAsync();
            await tokens.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
            await page.Keyboard.PressAsync("Enter");
            await tokens.Button("Done").FocusAsync();
            await page.Keyboard.PressAsync("Enter");
            await Expect(tokens.Button("New token")).ToBeFocusedAsync();
        }

        var rows = tokens.GetByRole(AriaRole.Listitem);
        await Expect(rows).ToHaveCountAsync(2);
        for (var left = 1; left >= 0; left--)
        {
            await rows.First.GetByRole(AriaRole.Button).FocusAsync();
            await page.Keyboard.PressAsync("Enter");
            await page.GetByRole(AriaRole.Dialog).Button("Revoke").FocusAsync();
            await page.Keyboard.PressAsync("Enter");
            await Expect(rows).ToHaveCountAsync(left);
            await Expect(left == 0 ? tokens.Button("New token") : rows.First.GetByRole(AriaRole.Button)).ToBeFocusedAsync();
        }
    }
}
