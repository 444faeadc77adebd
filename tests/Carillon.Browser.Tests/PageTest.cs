using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Carillon.Protocol;

namespace Carillon;

/// <summary>A test that looks at the page. What the page does behind everybody's back — an uncaught error, a refused script — fails it too.</summary>
public abstract partial class PageTest(Chromium chromium, Hub hub) : IAsyncLifetime
{
    private readonly List<IBrowserContext> _contexts = [];
    private readonly ConcurrentQueue<string> _complaints = [];

    private protected Hub Hub => hub;

    private protected Chromium Chromium => chromium;

    private protected CarillonServer Server => hub.Server;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            await KeepPicturesAsync();
        }

        foreach (var context in _contexts)
        {
            await context.CloseAsync();
        }

        GC.SuppressFinalize(this);
        Assert.Empty(_complaints);
    }

    /// <summary>A browser of somebody's own, signed in if there is somebody.</summary>
    private protected async Task<IBrowserContext> BrowserAsync(Person? person, BrowserNewContextOptions? options = null, IBrowser? browser = null)
    {
        options ??= new() { ViewportSize = new() { Width = 1280, Height = 900 } };
        options.BaseURL = Server.Url.GetLeftPart(UriPartial.Authority);
        options.Locale ??= "en-GB";

        // What turns and breathes costs sixty frames a second. The test of motion asks for it.
        options.ReducedMotion ??= ReducedMotion.Reduce;
        var context = await (browser ?? chromium.Browser).NewContextAsync(options);
        _contexts.Add(context);
        context.WebError += (_, error) => _complaints.Enqueue(error.Error);
        context.Console += (_, message) =>
        {
            // Answers that are not 2xx are told there as well; tests provoke them on purpose.
            if (message.Type is "error" or "warning" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                _complaints.Enqueue(message.Text);
            }
        };
        if (person is not null)
        {
            var cookie = person.Cookie.Split('=', 2);
            await context.AddCookiesAsync([new() { Name = cookie[0], Value = cookie[1], Url = options.BaseURL, HttpOnly = true, SameSite = SameSiteAttribute.Lax }]);
        }

        return context;
    }

    private protected async Task<IPage> OpenAsync(Person? person, string path = "/notifications", BrowserNewContextOptions? options = null) =>
        await (await BrowserAsync(person, options)).OpenAsync(path);

    /// <summary>There was such a complaint, and it was meant to be.</summary>
    private protected void Expected(Predicate<string> complaint)
    {
        var found = _complaints.Where(one => !complaint(one)).ToArray();
        Assert.NotEqual(found.Length, _complaints.Count);
        _complaints.Clear();
        Array.ForEach(found, _complaints.Enqueue);
    }

    private async Task KeepPicturesAsync()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "failed");
        Directory.CreateDirectory(folder);
        var name = NoFileName().Replace(TestContext.Current.Test?.TestDisplayName ?? "test", "-");
        foreach (var (number, page) in _contexts.SelectMany(context => context.Pages).Index())
        {
            try
            {
                await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}-{number}.png"), Timeout = 5_000 });
            }
            catch (Exception error) when (error is PlaywrightException or TimeoutException)
            {
                // Only a help for whoever looks into the failure.
            }
        }
    }

    [GeneratedRegex("[^A-Za-z0-9_.]+")]
    private static partial Regex NoFileName();
}

/// <summary>Where things are on the page, in the words of a person who looks for them.</summary>
internal static class PageWords
{
    public static async Task<IPage> OpenAsync(this IBrowserContext context, string path)
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync(path);
        return page;
    }

    /// <summary>The rows of the page's own list.</summary>
    public static ILocator Rows(this IPage page) => page.Locator("main").GetByTestId("notification");

    public static ILocator Row(this IPage page, string title) =>
        page.Rows().Filter(new() { Has = page.Locator(".row-open", new() { HasTextRegex = new($@"^(Unread\.\s+)?{Regex.Escape(title)}$") }) });

    public static ILocator Bell(this IPage page) => page.GetByTestId("bell");

    public static ILocator Badge(this IPage page) => page.GetByTestId("bell-badge");

    public static ILocator Popover(this IPage page) => page.GetByTestId("notification-popover");

    public static ILocator Toast(this IPage page) => page.GetByTestId("toast");

    public static ILocator Button(this IPage page, string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public static ILocator Button(this ILocator part, string name) => part.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public static ILocator Link(this ILocator part, string name) => part.GetByRole(AriaRole.Link, new() { Name = name });

    public static ILocator Heading(this IPage page, string name) => page.GetByRole(AriaRole.Heading, new() { Name = name, Exact = true });

    /// <summary>What agents said and say, from above to below; each has the same place from its first word on.</summary>
    public static ILocator Answers(this IPage page) => page.Locator(".message.agent");

    /// <summary>The answer that is being given.</summary>
    public static ILocator Going(this IPage page) => page.GetByTestId("going");

    public static ILocator Bubbles(this IPage page) => page.Locator(".message.person .bubble");

    public static ILocator WaitingToSend(this IPage page) => page.GetByRole(AriaRole.List, new() { Name = "Waiting to send" }).GetByRole(AriaRole.Listitem);

    /// <summary>Where one writes to the agent.</summary>
    public static ILocator Composer(this IPage page) => page.GetByRole(AriaRole.Textbox, new() { Name = "Message", Exact = true });

    public static async Task SayAsync(this IPage page, string words)
    {
        await page.Composer().FillAsync(words);
        await page.Button("Send").ClickAsync();
        await Expect(page.Composer()).ToHaveValueAsync("");
    }

    /// <summary>The answer is there, and the next message can be written.</summary>
    public static async Task ExpectDoneAsync(this IPage page, int answers = 1)
    {
        await Expect(page.Answers().Locator(".said-foot")).ToHaveCountAsync(answers, new() { Timeout = 60_000 });
        await Expect(page.Going()).ToHaveCountAsync(0);
        await Expect(page.Button("Send")).ToBeVisibleAsync();
        await Expect(page.Composer()).ToBeEnabledAsync();
    }

    public static string Path(this Session session) => $"/projects/{session.ProjectId}/sessions/{session.Id}";

    public static Task ExpectUnreadAsync(this ILocator row, bool unread = true) =>
        unread ? Expect(row).ToHaveClassAsync(UnreadClass) : Expect(row).Not.ToHaveClassAsync(UnreadClass);

    /// <summary>Changes a notification, and waits until the server has it: the page shows it before.</summary>
    public static async Task SaveAsync(this IPage page, string mark, Func<Task> change)
    {
        var saved = await page.RunAndWaitForResponseAsync(
            change, answer => answer.Request.Method == "PATCH" && answer.Request.PostData!.Contains(mark, StringComparison.Ordinal));
        Assert.True(saved.Ok);
    }

    /// <summary>The titles of the rows, from above to below.</summary>
    public static Task ExpectRowsAsync(this IPage page, params string[] titles) =>
        Expect(page.Rows().Locator(".row-open")).ToContainTextAsync(titles);

    private static readonly Regex UnreadClass = new(@"\bunread\b");
}
