using System.Text.RegularExpressions;
using Carillon.Protocol;

namespace Carillon;

/// <summary>What stands around the pages, when there is much in it and little room for it.</summary>
public sealed class FrameTests(Chromium chromium, EchoHub hub) : PageTest(chromium, hub), IClassFixture<EchoHub>
{
    [Theory]
    [InlineData(1440)]
    [InlineData(900)]
    public async Task Forty_sessions_in_the_rail_make_no_page_higher_than_what_it_shows(int width)
    {
        var ada = await Hub.PersonAsync();
        var (project, talk) = await FortySessionsAsync(ada);
        var page = await OpenAsync(ada, "/", Devices.Desktop(width: width));
        foreach (var path in (string[])["/", "/notifications", "/new", "/profile", $"/projects/{project}", $"/projects/{project}/sessions/{project}-1", talk, "/no/such/page"])
        {
            await page.GotoAsync(path);
            await Expect(page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { NameRegex = new("^Row ") }).First).ToBeVisibleAsync();
            await Expect(page.GetByTestId("skeleton")).ToHaveCountAsync(0);

            // The last thing of the page ends where the page ends.
            var (height, end) = await HeightAsync(page);
            Assert.True(height <= Math.Max(900, end + 1), $"{path} is {height} px high and ends at {end}");
            if (path.Contains("/sessions/", StringComparison.Ordinal))
            {
                Assert.Equal(900, height);
            }
        }
    }

    [Fact]
    public async Task The_focus_moves_nothing_out_of_its_frame()
    {
        var ada = await Hub.PersonAsync();
        var (_, talk) = await FortySessionsAsync(ada);
        var page = await OpenAsync(ada, talk, Devices.Desktop());
        await Expect(page.Composer()).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByText("Skip to content")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("main")).ToBeFocusedAsync();
        for (var press = 0; press < 60; press++)
        {
            await page.Keyboard.PressAsync("Tab");
            Assert.Equal(new double[4], await page.EvaluateAsync<double[]>(
                "() => { const frame = document.querySelector('.frame'); return [scrollY, frame.scrollTop, frame.getBoundingClientRect().top, document.querySelector('.top-bar').getBoundingClientRect().top]; }"));
        }
    }

    [Fact]
    public async Task A_scrollbar_that_takes_room_moves_nothing()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("One");
        var project = await ada.ProjectAsync(Hub.NewName("quay"));
        var session = await ada.SessionAsync(project, agent: "command");
        await using var browser = await Chromium.LaunchAsync([], "--hide-scrollbars");
        var page = await (await BrowserAsync(ada, Devices.Desktop(width: 1280), browser)).OpenAsync("/notifications");
        await page.ExpectRowsAsync("One");
        var bell = (await page.Bell().BoundingBoxAsync())!.X;
        var row = (await page.Row("One").BoundingBoxAsync())!.X;
        await ada.PublishManyAsync(30);
        await Expect(page.Rows()).ToHaveCountAsync(31);
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollHeight > innerHeight"));
        Assert.Equal(bell, (await page.Bell().BoundingBoxAsync())!.X);
        Assert.Equal(row, (await page.Rows().First.BoundingBoxAsync())!.X);

        await page.GotoAsync(session.Path());
        await page.SayAsync("One line");
        await page.ExpectDoneAsync();
        Assert.Equal(bell, (await page.Bell().BoundingBoxAsync())!.X);
        var words = (await page.Answers().First.BoundingBoxAsync())!.X;
        await page.SayAsync(string.Join("\n\n", Enumerable.Repeat("Line", 60)));
        await page.ExpectDoneAsync(2);
        Assert.True(await page.Locator(".talk-scroll").EvaluateAsync<bool>("talk => talk.scrollHeight > talk.clientHeight && talk.offsetWidth > talk.clientWidth"));
        Assert.Equal(words, (await page.Answers().First.BoundingBoxAsync())!.X);
    }

    [Fact]
    public async Task Letters_twice_as_large_need_no_scrolling_sideways()
    {
        var ada = await Hub.PersonAsync();
        var (project, talk) = await FortySessionsAsync(ada);
        await ada.PublishAsync("The crane is mended and everything that hung on it hangs on it again", Priorities.Action);
        await using var browser = await Chromium.LaunchAsync(["--blink-settings=defaultFontSize=32"]);
        var context = await BrowserAsync(ada, new() { ViewportSize = new() { Width = 390, Height = 844 } }, browser);
        var page = await context.NewPageAsync();
        foreach (var path in (string[])["/", "/notifications", "/new", "/profile", $"/projects/{project}", talk])
        {
            await page.GotoAsync(path);
            await Expect(page.Locator("main h1")).ToBeAttachedAsync();
            await Expect(page.GetByTestId("skeleton")).ToHaveCountAsync(0);
            Assert.Equal("32px", await page.EvaluateAsync<string>("getComputedStyle(document.body).fontSize"));
            Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{path} scrolls sideways");
        }
    }

    [Theory]
    [InlineData("/", ".dot, .pill i", "backgroundColor")]
    [InlineData("/", ".pill", "borderTopStyle")]
    [InlineData("/notifications", ".tabs [aria-selected=true]", "backgroundColor")]
    [InlineData("/notifications", ".rail-link[aria-current]", "backgroundColor")]
    [InlineData("/notifications", ".badge", "borderTopStyle")]
    [InlineData("session", ".bubble", "borderTopStyle")]
    [InlineData("session", ".send-button", "borderTopStyle")]
    [InlineData("session", ".menu-list", "borderTopStyle")]
    [InlineData("popover", ".popover", "borderTopStyle")]
    public async Task With_the_system_s_colours_nothing_is_said_by_ours(string place, string selector, string property)
    {
        var ada = await Hub.PersonAsync();
        var (_, talk) = await FortySessionsAsync(ada);
        await ada.PublishAsync("One");
        var options = Devices.Desktop();
        options.ForcedColors = ForcedColors.Active;
        var page = await OpenAsync(ada, place == "session" ? talk : place == "popover" ? "/" : place, options);
        if (place == "session")
        {
            await page.SayAsync("Go on");
            await page.ExpectDoneAsync(2);
            await page.Button("More about this session").ClickAsync();
        }
        else if (place == "popover")
        {
            await page.Bell().ClickAsync();
        }

        await Expect(page.Locator(selector).First).ToBeVisibleAsync();
        var canvas = await page.EvaluateAsync<string>(
            "() => { const probe = document.createElement('i'); probe.style.color = 'Canvas'; document.body.append(probe); const { color } = getComputedStyle(probe); probe.remove(); return color; }");
        Assert.Empty(await page.EvaluateAsync<string[]>(
            """
            ([selector, property, canvas]) => [...document.querySelectorAll(selector)]
              .filter(element => element.checkVisibility())
              .filter(element => {
                const style = getComputedStyle(element);
                return property === 'borderTopStyle' ? style.borderTopStyle === 'none' : [canvas, 'rgba(0, 0, 0, 0)'].includes(style.backgroundColor) && style.borderTopStyle === 'none';
              })
              .map(element => element.outerHTML.slice(0, 120))
            """,
            new[] { selector, property, canvas }));
    }

    [Fact]
    public async Task The_browser_s_edge_follows_the_theme_that_was_chosen()
    {
        var page = await OpenAsync(await Hub.PersonAsync(), "/profile", Devices.Desktop());
        await page.GetByRole(AriaRole.Combobox, new() { Name = "Theme" }).SelectOptionAsync("dark");
        await ExpectEdgeAsync();
        await page.ReloadAsync();
        await Expect(page.GetByRole(AriaRole.Combobox, new() { Name = "Theme" })).ToHaveValueAsync("dark");
        await ExpectEdgeAsync();

        async Task ExpectEdgeAsync() => Assert.Equal(
            await page.EvaluateAsync<string>("getComputedStyle(document.documentElement).backgroundColor"),
            await page.EvaluateAsync<string>(
                """
                () => {
                  const probe = document.createElement('i');
                  probe.style.color = [...document.querySelectorAll('meta[name=theme-color]')].find(tag => matchMedia(tag.media).matches).content;
                  document.body.append(probe);
                  const { color } = getComputedStyle(probe);
                  probe.remove();
                  return color;
                }
                """));
    }

    [Theory]
    [InlineData("de-DE", "14:05")]
    [InlineData("en-US", "2:05")]
    public async Task The_clock_is_that_of_the_place(string language, string time)
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync(new PublishNotification { Type = "a.b", Priority = Priorities.Info, Message = "One", OccurredAt = new(2026, 3, 4, 14, 5, 0, TimeSpan.Zero) });
        var page = await OpenAsync(ada, options: new() { Locale = language, TimezoneId = "UTC", ViewportSize = new() { Width = 1280, Height = 900 } });
        await Expect(page.Rows().Locator("time")).ToHaveAttributeAsync("title", new Regex(time));
    }

    [Fact]
    public async Task A_long_title_is_cut_with_an_ellipsis_on_a_phone()
    {
        var ada = await Hub.PersonAsync();
        var project = await ada.ProjectAsync(Hub.NewName("harbour"), "A harbour with a name that no phone has room for in one line");
        var session = await ada.SessionAsync(project, title: "Talk");
        var page = await OpenAsync(ada, session.Path(), Devices.Phone());
        await Expect(page.Composer()).ToBeVisibleAsync();
        var title = page.Locator(".top-title .clip");
        await Expect(title).ToHaveCSSAsync("text-overflow", "ellipsis");
        Assert.True(await title.EvaluateAsync<bool>("title => title.scrollWidth > title.clientWidth && title.getBoundingClientRect().right <= document.querySelector('.top-bar > .icon-button').getBoundingClientRect().left"));
    }

    private static async Task<(double Height, double End)> HeightAsync(IPage page)
    {
        var numbers = await page.EvaluateAsync<double[]>(
            "() => [document.documentElement.scrollHeight, document.querySelector('main').getBoundingClientRect().bottom + scrollY]");
        return (numbers[0], numbers[1]);
    }

    private async Task<(string Project, string Talk)> FortySessionsAsync(Person ada)
    {
        string project = "";
        for (var number = 0; number < 40; number++)
        {
            if (number % 5 == 0)
            {
                project = await ada.ProjectAsync(Hub.NewName("harbour"), closed: true);
            }

            await ada.ReportAsync(project, $"{project}-{number % 5}", number % 2 == 0 ? Activities.Working : Activities.Blocked, "May I?", $"Row {number}");
        }

        var talk = await ada.SessionAsync(project, "Hello", title: "Row of talk", agent: "command");
        return (project, talk.Path());
    }
}
