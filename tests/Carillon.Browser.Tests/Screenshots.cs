using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Carillon.Protocol;

namespace Carillon;

/// <summary>The pictures of the documentation. Not a test: <c>scripts/screenshots</c> runs it.</summary>
public sealed class Screenshots(Chromium chromium, Hub hub) : PageTest(chromium, hub), IClassFixture<Hub>
{
    private const string GitHub = "https://github.com/northwind/";

    /// <summary>How long ago the sessions changed, which cannot be told to the server.</summary>
    private static readonly Dictionary<string, TimeSpan> Ages = new()
    {
        ["checkout"] = TimeSpan.FromMinutes(3),
        ["tax"] = TimeSpan.FromMinutes(12),
        ["apple-pay"] = TimeSpan.FromMinutes(1),
        ["native"] = TimeSpan.FromMinutes(6),
        ["quick-start"] = TimeSpan.FromMinutes(2),
        ["export"] = TimeSpan.FromMinutes(26),
        ["cold-start"] = TimeSpan.FromMinutes(71),
    };

    [Fact(Explicit = true)]
    public async Task Take_them()
    {
        var ada = await Hub.PersonAsync("ada");
        await SampleAsync(ada);
        var desktop = new BrowserNewContextOptions { ViewportSize = new() { Width = 1280, Height = 800 } };
        var phone = Devices.Phone();
        phone.DeviceScaleFactor = 2;

        var page = await ShowAsync(ada, "/notifications", desktop);
        await TakeAsync(page, "centre-desktop");
        page = await ShowAsync(ada, "/notifications", phone);
        await TakeAsync(page, "centre-phone");
        page = await ShowAsync(ada, "/projects/storefront/sessions/checkout", new(phone));
        await TakeAsync(page, "session-phone");
        page = await ShowAsync(ada, "/", new(desktop));
        await TakeAsync(page, "overview-desktop");
        page = await ShowAsync(ada, "/", new(desktop) { ColorScheme = ColorScheme.Dark });
        await page.Bell().ClickAsync();
        await Expect(page.Popover().GetByTestId("notification")).Not.ToHaveCountAsync(0);
        await TakeAsync(page, "centre-dark");
    }

    private async Task<IPage> ShowAsync(Person person, string path, BrowserNewContextOptions options)
    {
        options.ReducedMotion = ReducedMotion.Reduce;
        var context = await BrowserAsync(person, options);
        await context.RouteAsync(new Regex(@"/api/v1/sessions(\?|/)"), async route =>
        {
            var answer = await route.FetchAsync();
            var body = JsonNode.Parse(await answer.TextAsync())!;
            foreach (var session in body["sessions"]?.AsArray() ?? [body["session"]?.DeepClone()])
            {
                var changed = TimeProvider.System.GetUtcNow() - Ages[session!["id"]!.GetValue<string>()];
                session["updatedAt"] = UtcTimeConverter.Text(changed);
                session["createdAt"] = UtcTimeConverter.Text(changed - TimeSpan.FromMinutes(38));
            }

            await route.FulfillAsync(new() { Response = answer, Body = body.ToJsonString() });
        });
        var page = await context.OpenAsync(path);
        await Expect(page.GetByTestId("notification").Or(page.GetByTestId("need")).First).ToBeVisibleAsync();
        return page;
    }

    private static async Task TakeAsync(IPage page, string name)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Carillon.slnx")))
        {
            root = root.Parent!;
        }

        await page.EvaluateAsync("document.fonts.ready");
        await page.Mouse.MoveAsync(0, 0);
        await page.ScreenshotAsync(new() { Path = Path.Combine(root.FullName, "docs", "images", $"{name}.png"), Caret = ScreenshotCaret.Hide });
    }

    private static async Task SampleAsync(Person ada)
    {
        await ada.ProjectAsync("storefront", "Storefront");
        await ada.ProjectAsync("billing", "Billing");
        await ada.ProjectAsync("mobile", "Mobile app");

        await ada.ReportAsync("mobile", "cold-start", Activities.Working, null, "Crash on cold start", "codex");
        await ada.ReportAsync("mobile", "cold-start", Activities.Idle, "Fixed: the splash screen was released twice. Two tests cover it now.");
        await ada.ReportAsync("billing", "export", Activities.Working, null, "Find the slow nightly export");
        await ada.ReportAsync("billing", "export", Activities.Idle, "The export takes 40 seconds instead of 11 minutes. An index was missing.");
        await ada.ReportAsync("storefront", "quick-start", Activities.Working, "Writing the section on webhooks", "Rewrite the API quick start");
        await ada.ReportAsync("mobile", "native", Activities.Working, "Resolving peer dependencies, 3 of 17 left", "Upgrade React Native", "gemini-cli");
        await ada.ReportAsync("storefront", "apple-pay", Activities.Working, "Running 214 tests", "Add Apple Pay to the basket");
        await ada.ReportAsync("billing", "tax", Activities.Working, null, "Move invoices to the new tax table", "codex");
        await ada.ReportAsync("storefront", "checkout", Activities.Working, null, "Fix the flaky checkout test");

        foreach (var row in (await ada.InboxAsync()).Notifications)
        {
            await ada.MarkAsync(row, new() { Archived = true });
        }

        await PublishAsync(193, "mobile", null, "deploy.finished", Priorities.Info, "Build 412 is in the test channel", "iOS and Android, 38 testers were invited.", read: true);
        await PublishAsync(164, "storefront", null, "ci.failing", Priorities.Action, "CI fails on main", "lint: 2 errors in basket/summary.tsx", cause: "ci", read: true, actions: Link("ci", ActionKinds.OpenChecks, "Open checks", "storefront/actions/runs/98"));
        await PublishAsync(71, "mobile", "cold-start", "run.finished", Priorities.Info, "Crash on cold start", "Fixed: the splash screen was released twice. Two tests cover it now.", read: true, actions: Session);
        await PublishAsync(48, "billing", null, "build.slow", Priorities.Warning, "The build takes twice as long as last week", "6 min 12 s on average, 3 min 04 s a week ago. Most of it is in the image step.", read: true);
        await PublishAsync(33, "storefront", null, "review.changes_requested", Priorities.Action, "Changes requested on “Cache product images”", "Grace: the cache key misses the locale.", actions: Link("review", ActionKinds.OpenReview, "Open review", "storefront/pull/331"));
        await PublishAsync(26, "billing", "export", "run.finished", Priorities.Info, "Find the slow nightly export", "The export takes 40 seconds instead of 11 minutes. An index was missing.", actions: Session);
        await PublishAsync(19, "billing", null, "pr.merge_ready", Priorities.Action, "“Round VAT per line” is ready to merge", "12 checks passed, Linus approved.", actions: Link("pr", ActionKinds.OpenPullRequest, "Open pull request", "billing/pull/87"));
        await ada.ReportAsync("billing", "tax", Activities.WaitingInput, "Should invoices from before January keep the old rate, or be issued again?");
        await ada.ReportAsync("storefront", "checkout", Activities.Blocked, "Claude needs your permission to use Bash: npm run e2e -- --retries=0");
        await ada.ResolveAsync("ci");

        async Task PublishAsync(
            int minutesAgo, string project, string? session, string type, string priority, string title, string message,
            string? cause = null, bool read = false, NotificationAction? actions = null)
        {
            var published = await ada.PublishAsync(new PublishNotification
            {
                ProjectId = project,
                SessionId = session,
                Type = type,
                Priority = priority,
                Title = title,
                Message = message,
                CauseKey = cause,
                Actions = actions is null ? null : [actions],
                OccurredAt = TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(minutesAgo),
            });
            if (read)
            {
                await ada.MarkAsync(published, new() { Read = true });
            }
        }
    }

    private static NotificationAction Session => new() { Id = "open-session", Kind = ActionKinds.OpenSession, Label = "Open session" };

    private static NotificationAction Link(string id, string kind, string label, string path) => new() { Id = id, Kind = kind, Label = label, Url = GitHub + path };
}
