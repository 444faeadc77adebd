using System.Globalization;
using System.Text.RegularExpressions;

namespace Carillon;

public sealed class ConnectionTests(Chromium chromium, Hub hub) : PageTest(chromium, hub), IClassFixture<Hub>
{
    /// <summary>Notes in the page itself when the stream broke and when the page said so: its own clock knows best.</summary>
    private const string Watch =
        """
        window.watch = { lost: null, said: null };
        const real = window.fetch;
        window.fetch = async (...request) => {
          const answer = await real(...request);
          if (!String(request[0]).startsWith('/events')) return answer;
          const lost = () => { watch.lost ??= performance.now(); };
          answer.body.getReader = () => {
            const reader = ReadableStream.prototype.getReader.call(answer.body);
            const read = reader.read.bind(reader);
            reader.read = () => read().then(piece => { if (piece.done) lost(); return piece; }, error => { lost(); throw error; });
            return reader;
          };
          return answer;
        };
        new MutationObserver(() => {
          if (document.querySelector('[data-testid=connection]') !== null) watch.said ??= performance.now();
        }).observe(document, { childList: true, subtree: true });
        """;

    [Fact]
    public async Task A_loss_is_mentioned_after_two_seconds_and_not_any_more_once_it_is_over()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("Before");
        var context = await BrowserAsync(ada);
        await context.AddInitScriptAsync(Watch);
        var page = await context.OpenAsync("/notifications");
        await page.ExpectRowsAsync("Before");
        await StreamIsOpenAsync(page, ada);

        await Server.KillAsync();
        await Expect(page.GetByTestId("connection")).ToContainTextAsync("Reconnecting…");
        Assert.InRange(await page.EvaluateAsync<double>("watch.said - watch.lost"), 1_990, 15_000);
        await page.ExpectRowsAsync("Before");

        await Server.StartProcessAsync();
        await Expect(page.GetByTestId("connection")).ToHaveCountAsync(0);
        await StreamIsOpenAsync(page, ada);
    }

    [Fact]
    public async Task A_short_loss_is_not_mentioned()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("Before");
        var context = await BrowserAsync(ada);
        await context.AddInitScriptAsync(Watch);
        var streams = 0;
        await context.RouteAsync("**/events?*", route => Interlocked.Increment(ref streams) == 1
            ? route.FulfillAsync(new() { ContentType = "text/event-stream", Body = "retry: 2000\n\n" })
            : route.ContinueAsync());
        var page = await context.NewPageAsync();

        // By the page's clock it is short, however long the machine takes.
        await page.Clock.InstallAsync();
        await page.Clock.PauseAtAsync(DateTime.Parse("2030-01-01", CultureInfo.InvariantCulture));
        await page.GotoAsync("/notifications");
        await page.WaitForFunctionAsync("() => watch.lost !== null");
        await page.Clock.RunForAsync(1_900);
        await StreamIsOpenAsync(page, ada);
        await page.ExpectRowsAsync("Before");
        await page.Clock.RunForAsync(5_000);
        Assert.True(await page.EvaluateAsync<bool>("watch.said === null"));
        Assert.Equal(2, streams);
    }

    [Fact]
    public async Task What_happens_while_the_server_is_away_or_the_page_not_back_yet_appears_once()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("Before");
        var page = await OpenAsync(ada);
        await page.ExpectRowsAsync("Before");
        await StreamIsOpenAsync(page, ada);

        await page.RouteAsync("**/events?*", route => route.AbortAsync());
        await Server.KillAsync();
        await Expect(page.GetByTestId("connection")).ToContainTextAsync("Reconnecting…");
        await page.ExpectRowsAsync("Before");
        await Server.StartProcessAsync();
        await ada.PublishManyAsync(3);
        await page.UnrouteAllAsync();

        await page.ExpectRowsAsync("Row 3", "Row 2", "Row 1", "Before");
        await Expect(page.GetByTestId("connection")).ToHaveCountAsync(0);
        await ada.PublishAsync("After");
        await page.ExpectRowsAsync("After", "Row 3", "Row 2", "Row 1", "Before");
        await Expect(page.Badge()).ToHaveTextAsync("5");
        await page.ReloadAsync();
        await page.ExpectRowsAsync("After", "Row 3", "Row 2", "Row 1", "Before");
    }

    [Fact]
    public async Task A_database_that_was_put_back_is_read_again()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("Kept");
        await Server.StopAsync();
        var copy = Directory.CreateTempSubdirectory("carillon-copy-").FullName;
        foreach (var file in Directory.GetFiles(Server.Folder, "*.db*"))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        Assert.NotEmpty(Directory.GetFiles(copy));
        await Server.StartProcessAsync();
        await ada.PublishAsync("Lost");
        var page = await OpenAsync(ada);
        await page.ExpectRowsAsync("Lost", "Kept");
        await StreamIsOpenAsync(page, ada);

        await Server.StopAsync();
        foreach (var file in Directory.GetFiles(Server.Folder, "*.db*"))
        {
            File.Delete(file);
        }

        foreach (var file in Directory.GetFiles(copy))
        {
            File.Move(file, Path.Combine(Server.Folder, Path.GetFileName(file)));
        }

        Directory.Delete(copy);
        await Server.StartProcessAsync();

        await page.ExpectRowsAsync("Kept");
        await ada.PublishAsync("New history");
        await page.ExpectRowsAsync("New history", "Kept");
        await Expect(page.Badge()).ToHaveTextAsync("2");
    }

    [Fact]
    public async Task After_a_gap_the_inbox_is_read_again()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("Before");
        var context = await BrowserAsync(ada);
        var page = await context.NewPageAsync();
        var streams = 0;
        await context.RouteAsync("**/events?*", async route =>
        {
            if (Interlocked.Increment(ref streams) > 1)
            {
                await route.ContinueAsync();
                return;
            }

            // Behind what is published now, and told that what lies between is gone.
            await page.ExpectRowsAsync("Before");
            var head = (await ada.PublishAsync("Skipped")).Seq;
            await route.FulfillAsync(new()
            {
                ContentType = "text/event-stream",
                Body = string.Create(CultureInfo.InvariantCulture, $"retry: 2000\n\nevent: hello\ndata: {{\"epoch\":\"e\",\"head\":{head},\"oldest\":{head},\"resume\":\"gap\"}}\n\n"),
            });
        });
        await page.GotoAsync("/notifications");
        await page.ExpectRowsAsync("Skipped", "Before");
        await Expect(page.Badge()).ToHaveTextAsync("2");
    }

    [Fact]
    public async Task Being_offline_is_said_and_what_happened_meanwhile_comes_afterwards()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("Before");
        var page = await OpenAsync(ada);
        await page.ExpectRowsAsync("Before");
        await StreamIsOpenAsync(page, ada);

        await page.Context.SetOfflineAsync(true);
        await Expect(page.GetByTestId("connection")).ToContainTextAsync("Offline");
        await Expect(page.GetByTestId("connection")).ToContainTextAsync("You see what was loaded before.");
        await page.ExpectRowsAsync("Before");
        await ada.PublishAsync("Meanwhile");

        await page.Context.SetOfflineAsync(false);
        await page.ExpectRowsAsync("Meanwhile", "Before");
        await Expect(page.GetByTestId("connection")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Tabs_share_one_stream_and_both_hear_everything()
    {
        var ada = await Hub.PersonAsync();
        var context = await BrowserAsync(ada);
        var streams = new StreamCount(context);
        var one = await context.OpenAsync("/notifications");
        await StreamIsOpenAsync(one, ada);
        var two = await context.OpenAsync("/notifications");
        await StreamIsOpenAsync(two, ada);

        var first = await ada.PublishAsync("First");
        foreach (var page in (IPage[])[one, two])
        {
            await Expect(page.Row("First")).ToBeVisibleAsync();
            await Expect(page.Badge()).ToHaveTextAsync("1");
        }

        await two.Row("First").HoverAsync();
        await two.Row("First").Button("Mark read: First").ClickAsync();
        await one.Row("First").ExpectUnreadAsync(false);
        await Expect(one.Badge()).ToHaveCountAsync(0);
        await ada.MarkAsync(first, new() { Archived = true });
        await Expect(one.Row("First")).ToHaveCountAsync(0);
        await Expect(two.Row("First")).ToHaveCountAsync(0);
        Assert.Equal(1, streams.Opened);
    }

    [Fact]
    public async Task When_the_leading_tab_closes_another_takes_over_and_loses_nothing()
    {
        var ada = await Hub.PersonAsync();
        var context = await BrowserAsync(ada);
        var streams = new StreamCount(context);
        var leader = await context.OpenAsync("/notifications");
        await StreamIsOpenAsync(leader, ada);
        var heir = await context.OpenAsync("/notifications");
        await StreamIsOpenAsync(heir, ada);

        for (var number = 1; number <= 12; number++)
        {
            if (number == 5)
            {
                _ = leader.CloseAsync();
            }

            await ada.PublishAsync(string.Create(CultureInfo.InvariantCulture, $"Change {number}"));
        }

        await Expect(heir.Rows()).ToHaveCountAsync(12);
        await Expect(heir.Badge()).ToHaveTextAsync("12");
        var ids = await heir.Rows().EvaluateAllAsync<string[]>("rows => rows.map(row => row.dataset.id)");
        Assert.Equal((await ada.InboxAsync()).Notifications.Where(row => row.ArchivedAt is null).Select(row => row.Id), ids);
        Assert.Equal(2, streams.Opened);
    }

    [Fact]
    public async Task Signing_out_in_one_tab_leads_the_others_to_the_sign_in()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("Private");
        var context = await BrowserAsync(ada);
        var one = await context.OpenAsync("/notifications");
        var two = await context.OpenAsync("/notifications");
        await two.ExpectRowsAsync("Private");

        await one.Button("Sign out").ClickAsync();
        await Expect(one).ToHaveURLAsync("/sign-in");
        await Expect(two).ToHaveURLAsync(new Regex("/sign-in"));
        await Expect(two.GetByText("Private")).ToHaveCountAsync(0);
        await Expect(two).ToHaveTitleAsync("Sign in · Carillon");
    }

    [Fact]
    public async Task A_sign_in_that_was_ended_elsewhere_ends_the_page_and_comes_back_to_its_place()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("Still there");
        var page = await OpenAsync(ada, "/notifications?tab=unread");
        await StreamIsOpenAsync(page, ada);
        using (var ended = await ada.Client.PostAsync("sign-out", null))
        {
            Assert.True(ended.IsSuccessStatusCode);
        }

        // Within one heartbeat, without the person doing anything.
        await Expect(page).ToHaveURLAsync("/sign-in?return=%2Fnotifications%3Ftab%3Dunread");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync(ada.Name);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(ada.Password);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page).ToHaveURLAsync("/notifications?tab=unread");
        await page.ExpectRowsAsync("Still there");
    }

    /// <summary>A row that goes away by itself proves that the stream is open.</summary>
    private static async Task StreamIsOpenAsync(IPage page, Person person)
    {
        var sign = await person.PublishAsync("Sign of life");
        await Expect(page.Row("Sign of life")).ToBeVisibleAsync();
        await person.MarkAsync(sign, new() { Archived = true });
        await Expect(page.Row("Sign of life")).ToHaveCountAsync(0);
    }

    private static bool IsStream(IRequest request) => new Uri(request.Url).AbsolutePath == "/events";

    private sealed class StreamCount
    {
        private int _opened;

        public StreamCount(IBrowserContext context) => context.Request += (_, request) =>
        {
            if (IsStream(request))
            {
                Interlocked.Increment(ref _opened);
            }
        };

        public int Opened => Volatile.Read(ref _opened);
    }
}
