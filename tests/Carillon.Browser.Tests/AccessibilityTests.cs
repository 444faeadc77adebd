using Carillon.Protocol;
using Deque.AxeCore.Commons;

namespace Carillon;

public sealed class AccessibilityTests(Chromium chromium, Hub hub) : PageTest(chromium, hub), IClassFixture<Hub>
{
    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    /// <summary>One walk for all that is looked at: to get to the pages costs more than to look.</summary>
    [Theory]
    [InlineData(true, 44, 320, 390)]
    [InlineData(false, 24, 900, 1440, 2560)]
    public async Task Every_page_keeps_the_guidelines_and_its_edges_and_has_room_for_fingers(bool phone, int smallest, params int[] widths)
    {
        var (options, faults) = (phone ? Devices.Phone() : Devices.Desktop(), new List<string>());
        await foreach (var (name, page) in EveryPageAsync(options))
        {
            faults.AddRange((await SmallAsync(page, smallest)).Select(fault => $"{name}: {fault}"));
            faults.AddRange((await ViolationsAsync(page)).Select(fault => $"{name}: {fault}"));
            await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
            Assert.True(await page.EvaluateAsync<bool>("matchMedia('(prefers-color-scheme: dark)').matches"));
            faults.AddRange((await ViolationsAsync(page)).Select(fault => $"{name}, dark: {fault}"));
            await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
            foreach (var width in widths)
            {
                await page.SetViewportSizeAsync(width, 900);
                faults.AddRange((await BeyondTheEdgeAsync(page)).Select(fault => $"{name} at {width}: {fault}"));
            }

            await page.SetViewportSizeAsync(options.ViewportSize!.Width, options.ViewportSize.Height);
        }

        Assert.Empty(faults.Distinct());
    }

    private static async Task<IEnumerable<string>> ViolationsAsync(IPage page)
    {
        if (!await page.EvaluateAsync<bool>("'axe' in window"))
        {
            await page.EvaluateAsync(Axe);
        }

        return await page.EvaluateAsync<string[]>(
            """
            async () => {
              const { violations } = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
              return violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => `${node.html.slice(0, 200)} ${node.failureSummary}`).join(' | ')}`);
            }
            """);
    }

    private static async Task<IEnumerable<string>> BeyondTheEdgeAsync(IPage page) => await page.EvaluateAsync<string[]>(
        """
        () => {
          const width = document.documentElement.clientWidth;
          const clipped = element => element.closest('.visually-hidden, .clip, .row-meta, .row, .code pre, .table-frame, [class*=skeleton]') !== null;
          const over = [...document.querySelectorAll('body *')]
            .filter(element => element.getBoundingClientRect().right > width + 0.5 && !clipped(element))
            .map(element => element.outerHTML.slice(0, 120));
          return document.documentElement.scrollWidth > width ? [`scrolls to ${document.documentElement.scrollWidth}`, ...over] : over;
        }
        """);

    private static async Task<IEnumerable<string>> SmallAsync(IPage page, int least) => await page.EvaluateAsync<string[]>(
        """
        least => [...document.querySelectorAll('a, button, input, select, [role=tab]')]
          .filter(element => element.checkVisibility({ visibilityProperty: true }) && element.closest('.visually-hidden, .skip') === null)
          .filter(element => !(element.localName === 'a' && getComputedStyle(element).display === 'inline'))
          .map(element => ({ element, box: (element.closest('.check') ?? (element.matches('.row-open') ? element.closest('.row') : element)).getBoundingClientRect() }))
          .filter(({ box }) => box.width < least - 0.5 || box.height < least - 0.5)
          .map(({ element, box }) => `${Math.round(box.width)}×${Math.round(box.height)} ${element.outerHTML.slice(0, 120)}`)
        """, least);

    [Theory]
    [InlineData(ReducedMotion.NoPreference, "arrive")]
    [InlineData(ReducedMotion.Reduce, "none")]
    public async Task New_rows_slide_in_unless_the_person_wants_no_motion(ReducedMotion motion, string animation)
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("Before");
        var page = await OpenAsync(ada, options: new() { ViewportSize = new() { Width = 1280, Height = 900 }, ReducedMotion = motion });
        await page.ExpectRowsAsync("Before");
        await Expect(page.Row("Before")).ToHaveCSSAsync("animation-name", "none");
        await ada.PublishAsync("New");
        await Expect(page.Row("New")).ToHaveCSSAsync("animation-name", animation);
    }

    [Fact]
    public async Task No_script_runs_that_is_not_the_page_s_own()
    {
        var page = await OpenAsync(null, "/sign-in");
        var policy = (await page.GotoAsync("/sign-in"))!.Headers["content-security-policy"];
        Assert.Contains("script-src 'self'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);

        // Every other test fails on a complaint of the policy; here one is provoked to see that it is there.
        Assert.Equal(["script-src-elem"], await RefusedAsync(page, "import('data:text/javascript,window.ran = true').catch(() => {})"));
        Assert.False(await page.EvaluateAsync<bool>("'ran' in window"));
    }

    [Fact]
    public async Task Text_becomes_html_in_no_other_way_than_through_the_sanitizer()
    {
        var page = await OpenAsync(null, "/sign-in");
        Assert.Equal(["require-trusted-types-for"], await RefusedAsync(page, "document.body.innerHTML = '<b>bold</b>'"));
        Assert.Equal(["trusted-types"], await RefusedAsync(page, "trustedTypes.createPolicy('another', { createHTML: text => text })"));
        await Expect(page.Heading("Sign in")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_phone_leads_everywhere_by_its_tab_bar()
    {
        var page = await OpenAsync(Hub.Admin, "/", Devices.Phone());
        var bar = page.GetByRole(AriaRole.Navigation, new() { Name = "Main" });
        await bar.Link("Inbox").TapAsync();
        await Expect(page).ToHaveURLAsync("/notifications");
        await bar.Button("More").TapAsync();
        await page.GetByRole(AriaRole.Dialog).Link("Profile").TapAsync();
        await Expect(page).ToHaveURLAsync("/profile");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await bar.Button("More").TapAsync();
        await page.GetByRole(AriaRole.Dialog).Link("Administration").TapAsync();
        await Expect(page).ToHaveURLAsync("/admin");
        await bar.Link("Inbox").TapAsync();
        await Expect(page).ToHaveURLAsync("/notifications");
        await bar.Button("More").TapAsync();
        await page.GetByRole(AriaRole.Dialog).Button("Sign out").TapAsync();
        await Expect(page).ToHaveURLAsync("/sign-in");

        // The next test needs the administrator again.
        await Hub.RenewAdminAsync();
    }

    /// <summary>Which rules of the policy refuse what a script does.</summary>
    private async Task<string[]> RefusedAsync(IPage page, string script)
    {
        var refused = await page.EvaluateAsync<string[]>(
            $$"""
            async () => {
              const refused = new Promise(resolve => {
                document.addEventListener('securitypolicyviolation', event => resolve([event.effectiveDirective]), { once: true });
              });
              try { await ({{script}}); } catch { }
              const never = new Promise(resolve => setTimeout(resolve, 10_000, []));
              return await Promise.race([refused, never]);
            }
            """);
        Expected(complaint => complaint.Contains("Content Security Policy", StringComparison.Ordinal) || complaint.Contains("Trusted", StringComparison.Ordinal));
        return refused;
    }

    /// <summary>Goes to every page, and to what opens on them, with something to show on each.</summary>
    private async IAsyncEnumerable<(string Name, IPage Page)> EveryPageAsync(BrowserNewContextOptions options)
    {
        var outside = await OpenAsync(null, "/sign-in", Copy(options));
        await outside.Button("Sign in").ClickAsync();
        await Expect(outside.GetByText("Enter your name.")).ToBeVisibleAsync();
        yield return ("sign-in", outside);
        await outside.GotoAsync("/setup");
        await Expect(outside.GetByText("Carillon is already set up.")).ToBeVisibleAsync();
        yield return ("setup", outside);

        var newcomer = await OpenAsync(await Hub.PersonAsync(), "/", Copy(options));
        await Expect(newcomer.Button("Send me samples")).ToBeVisibleAsync();
        yield return ("empty overview", newcomer);
        await newcomer.GotoAsync("/notifications");
        await Expect(newcomer.Button("Send me samples")).ToBeVisibleAsync();
        yield return ("empty notifications", newcomer);

        var mayor = Hub.Admin;
        var project = await SampleAsync(mayor);
        var page = await OpenAsync(mayor, "/", options);
        await Expect(page.GetByTestId("need")).Not.ToHaveCountAsync(0);
        yield return ("overview", page);
        await page.GotoAsync("/notifications");
        await Expect(page.Rows()).Not.ToHaveCountAsync(0);
        await page.Rows().First.HoverAsync();
        yield return ("notifications", page);
        await page.Rows().Locator("[data-tool=dismiss]").First.ClickAsync();
        await Expect(page.Toast()).ToBeVisibleAsync();
        await page.Rows().First.Button("Reply").ClickAsync();
        yield return ("toast and message", page);
        await page.GotoAsync("/notifications?tab=unread");
        await Expect(page.Rows()).Not.ToHaveCountAsync(0);
        yield return ("unread", page);
        if (options.ViewportSize!.Width >= 900)
        {
            await page.GotoAsync($"/projects/{project}");
            await page.Bell().ClickAsync();
            await Expect(page.Popover().GetByTestId("notification")).Not.ToHaveCountAsync(0);
            yield return ("project with popover", page);
        }
        else
        {
            await page.GotoAsync($"/projects/{project}");
            await Expect(page.Rows()).Not.ToHaveCountAsync(0);
            yield return ("project", page);
            await page.Button("More").ClickAsync();
            await Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
            yield return ("more", page);
        }

        await page.GotoAsync($"/projects/{project}/sessions/{project}-1");
        await page.SayAsync("Go on");
        await Expect(page.GetByText("Not delivered yet")).ToBeVisibleAsync();
        yield return ("agent elsewhere", page);
        await page.Button("More about this session").ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Notifications" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        yield return ("notifications of a session", page);
        await page.GotoAsync($"/new?project={project}");
        await page.Button("Start session").ClickAsync();
        await Expect(page.GetByText("Write what the agent should do.")).ToBeVisibleAsync();
        yield return ("new session", page);
        const string Words = "Tell me about the_crane_with_a_name_that_has_no_place_to_break_it_anywhere_at_all_and_goes_on";
        var talk = await mayor.SessionAsync(project, title: Words[..80]);
        await mayor.PullRequestAsync(talk, new() { Title = "Mend the crane, and everything that hangs on it", Url = "https://github.com/northwind/harbour/pull/7", HeadSha = "0123456789abcdef", State = PullRequestStates.Open, Draft = false, Mergeable = true, Conflicts = false, Checks = CheckStates.Failing, Review = ReviewStates.ChangesRequested });
        await page.GotoAsync(talk.Path());
        await page.SayAsync(Words);
        await Expect(page.Going()).ToContainTextAsync("You said");
        yield return ("answer that grows", page);
        await page.ExpectDoneAsync();
        await page.SayAsync("fail");
        await page.SayAsync("count to 40");
        await page.ExpectDoneAsync(3);
        yield return ("conversation", page);
        await page.Button("More about this session").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Menuitem)).Not.ToHaveCountAsync(0);
        yield return ("conversation with menu", page);
        await page.Keyboard.PressAsync("Escape");
        await page.GotoAsync("/profile");
        var tokens = page.GetByRole(AriaRole.Region, new() { Name = "Tokens" });
        await tokens.Button("New token").ClickAsync();
        await Expect(tokens.Button("Create token")).ToBeVisibleAsync();
        yield return ("profile with form", page);
        await tokens.GetByLabel("Name", new() { Exact = true }).FillAsync("laptop");
        await tokens.Button("Create token").ClickAsync();
        await Expect(page.GetByTestId("token-secret")).ToBeVisibleAsync();
        yield return ("profile with token", page);
        await tokens.Button("Revoke laptop").First.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        yield return ("question", page);
        await page.GotoAsync("/admin");
        await page.Button("Add person").ClickAsync();
        await page.Button("Add project").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "Harbour" })).Not.ToHaveCountAsync(0);
        yield return ("administration with forms", page);
        await page.GotoAsync("/admin/audit");
        await Expect(page.GetByRole(AriaRole.List, new() { Name = "Audit log" })).ToBeVisibleAsync();
        yield return ("audit log", page);
        await page.GotoAsync("/no/such/page");
        await Expect(page.GetByText("Page not found").First).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("?");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        yield return ("missing page with keys", page);
    }

    private static BrowserNewContextOptions Copy(BrowserNewContextOptions options) => new(options);

    private async Task<string> SampleAsync(Person person)
    {
        var project = await person.ProjectAsync(Hub.NewName("harbour"), "Harbour and everything around it, with a name that is rather long", closed: true);
        await person.ReportAsync(project, $"{project}-1", Activities.Blocked, "May I delete the_folder_with_a_name_that_has_no_place_to_break_it_anywhere_at_all_and_goes_on?", "Repair the crane");
        await person.ReportAsync(project, $"{project}-2", Activities.Working, "Reads the manual", "Paint the boats");
        await person.ReportAsync(project, $"{project}-3", Activities.Working, null, "Sweep the quay");
        await person.ReportAsync(project, $"{project}-3", Activities.Idle, "It is clean");
        foreach (var priority in Priorities.All)
        {
            await person.PublishAsync(new PublishNotification { Type = "a.b", Priority = priority, Title = $"Something {priority}", Message = "With two lines of text that say what it is about, so that it has to be cut somewhere. And then some more of it.", ProjectId = project, CauseKey = project });
        }

        await person.ResolveAsync(project);
        foreach (var title in (string[])["Goes away", "Stays"])
        {
            await person.AskAsync(
                project, title,
                new NotificationAction { Id = "p", Kind = ActionKinds.OpenPullRequest, Label = "Open pull request", Url = "https://github.com/acme/harbour/pull/7" },
                new NotificationAction { Id = "d", Kind = ActionKinds.Dismiss, Label = "Dismiss it" });
        }

        return project;
    }
}
