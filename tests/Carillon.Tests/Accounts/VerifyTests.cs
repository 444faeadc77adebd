using Carillon.Http;

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
    public async Task Whoever_is_not_signed_in_is_refused_and_a_browser_is_sent_to_sign_in()
    {
        var client = House.Server.Anonymous;
        var refused = (await client.GetAsync("/auth/verify", ("X-Forwarded-User", "root"))).IsProblem(401, "SIGN_IN_REQUIRED");
        Assert.Null(refused.Header("X-Forwarded-User"));
        Assert.Equal("/sign-in?return=%2Fgrafana%3Fa%3D1%26b", await LocationAsync("/grafana?a=1&b"));
        Assert.Equal("/sign-in", await LocationAsync("//evil.example"));
        Assert.Equal("/sign-in", await LocationAsync("https://evil.example/"));
    }

    [Theory]
    [InlineData("/", true)]
    [InlineData("/a/b?c=//d#e", true)]
    [InlineData("/@user", true)]
    [InlineData("", false)]
    [InlineData("a", false)]
    [InlineData("//evil.example", false)]
    [InlineData("///evil.example", false)]
    [InlineData("/\\evil.example", false)]
    [InlineData("\\\\evil.example", false)]
    [InlineData("/a\\b", false)]
    [InlineData("https://evil.example", false)]
    [InlineData("https:evil.example", false)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("/\t/evil.example", false)]
    [InlineData("/\n/evil.example", false)]
    [InlineData("/\r\nSet-Cookie: a=b", false)]
    [InlineData("\t//evil.example", false)]
    [InlineData(" /a", false)]
    [InlineData("/a\0", false)]
    [InlineData("/a\u0085", false)]
    public void The_way_back_is_a_local_path(string path, bool isLocal) => Assert.Equal(isLocal, VerifyEndpoint.IsLocalPath(path));

    private async Task<string?> LocationAsync(string wanted) =>
        (await House.Server.Anonymous.GetAsync("/auth/verify", ("Accept", "text/html"), ("X-Forwarded-Uri", wanted))).Is(302).Header("Location");
}
