using System.Diagnostics;
using System.Text.Json.Nodes;
using Carillon.Protocol;

namespace Carillon;

/// <summary>The three ways to begin, for somebody who has neither a session nor a token.</summary>
public sealed class StartTests(Chromium chromium, Hub hub) : PageTest(chromium, hub), IClassFixture<Hub>
{
    [Fact]
    public async Task Somebody_new_is_shown_how_to_begin_also_where_others_are_at_work()
    {
        var project = await Hub.Admin.ProjectAsync(Hub.NewName("busy"), "Busy");
        await Hub.Admin.ReportAsync(project, Hub.NewName("crane"), Activities.Working, "Reads", "Repair the crane");
        var page = await OpenAsync(await Hub.PersonAsync(), "/");
        await Expect(page.Button("Connect an agent")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Working" }).Link("Repair the crane")).ToBeVisibleAsync();

        var owner = await OpenAsync(Hub.Admin, "/");
        await Expect(owner.GetByRole(AriaRole.Region, new() { Name = "Working" }).Link("Repair the crane")).ToBeVisibleAsync();
        await Expect(owner.Button("Connect an agent")).ToHaveCountAsync(0);

        var holder = await Hub.PersonAsync();
        using var made = await holder.SendAsync(HttpMethod.Post, "tokens", new NewToken { Name = "laptop", Scopes = [Scopes.Publish] }, CarillonJson.Default.NewToken);
        var hers = await OpenAsync(holder, "/");
        await Expect(hers.GetByRole(AriaRole.Region, new() { Name = "Working" }).Link("Repair the crane")).ToBeVisibleAsync();
        await Expect(hers.Button("Connect an agent")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_session_with_the_demo_agent_is_two_clicks_away()
    {
        var page = await OpenAsync(await Hub.PersonAsync(), "/");
        await page.GetByRole(AriaRole.Link, new() { Name = "Start a session" }).ClickAsync();
        await Expect(page.GetByLabel("First message")).ToHaveValueAsync("Ask me something");
        await page.Button("Start session").ClickAsync();
        await Expect(page.GetByText("Shall I go on?").First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task What_is_pasted_connects_an_agent_as_it_stands()
    {
        if (OperatingSystem.IsWindows())
        {
            Missing.Report("The commands are for a POSIX shell.");
        }

        var page = await OpenAsync(await Hub.PersonAsync(), "/");
        await page.Button("Connect an agent").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Commands to paste" })).ToBeFocusedAsync();
        var commands = await page.GetByTestId("connect-commands").InnerTextAsync();

        var home = Directory.CreateTempSubdirectory("carillon-home-").FullName;
        try
        {
            // Only the question is answered beforehand: nobody sits here.
            Assert.Equal("", await ShellAsync(home, $"{commands} --yes", null));
            var settings = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(home, ".claude", "settings.json"), TestContext.Current.CancellationToken))!;
            var hook = (string)settings["hooks"]!["Notification"]![0]!["hooks"]![0]!["command"]!;
            // On a machine that hardly runs it says that it will send the report again, and does.
            await ShellAsync(home, hook, """{"hook_event_name":"Notification","notification_type":"permission_prompt","session_id":"first","cwd":"/tmp/shop","message":"May I use Bash?"}""");
            await Expect(page.GetByTestId("need").Filter(new() { HasText = "May I use Bash?" })).ToBeVisibleAsync();
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    private static async Task<string> ShellAsync(string home, string command, string? input)
    {
        var shell = new ProcessStartInfo("bash", ["-euc", command]) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var name in shell.Environment.Keys.Where(name => name.StartsWith("CARILLON_", StringComparison.Ordinal) || name.StartsWith("XDG_", StringComparison.Ordinal)).ToList())
        {
            shell.Environment.Remove(name);
        }

        shell.Environment.Remove("CLAUDE_CONFIG_DIR");
        shell.Environment["HOME"] = home;
        shell.Environment["PATH"] = $"{AppContext.BaseDirectory.TrimEnd('/')}:{shell.Environment["PATH"]}";
        using var process = Process.Start(shell)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return await error;
    }
}
