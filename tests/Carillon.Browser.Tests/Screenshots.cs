using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Carillon.Protocol;

namespace Carillon;

/// <summary>The pictures of the documentation. Not a test: <c>scripts/screenshots</c> runs it.</summary>
public sealed class Screenshots(Chromium chromium, NarrowHub hub) : PageTest(chromium, hub), IClassFixture<NarrowHub>
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

    private const string Fixed =
        """
        The cause is in `totals.ts`: VAT is rounded **once, on the sum**, while the tax office expects it per line. With 40 lines of 0.99 the two differ by a cent.

        ```ts
        export function vatOf(lines: Line[]): Cents {
          return lines.reduce((sum, { net, rate }) => sum + Math.round(net * rate), 0);
        }
        ```

        The new test takes 500 random orders and compares them with the sums of the printed lines. All 311 tests pass.
        """;

    private const string Begun = "I look at how the totals are made.\n\n";

    [Fact(Explicit = true)]
    public async Task Take_them()
    {
        var ada = await Hub.PersonAsync("ada");
        await SampleAsync(ada);
        var talk = await TalkAsync(ada);
        var desktop = new BrowserNewContextOptions { ViewportSize = new() { Width = 1280, Height = 800 } };
        var phone = Devices.Phone();
        phone.DeviceScaleFactor = 2;

        var page = await ShowAsync(ada, "/notifications", desktop);
        await TakeAsync(page, "centre-desktop");
        page = await ShowAsync(ada, "/notifications", phone);
        await TakeAsync(page, "centre-phone");
        page = await ShowAsync(ada, "/", new() { ViewportSize = new() { Width = 1280, Height = 1160 } });
        await TakeAsync(page, "overview-desktop");
        page = await ShowAsync(ada, "/", new(desktop) { ColorScheme = ColorScheme.Dark });
        await page.Bell().ClickAsync();
        await Expect(page.Popover().GetByTestId("notification")).Not.ToHaveCountAsync(0);
        await TakeAsync(page, "centre-dark");

        page = await ShowAsync(ada, talk, new() { ViewportSize = new() { Width = 1280, Height = 920 } });
        await TakeAsync(page, "conversation-desktop");
        page = await ShowAsync(ada, talk, new(phone) { ColorScheme = ColorScheme.Dark });
        await TakeAsync(page, "conversation-phone");
        page = await ShowAsync(ada, "/new?project=billing", new() { ViewportSize = new() { Width = 1280, Height = 860 } });
        await page.GetByRole(AriaRole.Radio, new() { Name = "Claude Code" }).CheckAsync();
        await page.GetByLabel("First message").FillAsync("Invoices are off by a cent when an order has many lines. Find out why, and fix it.");
        await page.GetByLabel("Title").FillAsync("Round VAT per line");
        await TakeAsync(page, "new-session");

        page = await ShowAsync(ada, "/projects/billing/sessions/tax", new(phone));
        await page.SayAsync("Keep the old rate. Issue nothing again.");
        await Expect(page.Bubbles()).ToHaveCountAsync(1);
        await TakeAsync(page, "elsewhere-phone");
    }

    private async Task<IPage> ShowAsync(Person person, string path, BrowserNewContextOptions options)
    {
        options.ReducedMotion = ReducedMotion.Reduce;
        var context = await BrowserAsync(person, options);
        await context.RouteAsync("**/api/v1/agents", async route =>
        {
            var answer = await route.FetchAsync();
            var body = JsonNode.Parse(await answer.TextAsync())!;
            body["agents"]!.AsArray().Single(agent => agent!["name"]!.GetValue<string>() == "claude-code")!["unavailable"] = null;
            await route.FulfillAsync(new() { Response = answer, Body = body.ToJsonString() });
        });
        await context.RouteAsync(new Regex("/messages$|/messages\\?"), route =>
            Ages.Keys.Any(id => route.Request.Url.Contains($"/{id}/", StringComparison.Ordinal))
                ? route.ContinueAsync()
                : route.FulfillAsync(new() { ContentType = "application/json", Body = Said() }));
        await context.RouteAsync(new Regex(@"/api/v1/sessions(\?|/[^/]+$)"), async route =>
        {
            var answer = await route.FetchAsync();
            var body = JsonNode.Parse(await answer.TextAsync())!;
            foreach (var session in body["sessions"]?.AsArray().ToArray() ?? [body["session"]])
            {
                if (session is not null)
                {
                    Disguise(session);
                }
            }

            await route.FulfillAsync(new() { Response = answer, Body = body.ToJsonString() });
        });
        var page = await context.OpenAsync(path);
        await Expect(page.GetByTestId("notification").Or(page.GetByTestId("need")).Or(page.Answers().Last).Or(page.Button("Start session")).First).ToBeVisibleAsync();
        return page;
    }

    private static void Disguise(JsonNode session)
    {
        var changed = TimeProvider.System.GetUtcNow() - Ages.GetValueOrDefault(session["id"]!.GetValue<string>(), TimeSpan.FromMinutes(4));
        session["updatedAt"] = UtcTimeConverter.Text(changed);
        session["createdAt"] = UtcTimeConverter.Text(changed - TimeSpan.FromMinutes(38));
        if (session["hosted"]!.GetValue<bool>())
        {
            session["agent"] = "claude-code";
        }
    }

    /// <summary>A conversation with an agent that needs a key; here nobody has one.</summary>
    private static string Said()
    {
        var now = TimeProvider.System.GetUtcNow();
        (string Name, string Detail)[] steps = [("Grep", "round( in src/invoice"), ("Read", "src/invoice/totals.ts"), ("Edit", "src/invoice/totals.ts"), ("Bash", "npm test -- invoice")];
        return JsonSerializer.Serialize(
            new MessageList
            {
                Head = 4,
                Messages =
                [
                    Message(1, MessageRoles.Person, "Invoices are off by a cent when an order has many lines. Find out why, and fix it.", 9),
                    Message(2, MessageRoles.Agent, Begun + Fixed, 6) with
                    {
                        Steps = [.. steps.Select((step, index) => new RunStep { Id = $"{index}", Name = step.Name, Detail = step.Detail, Status = StepStatuses.Done, Offset = Begun.Length })],
                    },
                    Message(3, MessageRoles.Person, "Does it change invoices that were sent already?", 5),
                    Message(4, MessageRoles.Agent, "No. A sent invoice keeps the totals it was sent with; only new ones are computed this way.", 4),
                ],
            },
            CarillonJson.Default.MessageList);

        ChatMessage Message(long seq, string role, string text, int minutesAgo) => new()
        {
            Seq = seq,
            Id = $"{seq}",
            Role = role,
            Text = text,
            By = role == MessageRoles.Person ? "ada" : null,
            RunId = $"run-{(seq + 1) / 2}",
            Status = role == MessageRoles.Agent ? RunStatuses.Completed : null,
            CreatedAt = now - TimeSpan.FromMinutes(minutesAgo),
        };
    }

    private static async Task<string> TalkAsync(Person ada)
    {
        var talk = await ada.SessionAsync("billing", title: "Round VAT per line");
        await ada.PullRequestAsync(talk, new()
        {
            Title = "Round VAT per line",
            Url = GitHub + "billing/pull/87",
            HeadSha = "0123456789abcdef",
            State = PullRequestStates.Open,
            Draft = false,
            Mergeable = true,
            Conflicts = false,
            Checks = CheckStates.Pending,
            Review = ReviewStates.None,
        });
        foreach (var (project, title) in new[] { ("billing", "Write the VAT migration guide"), ("mobile", "Cache the product list"), ("storefront", "Update the payment SDK") })
        {
            await ada.SessionAsync(project, "count to 100000", title);
        }

        return talk.Path();
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
        await PublishAsync(71, "mobile", "cold-start", "work.completed", Priorities.Info, "Crash on cold start", "Fixed: the splash screen was released twice. Two tests cover it now.", read: true, actions: Session);
        await PublishAsync(48, "billing", null, "build.slow", Priorities.Warning, "The build takes twice as long as last week", "6 min 12 s on average, 3 min 04 s a week ago. Most of it is in the image step.", read: true);
        await PublishAsync(33, "storefront", null, "review.changes_requested", Priorities.Action, "Changes requested on “Cache product images”", "Grace: the cache key misses the locale.", actions: Link("review", ActionKinds.OpenReview, "Open review", "storefront/pull/331"));
        await PublishAsync(26, "billing", "export", "work.completed", Priorities.Info, "Find the slow nightly export", "The export takes 40 seconds instead of 11 minutes. An index was missing.", actions: Session);
        await PublishAsync(19, "billing", null, "change.merge_ready", Priorities.Action, "“Print the tax number” is ready to merge", "12 checks passed, Linus approved.", actions: Link("pr", ActionKinds.OpenPullRequest, "Open pull request", "billing/pull/85"));
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
