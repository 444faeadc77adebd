using Carillon.Http;

namespace Carillon.Accounts;

public abstract class SetupTests(bool onPostgres)
{
    [Fact]
    public async Task The_printed_code_makes_the_first_administrator_once()
    {
        await using var database = onPostgres ? await TestDatabase.PostgresAsync() : TestDatabase.Embedded;
        await using var server = await CarillonServer.StartAsync(database);
        var client = server.Anonymous;

        // Behind the #: no proxy's log and no referrer ever gets it.
        var code = server.Log.Split("/setup#")[1].Split('\n')[0].Trim();
        Assert.Single(server.Log.Split('\n'), line => line.Contains(code, StringComparison.Ordinal));
        Assert.True((bool)(await client.GetAsync("/api/v1/setup", [])).Is(200).Json["needed"]!);

        (await client.PostAsync("/api/v1/setup", Body("wrong", "ada"))).IsProblem(403, "SETUP_CODE_INVALID");
        (await client.PostAsync("/api/v1/setup", Body(code, "ada"), ("Origin", "https://evil.example"))).IsProblem(403, "CROSS_SITE");
        (await client.PostAsync("/api/v1/setup", Body(code, "not a name"))).IsProblem(400, "INVALID_REQUEST");
        (await client.PostAsync("/api/v1/setup", Body(code, "ada", "short"))).IsProblem(400, "INVALID_REQUEST");

        var answers = await Task.WhenAll(Enumerable.Range(0, 2).Select(number => client.PostAsync("/api/v1/setup", Body(code, $"admin-{number}"))));
        Assert.Equal([204, 409], answers.Select(answer => answer.Status).Order());
        answers.Single(answer => answer.Status == 409).IsProblem(409, "SETUP_DONE");

        var cookie = answers.Single(answer => answer.Status == 204).Header("Set-Cookie")!.Split(';')[0];
        Assert.Equal("admin", (string?)(await client.GetAsync("/api/v1/me", ("Cookie", cookie))).Is(200).Json["role"]);
        Assert.Single((await client.GetAsync("/api/v1/users", ("Cookie", cookie))).Is(200).Json["users"]!.AsArray());
        Assert.False((bool)(await client.GetAsync("/api/v1/setup", [])).Is(200).Json["needed"]!);
        (await client.PostAsync("/api/v1/setup", Body(code, "late"))).IsProblem(409, "SETUP_DONE");

        await server.StopAsync();
        await server.StartProcessAsync();
        Assert.Single(server.Log.Split("/setup#"), part => part.Contains("Carillon is ready", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whom_the_command_line_has_just_added_is_known_at_once()
    {
        await using var database = onPostgres ? await TestDatabase.PostgresAsync() : TestDatabase.Embedded;
        await using var server = await CarillonServer.StartAsync(database);
        Assert.Equal(0, (await server.RunAsync("long enough\n", "user", "add", "ada", "--admin")).ExitCode);
        Assert.False((bool)(await server.Anonymous.GetAsync("/api/v1/setup", [])).Is(200).Json["needed"]!);
    }

    private static string Body(string code, string name, string password = "long enough") => $$"""{"code":"{{code}}","name":"{{name}}","password":"{{password}}"}""";
}

public sealed class SetupOnSqliteTests() : SetupTests(onPostgres: false)
{
    [Fact]
    public async Task Codes_are_guessed_five_times_a_minute()
    {
        await using var server = await CarillonServer.StartAsync(TestDatabase.Embedded);
        var codes = Enumerable.Range(0, 12).Select(number => server.Anonymous.PostAsync(
            "/api/v1/setup", $$"""{"code":"guess-{{number}}","name":"ada","password":"long enough"}"""));
        var answers = await Task.WhenAll(codes);
        Assert.Equal(5, answers.Count(answer => answer.Status == 403));
        Assert.All(answers.Where(answer => answer.Status != 403), answer => Assert.NotNull(answer.IsProblem(429, "TOO_MANY_ATTEMPTS").Header("Retry-After")));
    }
}

public sealed class SetupOnPostgresTests() : SetupTests(onPostgres: true);
