using System.Text.RegularExpressions;
using Carillon.Protocol;

namespace Carillon;

public sealed class EntranceTests(Chromium chromium, Hub hub) : PageTest(chromium, hub), IClassFixture<Hub>
{
    [Fact]
    public async Task A_wrong_password_is_told_beside_the_field()
    {
        var ada = await Hub.PersonAsync();
        var page = await OpenAsync(null, "/sign-in");
        await FillAsync(page, ada.Name, "not-the-password");

        var password = page.GetByLabel("Password", new() { Exact = true });
        await Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("Wrong name or password.");
        await Expect(password).ToHaveAccessibleDescriptionAsync("Wrong name or password.");
        await Expect(password).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(password).ToHaveValueAsync("");
        await Expect(page.GetByLabel("Name", new() { Exact = true })).ToHaveValueAsync(ada.Name);
        await Expect(password).ToBeFocusedAsync();

        await page.Keyboard.TypeAsync(ada.Password);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Heading("Overview")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task What_is_missing_is_said_before_the_server_is_asked()
    {
        var page = await OpenAsync(null, "/sign-in");
        await page.Button("Sign in").ClickAsync();
        await Expect(page.GetByLabel("Name", new() { Exact = true })).ToHaveAccessibleDescriptionAsync("Enter your name.");
        await Expect(page.GetByLabel("Password", new() { Exact = true })).ToHaveAccessibleDescriptionAsync("Enter your password.");
        await Expect(page.GetByLabel("Name", new() { Exact = true })).ToBeFocusedAsync();
    }

    [Fact]
    public async Task The_password_can_be_looked_at()
    {
        var page = await OpenAsync(null, "/sign-in");
        var password = page.GetByLabel("Password", new() { Exact = true });
        await password.FillAsync("secret");
        await Expect(password).ToHaveAttributeAsync("type", "password");
        await page.Button("Show password").ClickAsync();
        await Expect(password).ToHaveAttributeAsync("type", "text");
        await page.Button("Hide password").ClickAsync();
        await Expect(password).ToHaveAttributeAsync("type", "password");
    }

    [Fact]
    public async Task Who_comes_by_a_deep_address_signs_in_and_is_there()
    {
        var ada = await Hub.PersonAsync();
        var page = await OpenAsync(null, "/notifications?tab=unread");
        await Expect(page).ToHaveURLAsync("/sign-in?return=%2Fnotifications%3Ftab%3Dunread");
        await FillAsync(page, ada.Name, ada.Password);
        await Expect(page).ToHaveURLAsync("/notifications?tab=unread");
        await Expect(page.GetByText("All caught up")).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("/\t/evil.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/sign-in")]
    public async Task A_hostile_return_address_leads_to_the_overview(string address)
    {
        var ada = await Hub.PersonAsync();
        var page = await OpenAsync(null, $"/sign-in?return={Uri.EscapeDataString(address)}");
        await FillAsync(page, ada.Name, ada.Password);
        await Expect(page).ToHaveURLAsync("/");
        await Expect(page.Heading("Overview")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Who_is_signed_in_already_passes_through()
    {
        var page = await OpenAsync(await Hub.PersonAsync(), "/sign-in?return=%2Fprofile");
        await Expect(page).ToHaveURLAsync("/profile");
    }

    [Fact]
    public async Task Who_cannot_sign_out_is_told_so()
    {
        var page = await OpenAsync(await Hub.PersonAsync());
        await page.RouteAsync("**/sign-out", route => route.AbortAsync());
        await page.Button("Sign out").ClickAsync();
        await Expect(page.Toast()).ToContainTextAsync("You are still signed in.");
        await page.UnrouteAllAsync();
        await page.Toast().Button("Retry").ClickAsync();
        await Expect(page).ToHaveURLAsync("/sign-in");

        // Nor does the way back lead in again, or to an empty page.
        await page.GoBackAsync();
        await Expect(page).ToHaveURLAsync("/sign-in?return=%2Fnotifications");
        await Expect(page.Heading("Sign in")).ToBeVisibleAsync();
    }

    internal static async Task FillAsync(IPage page, string name, string password)
    {
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(password);
        await page.Keyboard.PressAsync("Enter");
    }
}

/// <summary>Apart from the others: whoever fails too often is kept out with everybody at the same address.</summary>
public sealed class ThrottleTests(Chromium chromium, Hub hub) : PageTest(chromium, hub), IClassFixture<Hub>
{
    [Fact]
    public async Task Who_fails_too_often_is_told_when_to_try_again()
    {
        var ada = await Hub.PersonAsync();
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            using var answer = await Server.Anonymous.PostAsync(
                "/api/v1/sign-in", System.Net.Http.Json.JsonContent.Create(new SignInRequest { Name = ada.Name, Password = "wrong" }, CarillonJson.Default.SignInRequest));
        }

        var page = await OpenAsync(null, "/sign-in");
        await EntranceTests.FillAsync(page, ada.Name, ada.Password);
        await Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync(new Regex(@"^Too many attempts\. Try again in \d+ seconds?\.$"));
        await Expect(page).ToHaveURLAsync("/sign-in");
    }
}

public sealed class SetupTests(Chromium chromium, FreshHub hub) : PageTest(chromium, hub), IClassFixture<FreshHub>
{
    [Fact]
    public async Task The_printed_link_makes_the_first_account_and_works_once()
    {
        var link = Hub.SetupLink(Server);
        var page = await OpenAsync(null, "/");
        await Expect(page).ToHaveURLAsync("/setup");
        await Expect(page.Heading("This page needs the set-up link")).ToBeVisibleAsync();

        // A wrong code is no way in.
        await page.GotoAsync("/setup#wrong");
        await page.ReloadAsync();
        await page.GotoAsync("/profile");
        await page.GotoAsync("/setup#wrong");
        await EntranceTests.FillAsync(page, "ada", "password-of-ada");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("This set-up link is no longer valid.");

        // The code disappears from the address bar at once, also when the page is open already.
        await page.GotoAsync(link.ToString());
        await Expect(page.Heading("Set up Carillon")).ToBeVisibleAsync();
        await Expect(page).ToHaveURLAsync("/setup");
        Assert.DoesNotContain(link.Fragment[1..], await page.EvaluateAsync<string>("() => location.href + document.documentElement.outerHTML"), StringComparison.Ordinal);

        await EntranceTests.FillAsync(page, "no spaces", "short");
        await Expect(page.GetByText("Use 1 to 40 letters, digits, dots, dashes and underscores.")).ToBeVisibleAsync();
        await Expect(page.GetByText("Use at least 8 characters.")).ToBeVisibleAsync();

        await EntranceTests.FillAsync(page, "ada", "password-of-ada");
        await Expect(page).ToHaveURLAsync("/");
        await Expect(page.Heading("Overview")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Administration" })).ToBeVisibleAsync();

        var other = await OpenAsync(null, link.PathAndQuery + link.Fragment);
        await Expect(other.GetByText("Carillon is already set up.")).ToBeVisibleAsync();
        await other.GetByRole(AriaRole.Link, new() { Name = "Go to sign-in" }).ClickAsync();
        await Expect(other).ToHaveURLAsync("/sign-in");
    }
}
