using System.Text.RegularExpressions;
using Carillon.Protocol;

namespace Carillon;

public sealed class AdministrationTests(Chromium chromium, Hub hub) : PageTest(chromium, hub), IClassFixture<Hub>
{
    [Fact]
    public async Task People_are_added_promoted_and_deleted_after_a_question()
    {
        var page = await OpenAsync(Hub.Admin, "/admin");
        var people = page.GetByRole(AriaRole.Region, new() { Name = "People" });
        await people.Button("Add person").First.ClickAsync();
        await people.GetByLabel("Name", new() { Exact = true }).FillAsync("mayor");
        await people.GetByLabel("Password", new() { Exact = true }).FillAsync("password-of-bea");
        await page.Keyboard.PressAsync("Enter");
        await Expect(people.GetByLabel("Name", new() { Exact = true })).ToHaveAttributeAsync("aria-invalid", "true");

        await people.GetByLabel("Name", new() { Exact = true }).FillAsync("bea");
        await page.Keyboard.PressAsync("Enter");
        var bea = people.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "bea" });
        await Expect(bea).ToBeVisibleAsync();
        await Expect(people.GetByLabel("Password", new() { Exact = true })).ToHaveCountAsync(0);

        var herPage = await OpenAsync(await Hub.SignInAsync("bea"), "/admin");
        await Expect(herPage.GetByText("Only administrators can see this page")).ToBeVisibleAsync();
        await Expect(herPage.GetByRole(AriaRole.Link, new() { Name = "Administration" })).ToHaveCountAsync(0);

        await bea.GetByLabel("Role of bea").SelectOptionAsync("admin");
        await Expect(bea).ToHaveAttributeAsync("aria-busy", "false");
        await Expect(bea.GetByLabel("Role of bea")).ToHaveValueAsync("admin");
        await herPage.ReloadAsync();
        await Expect(herPage.GetByRole(AriaRole.Link, new() { Name = "Administration" })).ToBeVisibleAsync();
        await Expect(herPage.GetByRole(AriaRole.Region, new() { Name = "People" })).ToContainTextAsync("mayor");

        await bea.Button("Delete bea").ClickAsync();
        var question = page.GetByRole(AriaRole.Dialog, new() { Name = "Delete bea?" });
        await Expect(question).ToContainTextAsync("Their notifications, sign-ins and tokens are deleted too.");
        await page.Keyboard.PressAsync("Escape");
        await Expect(question).ToHaveCountAsync(0);
        await Expect(bea).ToBeVisibleAsync();
        await bea.Button("Delete bea").ClickAsync();
        await question.Button("Delete").ClickAsync();
        await Expect(bea).ToHaveCountAsync(0);
        await herPage.ReloadAsync();
        await Expect(herPage.Heading("Sign in")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Projects_are_renamed_and_deleted_when_nothing_is_in_them()
    {
        var (empty, full) = (await Hub.Admin.ProjectAsync(Hub.NewName("empty"), "Empty shed"), await Hub.Admin.ProjectAsync(Hub.NewName("full"), "Full shed"));
        await Hub.Admin.ReportAsync(full, $"{full}-1", Activities.Idle);
        var page = await OpenAsync(Hub.Admin, "/admin");
        var projects = page.GetByRole(AriaRole.Region, new() { Name = "Projects" });
        await projects.Button("Rename Empty shed").ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog, new() { Name = "Rename Empty shed" });
        await dialog.GetByLabel("Name", new() { Exact = true }).FillAsync("Boat house");
        await page.Keyboard.PressAsync("Enter");
        await Expect(dialog).ToHaveCountAsync(0);
        var renamed = projects.GetByRole(AriaRole.Listitem).Filter(new() { HasText = empty });
        await Expect(renamed).ToContainTextAsync("Boat house");

        await projects.Button("Delete Full shed").ClickAsync();
        await page.GetByRole(AriaRole.Dialog).Button("Delete").ClickAsync();
        await Expect(projects.GetByRole(AriaRole.Listitem).Filter(new() { HasText = full })).ToContainTextAsync("It has 1 session");

        await projects.Button("Delete Boat house").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Only a project without sessions and notifications can be deleted.");
        await page.GetByRole(AriaRole.Dialog).Button("Delete").ClickAsync();
        await Expect(renamed).ToHaveCountAsync(0);
        await Expect(page.Toast()).ToContainTextAsync("Boat house deleted");
    }

    [Fact]
    public async Task Who_forgot_their_password_gets_a_new_one_from_an_administrator()
    {
        var ida = await Hub.PersonAsync("ida");
        var herPage = await OpenAsync(ida, "/");
        var page = await OpenAsync(Hub.Admin, "/admin");
        var people = page.GetByRole(AriaRole.Region, new() { Name = "People" });
        await Expect(people.Button($"New password for {Hub.Admin.Name}")).ToHaveCountAsync(0);

        await people.Button("New password for ida").ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog, new() { Name = "New password for ida" });
        var field = dialog.GetByLabel("Password", new() { Exact = true });
        await Expect(field).ToBeFocusedAsync();
        await field.FillAsync("iloveyou");
        await page.Keyboard.PressAsync("Enter");
        await Expect(field).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(dialog).ToContainTextAsync("guessed first");
        await field.FillAsync("until you choose one");
        await page.Keyboard.PressAsync("Enter");
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(page.GetByTestId("toast")).ToContainTextAsync("New password for ida set");
        await Expect(people.Button("New password for ida")).ToBeFocusedAsync();

        await herPage.ReloadAsync();
        await Expect(herPage.Heading("Sign in")).ToBeVisibleAsync();
        await Expect(herPage.GetByText("Forgot your password? Ask an administrator for a new one.")).ToBeVisibleAsync();
        await herPage.GetByLabel("Name", new() { Exact = true }).FillAsync("ida");
        await herPage.GetByLabel("Password", new() { Exact = true }).FillAsync("until you choose one");
        await herPage.Keyboard.PressAsync("Enter");
        await Expect(herPage.Heading("Overview")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_audit_log_tells_what_was_done_and_narrows_down()
    {
        var eda = await Hub.PersonAsync("eda");
        var page = await OpenAsync(Hub.Admin, "/admin");
        await page.GetByRole(AriaRole.Link, new() { Name = "Open the audit log" }).ClickAsync();
        await Expect(page.Heading("Audit log")).ToBeFocusedAsync();
        var entries = page.GetByRole(AriaRole.List, new() { Name = "Audit log" }).GetByRole(AriaRole.Listitem);
        await Expect(entries.First).ToContainTextAsync("eda signed in");

        await page.GetByLabel("Person").FillAsync("eda");
        await page.GetByLabel("What").SelectOptionAsync("person.added");
        await Expect(page).ToHaveURLAsync(new Regex("/admin/audit\\?kind=person.added&person=eda$"));
        await Expect(entries).ToHaveCountAsync(1);
        await Expect(entries).ToContainTextAsync($"{Hub.Admin.Name} added eda");
        await page.ReloadAsync();
        await Expect(entries).ToHaveCountAsync(1);
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Export" }).ClickAsync());
        Assert.Matches("^carillon-audit-.*\\.ndjson$", download.SuggestedFilename);
        Assert.Contains("\"subject\":\"eda\"", await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken), StringComparison.Ordinal);

        await page.GetByLabel("Person").FillAsync("nobody");
        await page.GetByLabel("Person").PressAsync("Enter");
        await Expect(page.GetByTestId("empty")).ToContainTextAsync("No entries");
        var hers = await OpenAsync(eda, "/admin/audit");
        await Expect(hers.GetByText("Only administrators can see this page")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_log_that_cannot_be_read_says_so_and_older_entries_load_on_request()
    {
        for (var number = 0; number <= 50; number++)
        {
            await Hub.Admin.ProjectAsync(Hub.NewName("audited"), "Audited");
        }

        var page = await OpenAsync(Hub.Admin, "/admin");
        await page.RouteAsync("**/api/v1/audit?*", route => route.AbortAsync());
        await page.GotoAsync("/admin/audit?kind=project.added");
        await Expect(page.GetByTestId("failure")).ToContainTextAsync("The audit log could not be loaded.");
        await page.UnrouteAllAsync();
        await page.Button("Retry").ClickAsync();
        var entries = page.GetByRole(AriaRole.List, new() { Name = "Audit log" }).GetByRole(AriaRole.Listitem);
        await Expect(entries).ToHaveCountAsync(50);
        await page.Button("Load older").ClickAsync();
        await Expect(entries.Nth(50)).ToContainTextAsync("added the project");
        await Expect(page.Button("Load older")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task What_is_under_way_shows_takes_no_second_press_and_can_be_retried()
    {
        var dora = await Hub.PersonAsync("dora");
        var page = await OpenAsync(Hub.Admin, "/admin");
        var row = page.GetByRole(AriaRole.Region, new() { Name = "People" }).GetByRole(AriaRole.Listitem).Filter(new() { HasText = dora.Name });
        var role = row.GetByLabel("Role of dora");
        await Expect(row).ToHaveAttributeAsync("aria-busy", "false");
        var (asked, released) = (0, new TaskCompletionSource());
        await page.RouteAsync("**/api/v1/users/dora", async route =>
        {
            Interlocked.Increment(ref asked);
            await released.Task;
            await route.AbortAsync();
        });

        await role.SelectOptionAsync("admin");
        await Expect(row).ToHaveAttributeAsync("aria-busy", "true");
        await Expect(role).ToHaveValueAsync("admin");
        await Expect(role).ToHaveAttributeAsync("aria-disabled", "true");
        await row.Button("Delete dora").ClickAsync(new() { Force = true });
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await role.PressAsync("ArrowUp");
        await Expect(role).ToHaveValueAsync("admin");
        Assert.Equal(1, asked);

        // It did not work: the truth stands there again.
        released.SetResult();
        await Expect(row.GetByRole(AriaRole.Alert)).ToContainTextAsync("The server cannot be reached.");
        await Expect(row).ToHaveAttributeAsync("aria-busy", "false");
        await Expect(role).ToHaveValueAsync("member");
        await page.UnrouteAllAsync();
        await row.Button("Retry").ClickAsync();
        await Expect(role).ToHaveValueAsync("admin");
        await Expect(row.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);

        // Another test wants to be the last administrator.
        await role.SelectOptionAsync("member");
        await Expect(row).ToHaveAttributeAsync("aria-busy", "false");
    }

    [Fact]
    public async Task The_last_administrator_stays_one()
    {
        var page = await OpenAsync(Hub.Admin, "/admin");
        var people = page.GetByRole(AriaRole.Region, new() { Name = "People" });
        var role = people.GetByLabel("Role of mayor");
        await role.SelectOptionAsync("member");
        await Expect(people.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await Expect(role).ToHaveValueAsync("admin");
    }

    [Fact]
    public async Task A_closed_project_is_seen_by_its_members_only()
    {
        var ada = await Hub.PersonAsync("carla");
        var hers = await OpenAsync(ada, "/");
        await Expect(hers.Heading("Overview")).ToBeVisibleAsync();
        var page = await OpenAsync(Hub.Admin, "/admin");
        var projects = page.GetByRole(AriaRole.Region, new() { Name = "Projects" });
        await projects.Button("Add project").First.ClickAsync();
        await projects.GetByLabel("Name", new() { Exact = true }).FillAsync("Vault");
        await projects.GetByLabel("ID").FillAsync("Not an id");
        await page.Keyboard.PressAsync("Enter");
        await Expect(projects.GetByLabel("ID")).ToHaveAttributeAsync("aria-invalid", "true");
        await projects.GetByLabel("ID").FillAsync("vault");
        await projects.GetByLabel("Only members see it", new() { Exact = true }).CheckAsync();
        await projects.Button("Add project").Last.ClickAsync();

        var vault = projects.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "Vault" });
        await Expect(vault).ToContainTextAsync("Only members see it");
        await Expect(page.GetByRole(AriaRole.Navigation).Link("Vault")).ToBeVisibleAsync();
        await hers.GotoAsync("/projects/vault");
        await Expect(hers.GetByText("This project does not exist").First).ToBeVisibleAsync();

        await vault.GetByLabel("Add a member to Vault").SelectOptionAsync("carla");
        await Expect(vault.Button("Remove carla")).ToBeVisibleAsync();
        await hers.ReloadAsync();
        await Expect(hers.Heading("Vault")).ToBeVisibleAsync();

        await vault.Button("Remove carla").ClickAsync();
        await Expect(vault.Button("Remove carla")).ToHaveCountAsync(0);
        await vault.Button("Make public: Vault, everybody sees it then").ClickAsync();
        await Expect(vault).ToContainTextAsync("Everybody sees it");
        await hers.ReloadAsync();
        await Expect(hers.Heading("Vault")).ToBeVisibleAsync();

        await projects.Button("Add project").First.ClickAsync();
        await projects.GetByLabel("Name", new() { Exact = true }).FillAsync("Another");
        await projects.GetByLabel("ID").FillAsync("vault");
        await page.Keyboard.PressAsync("Enter");
        await Expect(projects.GetByLabel("ID")).ToHaveAttributeAsync("aria-invalid", "true");
    }
}
