using System.Globalization;
using System.Text.RegularExpressions;
using Carillon.Protocol;

namespace Carillon;

/// <summary>Somebody talks to an agent and watches the answer grow.</summary>
public sealed partial class ConversationTests(Chromium chromium, EchoHub hub) : PageTest(chromium, hub), IClassFixture<EchoHub>
{
    /// <summary>Notes how long the answer is whenever it changes.</summary>
    private const string Watch =
        """
        window.lengths = [];
        new MutationObserver(() => {
          const length = document.querySelector('.message.agent .answer')?.textContent.length ?? 0;
          if (length !== 0 && length !== lengths.at(-1)) lengths.push(length);
        }).observe(document, { childList: true, subtree: true, characterData: true });
        """;

    /// <summary>Long enough that much can happen in the middle of it.</summary>
    private const int Long = 250;

    private const string Hostile =
        """
        <script>window.harmed = 'script'</script>
        <img src=x onerror="window.harmed = 'image'">
        <img src="https://elsewhere.example/pixel.png">
        <iframe src="https://elsewhere.example/"></iframe>
        <form action="https://elsewhere.example/"><input name="password"><button>Sign in</button></form>
        <svg onload="window.harmed = 'svg'"><use href="https://elsewhere.example/#x"></use></svg>
        <style>body { background: url(https://elsewhere.example/style.png) }</style>
        <p style="position: fixed; inset: 0">covers</p>
        <div class="dialog" id="content">pretends</div>

        ![a picture](https://elsewhere.example/picture.png)
        [press me](javascript:window.harmed='link') [or me](data:text/html,<script>harmed</script>) <a href=" javascript:alert(1)">or this</a>
        [a page](https://elsewhere.example/page)

        ```html
        <script>window.harmed = 'code'</script>
        ```

        The end.
        """;

    [Fact]
    public async Task The_answer_of_a_new_session_grows_on_the_page()
    {
        var ada = await Hub.PersonAsync();
        var project = await ada.ProjectAsync(Hub.NewName("harbour"));
        var context = await BrowserAsync(ada);
        await context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await context.AddInitScriptAsync(Watch);
        var page = await context.OpenAsync($"/new?project={project}");
        await page.GetByRole(AriaRole.Radio, new() { Name = "Demo" }).CheckAsync();
        await page.GetByLabel("First message").FillAsync("Mend the crane");
        await Expect(page.GetByLabel("Title")).ToHaveValueAsync("Mend the crane");
        await page.Button("Start session").ClickAsync();

        await Expect(page).ToHaveURLAsync(new Regex($"/projects/{project}/sessions/[^/]+$"));
        await Expect(page.Heading("Mend the crane")).ToBeVisibleAsync();
        await Expect(page.Bubbles()).ToHaveTextAsync(["Mend the crane"]);
        await Expect(page.Going()).ToContainTextAsync("You said:");
        await Expect(page.Button("Stop")).ToBeVisibleAsync();
        await page.ExpectDoneAsync();
        await Expect(page.Answers()).ToContainTextAsync("What else there is to choose from is in the documents, under Agents.");
        Assert.InRange((await page.EvaluateAsync<int[]>("lengths")).Length, 20, int.MaxValue);

        // What it did on the way is one line, which tells the rest when it is asked.
        var step = page.Answers().Locator(".step details");
        await Expect(step.Locator("summary")).ToContainTextAsync("Read");
        await Expect(step.Locator(".step-more")).ToBeHiddenAsync();
        await step.Locator("summary").ClickAsync();
        await Expect(step.Locator(".step-more")).ToHaveTextAsync("your message, 3 words");

        await page.Answers().Locator(".code").Button("Copy").ClickAsync();
        await Expect(page.Answers().Locator(".code").Button("Copied")).ToBeVisibleAsync();
        Assert.Equal(
            "export CARILLON_Agents__Command__Program=/usr/local/bin/my-agent\n./run",
            await page.EvaluateAsync<string>("navigator.clipboard.readText()"));
    }

    [Fact]
    public async Task A_reload_in_the_middle_of_an_answer_neither_loses_nor_repeats_a_word()
    {
        var ada = await Hub.PersonAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync(Hub.NewName("harbour")));
        var context = await BrowserAsync(ada);
        await context.AddInitScriptAsync(Watch);
        var page = await context.OpenAsync(session.Path());
        await page.SayAsync($"count to {Long}");
        await Expect(page.Going()).ToContainTextAsync(" 20 21 ");
        await page.ReloadAsync();
        await Expect(page.Going()).ToContainTextAsync("1 2 3 4 ");
        await page.ExpectDoneAsync();
        await ExpectCountedAsync(page, ada, session);
        var lengths = await page.EvaluateAsync<int[]>("lengths");
        Assert.Equal(lengths.Order(), lengths);
        Assert.InRange(lengths.Length, 5, int.MaxValue);
        await page.ReloadAsync();
        await ExpectCountedAsync(page, ada, session);
    }

    [Fact]
    public async Task Two_tabs_and_two_people_see_the_same_answer()
    {
        var ada = await Hub.PersonAsync();
        var grace = await Hub.PersonAsync(Hub.NewName("grace"));
        var session = await ada.SessionAsync(await ada.ProjectAsync(Hub.NewName("harbour")), title: "Together");
        var mine = await BrowserAsync(ada);
        var one = await mine.OpenAsync(session.Path());
        var two = await mine.OpenAsync(session.Path());
        var hers = await OpenAsync(grace, session.Path());
        await Expect(two.GetByText("Nothing has been said yet")).ToBeVisibleAsync();
        await Expect(hers.GetByText("Nothing has been said yet")).ToBeVisibleAsync();
        await one.SayAsync($"count to {Long}");
        IPage[] pages = [one, two, hers];
        foreach (var page in pages)
        {
            await Expect(page.Going()).ToContainTextAsync("1 2 3 4 ");
            await Expect(page.Bubbles()).ToHaveTextAsync([$"count to {Long}"]);
        }

        await Expect(hers.Locator(".said-by").Filter(new() { HasText = ada.Name })).ToBeVisibleAsync();
        foreach (var page in pages)
        {
            await page.ExpectDoneAsync();
            await ExpectCountedAsync(page, ada, session);
        }
    }

    [Fact]
    public async Task Stop_keeps_what_was_said()
    {
        var ada = await Hub.PersonAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync(Hub.NewName("harbour")), "count to 20000");
        var page = await OpenAsync(ada, session.Path());
        await Expect(page.Going()).ToContainTextAsync("1 2 3 4 ");
        await page.Button("Stop").ClickAsync();
        await Expect(page.Answers().GetByText("Stopped", new() { Exact = true })).ToBeVisibleAsync();
        await page.ExpectDoneAsync();
        var kept = Assert.Single(await ada.MessagesAsync(session), message => message.Role == MessageRoles.Agent);
        Assert.Equal(RunStatuses.Stopped, kept.Status);
        Assert.StartsWith("1 2 3 4 ", kept.Text, StringComparison.Ordinal);
        Assert.Equal(kept.Text, await WordsAsync(page.Answers().First));

        await page.SayAsync("count to 3");
        await page.ExpectDoneAsync(2);
        Assert.Equal("1 2 3", await WordsAsync(page.Answers().Last));
    }

    [Fact]
    public async Task A_message_that_waits_its_turn_can_be_edited_and_cancelled_and_everything_stopped()
    {
        var ada = await Hub.PersonAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync(Hub.NewName("harbour")), "count to 100000");
        var page = await OpenAsync(ada, session.Path());
        var other = await OpenAsync(ada, session.Path());
        await Expect(page.Going()).ToContainTextAsync("1 2");
        await page.SayAsync("second");
        await page.SayAsync("third");
        await page.SayAsync("fourth");
        await Expect(page.GetByText("3 messages wait behind this answer.")).ToBeVisibleAsync();
        await Expect(page.Button("Stop")).ToBeVisibleAsync();

        await page.Button("Edit: second").ClickAsync();
        await Expect(page.Composer()).ToHaveValueAsync("second");
        await Expect(page.Composer()).ToBeFocusedAsync();
        await page.Button("Cancel: third").ClickAsync();
        await Expect(page.Toast()).ToContainTextAsync("Message taken back");
        await Expect(page.Bubbles()).ToHaveTextAsync(["count to 100000", "fourth"]);
        await Expect(other.Bubbles()).ToHaveTextAsync(["count to 100000", "fourth"]);
        await page.Toast().Button("Undo").ClickAsync();
        await Expect(other.Bubbles()).ToHaveTextAsync(["count to 100000", "fourth", "third"]);

        await page.Button("Stop everything").ClickAsync();
        await page.ExpectDoneAsync();
        await Expect(page.GetByText("Stopped before the agent began.")).ToHaveCountAsync(2);
        await Expect(page.Button("Stop")).ToHaveCountAsync(0);
        await Expect(page.GetByTestId("activity")).ToHaveTextAsync("Idle");
        await Expect(page.Composer()).ToHaveValueAsync("second");
    }

    [Fact]
    public async Task A_question_that_was_answered_says_so_and_has_no_field()
    {
        var ada = await Hub.PersonAsync();
        var project = await ada.ProjectAsync(Hub.NewName("harbour"));
        var session = $"{project}-ask";
        await ada.ReportAsync(project, session, "waiting_input", "**Deploy** to production?", "**Deploy** to production?", agent: "carillon ask");
        var overview = await OpenAsync(ada, "/");
        var need = overview.GetByTestId("need");
        await Expect(need.Locator("h3")).ToHaveTextAsync("Deploy to production?");
        await Expect(need.GetByText("Deploy to production?")).ToHaveCountAsync(1);

        var page = await OpenAsync(ada, $"/projects/{project}/sessions/{session}");
        await page.SayAsync("yes");
        await Expect(page.Bubbles()).ToHaveTextAsync(["yes"]);
        await ada.ReportAsync(project, session, "exited");
        await Expect(page.GetByText("This question was answered.")).ToBeVisibleAsync();
        await Expect(page.Composer()).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Whoever_scrolls_up_just_before_a_delta_stays_there()
    {
        var ada = await Hub.PersonAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync(Hub.NewName("harbour")), "count to 100000");
        var context = await BrowserAsync(ada, new() { ViewportSize = new() { Width = 500, Height = 500 } });

        // In the same task as the delta: the event of the movement comes when it has been shown.
        await context.AddInitScriptAsync(
            """
            window.WebSocket = class extends WebSocket {
              constructor(...how) {
                super(...how);
                this.addEventListener('message', ({ data }) => {
                  if (!data.includes('"chunk"')) return;
                  const scroller = document.querySelector('.talk-scroll');
                  if (window.mayMove && scroller.scrollTop > 150) {
                    window.mayMove = false;
                    scroller.scrollTop -= 100;
                    window.left = scroller.scrollTop;
                  }
                  if (window.left !== undefined) window.since = (window.since ?? 0) + 1;
                });
              }
            };
            """);
        var page = await context.OpenAsync(session.Path());
        await Expect(page.Going()).ToContainTextAsync("1 2");
        await page.EvaluateAsync("() => { window.mayMove = true; }");
        await page.WaitForFunctionAsync("() => window.since > 10", null, new() { Timeout = 60_000 });
        Assert.Equal(await page.EvaluateAsync<double>("window.left"), await page.EvaluateAsync<double>("document.querySelector('.talk-scroll').scrollTop"));
        await Expect(page.Button("Jump to latest")).ToBeVisibleAsync();
        await page.Button("Jump to latest").ClickAsync();
        await Expect(page.Button("Jump to latest")).ToHaveCountAsync(0);
        await page.Button("Stop").ClickAsync();
    }

    [Fact]
    public async Task A_long_answer_comes_whole_and_in_order_and_the_page_works_meanwhile()
    {
        const int Lines = 2_000;
        var ada = await Hub.PersonAsync();
        var text = string.Join('\n', Enumerable.Range(1, Lines).Select(line => (line % 10) switch
        {
            1 => $"\n## Part {line}\n",
            2 or 3 => $"Words with `code {line}` and **more**.\n",
            4 => $"```ts\nconst line {line};\n```\n",
            _ => $"- item {line} of it",
        }));
        var session = await ada.SessionAsync(await ada.ProjectAsync(Hub.NewName("harbour")), text, "Long", agent: "command");
        var context = await BrowserAsync(ada);
        await context.AddInitScriptAsync(Watch);
        var page = await context.OpenAsync(session.Path());
        await page.Composer().FillAsync("Meanwhile");
        await page.ExpectDoneAsync();
        await ExpectLinesAsync(page, Lines);
        await Expect(page.Composer()).ToHaveValueAsync("Meanwhile");

        await page.ReloadAsync();
        await ExpectLinesAsync(page, Lines);
        // How long each took is for bench/run answer to say: here it counts that it was more than one task.
        var lengths = await page.EvaluateAsync<int[]>("lengths");
        Assert.Equal(lengths.Order(), lengths);
        Assert.InRange(lengths.Length, 3, int.MaxValue);

        // What the browser leaves out while it is far away keeps its room: nothing moves when somebody comes near.
        await Expect(page.Locator(".words-block:not(.may-rest)")).ToHaveCountAsync(1);
        var heights = await page.EvaluateAsync<int[]>(
            """
            async () => {
              const scroller = document.querySelector('.talk-scroll');
              const heights = new Set();
              for (let top = scroller.scrollHeight; top >= 0; top -= 2_000) {
                scroller.scrollTop = top;
                await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
                heights.add(scroller.scrollHeight);
              }
              return [...heights];
            }
            """);
        Assert.Single(heights);

        // Nor is anything cut at its edge: the number of a hundredth item hangs out of the column.
        Assert.InRange(
            await page.EvaluateAsync<double>("Math.min(...Array.from(document.querySelectorAll('.words-block.may-rest > ul > li'), item => item.getBoundingClientRect().left - item.closest('.words-block').getBoundingClientRect().left))"),
            36, double.MaxValue);
        await page.Button("Jump to latest").ClickAsync();
        await ExpectLinesAsync(page, Lines);
    }

    /// <summary>Waits until an answer has all its numbered lines, one after the other, and its end is in view.</summary>
    private static async Task ExpectLinesAsync(IPage page, int count)
    {
        await Expect(page.Answers().GetByText($"item {count} of it")).ToBeInViewportAsync(new() { Timeout = 60_000 });
        await Expect(page.Button("Jump to latest")).ToHaveCountAsync(0);
        var numbers = await page.EvaluateAsync<int[]>(
            "Array.from(document.querySelector('.message.agent .answer').textContent.matchAll(/(?:Part|code|line|item) (\\d+)/g), ([, number]) => Number(number))");
        Assert.Equal(Enumerable.Range(1, count), numbers);
    }

    [Fact]
    public async Task Escape_in_the_field_stops_after_a_question()
    {
        var ada = await Hub.PersonAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync(Hub.NewName("harbour")), "count to 100000");
        var page = await OpenAsync(ada, session.Path());
        await Expect(page.Going()).ToContainTextAsync("1 2");
        await page.Composer().PressAsync("Escape");
        await page.GetByRole(AriaRole.Dialog).Button("Stop").ClickAsync();
        await page.ExpectDoneAsync();
        await Expect(page.Answers().GetByText("Stopped", new() { Exact = true })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task An_agent_that_fails_says_why_and_can_be_asked_again()
    {
        var ada = await Hub.PersonAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync(Hub.NewName("harbour")), title: "Bad luck");
        var page = await OpenAsync(ada, session.Path());
        await page.SayAsync("fail");
        var failed = page.GetByTestId("failed");
        await Expect(failed).ToContainTextAsync("Demo failed");
        await Expect(failed).ToContainTextAsync("The demo agent failed because you asked it to.");
        await Expect(page.Answers().GetByText("Incomplete")).ToBeVisibleAsync();
        await Expect(page.Answers()).ToContainTextAsync("I begin as if all were well, and then");
        await Expect(page.GetByTestId("activity")).ToHaveTextAsync("Failed");
        await page.ExpectDoneAsync();

        await failed.Button("Try again").ClickAsync();
        await page.ExpectDoneAsync(2);
        await Expect(failed).ToHaveCountAsync(2);
        await Expect(page.Button("Try again")).ToHaveCountAsync(1);
        await page.ReloadAsync();
        await Expect(page.Locator(".messages > li")).ToHaveClassAsync(["message person", "message agent", "message system", "message agent", "message system"]);

        await page.Button("Edit and send").ClickAsync();
        await Expect(page.Composer()).ToHaveValueAsync("fail");
        await Expect(page.Composer()).ToBeFocusedAsync();
        await page.SayAsync("count to 3");
        await page.ExpectDoneAsync(3);
        Assert.Equal("1 2 3", await WordsAsync(page.Answers().Last));
        await Expect(page.Button("Try again")).ToHaveCountAsync(0);
        await Expect(page.GetByTestId("activity")).ToHaveTextAsync("Idle");
    }

    [Fact]
    public async Task An_agent_elsewhere_that_ends_in_mid_work_says_why_with_its_output_to_copy()
    {
        var ada = await Hub.PersonAsync();
        var project = await ada.ProjectAsync(Hub.NewName("harbour"));
        await ada.ReportAsync(project, $"{project}-1", "working");
        var output = string.Join('\n', Enumerable.Range(1, 20).Select(line => $"  at line {line}"));
        await ada.ReportAsync(project, $"{project}-1", "exited", $"It broke.\n{output}");
        var page = await OpenAsync(ada, $"/projects/{project}/sessions/{project}-1");
        await Expect(page.GetByTestId("activity")).ToHaveTextAsync("Failed");
        var failed = page.GetByTestId("failed");
        await Expect(failed).ToContainTextAsync("Claude Code failed");
        await Expect(page.GetByText("It broke.")).ToHaveCountAsync(1);
        await Expect(failed.Locator("pre")).ToContainTextAsync("at line 8");
        await Expect(failed.Locator("pre")).Not.ToContainTextAsync("at line 9");
        await failed.Button("Show 12 more lines").ClickAsync();
        await Expect(failed.Locator("pre")).ToContainTextAsync("at line 20");
        await Expect(failed.Button("Copy")).ToBeVisibleAsync();
        await ada.ReportAsync(project, $"{project}-1", "working");
        await Expect(failed).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_question_is_answered_from_its_notification_which_then_resolves_by_itself_in_every_tab()
    {
        var ada = await Hub.PersonAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync(Hub.NewName("harbour")), "ask");
        var mine = await BrowserAsync(ada);
        var one = await mine.OpenAsync("/notifications");
        var two = await mine.OpenAsync("/notifications");
        var question = one.Rows().Filter(new() { HasText = "Shall I go on?" });
        var same = two.Rows().Filter(new() { HasText = "Shall I go on?" });
        await Expect(same.Button("Reply")).ToBeVisibleAsync();
        await question.Button("Reply").ClickAsync();
        await question.GetByLabel("Message to the agent").FillAsync("count to 3");
        await question.Button("Send").ClickAsync();

        await Expect(same).ToContainTextAsync("Resolved");
        await Expect(one).ToHaveURLAsync("/notifications");
        await one.GotoAsync(session.Path());
        await one.ExpectDoneAsync(2);
        Assert.Equal("1 2 3", await WordsAsync(one.Answers().Last));
        await one.GotoAsync("/notifications");
        await Expect(question).ToContainTextAsync("Resolved");
        Assert.Equal(["ask", "count to 3"], from message in await ada.MessagesAsync(session) where message.Role == MessageRoles.Person select message.Text);
    }

    [Fact]
    public async Task Whoever_looks_at_a_session_has_read_what_is_told_of_it_and_whoever_is_away_has_not()
    {
        var ada = await Hub.PersonAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync(Hub.NewName("harbour")), "ask");
        var context = await BrowserAsync(ada);
        await context.AddInitScriptAsync("Object.defineProperty(document, 'visibilityState', { get: () => window.isHere ? 'visible' : 'hidden' })");
        var page = await context.OpenAsync(session.Path());
        await page.ExpectDoneAsync();
        await Expect(page.Badge()).ToHaveTextAsync("1");
        Assert.Null(Assert.Single((await ada.InboxAsync()).Notifications).ReadAt);

        await page.RunAndWaitForResponseAsync(
            () => page.EvaluateAsync("() => { window.isHere = true; document.dispatchEvent(new Event('visibilitychange')); }"), "**/read-all");
        await Expect(page.Badge()).ToHaveCountAsync(0);
        Assert.NotNull(Assert.Single((await ada.InboxAsync()).Notifications).ReadAt);

        // Read is not answered: the question still waits.
        var elsewhere = await OpenAsync(ada, "/");
        await Expect(elsewhere.GetByTestId("need")).ToContainTextAsync("Shall I go on?");
        await elsewhere.GotoAsync("/notifications");
        await page.SayAsync("count to 3");
        await page.ExpectDoneAsync(2);
        await elsewhere.Rows().Filter(new() { HasText = "your turn" }).ExpectUnreadAsync(false);
        await Expect(page.Badge()).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task What_an_agent_writes_harms_nobody()
    {
        var ada = await Hub.PersonAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync(Hub.NewName("harbour")), Hostile, "Beware", "command");
        var context = await BrowserAsync(ada);
        var elsewhere = new List<string>();
        context.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(Server.Url.AbsoluteUri, StringComparison.Ordinal) || request.Url.EndsWith("/x", StringComparison.Ordinal))
            {
                elsewhere.Add(request.Url);
            }
        };
        context.Dialog += (_, dialog) => elsewhere.Add(dialog.Message);
        var page = await context.OpenAsync(session.Path());
        await page.ExpectDoneAsync();
        await Expect(page.Answers()).ToContainTextAsync("The end.");
        await Expect(page.Answers().Locator("script, img, iframe, form, input, svg:not(.said-foot svg), use, style, [style], [id], .dialog, [onerror], [onload]")).ToHaveCountAsync(0);
        Assert.Equal(["https://elsewhere.example/picture.png", "https://elsewhere.example/page"], await page.Answers().Locator("a").EvaluateAllAsync<string[]>("links => links.map(link => link.href)"));
        Assert.Equal(2, await page.Answers().Locator("a[target=_blank][rel='noopener noreferrer']").CountAsync());
        await Expect(page.Answers().Locator(".code pre")).ToHaveTextAsync("<script>window.harmed = 'code'</script>");
        await page.Answers().GetByText("press me").ClickAsync();
        await Expect(page).ToHaveURLAsync(session.Path());

        // A person's words are words.
        Assert.Equal(Hostile.Trim(), (await page.Bubbles().TextContentAsync())!.Trim());
        Assert.False(await page.EvaluateAsync<bool>("'harmed' in window"));
        Assert.Empty(elsewhere);

        // Chromium tells the policy also of documents that are only read, in which nothing runs.
        Expected(complaint => complaint.Contains("Content Security Policy", StringComparison.Ordinal));
    }

    private static async Task<string> WordsAsync(ILocator answer) =>
        WhiteSpace().Replace(string.Concat(await answer.Locator(".words").AllTextContentsAsync()).Trim(), " ");

    private static async Task ExpectCountedAsync(IPage page, Person person, Session session)
    {
        var counted = string.Join(' ', Enumerable.Range(1, Long).Select(number => number.ToString(CultureInfo.InvariantCulture)));
        var answer = Assert.Single(await person.MessagesAsync(session), message => message.Role == MessageRoles.Agent);
        Assert.Equal(counted, answer.Text);
        await Expect(page.Answers()).ToHaveCountAsync(1);
        Assert.Equal(answer.Text, await WordsAsync(page.Answers()));
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();
}
