using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Accounts;

public abstract partial class SignInTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    private const string SignIn = "/api/v1/sign-in";

    [Fact]
    public async Task A_sign_in_answers_with_a_cookie_that_no_script_reads_and_that_lives_for_30_days()
    {
        var ada = await House.AddAsync();
        var answer = (await House.Server.Anonymous.PostAsync(SignIn, Body(ada.Name, ada.Password), ("X-Forwarded-For", "192.0.2.8"))).Is(204);
        Assert.Matches(CookieShape(), answer.Header("Set-Cookie"));

        var behindProxy = (await House.Server.Anonymous.PostAsync(SignIn, Body(ada.Name, ada.Password), ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "192.0.2.9"))).Is(204);
        Assert.Matches(SecureCookieShape(), behindProxy.Header("Set-Cookie"));
    }

    [Fact]
    public async Task The_page_keeps_the_cookie_alive_for_as_long_as_the_sign_in()
    {
        var ada = await House.AddAsync();
        var cookie = ada.Page.DefaultRequestHeaders.GetValues("Cookie").Single();
        var me = (await ada.Page.GetAsync("/api/v1/me", [])).Is(200);
        Assert.StartsWith(cookie + "; max-age=2592000", me.Header("Set-Cookie"), StringComparison.Ordinal);
        Assert.Null((await ada.Token.GetAsync("/api/v1/me", [])).Header("Set-Cookie"));
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_name_answer_alike()
    {
        var ada = await House.AddAsync();
        using var client = House.From("192.0.2.10");
        var wrong = (await client.PostAsync(SignIn, Body(ada.Name, "not the password"))).IsProblem(401, "SIGN_IN_FAILED");
        var unknown = (await client.PostAsync(SignIn, Body("nobody-of-that-name", "not the password"))).IsProblem(401, "SIGN_IN_FAILED");
        var impossible = (await client.PostAsync(SignIn, """{"name":"a\u0000b","password":"not the password"}""")).IsProblem(401, "SIGN_IN_FAILED");
        Assert.Equal(wrong.Text, unknown.Text);
        Assert.Equal(wrong.Text, impossible.Text);
        Assert.Null(wrong.Header("Set-Cookie"));
    }

    [Fact]
    public async Task Names_are_the_same_in_upper_and_lower_case()
    {
        var ada = await House.AddAsync();
        (await House.Server.Anonymous.PostAsync(SignIn, Body(ada.Name.ToUpperInvariant(), ada.Password), ("X-Forwarded-For", "192.0.2.7"))).Is(204);
        (await House.Admin.PostAsync("/api/v1/users", Body(ada.Name.ToUpperInvariant(), "another password"))).IsProblem(409, "USER_EXISTS");
    }

    [Fact]
    public async Task After_five_failures_a_name_has_to_wait_even_with_the_right_password_from_elsewhere()
    {
        var ada = await House.AddAsync();
        using var guesser = House.From("192.0.2.20");
        for (var guess = 0; guess < 5; guess++)
        {
            (await guesser.PostAsync(SignIn, Body(ada.Name, $"guess {guess}"))).IsProblem(401, "SIGN_IN_FAILED");
        }

        using var elsewhere = House.From("192.0.2.21");
        var refused = (await elsewhere.PostAsync(SignIn, Body(ada.Name, ada.Password))).IsProblem(429, "TOO_MANY_ATTEMPTS");
        Assert.InRange(int.Parse(refused.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture), 1, 60);
    }

    [Fact]
    public async Task After_five_failures_an_address_has_to_wait_and_cannot_use_up_the_attempts_of_names()
    {
        var ada = await House.AddAsync();
        using var guesser = House.From("2001:db8:7:7::1");
        for (var guess = 0; guess < 5; guess++)
        {
            (await guesser.PostAsync(SignIn, Body($"nobody-{guess}", "a guess"))).IsProblem(401, "SIGN_IN_FAILED");
        }

        using var sameSubscriber = House.From("2001:db8:7:7:ffff::2");
        for (var guess = 0; guess < 6; guess++)
        {
            (await sameSubscriber.PostAsync(SignIn, Body(ada.Name, "a guess"))).IsProblem(429, "TOO_MANY_ATTEMPTS");
        }

        using var elsewhere = House.From("2001:db8:7:8::1");
        (await elsewhere.PostAsync(SignIn, Body(ada.Name, ada.Password))).Is(204);
    }

    [Fact]
    public async Task Nobody_locks_a_name_out_of_the_browser_that_has_signed_in_before()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        using var home = House.From("198.51.100.30");
        var browser = Cookie((await home.PostAsync(SignIn, Body(ada.Name, ada.Password))).Is(204));
        using var guesser = House.From("198.51.100.31");
        for (var guess = 0; guess < 5; guess++)
        {
            (await guesser.PostAsync(SignIn, Body(ada.Name, $"guess {guess}"))).IsProblem(401, "SIGN_IN_FAILED");
        }

        // Even where the whole address is worn out, ada gets in; a stranger does not, nor does a cookie of another name or a made-up one.
        using var worn = House.From("198.51.100.31");
        (await worn.PostAsync(SignIn, Body(ada.Name, ada.Password), ("Cookie", browser))).Is(204);
        using var elsewhere = House.From("198.51.100.32");
        (await elsewhere.PostAsync(SignIn, Body(ada.Name, ada.Password))).IsProblem(429, "TOO_MANY_ATTEMPTS");
        var ofBob = Cookie((await House.From("198.51.100.33").PostAsync(SignIn, Body(bob.Name, bob.Password))).Is(204));
        (await elsewhere.PostAsync(SignIn, Body(ada.Name, ada.Password), ("Cookie", ofBob))).IsProblem(429, "TOO_MANY_ATTEMPTS");
        (await elsewhere.PostAsync(SignIn, Body(ada.Name, ada.Password), ("Cookie", $"{browser.Split('=')[0]}={ofBob.Split('=')[1]}"))).IsProblem(429, "TOO_MANY_ATTEMPTS");
        (await elsewhere.PostAsync(SignIn, Body(ada.Name, ada.Password), ("Cookie", $"{browser[..^1]}{(browser[^1] == 'A' ? 'B' : 'A')}"))).IsProblem(429, "TOO_MANY_ATTEMPTS");

        // A stolen cookie has five guesses a minute, wherever it is used from.
        for (var guess = 0; guess < 5; guess++)
        {
            (await House.From($"198.51.100.{40 + guess}").PostAsync(SignIn, Body(ada.Name, "a guess"), ("Cookie", browser))).IsProblem(401, "SIGN_IN_FAILED");
        }

        (await House.From("198.51.100.49").PostAsync(SignIn, Body(ada.Name, ada.Password), ("Cookie", browser))).IsProblem(429, "TOO_MANY_ATTEMPTS");
    }

    [Fact]
    public async Task Who_is_signed_in_changes_the_password_while_others_guess_at_the_name()
    {
        var ada = await House.AddAsync();
        using var guesser = House.From("198.51.100.60");
        for (var guess = 0; guess < 5; guess++)
        {
            await guesser.PostAsync(SignIn, Body(ada.Name, $"guess {guess}"));
        }

        string Change(string current) => $$"""{"password":"a new password of ada","currentPassword":"{{current}}"}""";
        for (var guess = 0; guess < 4; guess++)
        {
            (await ada.Page.PatchAsync($"/api/v1/users/{ada.Name}", Change($"guess {guess}"))).IsProblem(403, "PASSWORD_WRONG");
        }

        (await ada.Page.PatchAsync($"/api/v1/users/{ada.Name}", Change(ada.Password))).Is(200);
    }

    private static string Cookie(Answer answer) => answer.Message.Headers.GetValues("Set-Cookie").Single(one => one.Contains("carillon_browser_", StringComparison.Ordinal)).Split(';')[0];

    [Fact]
    public async Task Many_guesses_at_once_get_no_further_than_one_after_the_other()
    {
        var ada = await House.AddAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async number =>
        {
            using var client = House.From($"192.0.2.{100 + number}");
            return (await client.PostAsync(SignIn, Body(ada.Name, $"guess {number}"))).Status;
        }));
        Assert.Equal(5, answers.Count(status => status == 401));
        Assert.Equal(15, answers.Count(status => status == 429));
    }

    [Fact]
    public async Task Signing_out_ends_this_sign_in_and_no_other()
    {
        var ada = await House.AddAsync();
        using var other = await House.SignInAsync(ada.Name);
        var answer = (await ada.Page.PostAsync("/api/v1/sign-out", "{}")).Is(204);
        Assert.Contains("carillon_session=;", answer.Header("Set-Cookie"), StringComparison.Ordinal);
        (await ada.Page.GetAsync("/api/v1/me", [])).IsProblem(401, "SIGN_IN_REQUIRED");
        (await other.GetAsync("/api/v1/me", [])).Is(200);
        (await ada.Token.GetAsync("/api/v1/me", [])).Is(200);
    }

    [Fact]
    public async Task Sign_ins_are_listed_and_revoked_each_by_its_own_person_only()
    {
        var ada = await House.AddAsync();
        var eve = await House.AddAsync();
        using var phone = await House.SignInAsync(ada.Name);
        var list = (await ada.Page.GetAsync("/api/v1/sign-ins", [])).Is(200).Json["signIns"]!.AsArray();
        Assert.Equal(2, list.Count);
        Assert.Single(list, signIn => (bool)signIn!["current"]!);
        Assert.Equal(["createdAt", "current", "device", "expiresAt", "id", "lastSeenAt"], list[0]!.AsObject().Select(member => member.Key).Order());
        var other = (string)list.Single(signIn => !(bool)signIn!["current"]!)!["id"]!;

        (await eve.Page.CallAsync("DELETE", $"/api/v1/sign-ins/{other}")).IsProblem(404, "SIGN_IN_NOT_FOUND");
        (await phone.GetAsync("/api/v1/me", [])).Is(200);
        (await ada.Page.CallAsync("DELETE", $"/api/v1/sign-ins/{other}")).Is(204);
        (await phone.GetAsync("/api/v1/me", [])).IsProblem(401, "SIGN_IN_REQUIRED");
        (await ada.Page.CallAsync("DELETE", $"/api/v1/sign-ins/{other}")).IsProblem(404, "SIGN_IN_NOT_FOUND");
    }

    [Fact]
    public async Task A_sign_in_slides_while_it_is_used_and_ends_when_it_is_not()
    {
        var ada = await House.AddAsync();
        using var used = await House.SignInAsync(ada.Name);
        using var forgotten = await House.SignInAsync(ada.Name);
        var now = TimeProvider.System.GetUtcNow();
        var hour = now.AddHours(1).ToUnixTimeMilliseconds();

        // Neither has been used yet, so the server does not know them except by its database.
        House.InDatabase(sql =>
            sql.Execute("UPDATE sign_ins SET last_seen_at = $2, expires_at = $3 WHERE hash = $1", HashOf(used), now.AddDays(-20).ToUnixTimeMilliseconds(), hour)
            + sql.Execute("UPDATE sign_ins SET expires_at = $2 WHERE hash = $1", HashOf(forgotten), now.AddMinutes(-1).ToUnixTimeMilliseconds()));
        (await forgotten.GetAsync("/api/v1/me", [])).IsProblem(401, "SIGN_IN_REQUIRED");
        await used.UntilAsync("/api/v1/sign-ins", json => json["signIns"]!.AsArray().Any(signIn =>
            (bool)signIn!["current"]! && (DateTimeOffset)signIn["expiresAt"]! > now.AddDays(29) && (DateTimeOffset)signIn["lastSeenAt"]! >= now.AddSeconds(-5)));
    }

    [Fact]
    public async Task The_database_knows_the_hash_of_a_cookie_and_not_the_cookie()
    {
        var ada = await House.AddAsync();
        var secret = Secret(ada.Page);
        Assert.Equal(43, secret.Length);
        Assert.Equal(1, House.InDatabase(sql => sql.Number("SELECT count(*) FROM sign_ins WHERE hash = $1", HashOf(ada.Page))));
        Assert.Equal(0, House.InDatabase(sql => sql.Number("SELECT count(*) FROM sign_ins WHERE hash = $1", secret)));
    }

    [Fact]
    public async Task A_cookie_is_no_token_and_a_token_is_no_cookie()
    {
        var ada = await House.AddAsync();
        var token = (string)(await ada.NewTokenAsync(null, null, Scopes.All.ToArray()))["token"]!;
        using var asCookie = House.Server.WithToken(token);
        (await asCookie.GetAsync("/api/v1/me", [])).Is(200);
        var client = House.Server.Anonymous;
        (await client.GetAsync("/api/v1/me", ("Cookie", $"carillon_session={token}"))).IsProblem(401, "SIGN_IN_REQUIRED");
        (await client.GetAsync("/api/v1/me", ("Authorization", $"Bearer {Secret(ada.Page)}"))).IsProblem(401, "SIGN_IN_REQUIRED");
    }

    private static string Secret(HttpClient page) => page.DefaultRequestHeaders.GetValues("Cookie").Single().Split('=', 2)[1];

    private static string HashOf(HttpClient page) => HashOf(Secret(page));

    internal static string HashOf(string secret) =>
        System.Buffers.Text.Base64Url.EncodeToString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(secret)));

    private static string Body(string name, string password) => new JsonObject { ["name"] = name, ["password"] = password }.ToJsonString();

    [GeneratedRegex("^carillon_session=[A-Za-z0-9_-]{43}; max-age=2592000; path=/; samesite=lax; httponly(,|$)")]
    private static partial Regex CookieShape();

    [GeneratedRegex("^__Host-carillon_session=[A-Za-z0-9_-]{43}; max-age=2592000; path=/; secure; samesite=lax; httponly(,|$)")]
    private static partial Regex SecureCookieShape();
}

public sealed class SignInOnSqliteTests(Houses houses) : SignInTests(houses, postgres: false);

public sealed class SignInOnPostgresTests(Houses houses) : SignInTests(houses, postgres: true);
