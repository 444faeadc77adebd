using System.Net;
using Carillon.Accounts;
using Carillon.Protocol;

namespace Carillon.Http;

public sealed class HeaderTests(Houses houses) : InHouse(houses, postgres: false)
{
    private static readonly (string, string) Https = ("X-Forwarded-Proto", "https");

    [Theory]
    [InlineData("/api/v1/me")]
    [InlineData("/api/v1/notifications")]
    [InlineData("/api/v1/nothing")]
    [InlineData("/readyz")]
    [InlineData("/")]
    [InlineData("/openapi/v1.json")]
    public async Task Every_answer_says_what_browsers_may_not_do_with_it(string path)
    {
        foreach (var client in (HttpClient[])[House.Server.Anonymous, House.Admin])
        {
            var answer = await client.GetAsync(path, ("Accept", "text/html"));
            Assert.Equal("same-origin", answer.Header("Cross-Origin-Opener-Policy"));
            Assert.Equal("same-origin", answer.Header("Cross-Origin-Resource-Policy"));
            Assert.Contains("camera=()", answer.Header("Permissions-Policy"), StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", answer.Header("Content-Security-Policy"), StringComparison.Ordinal);
            Assert.Null(answer.Header("Strict-Transport-Security"));
            Assert.Equal("max-age=31536000", (await client.GetAsync(path, Https)).Header("Strict-Transport-Security"));
        }
    }

    [Fact]
    public async Task No_cache_keeps_what_the_API_answers()
    {
        foreach (var path in (string[])["/api/v1/me", "/api/v1/notifications", "/api/v1/tokens", "/api/v1/nothing"])
        {
            Assert.StartsWith("no-store", (await House.Admin.GetAsync(path, [])).Header("Cache-Control"));
        }

        Assert.StartsWith("no-store", (await House.Server.Anonymous.GetAsync("/api/v1/me", [])).Is(401).Header("Cache-Control"));
        Assert.StartsWith("no-store", (await House.Admin.PostAsync("/api/v1/notifications", "{")).Is(400).Header("Cache-Control"));
    }

    [Theory]
    [InlineData("cross-site")]
    [InlineData("same-site")]
    public async Task What_other_sites_embed_is_refused_and_a_link_to_a_page_is_not(string site)
    {
        var ada = await House.AddAsync();
        var from = ("Sec-Fetch-Site", site);
        foreach (var path in (string[])["/api/v1/me", "/events", "/openapi/v1.json", "/"])
        {
            (await ada.Page.GetAsync(path, from, ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "script"))).IsProblem(403, "CROSS_SITE");
            (await ada.Page.GetAsync(path, from, ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe"))).IsProblem(403, "CROSS_SITE");
        }

        foreach (var path in (string[])["/", "/notifications", "/projects/a/sessions/b", "/openapi/v1.json"])
        {
            Assert.NotEqual(403, (await ada.Page.GetAsync(path, from, ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"), ("Accept", "text/html"))).Status);
        }

        (await ada.Page.GetAsync("/api/v1/me", from, ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"))).IsProblem(403, "CROSS_SITE");

        // What a proxy asks with its visitor's headers is the proxy's business.
        (await ada.Page.GetAsync("/auth/verify", from, ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "image"))).Is(200);
    }

    [Fact]
    public async Task Over_https_only_a_cookie_that_no_neighbour_can_plant_counts()
    {
        var ada = await House.AddAsync();
        using var eve = await House.SignInAsync((await House.AddAsync()).Name);
        var answer = (await House.From("192.0.2.77").PostAsync("/api/v1/sign-in", $$"""{"name":"{{ada.Name}}","password":"{{ada.Password}}"}""", Https)).Is(204);
        var own = answer.Header("Set-Cookie")!.Split(';')[0];
        Assert.StartsWith($"{WellKnown.HostCookie}=", own, StringComparison.Ordinal);
        Assert.Contains("; path=/; secure;", answer.Header("Set-Cookie"), StringComparison.Ordinal);
        Assert.DoesNotContain("domain", answer.Header("Set-Cookie"), StringComparison.OrdinalIgnoreCase);

        // A sibling host can set a plain cookie for the whole domain: it must not sign ada in as eve.
        var planted = eve.DefaultRequestHeaders.GetValues("Cookie").Single();
        var client = House.Server.Anonymous;
        Assert.Equal(ada.Name, (string?)(await client.GetAsync("/api/v1/me", Https, ("Cookie", $"{planted}; {own}"))).Is(200).Json["name"]);
        (await client.GetAsync("/api/v1/me", Https, ("Cookie", planted))).IsProblem(401, "SIGN_IN_REQUIRED");
        (await client.GetAsync("/api/v1/me", ("Cookie", own))).IsProblem(401, "SIGN_IN_REQUIRED");
    }

    [Fact]
    public async Task The_description_is_made_once_and_asked_for_again_costs_nothing()
    {
        var first = (await House.Server.Anonymous.GetAsync("/openapi/v1.json", [])).Is(200);
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => House.Server.Anonymous.GetAsync("/openapi/v1.json", [])));
        Assert.All(all, one => Assert.Equal((first.Text, first.Header("ETag")), (one.Text, one.Header("ETag"))));
        var again = await House.Server.Anonymous.GetAsync("/openapi/v1.json", ("If-None-Match", $"W/{first.Header("ETag")}"));
        Assert.Equal((HttpStatusCode.NotModified, ""), (again.Message.StatusCode, again.Text));
    }
}
