using System.Text.Json;
using Carillon.Protocol;

namespace Carillon;

/// <summary>What has been shown stays where it is: late answers fill room that was kept for them.</summary>
public sealed class LayoutShiftTests(Chromium chromium, Hub hub) : PageTest(chromium, hub), IClassFixture<Hub>
{
    /// <summary>What Core Web Vitals call good is 0.1; a person who is about to press something notices less.</summary>
    private const double Most = 0.02;

    /// <summary>Collects what moved, with the names of the things, from the first frame on.</summary>
    private const string Watch =
        """
        window.shifts = [];
        new PerformanceObserver(list => {
          for (const entry of list.getEntries()) {
            if (entry.hadRecentInput) continue;
            const nameOf = node => node?.nodeType === 1 ? `${node.tagName.toLowerCase()}.${[...node.classList].join('.')}` : `"${node?.textContent?.slice(0, 30)}"`;
            shifts.push({ value: entry.value, of: entry.sources.map(({ node, previousRect, currentRect }) =>
              `${nameOf(node)} ${Math.round(previousRect.x)},${Math.round(previousRect.y)} -> ${Math.round(currentRect.x)},${Math.round(currentRect.y)}`).join('; ') });
          }
        }).observe({ type: 'layout-shift', buffered: true });
        """;

    /// <summary>What is answered late, in the order in which it comes; the other way round in every other test.</summary>
    private static readonly string[] Late =
        ["/me", "/projects", "/notifications", "/sessions", "/sessions/subscriptions", "/agents", "/users", "/tokens", "/sign-ins", "/audit", "/messages", "/pull-requests"];

    [Theory]
    [InlineData(390, false)]
    [InlineData(390, true)]
    [InlineData(1440, false)]
    [InlineData(1440, true)]
    public async Task Nothing_moves_when_answers_come_late(int width, bool backwards)
    {
        var (ada, bob, eve) = (Hub.Admin, await Hub.PersonAsync(), await Hub.PersonAsync());
        var project = await ada.ProjectAsync(Hub.NewName("harbour"), "Harbour and everything around it");
        for (var number = 0; number < 12; number++)
        {
            var activity = (number % 4) switch { 0 => Activities.Blocked, 1 => Activities.Working, 2 => Activities.Idle, _ => Activities.Exited };
            await (number % 3 == 0 ? bob : ada).ReportAsync(project, $"{project}-{number}", activity, "May I delete the tables that nobody has used since March?", $"Repair crane {number}");
        }

        foreach (var priority in Priorities.All)
        {
            await ada.PublishAsync($"Something {priority}", priority);
        }

        var talk = await ada.SessionAsync(project, title: "Count");
        await ada.PullRequestAsync(talk, new() { Title = "Mend the crane", Url = "https://github.com/northwind/harbour/pull/7", HeadSha = "0123456789abcdef", State = PullRequestStates.Open, Draft = false, Mergeable = true, Conflicts = false, Checks = CheckStates.Failing, Review = ReviewStates.ChangesRequested });
        var page = await OpenAsync(ada, talk.Path());
        await page.SayAsync("count to 80");
        await page.ExpectDoneAsync();

        var faults = new List<string>();
        foreach (var path in (string[])["/", "/notifications?tab=all", "/sessions", $"/projects/{project}", talk.Path(), "/new", "/profile", "/admin", "/admin/audit"])
        {
            faults.AddRange(await ShiftsAsync(ada, path, width, backwards));
        }

        // Somebody who is new here, and has nothing yet.
        faults.AddRange(await ShiftsAsync(eve, "/", width, backwards));
        Assert.True(faults.Count is 0, string.Join("\n", faults));
    }

    private async Task<IEnumerable<string>> ShiftsAsync(Person who, string path, int width, bool backwards)
    {
        var context = await BrowserAsync(who, Devices.Desktop(width: width));
        await context.AddInitScriptAsync(Watch);
        var pending = 0;
        await context.RouteAsync("**/api/v1/**", async route =>
        {
            Interlocked.Increment(ref pending);
            var asked = new Uri(route.Request.Url).AbsolutePath;
            var place = Array.FindLastIndex(Late, end => asked.EndsWith(end, StringComparison.Ordinal));
            var turn = place < 0 ? 0 : backwards ? Late.Length - place : place + 1;
            await Task.Delay(TimeSpan.FromMilliseconds(60 * turn), TimeProvider.System);
            await route.ContinueAsync();
            Interlocked.Decrement(ref pending);
        });
        var page = await context.NewPageAsync();
        await page.GotoAsync(path);
        await Expect(page.Locator("h1").First).ToBeAttachedAsync();
        do
        {
            await Expect(page.GetByTestId("skeleton")).ToHaveCountAsync(0);
            // What was answered has been drawn by then.
            await page.EvaluateAsync("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
        }
        while (Volatile.Read(ref pending) > 0);

        var shifts = await page.EvaluateAsync<JsonElement>("() => shifts");
        await context.CloseAsync();
        var sum = shifts.EnumerateArray().Sum(shift => shift.GetProperty("value").GetDouble());
        return sum < Most ? [] : shifts.EnumerateArray().Select(shift => $"{path} {sum:0.000}: {shift.GetProperty("value").GetDouble():0.000} {shift.GetProperty("of").GetString()}");
    }
}
