using Carillon.Protocol;

namespace Carillon;

/// <summary>What is written waits on the page until the server has it, and is sent once.</summary>
public sealed class OutboxTests(Chromium chromium, Hub hub) : PageTest(chromium, hub), IClassFixture<Hub>
{
    [Fact]
    public async Task What_is_written_offline_goes_once_and_in_order()
    {
        var ada = await Hub.PersonAsync();
        var (session, page) = await TalkAsync(ada);
        await page.Context.SetOfflineAsync(true);
        await Expect(page.GetByTestId("chat-connection")).ToContainTextAsync("Offline.");
        await QueueAsync(page);
        Assert.Equal(2, (await ada.MessagesAsync(session)).Count);

        await page.Context.SetOfflineAsync(false);
        await ExpectSentAsync(page, ada, session);
    }

    [Fact]
    public async Task What_is_written_while_the_server_is_away_goes_once_and_in_order()
    {
        var ada = await Hub.PersonAsync();
        var (session, page) = await TalkAsync(ada);
        await Server.KillAsync();
        await Expect(page.GetByTestId("chat-connection")).ToContainTextAsync("Reconnecting…");
        await QueueAsync(page);

        await Server.StartProcessAsync();
        await ExpectSentAsync(page, ada, session);
        Expected(complaint => complaint.StartsWith("WebSocket connection to", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("before the disk has it")]
    [InlineData("before it is sent")]
    [InlineData("before the server's answer")]
    [InlineData("after the server's answer")]
    public async Task A_reload_at_any_step_loses_no_word(string step)
    {
        const string Words = "count to 3";
        var ada = await Hub.PersonAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync(Hub.NewName("harbour")));
        var context = await BrowserAsync(ada);
        var page = await context.OpenAsync(session.Path());
        await Expect(page.GetByText("Nothing has been said yet")).ToBeVisibleAsync();
        var reached = new TaskCompletionSource();
        var isHeld = step != "after the server's answer";
        if (step == "before the disk has it")
        {
            // The transaction never ends, so a reload takes it back.
            await page.EvaluateAsync(
                """
                () => {
                  const add = IDBObjectStore.prototype.add;
                  IDBObjectStore.prototype.add = function (...values) {
                    const goOn = () => { this.count().onsuccess = goOn; };
                    goOn();
                    window.reached = true;
                    return add.apply(this, values);
                  };
                }
                """);
        }

        await page.RouteAsync("**/messages", async route =>
        {
            if (route.Request.Method != "POST" || !isHeld)
            {
                await route.ContinueAsync();
                return;
            }

            if (step == "before the server's answer")
            {
                await route.FetchAsync();
            }

            reached.TrySetResult();
        });
        await page.Composer().FillAsync(Words);
        await page.Button("Send").ClickAsync();
        if (step == "before the disk has it")
        {
            await page.WaitForFunctionAsync("() => window.reached");
        }
        else if (isHeld)
        {
            await reached.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
        else
        {
            await Expect(page.Bubbles()).ToHaveTextAsync([Words]);
        }

        isHeld = false;
        await page.ReloadAsync();
        if (step == "before the disk has it")
        {
            await Expect(page.Composer()).ToHaveValueAsync(Words);
            await page.Button("Send").ClickAsync();
        }

        await page.ExpectDoneAsync();
        await Expect(page.Composer()).ToHaveValueAsync("");
        Assert.Single(await ada.MessagesAsync(session), message => message.Text == Words);
    }

    [Fact]
    public async Task What_waits_survives_a_reload_and_is_sent_by_one_tab_only()
    {
        var ada = await Hub.PersonAsync();
        var (session, page) = await TalkAsync(ada);
        await page.Context.RouteAsync("**/messages", route => route.Request.Method == "POST" ? route.AbortAsync() : route.ContinueAsync());
        await QueueAsync(page);
        await page.ReloadAsync();
        await Expect(page.WaitingToSend().Locator(".bubble")).ToHaveTextAsync(["count to 2", "count to 4"]);
        var other = await page.Context.OpenAsync(session.Path());
        await Expect(other.WaitingToSend().Locator(".bubble")).ToHaveTextAsync(["count to 2", "count to 4"]);

        await page.Context.UnrouteAllAsync();
        await ExpectSentAsync(page, ada, session);
        await Expect(other.WaitingToSend()).ToHaveCountAsync(0);
        await Expect(other.Bubbles()).ToHaveTextAsync(["count to 1", "count to 2", "count to 4"]);
    }

    private async Task<(Session Session, IPage Page)> TalkAsync(Person person)
    {
        var session = await person.SessionAsync(await person.ProjectAsync(Hub.NewName("harbour")));
        var page = await OpenAsync(person, session.Path());
        await page.SayAsync("count to 1");
        await page.ExpectDoneAsync();
        return (session, page);
    }

    /// <summary>Writes three messages and takes the second one back.</summary>
    private static async Task QueueAsync(IPage page)
    {
        foreach (var words in (string[])["count to 2", "count to 3", "count to 4"])
        {
            await page.SayAsync(words);
        }

        await Expect(page.WaitingToSend().Locator(".bubble")).ToHaveTextAsync(["count to 2", "count to 3", "count to 4"]);
        await Expect(page.WaitingToSend().Last).ToContainTextAsync("Waiting to send");
        await page.Button("Cancel: count to 3").ClickAsync();
        await Expect(page.WaitingToSend().Locator(".bubble")).ToHaveTextAsync(["count to 2", "count to 4"]);
    }

    private static async Task ExpectSentAsync(IPage page, Person person, Session session)
    {
        string[] expected = ["count to 1", "count to 2", "count to 4"];
        await Expect(page.WaitingToSend()).ToHaveCountAsync(0, new() { Timeout = 60_000 });
        await page.ExpectDoneAsync(3);
        await Expect(page.Bubbles()).ToHaveTextAsync(expected);
        await Expect(page.Answers().Locator(".words")).ToHaveTextAsync(["1", "1 2", "1 2 3 4"]);
        Assert.Equal(expected, from message in await person.MessagesAsync(session) where message.Role == MessageRoles.Person select message.Text);
    }
}

public sealed class MessageLimitTests(Chromium chromium, StrictHub hub) : PageTest(chromium, hub), IClassFixture<StrictHub>
{
    [Fact]
    public async Task Over_the_limit_a_message_waits_and_the_page_says_how_long()
    {
        var ada = await Hub.PersonAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync(Hub.NewName("harbour")));
        var page = await OpenAsync(ada, session.Path());
        await page.SayAsync("count to 1");
        await page.SayAsync("count to 2");
        await page.SayAsync("count to 3");
        await page.ExpectDoneAsync(2);
        var notice = page.GetByTestId("limit");
        await Expect(notice).ToContainTextAsync("You have reached your message limit. You can send the next message in ");
        var before = await notice.TextContentAsync();
        await Expect(notice).Not.ToHaveTextAsync(before!);
        await Expect(page.WaitingToSend().Locator(".bubble")).ToHaveTextAsync(["count to 3"]);
        await page.ReloadAsync();
        await Expect(page.WaitingToSend().Locator(".bubble")).ToHaveTextAsync(["count to 3"]);
        await Expect(notice).ToBeVisibleAsync();
        Assert.Equal(2, (await ada.MessagesAsync(session)).Count(message => message.Role == MessageRoles.Person));
    }
}
