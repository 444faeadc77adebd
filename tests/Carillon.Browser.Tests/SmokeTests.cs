namespace Carillon;

/// <summary>What must work in every browser that people come with.</summary>
public abstract class SmokeContract(Engine engine, Hub hub) : IAsyncLifetime
{
    private Window? _window;
    private Person _ada = null!;

    public async ValueTask InitializeAsync()
    {
        _window = await engine.OpenAsync();
        _ada = await hub.PersonAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_window is not null)
        {
            await _window.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_page_that_is_reloaded_again_and_again_still_answers()
    {
        var tab = await SignInAsync();
        for (var time = 1; time <= 5; time++)
        {
            await tab.ReloadAsync();
            await tab.ExpectAsync(Leads);
        }

        await _ada.PublishAsync("After the reloads");
        await tab.ExpectAsync("document.querySelector('[data-testid=bell-badge]')?.textContent === '1'");
    }

    [Fact]
    public async Task A_notification_appears_while_one_looks()
    {
        var tab = await SignInAsync("/notifications");
        await tab.ExpectAsync(Leads);
        await _ada.PublishAsync("The crane is mended");
        await tab.ExpectAsync(HasRow("The crane is mended"));
        await tab.ClickAsync("main [data-testid=notification] .row-open");
        await tab.ExpectAsync("document.querySelector('main [data-testid=notification]:not(.unread)')");
        await tab.ExpectAsync("fetch('/api/v1/notifications').then(answer => answer.json()).then(inbox => inbox.unreadCount === 0)");
    }

    [Fact]
    public async Task A_conversation_goes_on_after_its_first_answer()
    {
        await _ada.ProjectAsync(hub.NewName("harbour"));
        var tab = await SignInAsync("/new");
        await tab.TypeAsync("main textarea", "count to 3");
        await tab.ClickAsync("main button[type=submit]");
        await tab.ExpectAsync(Answers(1));
        foreach (var answers in new[] { 2, 3 })
        {
            await tab.TypeAsync(".composer textarea", $"count to {answers}");
            await tab.ClickAsync(".send-button");
            await tab.ExpectAsync(Answers(answers));
        }
    }

    [Fact]
    public async Task When_the_tab_that_reads_is_closed_the_next_one_takes_over()
    {
        var first = await SignInAsync("/notifications");
        await first.ExpectAsync(Leads);
        var second = await _window!.OpenTabAsync();
        await second.GoAsync(new Uri(hub.Server.Url, "/notifications"));
        await second.ExpectAsync(Follows);
        await _ada.PublishAsync("Both hear this");
        await first.ExpectAsync(HasRow("Both hear this"));
        await second.ExpectAsync(HasRow("Both hear this"));

        await first.CloseAsync();
        await second.ExpectAsync(Leads);
        await _ada.PublishAsync("One hears this");
        await second.ExpectAsync(HasRow("One hears this"));
    }

    [Fact]
    public async Task Whoever_scrolls_up_during_an_answer_is_not_pulled_back()
    {
        // More than any window holds, so that there is a way up.
        var lines = string.Join('\n', Enumerable.Range(1, 100).Select(line => $"Line {line}"));
        var session = await _ada.SessionAsync(await _ada.ProjectAsync(hub.NewName("harbour")), lines);
        var tab = await SignInAsync(session.Path());
        await tab.ExpectAsync(Answers(1));
        await tab.TypeAsync(".composer textarea", "count to 100000");
        await tab.ClickAsync(".send-button");
        await tab.ExpectAsync("document.querySelector('[data-testid=going]')?.textContent.includes('1 2')");
        await tab.ExpectAsync("document.querySelector('.talk-scroll').scrollTop > 200");

        // In the task that shows something new, behind what it shows: the event of the movement comes later.
        await tab.AskAsync(
            """
            (scroller => {
              const look = new MutationObserver(() => {
                if (window.left !== undefined) window.since++;
                else window.left = scroller.scrollTop -= 150;
              });
              window.since = 0;
              look.observe(scroller, { subtree: true, childList: true, characterData: true });
            })(document.querySelector('.talk-scroll'))
            """);
        await tab.ExpectAsync("window.since > 20");
        await tab.ExpectAsync("Math.abs(document.querySelector('.talk-scroll').scrollTop - window.left) < 2");
        await tab.ExpectAsync("[...document.querySelectorAll('button')].some(button => button.textContent.includes('Jump to latest'))");
        await _ada.EndAsync(session);
    }

    /// <summary>This tab reads the stream, and no other waits to do so.</summary>
    private static readonly string Leads = StreamLocks(waiting: 0);

    private static readonly string Follows = StreamLocks(waiting: 1);

    private static string StreamLocks(int waiting) =>
        $$"""
        navigator.locks.query().then(({ held, pending }) => {
          const ofStream = ({ name }) => name.startsWith('carillon-events-');
          return held.filter(ofStream).length === 1 && pending.filter(ofStream).length === {{waiting}};
        })
        """;

    private static string HasRow(string title) =>
        $"[...document.querySelectorAll('main [data-testid=notification] .row-open')].some(row => row.textContent.includes(`{title}`))";

    private static string Answers(int count) =>
        $"document.querySelectorAll('.message.agent .said-foot').length === {count} && !document.querySelector('[data-testid=going]')";

    private async Task<Tab> SignInAsync(string path = "/")
    {
        var tab = await _window!.OpenTabAsync();
        await tab.GoAsync(new Uri(hub.Server.Url, $"/sign-in?return={Uri.EscapeDataString(path)}"));
        await tab.TypeAsync("input[name=username]", _ada.Name);
        await tab.TypeAsync("input[name=password]", _ada.Password);
        await tab.ClickAsync("button[type=submit]");
        await tab.ExpectAsync($"location.pathname === `{path}`");
        return tab;
    }
}

public sealed class ChromiumSmokeTests(ChromiumEngine engine, Hub hub) : SmokeContract(engine, hub), IClassFixture<ChromiumEngine>, IClassFixture<Hub>;

public sealed class FirefoxSmokeTests(FirefoxEngine engine, Hub hub) : SmokeContract(engine, hub), IClassFixture<FirefoxEngine>, IClassFixture<Hub>;

public sealed class WebKitSmokeTests(WebKitEngine engine, Hub hub) : SmokeContract(engine, hub), IClassFixture<WebKitEngine>, IClassFixture<Hub>;
