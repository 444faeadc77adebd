using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Carillon.Protocol;

namespace Carillon;

public sealed class ActionTests(Chromium chromium, Hub hub) : PageTest(chromium, hub), IClassFixture<Hub>
{
    private const string PullRequest = "https://github.com/acme/harbour/pull/7";

    [Fact]
    public async Task Opening_the_session_shows_that_it_is_under_way_and_goes_there()
    {
        var ada = await Hub.PersonAsync();
        var project = await ada.ProjectAsync(Hub.NewName("harbour"), "Harbour");
        await ada.ReportAsync(project, "crane", Activities.Blocked, "May I run the tests?", "Repair the crane");
        var page = await OpenAsync(ada, "/");
        var open = page.GetByTestId("need").Button("Open session");
        var answered = new TaskCompletionSource();
        await page.RouteAsync("**/actions/*", async route =>
        {
            await answered.Task;
            await route.ContinueAsync();
        });

        await open.ClickAsync();
        await Expect(open).ToHaveAttributeAsync("data-state", "pending");
        await Expect(open).ToHaveAttributeAsync("aria-disabled", "true");
        await Expect(page).ToHaveURLAsync("/");
        answered.SetResult();

        await Expect(page).ToHaveURLAsync($"/projects/{project}/sessions/crane");
        await Expect(page.Heading("Repair the crane")).ToBeFocusedAsync();
        await Expect(page.GetByText("May I run the tests?").First).ToBeVisibleAsync();
        await Expect(page.Badge()).ToHaveCountAsync(0);
        Assert.NotNull((await ada.InboxAsync()).Notifications.Single().ReadAt);
    }

    [Fact]
    public async Task A_failure_is_told_in_place_and_can_be_retried()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("Look", Priorities.Urgent, Open("/profile"));
        var page = await OpenAsync(ada);
        await page.RouteAsync("**/actions/*", route => route.AbortAsync());

        await page.Row("Look").Button("Open it").ClickAsync();
        var failure = page.Row("Look").GetByRole(AriaRole.Alert);
        await Expect(failure).ToContainTextAsync("Open it: The server cannot be reached.");
        await page.Row("Look").ExpectUnreadAsync();

        await page.UnrouteAllAsync();
        await failure.Button("Retry").ClickAsync();
        await Expect(page).ToHaveURLAsync("/profile");
    }

    [Fact]
    public async Task Merging_asks_first_by_name_and_head_and_a_refusal_is_told_in_place()
    {
        var ada = await Hub.PersonAsync();
        var project = await ada.ProjectAsync(Hub.NewName("harbour"));
        await ada.ReportAsync(project, "mole", Activities.Working, "Mending", "Mend the mole");
        await ada.PublishAsync(new PublishNotification
        {
            Type = "review.ready",
            Priority = Priorities.Action,
            Message = "Two reviewers agree.",
            Title = "Agreed",
            SessionId = "mole",
            Data = new Dictionary<string, JsonElement>
            {
                ["subject"] = JsonElement.Parse("""{"pullRequest":{"provider":"github","owner":"acme","repo":"harbour","number":7,"headSha":"1a2b3c4d5e6f7081"}}"""),
            },
            Actions = [new NotificationAction { Id = "merge", Kind = ActionKinds.MergePullRequest, Label = "Look at it" }],
        });
        var page = await OpenAsync(ada);
        var row = page.Row("Agreed");
        var asked = 0;
        await page.RouteAsync("**/actions/merge", async route =>
        {
            asked++;
            await route.ContinueAsync();
        });

        // Whatever its publisher called it.
        await row.Button("Merge").ClickAsync();
        var question = page.GetByRole(AriaRole.Dialog, new() { Name = "Merge acme/harbour#7 at 1a2b3c4d?" });
        await Expect(question).ToBeVisibleAsync();
        await question.Button("Cancel").ClickAsync();
        await Expect(question).ToHaveCountAsync(0);
        Assert.Equal(0, asked);

        await row.Button("Merge").ClickAsync();
        await question.Button("Merge").ClickAsync();
        await Expect(row.GetByRole(AriaRole.Alert)).ToContainTextAsync("acme/harbour#7 is no pull request of the session.");
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task A_message_that_the_server_cannot_deliver_keeps_its_text_and_says_why()
    {
        var ada = await Hub.PersonAsync();
        await ada.AskAsync(await ada.ProjectAsync(Hub.NewName("project")), "Question");
        var page = await OpenAsync(ada);
        var row = page.Row("Question");

        await row.Button("Reply").ClickAsync();
        var field = row.GetByLabel("Message to the agent");
        await Expect(field).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("Yes, go on");
        await page.Keyboard.PressAsync("Enter");

        await Expect(row.GetByRole(AriaRole.Alert)).ToContainTextAsync("There is no such session.");
        await Expect(field).ToHaveValueAsync("Yes, go on");
        await row.ExpectUnreadAsync();

        // Nothing but giving up would be left otherwise.
        await field.PressAsync("Escape");
        await Expect(row.Button("Reply")).ToBeVisibleAsync();
        await Expect(row.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_pull_request_opens_beside_the_page_on_an_allowed_host()
    {
        var ada = await Hub.PersonAsync();
        var ready = await ada.PublishAsync("Ready", Priorities.Action, Link(PullRequest));
        var page = await OpenAsync(ada);
        await page.Context.RouteAsync("https://github.com/**", route => route.FulfillAsync(new() { ContentType = "text/html", Body = "<title>Pull request 7</title>" }));

        var link = page.Row("Ready").Link("See it");
        await Expect(link).ToHaveAttributeAsync("rel", "noopener noreferrer");
        var executed = page.WaitForResponseAsync("**/actions/*");
        var opened = await page.Context.RunAndWaitForPageAsync(() => link.ClickAsync());
        await Expect(opened).ToHaveURLAsync(PullRequest);
        await Expect(opened).ToHaveTitleAsync("Pull request 7");

        Assert.True((await executed).Ok);
        await Expect(page).ToHaveURLAsync("/notifications");
        await page.Row("Ready").ExpectUnreadAsync(false);
        Assert.NotNull((await ada.ReadAsync(ready)).ReadAt);
    }

    [Theory]
    [InlineData("javascript:alert(document.domain)", "only https links are allowed")]
    [InlineData("data:text/html,<script>alert(1)</script>", "only https links are allowed")]
    [InlineData("http://github.com/acme", "only https links are allowed")]
    [InlineData("https://evil.example/github.com", "not on the list of allowed hosts")]
    [InlineData("https://github.com.evil.example/", "not on the list of allowed hosts")]
    [InlineData("https://github.com@evil.example/", "the address is not valid")]
    [InlineData("https://github.com:8443/", "the address is not valid")]
    [InlineData("//evil.example", "the address is not valid")]
    public async Task An_unsafe_link_is_refused_even_if_the_server_let_it_through(string address, string reason)
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("Trap", Priorities.Urgent, Link(PullRequest));
        var page = await OpenAsync(ada, "/profile");
        await InjectAsync(page, action => action["url"] = address);
        await page.GotoAsync("/notifications");

        var row = page.Row("Trap");
        await Expect(row.Locator(".action-refused")).ToContainTextAsync(reason);
        await Expect(row.Button("See it")).ToBeDisabledAsync();
        await Expect(row.Locator("a")).ToHaveCountAsync(0);
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("https://evil.example/")]
    public async Task A_route_that_leads_away_is_refused(string route)
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("Trap", Priorities.Urgent, Open("/profile"));
        var page = await OpenAsync(ada, "/profile");
        await InjectAsync(page, action => action["route"] = route);
        await page.GotoAsync("/notifications");
        await Expect(page.Row("Trap").Locator(".action-refused")).ToContainTextAsync("the path leads out of Carillon");
        await Expect(page.Row("Trap").Button("Open it")).ToBeDisabledAsync();
    }

    [Fact]
    public async Task An_answer_that_leads_away_is_not_followed()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("Trap", Priorities.Urgent, Open("/profile"));
        var page = await OpenAsync(ada);
        await page.RouteAsync("**/actions/*", route => route.FulfillAsync(new()
        {
            ContentType = "application/json",
            Body = """{"ok":true,"actionId":"open","kind":"open-session","result":{"route":"//evil.example/"}}""",
        }));
        var button = page.Row("Trap").Button("Open it");
        await button.ClickAsync();
        await Expect(button).ToHaveAttributeAsync("data-state", "done");
        await Expect(page).ToHaveURLAsync("/notifications");
    }

    [Fact]
    public async Task Dismissing_and_marking_read_are_actions_as_well()
    {
        var ada = await Hub.PersonAsync();
        var one = await ada.PublishAsync("One", Priorities.Info, new NotificationAction { Id = "d", Kind = ActionKinds.Dismiss, Label = "Put away" });
        var two = await ada.PublishAsync("Two", Priorities.Info, new NotificationAction { Id = "r", Kind = ActionKinds.MarkRead, Label = "Got it" });
        var page = await OpenAsync(ada);

        await page.Row("Two").Button("Got it").ClickAsync();
        await page.Row("Two").ExpectUnreadAsync(false);
        await Expect(page.Badge()).ToHaveTextAsync("1");
        await page.Row("One").Button("Put away").ClickAsync();
        await page.ExpectRowsAsync("Two");
        await Expect(page.Badge()).ToHaveCountAsync(0);
        Assert.NotNull((await ada.ReadAsync(one)).ArchivedAt);
        Assert.NotNull((await ada.ReadAsync(two)).ReadAt);
    }

    [Fact]
    public async Task An_action_token_that_is_not_accepted_any_more_is_replaced_once()
    {
        var ada = await Hub.PersonAsync();
        await ada.PublishAsync("Look", Priorities.Urgent, Open("/profile"));
        var page = await OpenAsync(ada);
        var asked = 0;
        await page.RouteAsync("**/action-token", async route =>
        {
            if (Interlocked.Increment(ref asked) > 1)
            {
                await route.ContinueAsync();
                return;
            }

            await route.FulfillAsync(new() { ContentType = "application/json", Body = """{"token":"stale","expiresAt":"2099-01-01T00:00:00.000Z"}""" });
        });
        await page.Row("Look").Button("Open it").ClickAsync();
        await Expect(page).ToHaveURLAsync("/profile");
        Assert.Equal(2, asked);
    }

    private static NotificationAction Open(string route) => new() { Id = "open", Kind = ActionKinds.OpenSession, Label = "Open it", Route = route };

    private static NotificationAction Link(string url) => new() { Id = "see", Kind = ActionKinds.OpenPullRequest, Label = "See it", Url = url };

    /// <summary>Changes the actions of what the server answers: as if it had a hole.</summary>
    private static async Task InjectAsync(IPage page, Action<JsonNode> change) =>
        await page.RouteAsync(new Regex(@"/api/v1/notifications\?"), async route =>
        {
            var answer = await route.FetchAsync();
            var list = JsonNode.Parse(await answer.TextAsync())!;
            foreach (var action in list["notifications"]!.AsArray().SelectMany(row => row!["actions"]!.AsArray()))
            {
                change(action!);
            }

            await route.FulfillAsync(new() { Response = answer, Body = list.ToJsonString() });
        });
}
