using Carillon.Protocol;

namespace Carillon;

/// <summary>What a page reads first, when that fails or takes its time.</summary>
public sealed class FirstReadTests(Chromium chromium, StrictHub hub) : PageTest(chromium, hub), IClassFixture<StrictHub>
{
    private static readonly DateTime Later = new(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    [Fact]
    public async Task Who_is_here_may_not_be_known_for_a_while()
    {
        var ada = await Hub.PersonAsync();
        var context = await BrowserAsync(ada);
        var failing = true;
        await context.RouteAsync("**/api/v1/me", route => failing ? route.FulfillAsync(Unavailable) : route.ContinueAsync());
        var page = await WithoutTimeAsync(context, "/profile");
        await Expect(page.GetByTestId("failure")).ToContainTextAsync("Carillon could not be loaded.");
        failing = false;
        await page.GetByTestId("failure").Button("Retry").ClickAsync();
        await Expect(page.Heading("Profile")).ToBeVisibleAsync();
        await Expect(page).ToHaveURLAsync("/profile");
    }

    [Theory]
    [InlineData("/new", "main")]
    [InlineData("/projects/any", "main")]
    [InlineData("/notifications", "nav")]
    public async Task Projects_that_cannot_be_read_are_read_on_request(string path, string place)
    {
        var ada = await Hub.PersonAsync();
        var project = await ada.ProjectAsync(Hub.NewName("harbour"), "Harbour", closed: true);
        path = path.Replace("any", project, StringComparison.Ordinal);
        var context = await BrowserAsync(ada);
        var failing = true;
        await context.RouteAsync("**/api/v1/projects", route => failing && route.Request.Method == "GET" ? route.FulfillAsync(Unavailable) : route.ContinueAsync());
        var page = await WithoutTimeAsync(context, path);
        await Expect(page.Locator(place).GetByText("Projects could not be loaded.")).ToBeVisibleAsync();
        await Expect(page.Locator(place).GetByTestId("skeleton")).ToHaveCountAsync(0);
        failing = false;
        await page.Locator(place).Button("Retry").First.ClickAsync();
        await Expect(page.GetByText("Projects could not be loaded.")).ToHaveCountAsync(0);
        await Expect(page.GetByRole(AriaRole.Navigation).Link("Harbour")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_form_whose_projects_cannot_be_read_says_so()
    {
        var ada = await Hub.PersonAsync();
        await ada.ProjectAsync(Hub.NewName("harbour"), "Harbour", closed: true);
        var context = await BrowserAsync(ada);
        var failing = true;
        await context.RouteAsync("**/api/v1/projects", route => failing ? route.FulfillAsync(Unavailable) : route.ContinueAsync());
        var page = await context.NewPageAsync();
        await page.Clock.InstallAsync();
        await page.GotoAsync("/profile");
        await Expect(page.Button("New token")).ToBeVisibleAsync();
        await page.Clock.PauseAtAsync(Later);
        await page.Button("New token").ClickAsync();
        var tokens = page.GetByRole(AriaRole.Region, new() { Name = "Tokens" });
        await Expect(tokens.GetByText("Projects could not be loaded.")).ToBeVisibleAsync();
        failing = false;
        await tokens.Button("Retry").ClickAsync();
        await Expect(tokens.GetByLabel("Project").Locator("option")).ToHaveTextAsync(["Every project", "Harbour"]);
    }

    [Fact]
    public async Task A_project_whose_sessions_cannot_be_read_does_not_say_that_it_has_none()
    {
        var ada = await Hub.PersonAsync();
        var project = await ada.ProjectAsync(Hub.NewName("harbour"), closed: true);
        await ada.ReportAsync(project, $"{project}-1", Activities.Working, null, "Repair the crane");
        var context = await BrowserAsync(ada);
        var failing = true;
        await context.RouteAsync("**/api/v1/sessions?*", route => failing ? route.FulfillAsync(Unavailable) : route.ContinueAsync());
        var page = await WithoutTimeAsync(context, $"/projects/{project}");
        await Expect(page.Locator("main").GetByText("Sessions could not be loaded.")).ToBeVisibleAsync();
        await Expect(page.GetByText("No sessions yet.")).ToHaveCountAsync(0);
        await page.Button("Load earlier sessions").ClickAsync();
        var earlier = page.GetByTestId("failure").Filter(new() { HasText = "Earlier sessions could not be loaded." });
        await Expect(earlier).ToBeVisibleAsync();
        failing = false;
        await earlier.Button("Retry").ClickAsync();
        await Expect(page.GetByTestId("session-row")).ToContainTextAsync("Repair the crane");
    }

    [Fact]
    public async Task The_first_connection_is_not_called_a_lost_one()
    {
        var ada = await Hub.PersonAsync();
        var context = await BrowserAsync(ada);
        await context.RouteAsync("**/events?*", _ => Task.CompletedTask);
        var page = await WithoutTimeAsync(context, "/notifications");
        await Expect(page.Heading("Notifications")).ToBeVisibleAsync();
        await page.Clock.RunForAsync(4_000);
        await Expect(page.GetByTestId("connection")).ToHaveCountAsync(0);
        await page.Clock.RunForAsync(2_000);
        await Expect(page.GetByTestId("connection")).ToContainTextAsync("Connecting…");
    }

    [Fact]
    public async Task The_limit_says_when_the_next_session_can_start()
    {
        var ada = await Hub.PersonAsync();
        var project = await ada.ProjectAsync(Hub.NewName("harbour"), closed: true);
        await ada.SessionAsync(project, "One");
        await ada.SessionAsync(project, "Two");
        var page = await OpenAsync(ada, $"/new?project={project}");
        await page.GetByLabel("First message").FillAsync("Three");
        await page.Button("Start session").ClickAsync();
        await Expect(page.Locator(".form-error")).ToContainTextAsync(new System.Text.RegularExpressions.Regex(@"You can send the next message in (59:\d\d|1:00:00)\."));
    }

    [Fact]
    public async Task An_error_stands_in_the_place_of_the_help_that_says_the_same()
    {
        var page = await OpenAsync(Hub.Admin, "/admin");
        await page.Button("Add person").ClickAsync();
        await Expect(page.GetByText("1 to 40 letters, digits, dots, dashes and underscores.")).ToBeVisibleAsync();
        await page.Locator("form").Button("Add person").ClickAsync();
        await Expect(page.GetByText("Use 1 to 40 letters")).ToBeVisibleAsync();
        await Expect(page.GetByText("1 to 40 letters, digits, dots, dashes and underscores.", new() { Exact = true })).ToHaveCountAsync(0);
    }

    private static RouteFulfillOptions Unavailable => new() { Status = 503, Body = "" };

    /// <summary>Where time stands still nothing is tried again by itself.</summary>
    private static async Task<IPage> WithoutTimeAsync(IBrowserContext context, string path)
    {
        var page = await context.NewPageAsync();
        await page.Clock.InstallAsync();
        await page.Clock.PauseAtAsync(Later);
        await page.GotoAsync(path);
        return page;
    }
}
