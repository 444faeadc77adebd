using Carillon.Http;
using Carillon.Protocol;

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

    private async Task<string?> LocationAsync(string wanted) =>
        (await House.Server.Anonymous.GetAsync("/auth/verify", ("Accept", "text/html"), ("X-Forwarded-Uri", wanted))).Is(302).Header("Location");
}
