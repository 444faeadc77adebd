using System.Net;

namespace Carillon;

public sealed class ProfileTests(Chromium chromium, Hub hub) : PageTest(chromium, hub), IClassFixture<Hub>
{
    [Fact]
    public async Task A_token_is_shown_once_works_and_is_revoked_after_a_question()
    {
        var ada = await Hub.PersonAsync();
        var context = await BrowserAsync(ada);
        await context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        var page = await context.OpenAsync("/profile");
        var tokens = page.GetByRole(AriaRole.Region, new() { Name = "Tokens" });
        await Expect(tokens).ToContainTextAsync("No tokens yet.");

        await tokens.Button("New token").ClickAsync();
        await tokens.Button("Create token").ClickAsync();
        await Expect(tokens.GetByLabel("Name", new() { Exact = true })).ToHaveAccessibleDescriptionAsync("Use 1 to 60 characters.");
        await Expect(tokens.GetByLabel("Admin")).ToHaveCountAsync(0);
        await tokens.GetByLabel("Name", new() { Exact = true }).FillAsync("laptop hooks");
        await tokens.GetByLabel("Read See what you see").CheckAsync();
        await tokens.GetByLabel("Expires").SelectOptionAsync("30");
        await tokens.Button("Create token").ClickAsync();

        var secret = await tokens.GetByTestId("token-secret").TextContentAsync();
        Assert.StartsWith("car_", secret, StringComparison.Ordinal);
        await tokens.Button("Copy").ClickAsync();
        await Expect(tokens.Button("Copied")).ToBeVisibleAsync();
        Assert.Equal(secret, await page.EvaluateAsync<string>("navigator.clipboard.readText()"));
        using var program = Server.WithToken(secret!);
        Assert.Equal(HttpStatusCode.OK, (await program.GetAsync("/api/v1/notifications")).StatusCode);

        await tokens.Button("Done").ClickAsync();
        await Expect(page.GetByTestId("token-secret")).ToHaveCountAsync(0);
        await page.ReloadAsync();
        await Expect(tokens.GetByRole(AriaRole.Listitem)).ToContainTextAsync("laptop hooks");
        Assert.DoesNotContain(secret!, await page.ContentAsync(), StringComparison.Ordinal);

        await tokens.Button("Revoke laptop hooks").ClickAsync();
        var question = page.GetByRole(AriaRole.Dialog, new() { Name = "Revoke “laptop hooks”?" });
        await question.Button("Cancel").ClickAsync();
        await Expect(question).ToHaveCountAsync(0);
        Assert.Equal(HttpStatusCode.OK, (await program.GetAsync("/api/v1/notifications")).StatusCode);

        await tokens.Button("Revoke laptop hooks").ClickAsync();
        await question.Button("Revoke").ClickAsync();
        await Expect(tokens).ToContainTextAsync("No tokens yet.");
        Assert.Equal(HttpStatusCode.Unauthorized, (await program.GetAsync("/api/v1/notifications")).StatusCode);
    }

    [Fact]
    public async Task Another_browser_can_be_signed_out_from_here()
    {
        var ada = await Hub.PersonAsync();
        var here = await OpenAsync(ada, "/profile");
        var signIns = here.GetByRole(AriaRole.Region, new() { Name = "Sign-ins" });
        await Expect(signIns.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(1);
        await Expect(signIns.GetByRole(AriaRole.Listitem)).ToContainTextAsync("This browser");

        var there = await OpenAsync(null, "/sign-in");
        await EntranceTests.FillAsync(there, ada.Name, ada.Password);
        await Expect(there.Heading("Overview")).ToBeVisibleAsync();
        await here.ReloadAsync();
        var other = signIns.GetByRole(AriaRole.Listitem).Filter(new() { HasNot = here.GetByText("This browser") });
        await Expect(other).ToContainTextAsync("Chrome");
        await other.GetByRole(AriaRole.Button).ClickAsync();

        await Expect(signIns.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(1);
        await there.ReloadAsync();
        await Expect(there.Heading("Sign in")).ToBeVisibleAsync();
        await Expect(here.Heading("Profile")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_password_is_changed_only_by_who_knows_it()
    {
        var ada = await Hub.PersonAsync();
        var page = await OpenAsync(ada, "/profile");
        var form = page.GetByRole(AriaRole.Region, new() { Name = "Password" });
        await form.GetByLabel("Current password").FillAsync("not mine");
        await form.GetByLabel("New password").FillAsync("a-better-one");
        await form.Button("Change password").ClickAsync();
        await Expect(form.GetByLabel("Current password")).ToHaveAccessibleDescriptionAsync("This is not your current password.");

        await form.GetByLabel("Current password").FillAsync(ada.Password);
        await form.GetByLabel("New password").FillAsync("short");
        await form.Button("Change password").ClickAsync();
        await Expect(form.GetByText("Use at least 8 characters.")).ToBeVisibleAsync();

        await form.GetByLabel("New password").FillAsync("a-better-one");
        await form.Button("Change password").ClickAsync();
        await Expect(form.GetByText("Password changed.")).ToBeVisibleAsync();
        await Expect(form.GetByLabel("New password")).ToHaveValueAsync("");
        await Hub.SignInAsync(ada.Name, "a-better-one");
    }

    [Fact]
    public async Task The_theme_is_chosen_here_and_kept()
    {
        var page = await OpenAsync(await Hub.PersonAsync(), "/profile", Devices.Desktop(ColorScheme.Light));
        var ground = page.Locator("html");
        await Expect(ground).ToHaveCSSAsync("background-color", "rgb(252, 252, 251)");
        await page.GetByRole(AriaRole.Combobox, new() { Name = "Theme" }).SelectOptionAsync("dark");
        await Expect(ground).ToHaveCSSAsync("background-color", "rgb(17, 17, 19)");
        await page.ReloadAsync();
        await Expect(ground).ToHaveCSSAsync("background-color", "rgb(17, 17, 19)");
        await Expect(page.GetByRole(AriaRole.Combobox, new() { Name = "Theme" })).ToHaveValueAsync("dark");

        await page.GetByRole(AriaRole.Combobox, new() { Name = "Theme" }).SelectOptionAsync("system");
        await Expect(ground).ToHaveCSSAsync("background-color", "rgb(252, 252, 251)");
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await Expect(ground).ToHaveCSSAsync("background-color", "rgb(17, 17, 19)");
    }

    [Fact]
    public async Task The_push_name_can_be_copied()
    {
        var ada = await Hub.PersonAsync();
        var context = await BrowserAsync(ada);
        await context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        var page = await context.OpenAsync("/profile");
        await page.Button("Copy PN ID").ClickAsync();
        await Expect(page.Button("Copied")).ToBeVisibleAsync();
        Assert.StartsWith("pn_", await page.EvaluateAsync<string>("navigator.clipboard.readText()"), StringComparison.Ordinal);
    }
}
