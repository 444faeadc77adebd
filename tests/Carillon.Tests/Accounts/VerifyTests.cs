using Carillon.Http;
using Carillon.Protocol;
using Microsoft.AspNetCore.Http;

namespace Carillon.Accounts;

public sealed class VerifyTests(Houses houses) : InHouse(houses, postgres: false)
{
    [Fact]
    public async Task A_proxy_learns_who_it_is()
    {
        var ada = await House.AddAsync();
        foreach (var client in new[] { ada.Page, ada.Token })
        {
            var answer = (await client.GetAsync("/auth/verify", [])).Is(200);
            Assert.Equal(ada.Name, answer.Header("X-Forwarded-User"));
            Assert.Equal("member", answer.Header("X-Forwarded-Role"));
        }

        Assert.Equal("admin", (await House.Admin.GetAsync("/auth/verify", [])).Is(200).Header("X-Forwarded-Role"));
    }

    [Fact]
    public async Task A_token_passes_only_as_far_as_it_reaches()
    {
        var ada = await House.AddAsync(Roles.Admin);
        using var publisher = await ada.TokenAsync(null, Scopes.Publish);
        using var bound = await ada.TokenAsync(await ada.ProjectAsync(), Scopes.Read, Scopes.Admin);
        using var reader = await ada.TokenAsync(null, Scopes.Read);

        (await publisher.GetAsync("/auth/verify", [])).IsProblem(401, "SIGN_IN_REQUIRED");
        (await bound.GetAsync("/auth/verify", [])).IsProblem(401, "SIGN_IN_REQUIRED");
        Assert.Equal("member", (await reader.GetAsync("/auth/verify", [])).Is(200).Header("X-Forwarded-Role"));
        Assert.Equal("admin", (await ada.Page.GetAsync("/auth/verify", [])).Is(200).Header("X-Forwarded-Role"));
    }

    [Fact]
    public async Task Another_scheme_in_front_leaves_the_cookie_alone()
    {
        var ada = await House.AddAsync();
        (await ada.Page.GetAsync("/api/v1/me", ("Authorization", "Basic YTpi"))).Is(200);
    }

    [Fact]
    public async Task Whoever_is_not_signed_in_is_refused_and_a_browser_is_sent_to_sign_in()
    {
        var client = House.Server.Anonymous;
        var refused = (await client.GetAsync("/auth/verify", ("X-Forwarded-User", "root"))).IsProblem(401, "SIGN_IN_REQUIRED");
        Assert.Null(refused.Header("X-Forwarded-User"));
        Assert.Equal("/sign-in?return=%2Fgrafana%3Fa%3D1%26b", await LocationAsync("/grafana?a=1&b"));
        Assert.Equal("/sign-in", await LocationAsync("//evil.example"));
        Assert.Equal("/sign-in", await LocationAsync("https://evil.example/"));
        Assert.Equal("/sign-in", await LocationAsync("/grafana/..//evil.example"));
    }

    [Theory]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", true)]
    [InlineData("TEXT/HTML", true)]
    [InlineData("application/json, text/html;q=0.1", true)]
    [InlineData("text/html;level=1;q=0.5", true)]
    [InlineData("nonsense, text/html", true)]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("*/*", false)]
    [InlineData("text/*", false)]
    [InlineData("application/json, text/plain, */*", false)]
    [InlineData("text/event-stream", false)]
    [InlineData("text/html;q=0, */*", false)]
    [InlineData("text/html;q=0.0", false)]
    [InlineData("text/html-like", false)]
    [InlineData("application/json;note=\"text/html\"", false)]
    [InlineData("text/html", false, "websocket")]
    public void Only_who_shows_pages_is_sent_to_one(string? accept, bool shows, string? upgrade = null)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.Accept = accept;
        request.Headers.Upgrade = upgrade;
        Assert.Equal(shows, VerifyEndpoint.ShowsPages(request));
    }

    [Fact]
    public async Task A_socket_that_another_site_opens_is_refused_for_that_and_no_browser_is_sent_away_from_one()
    {
        var ada = await House.AddAsync();
        (await UpgradeAsync(("Cookie", ada.Page.DefaultRequestHeaders.GetValues("Cookie").Single()), ("Origin", "https://evil.example"))).IsProblem(403, "CROSS_SITE");
        (await UpgradeAsync(("Cookie", ada.Page.DefaultRequestHeaders.GetValues("Cookie").Single()))).IsProblem(403, "CROSS_SITE");
        (await UpgradeAsync(("Cookie", ada.Page.DefaultRequestHeaders.GetValues("Cookie").Single()), ("Origin", House.Server.Url.GetLeftPart(UriPartial.Authority)))).Is(200);
        (await UpgradeAsync(("Accept", "text/html"))).IsProblem(401, "SIGN_IN_REQUIRED");

        Task<Answer> UpgradeAsync(params (string, string)[] headers) =>
            House.Server.Anonymous.GetAsync("/auth/verify", [("Connection", "Upgrade"), ("Upgrade", "websocket"), .. headers]);
    }

    private async Task<string?> LocationAsync(string wanted) =>
        (await House.Server.Anonymous.GetAsync("/auth/verify", ("Accept", "text/html"), ("X-Forwarded-Uri", wanted))).Is(302).Header("Location");
}
