using Carillon.Protocol;

namespace Carillon;

/// <summary>Words run the way their script runs, wherever people and agents write them.</summary>
public sealed class DirectionTests(Chromium chromium, EchoHub hub) : PageTest(chromium, hub), IClassFixture<EchoHub>
{
    private const string Crane = "המנוף של הנמל (v2)";
    private const string Question = "هل أحذف المجلد build؟";

    [Fact]
    public async Task What_is_written_from_right_to_left_is_shown_from_right_to_left()
    {
        var mayor = Hub.Admin;
        var project = await mayor.ProjectAsync(Hub.NewName("harbour"), Crane);
        await mayor.ReportAsync(project, $"{project}-1", Activities.Blocked, Question, Crane, "סוכן");
        await mayor.ReportAsync(project, $"{project}-2", Activities.Working, Question, Crane);
        await mayor.PublishAsync(new PublishNotification
        {
            Type = "test.happened",
            Priority = Priorities.Urgent,
            Title = Question,
            Message = Crane,
            ProjectId = project,
            Actions = [new NotificationAction { Id = "dismiss", Kind = ActionKinds.Dismiss, Label = "סגור" }],
        });
        await mayor.SendAsync(HttpMethod.Post, "tokens", new NewToken { Name = Crane, Scopes = [Scopes.Publish] }, CarillonJson.Default.NewToken);
        var talk = await mayor.SessionAsync(project, title: Crane, agent: "command");

        var page = await OpenAsync(mayor, "/");
        await Expect(page.GetByTestId("need").First).ToBeVisibleAsync();
        await ExpectDirectionAsync(page);
        foreach (var path in (string[])["/notifications", $"/projects/{project}", $"/projects/{project}/sessions/{project}-1", "/profile", "/admin", $"/new?project={project}"])
        {
            await page.GotoAsync(path);
            await Expect(page.GetByTestId("skeleton")).ToHaveCountAsync(0);
            await ExpectDirectionAsync(page);
        }

        await page.GotoAsync(talk.Path());
        await page.SayAsync($"{Question}\n\n- {Crane}\n- {Question}\n\n| {Crane} |\n|---|\n| {Question} |\n\n> {Crane}");
        await page.ExpectDoneAsync();
        await ExpectDirectionAsync(page);
        await Expect(page.Locator(".words table")).ToHaveCSSAsync("direction", "rtl");
        await Expect(page.Locator(".words ul")).ToHaveCSSAsync("direction", "rtl");
        await page.Composer().FillAsync(Crane);
        await Expect(page.Composer()).ToHaveCSSAsync("direction", "rtl");
    }

    private static async Task ExpectDirectionAsync(IPage page)
    {
        await Expect(page.GetByText("המנוף").First).ToBeAttachedAsync();
        Assert.Empty(await page.EvaluateAsync<string[]>(
            """
            () => {
              const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              const wrong = [];
              while (texts.nextNode()) {
                const { data, parentElement } = texts.currentNode;
                // What begins with a word of the page is the page's own sentence.
                if (!/^[^A-Za-z]*[\u0590-\u06ff]/.test(data)) continue;
                const { direction, unicodeBidi } = getComputedStyle(parentElement);
                if (direction !== 'rtl' && unicodeBidi !== 'plaintext') wrong.push(parentElement.outerHTML.slice(0, 160));
              }
              const fields = document.querySelectorAll('input:is([type=text], [type=search], :not([type])):not(.visually-hidden), textarea');
              return [...wrong, ...[...fields].filter(field => field.dir !== 'auto').map(field => field.outerHTML.slice(0, 160))];
            }
            """));
    }
}
