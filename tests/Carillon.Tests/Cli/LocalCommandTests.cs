using Carillon.Accounts;
using Carillon.Http;
using Carillon.Storage;

namespace Carillon.Cli;

[AlsoNative]
public sealed class LocalCommandTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"carillon-test-{Guid.NewGuid():N}");

    [Fact]
    public async Task A_script_can_begin_with_nothing()
    {
        await BeginAsync("Ada");
        await OkAsync("long enough", "user", "add", "bob");
        Assert.Equal("Ada\tadmin\nbob\tmember\n", await OkAsync(null, "user", "list"));

        var token = await OkAsync(null, "token", "create", "--user", "ada", "--scope", "read", "--scope", "publish", "--name", "script");
        Assert.Matches("^car_[A-Za-z0-9_-]{43}\n$", token);
        var listed = await OkAsync(null, "token", "list", "--user", "ada");
        Assert.Matches("^tok_[^\t]+\tscript\tread,publish\tnever used\n$", listed);
        Assert.Matches("""^{"tokens":\[{"id":"tok_[^"]+","name":"script","scopes":\["read","publish"\],""", await OkAsync(null, "token", "list", "--user", "ada", "--json"));
        Assert.Matches("""^{"users":\[{"id":"usr_[^"]+","name":"Ada","role":"admin",""", await OkAsync(null, "user", "list", "--json"));
        await OkAsync(null, "token", "revoke", listed.Split('\t')[0], "--user", "ada");
        Assert.Empty(await OkAsync(null, "token", "list", "--user", "ada"));
        Assert.Empty(await OkAsync("long enough as well", "user", "password", "BOB"));
        await OkAsync(null, "user", "remove", "BOB");
        Assert.Equal("Ada\tadmin\n", await OkAsync(null, "user", "list"));

        await using (var server = await CarillonServer.StartAsync(TestDatabase.Embedded, [], _folder))
        {
            using var ada = server.WithToken((await OkAsync(null, "token", "create", "--user", "ada", "--scope", "admin")).Trim());
            var entries = (await ada.GetAsync("/api/v1/audit", [])).Is(200).Json["entries"]!.AsArray();
            Assert.Equal(
                [$"token.created {Environment.MachineName}", "person.removed bob", "person.password-changed bob", "token.revoked script", "token.created script", "person.added bob", "person.added Ada"],
                entries.Select(entry => $"{entry!["kind"]} {entry["subject"]}"));
            Assert.All(entries, entry => Assert.Equal("command-line", (string?)entry!["means"]));
        }

        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            Assert.Equal(Own | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder));
            Assert.Equal(Own, File.GetUnixFileMode(Path.Combine(_folder, "secret")));
        }
    }

    [Fact]
    public async Task What_is_refused_is_told_in_one_line()
    {
        await BeginAsync("ada");
        await FailsAsync(1, "Choose another name", "long enough\n", "user", "add", "ADA");
        await FailsAsync(1, "8 to 256 characters", "short\n", "user", "add", "bob");
        await FailsAsync(1, "8 to 256 characters", null, "user", "add", "bob");
        await FailsAsync(1, "1 to 40 letters", "long enough\n", "user", "add", "a b");
        await FailsAsync(1, "no person called eve", null, "user", "remove", "eve");
        await FailsAsync(1, "no person called eve", "long enough\n", "user", "password", "eve");
        await FailsAsync(1, "8 to 256 characters", "short\n", "user", "password", "ada");
        await FailsAsync(1, "last administrator", null, "user", "remove", "ada");
        await FailsAsync(1, "no person called eve", null, "token", "create", "--user", "eve", "--scope", "read");
        await FailsAsync(1, "'write' is not a scope", null, "token", "create", "--user", "ada", "--scope", "write");
        await FailsAsync(1, "no project nothing", null, "token", "create", "--user", "ada", "--scope", "read", "--project", "nothing");
        await FailsAsync(1, "past", null, "token", "create", "--user", "ada", "--scope", "read", "--days", "-1");
        await FailsAsync(1, "", null, "token", "create", "--user", "ada", "--scope", "read", "--days", "999999999");
        await FailsAsync(1, "no such token", null, "token", "revoke", "tok_x", "--user", "ada");
        await FailsAsync(2, "--scope", null, "token", "create", "--user", "ada");
        await FailsAsync(2, "--user", null, "token", "list");
        await FailsAsync(2, "", null, "token", "create", "--user", "ada", "--scope", "read", "--days", "many");
        await FailsAsync(2, "", null, "user", "add");
        await FailsAsync(2, "", null, "user", "dance");
    }

    [Fact]
    public async Task A_members_token_with_the_scope_admin_is_made_and_what_it_is_worth_is_said()
    {
        await BeginAsync("ada");
        await OkAsync("long enough\n", "user", "add", "bob");
        Assert.Matches("^car_", await OkAsync(null, "token", "create", "--user", "ada", "--scope", "admin"));
        var (code, output, error) = await CarillonServer.RunProgramAsync(
            null, new Dictionary<string, string?>(), "token", "create", "--user", "bob", "--scope", "read", "--scope", "admin", "--data", _folder);
        Assert.Equal(0, code);
        Assert.Matches("^car_[A-Za-z0-9_-]{43}\n$", output);
        Assert.Equal("carillon: bob is a member: with the scope admin the token manages bob's own account and projects, and nobody else's.\n", error);
    }

    [Fact]
    public async Task A_folder_that_was_mistyped_stays_as_it_is()
    {
        string[][] commands =
        [
            ["user", "list"], ["user", "remove", "ada"], ["token", "create", "--user", "ada", "--scope", "read"], ["token", "list", "--user", "ada"],
            ["token", "revoke", "tok_x", "--user", "ada"],
        ];
        foreach (var command in commands)
        {
            await FailsAsync(1, $"There is no Carillon database: the file {Path.Combine(_folder, "carillon.db")}.", null, command);
            Assert.False(System.IO.Directory.Exists(_folder));
        }

        // Somebody else's folder is as wrong as none.
        System.IO.Directory.CreateDirectory(_folder);
        await FailsAsync(1, "There is no Carillon database", null, "user", "list");
        Assert.Empty(System.IO.Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public async Task A_PostgreSQL_without_tables_of_ours_gets_none_by_looking()
    {
        await using var database = await TestDatabase.PostgresAsync();
        var environment = new Dictionary<string, string?> { ["CARILLON_Storage__Connection"] = database.Connection };
        for (var time = 0; time < 2; time++)
        {
            var (code, _, error) = await CarillonServer.RunProgramAsync(null, environment, "user", "list", "--data", _folder);
            Assert.Equal(1, code);
            Assert.Contains("There is no Carillon database: the database carillon_", error, StringComparison.Ordinal);
            Assert.False(System.IO.Directory.Exists(_folder));
        }

        Assert.Equal(0, (await CarillonServer.RunProgramAsync("long enough\n", environment, "user", "add", "ada", "--data", _folder)).ExitCode);
        Assert.Equal((0, "ada\tmember\n", ""), await CarillonServer.RunProgramAsync(null, environment, "user", "list", "--data", _folder));
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_left_alone()
    {
        await BeginAsync("ada");
        using (var connection = Dialect.For("Data Source=carillon.db", _folder).CreateWriter())
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "INSERT INTO migrations (version, name, applied_at) VALUES (9999, 'of_tomorrow', 0)";
            Assert.Equal(1, command.ExecuteNonQuery());
        }

        await FailsAsync(1, "newer Carillon", null, "user", "list");
        await FailsAsync(1, "newer Carillon", null, "serve", "--urls", "http://127.0.0.1:0");
    }

    [Theory]
    [InlineData("Changes:Window", "many", "Changes:Window")]
    [InlineData("Changes:Window", "3", "Window")]
    [InlineData("Retention:Changes", "00:00:01", "Retention:Changes")]
    [InlineData("Retention:Changes", "a month", "Retention:Changes")]
    [InlineData("Retention:ChangeRows", "7", "Retention:ChangeRows")]
    [InlineData("Retention:Notifications", "-1", "Retention:Notifications")]
    [InlineData("Storage:Connection", "Mode=ReadOnly", "Storage:Connection")]
    [InlineData("Storage:Connection", "nonsense", "Storage:Connection")]
    [InlineData("Secret", "c2hvcnQ", "Secret")]
    [InlineData("Secret", "not base64url!", "Secret")]
    [InlineData("Actions:Hosts:0", "https://github.com", "Actions:Hosts")]
    [InlineData("Actions:Hosts:0", "github.com:443", "Actions:Hosts")]
    [InlineData("Actions:Hosts:0", "127.0.0.1", "Actions:Hosts")]
    [InlineData("Notifier:Children", "perhaps", "Notifier:Children")]
    [InlineData("Notifier:Rules:session.unknown:Enabled", "false", "Notifier:Rules:session.unknown")]
    [InlineData("Notifier:Rules:session.stuck:Priority", "loud", "Notifier:Rules:session.stuck:Priority")]
    [InlineData("Notifier:Rules:session.stuck:Message", " ", "Notifier:Rules:session.stuck:Message")]
    [InlineData("Notifier:Rules:session.stuck:CoolDown", "-00:01:00", "Notifier:Rules:session.stuck:CoolDown")]
    [InlineData("Http:MaxBody", "-1", "Http:MaxBody")]
    [InlineData("Http:Proxies:0", "my-proxy", "Http:Proxies")]
    [InlineData("Http:MaxBody", "large", "Http:MaxBody")]
    public async Task A_wrong_setting_stops_the_start_and_is_named(string setting, string value, string named)
    {
        var environment = new Dictionary<string, string?> { [$"CARILLON_{setting.Replace(":", "__", StringComparison.Ordinal)}"] = value };
        var (code, output, error) = await CarillonServer.RunProgramAsync(null, environment, "serve", "--urls", "http://127.0.0.1:0", "--data", _folder).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(code == 1, $"{code} {error}");
        Assert.Empty(output);
        Assert.Contains(named, error.Split('\n').Single(line => line.StartsWith("carillon: ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_beside_a_running_server_work_at_once()
    {
        await using var house = await House.OpenAsync(TestDatabase.Embedded);
        for (var time = 0; time < 3; time++)
        {
            // No waiting in between: the server looks for whom it does not know yet.
            using var client = await house.Server.AddPersonAsync($"new-{time}");
            (await client.GetAsync("/api/v1/me", [])).Is(200);
            var (code, _, _) = await house.Server.RunAsync($"password-of-late-{time}\n", "user", "add", $"late-{time}");
            Assert.Equal(0, code);
            using var page = await house.SignInAsync($"late-{time}");
            (await page.GetAsync("/api/v1/me", [])).Is(200);
        }
    }

    [Fact]
    public async Task A_password_that_was_forgotten_is_set_beside_a_running_server_and_ends_the_sign_ins()
    {
        await using var house = await House.OpenAsync(TestDatabase.Embedded);
        var ada = await house.AddAsync();
        (await ada.Page.GetAsync("/api/v1/me", [])).Is(200);
        Assert.Equal((0, "", ""), await house.Server.RunAsync("a password to begin with\n", "user", "password", ada.Name));

        await ada.Page.UntilStatusAsync("/api/v1/me", 401);
        (await ada.Token.GetAsync("/api/v1/me", [])).Is(200);
        using var again = await house.SignInAsync(ada.Name, "a password to begin with");
        (await again.GetAsync("/api/v1/me", [])).Is(200);
    }

    public void Dispose()
    {
        if (System.IO.Directory.Exists(_folder))
        {
            System.IO.Directory.Delete(_folder, recursive: true);
        }
    }

    private async Task BeginAsync(string name)
    {
        var (code, output, error) = await CarillonServer.RunProgramAsync("long enough\n", new Dictionary<string, string?>(), "user", "add", name, "--admin", "--data", _folder);
        Assert.Equal((0, "", $"carillon: Created a new database: the file {Path.Combine(_folder, "carillon.db")}.\n"), (code, output, error));
    }

    private async Task<string> OkAsync(string? input, params string[] arguments)
    {
        var (code, output, error) = await CarillonServer.RunProgramAsync(input, new Dictionary<string, string?>(), [.. arguments, "--data", _folder]);
        Assert.Equal((0, ""), (code, error));
        return output;
    }

    private async Task FailsAsync(int expected, string told, string? input, params string[] arguments)
    {
        var (code, output, error) = await CarillonServer.RunProgramAsync(input, new Dictionary<string, string?>(), [.. arguments, "--data", _folder]);
        Assert.True(expected == code, $"{string.Join(' ', arguments)}: {code} {error}");
        Assert.Empty(output);
        Assert.Matches("^carillon: [^\n]+\n$", error);
        Assert.Contains(told, error, StringComparison.Ordinal);
    }
}
