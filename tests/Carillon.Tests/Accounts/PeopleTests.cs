using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Accounts;

public abstract class PeopleTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    [Fact]
    public async Task Administrators_add_list_change_and_remove_people()
    {
        var name = House.NewName("bob");
        var added = (await House.Admin.PostAsync("/api/v1/users", $$"""{"name":"{{name}}","password":"long enough"}""")).Is(201);
        Assert.Equal("member", (string?)added.Json["user"]!["role"]);
        Assert.Equal($"/api/v1/users/{name}", added.Header("Location"));
        Assert.DoesNotContain("long enough", added.Text, StringComparison.Ordinal);
        var names = (await House.Admin.GetAsync("/api/v1/users", [])).Is(200).Json["users"]!.AsArray().Select(user => (string)user!["name"]!).ToList();
        Assert.Contains(name, names);
        Assert.Equal(names.Order(StringComparer.OrdinalIgnoreCase), names);

        using var bob = await House.SignInAsync(name, "long enough");
        Assert.Equal("admin", (string?)(await House.Admin.PatchAsync($"/api/v1/users/{name}", """{"role":"admin"}""")).Is(200).Json["user"]!["role"]);
        (await bob.GetAsync("/api/v1/users", [])).Is(200);
        (await House.Admin.PatchAsync($"/api/v1/users/{name}", """{"role":"member"}""")).Is(200);
        (await bob.GetAsync("/api/v1/users", [])).IsProblem(403, "ADMIN_ONLY");
        (await House.Admin.CallAsync("DELETE", $"/api/v1/users/{name}")).Is(204);
        (await bob.GetAsync("/api/v1/me", [])).IsProblem(401, "SIGN_IN_REQUIRED");
        (await House.Admin.CallAsync("DELETE", $"/api/v1/users/{name}")).IsProblem(404, "USER_NOT_FOUND");
        Assert.Equal(0, House.InDatabase(sql => sql.Number("SELECT count(*) FROM sign_ins WHERE user_id = $1", (string)added.Json["user"]!["id"]!)));
    }

    [Fact]
    public async Task Who_is_removed_leaves_nothing_behind_that_was_for_them_alone()
    {
        var (bob, ada) = (await House.AddAsync(), await House.AddAsync());
        var project = await bob.ProjectAsync();
        for (var row = 0; row < 3; row++)
        {
            (await bob.Token.PostAsync("/api/v1/notifications", """{"type":"t","priority":"info","message":"a secret of bob"}""", ("Idempotency-Key", $"k{row}"))).Is(201);
        }

        using var bound = await bob.TokenAsync(project, "publish");
        (await bound.PostAsync("/api/v1/notifications", """{"type":"t","priority":"info","message":"a secret of bob"}""", ("Idempotency-Key", "bound"))).Is(201);
        (await bob.Token.PostAsync($"/api/v1/sessions/s-{project}/activity", $$"""{"activity":"working","projectId":"{{project}}"}""", ("Idempotency-Key", "report"))).Is(200);
        await ada.PublishAsync("\"dedupeKey\":\"stays\"");
        (await House.Admin.CallAsync("DELETE", $"/api/v1/users/{bob.Name}")).Is(204);
        AssertErased(bob.Id);

        // What others have is theirs, and so is what was said where others heard it.
        Assert.Single((await ada.InboxAsync())["notifications"]!.AsArray());
        (await House.Admin.GetAsync($"/api/v1/sessions/s-{project}", [])).Is(200);
    }

    [Fact]
    public async Task A_server_that_was_killed_while_it_erased_goes_on_at_its_next_round()
    {
        await using var house = await House.OpenAsync(await DatabaseAsync(), new() { ["Retention:Every"] = "00:00:00.1" });
        var bob = await house.AddAsync();
        await bob.PublishAsync();

        // As the commit leaves it that removes a person, when nothing more comes to be done.
        house.InDatabase(sql => sql.Execute("DELETE FROM users WHERE id = $1", bob.Id));
        house.InDatabase(sql => sql.Execute("INSERT INTO gone_people (id, next_seq) VALUES ($1, 0)", bob.Id));
        await house.Admin.UntilAsync("/api/v1/me", _ => house.InDatabase(sql => sql.Number("SELECT count(*) FROM gone_people")) == 0);
        AssertErased(bob.Id, house);
    }

    private protected abstract Task<TestDatabase> DatabaseAsync();

    private void AssertErased(string id, House? house = null)
    {
        long Count(string query) => (house ?? House).InDatabase(sql => sql.Number(query, id));
        Assert.Equal(0, Count("SELECT count(*) FROM notifications WHERE person_id = $1"));
        Assert.Equal(0, Count("SELECT count(*) FROM publish_answers WHERE person_id = $1 OR person_id LIKE $1 || '/%'"));
        Assert.Equal(0, Count("SELECT count(*) FROM report_keys WHERE person_id = $1"));
        Assert.True(Count("SELECT count(*) FROM changes WHERE person_id = $1") > 0, "The log lost a row: its numbers would have a hole.");
        Assert.Equal(0, Count("SELECT count(*) FROM changes WHERE person_id = $1 AND length(payload) > 2"));
        Assert.Equal(0, Count("SELECT count(*) FROM gone_people WHERE id = $1"));
    }

    [Theory]
    [InlineData("""{"name":"","password":"long enough"}""", "name")]
    [InlineData("""{"name":"a b","password":"long enough"}""", "name")]
    [InlineData("""{"name":"Everyone","password":"long enough"}""", "everyone")]
    [InlineData("""{"name":"pn_x","password":"long enough"}""", "pn_")]
    [InlineData("""{"name":"x12345678901234567890123456789012345678901","password":"long enough"}""", "name")]
    [InlineData("""{"name":"x","password":"1234567"}""", "password")]
    [InlineData("""{"name":"x","password":"long enough","role":"king"}""", "king")]
    [InlineData("""{"name":"x","password":"Password1"}""", "guessed first")]
    [InlineData("""{"name":"x","password":"iloveyou"}""", "guessed first")]
    [InlineData("""{"name":"somebody.long","password":"Somebody.Long"}""", "is the name")]
    [InlineData("""{"name":null,"password":"long enough"}""", "name")]
    [InlineData("""{"password":"long enough"}""", "name")]
    public async Task What_is_wrong_with_a_new_person_is_named(string body, string named) =>
        (await House.Admin.PostAsync("/api/v1/users", body)).IsProblem(400, "INVALID_REQUEST").Names(named);

    [Fact]
    public async Task Changing_ones_password_needs_the_present_one_and_ends_the_other_sign_ins()
    {
        var ada = await House.AddAsync();
        using var phone = await House.SignInAsync(ada.Name);
        (await phone.GetAsync("/api/v1/me", [])).Is(200);
        var path = $"/api/v1/users/{ada.Name}";
        (await ada.Page.PatchAsync(path, """{"password":"a new password"}""")).IsProblem(403, "PASSWORD_WRONG");
        (await ada.Page.PatchAsync(path, """{"password":"a new password","currentPassword":"wrong"}""")).IsProblem(403, "PASSWORD_WRONG");
        (await ada.Page.PatchAsync(path, """{}""")).IsProblem(400, "INVALID_REQUEST");
        (await ada.Page.PatchAsync(path, $$"""{"password":"short","currentPassword":"{{ada.Password}}"}""")).IsProblem(400, "INVALID_REQUEST");
        (await phone.GetAsync("/api/v1/me", [])).Is(200);

        (await ada.Page.PatchAsync(path, $$"""{"password":"a new password","currentPassword":"{{ada.Password}}"}""")).Is(200);
        (await phone.GetAsync("/api/v1/me", [])).IsProblem(401, "SIGN_IN_REQUIRED");
        var me = (await ada.Page.GetAsync("/api/v1/me", [])).Is(200).Json;
        Assert.Equal(ada.PushId, (string?)me["pushId"]);
        (await ada.Token.GetAsync("/api/v1/me", [])).Is(200);
        using var client = House.From("192.0.2.60");
        (await client.PostAsync("/api/v1/sign-in", $$"""{"name":"{{ada.Name}}","password":"{{ada.Password}}"}""")).IsProblem(401, "SIGN_IN_FAILED");
        (await client.PostAsync("/api/v1/sign-in", $$"""{"name":"{{ada.Name}}","password":"a new password"}""")).Is(204);
    }

    [Fact]
    public async Task Guessing_the_present_password_is_slowed_down_as_well()
    {
        var ada = await House.AddAsync();
        var statuses = new List<int>();
        for (var guess = 0; guess < 6; guess++)
        {
            statuses.Add((await ada.Page.PatchAsync($"/api/v1/users/{ada.Name}", $$"""{"password":"a new password","currentPassword":"guess {{guess}}"}""")).Status);
        }

        Assert.Equal([403, 403, 403, 403, 403, 429], statuses);
    }

    [Fact]
    public async Task An_administrator_resets_a_password_and_ends_all_sign_ins_of_that_person()
    {
        var ada = await House.AddAsync();
        (await House.Admin.PatchAsync($"/api/v1/users/{ada.Name}", """{"password":"a reset password"}""")).Is(200);
        (await ada.Page.GetAsync("/api/v1/me", [])).IsProblem(401, "SIGN_IN_REQUIRED");
        using var again = await House.SignInAsync(ada.Name, "a reset password");
        (await again.GetAsync("/api/v1/me", [])).Is(200);
    }

    [Fact]
    public async Task A_PN_ID_is_the_code_of_the_persons_id_under_the_servers_secret()
    {
        var ada = await House.AddAsync();
        var secret = Base64Url.DecodeFromChars((await File.ReadAllTextAsync(Path.Combine(House.Server.Folder, "secret"))).Trim());
        Assert.Equal(32, secret.Length);
        Assert.Equal("pn_" + Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(ada.Id))), ada.PushId);
        Assert.Equal(1, House.InDatabase(sql => sql.Number("SELECT count(*) FROM users WHERE push_id = $1 AND id = $2", ada.PushId, ada.Id)));
    }
}

public sealed class PeopleOnSqliteTests(Houses houses) : PeopleTests(houses, postgres: false)
{
    private protected override Task<TestDatabase> DatabaseAsync() => Task.FromResult(TestDatabase.Embedded);

    [Fact]
    public async Task The_last_administrator_stays_even_when_two_leave_at_once()
    {
        await using var alone = await House.OpenAsync(TestDatabase.Embedded);
        (await alone.Admin.CallAsync("DELETE", "/api/v1/users/root")).IsProblem(409, "LAST_ADMIN");
        (await alone.Admin.PatchAsync("/api/v1/users/root", """{"role":"member"}""")).IsProblem(409, "LAST_ADMIN");

        // A refusal has changed nothing, the password included.
        (await alone.Admin.PatchAsync("/api/v1/users/root", """{"role":"member","password":"another password","currentPassword":"password-of-root"}""")).IsProblem(409, "LAST_ADMIN");
        using var still = await alone.SignInAsync("root");

        var second = await alone.AddAsync(Roles.Admin);
        var answers = await Task.WhenAll(
            alone.Admin.PatchAsync("/api/v1/users/root", """{"role":"member"}"""), second.Page.PatchAsync($"/api/v1/users/{second.Name}", """{"role":"member"}"""));
        Assert.Equal([200, 409], answers.Select(answer => answer.Status).Order());
    }
}

public sealed class PeopleOnPostgresTests(Houses houses) : PeopleTests(houses, postgres: true)
{
    private protected override Task<TestDatabase> DatabaseAsync() => TestDatabase.PostgresAsync();
}
