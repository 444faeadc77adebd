using System.Net.Sockets;
using System.Text;
using Carillon.Http;
using Microsoft.AspNetCore.Http;

namespace Carillon.Accounts;

public sealed class CrossSiteTests(Houses houses) : InHouse(houses, postgres: false)
{
    [Theory]
    [InlineData("same-origin", null, true)]
    [InlineData("same-site", null, false)]
    [InlineData("cross-site", null, false)]
    [InlineData("none", null, false)]
    [InlineData("cross-site", "own", false)]
    [InlineData(null, "own", true)]
    [InlineData(null, null, false)]
    [InlineData(null, "null", false)]
    [InlineData(null, "http://evil.example", false)]
    [InlineData(null, "http://127.0.0.1", false)]
    [InlineData(null, "http://127.0.0.1:1", false)]
    [InlineData(null, "http://127.0.0.1.evil.example", false)]
    public async Task What_changes_something_with_a_cookie_comes_from_our_own_page(string? site, string? origin, bool passes)
    {
        var ada = await House.AddAsync();
        origin = origin == "own" ? House.Server.Url.GetLeftPart(UriPartial.Authority) : origin;
        var client = House.Server.Anonymous;
        var cookie = ("Cookie", ada.Page.DefaultRequestHeaders.GetValues("Cookie").Single());
        (string, string)[] headers = [.. site is null ? [] : new[] { ("Sec-Fetch-Site", site) }, .. origin is null ? [] : new[] { ("Origin", origin) }];

        foreach (var (method, path, body) in new[] { ("POST", "/api/v1/notifications/read-all", "{}"), ("PATCH", "/api/v1/notifications/x", """{"read":true}"""), ("DELETE", "/api/v1/tokens/x", null) })
        {
            var answer = await client.CallAsync(method, path, body, [cookie, .. headers]);
            if (passes)
            {
                Assert.NotEqual(403, answer.Status);
            }
            else
            {
                answer.IsProblem(403, "CROSS_SITE");
            }
        }

        // A browser that says that another site asks gets nothing, whatever comes along; one that only names an origin may read, and no other
        // site can read the answer.
        var isEmbedded = site is "cross-site" or "same-site";
        (await client.GetAsync("/api/v1/me", [cookie, .. headers])).Is(isEmbedded ? 403 : 200);

        // A token is sent by whoever holds it, never by a browser on its own.
        (await ada.Token.CallAsync("POST", "/api/v1/notifications/read-all", "{}", headers)).Is(isEmbedded ? 403 : 200);

        // Signing somebody in as somebody else is an attack of its own; what is no browser says nothing and may.
        var signIn = await client.CallAsync("POST", "/api/v1/sign-in", $$"""{"name":"{{ada.Name}}","password":"{{ada.Password}}"}""", [.. headers, ("X-Forwarded-For", "192.0.2.6")]);
        Assert.Equal(passes || headers is [] ? 204 : 403, signIn.Status);
    }

    [Theory]
    [InlineData("https", "https://carillon.example", true)]
    [InlineData("https", "http://carillon.example", false)]
    [InlineData("https", "https://carillon.example:443", true)]
    [InlineData("https", "https://carillon.example:8443", false)]
    [InlineData("http", "https://carillon.example", true)]
    [InlineData("http", "http://carillon.example", true)]
    [InlineData("http", "ftp://carillon.example", false)]
    public void An_insecure_page_of_the_same_host_is_not_the_same_origin(string scheme, string origin, bool same)
    {
        var request = new DefaultHttpContext().Request;
        request.Scheme = scheme;
        request.Host = new HostString("carillon.example");
        request.Headers.Origin = origin;
        Assert.Equal(same, CrossSite.IsSameOrigin(request));
    }

    [Theory]
    [InlineData(null, null, false, 403)]
    [InlineData(null, "same-origin", false, 403)]
    [InlineData("https://evil.example", null, false, 403)]
    [InlineData("own", null, false, 200)]
    [InlineData(null, null, true, 200)]
    public async Task An_upgrade_with_the_cookie_names_its_origin(string? origin, string? site, bool token, int status)
    {
        var ada = await House.AddAsync();
        origin = origin == "own" ? House.Server.Url.GetLeftPart(UriPartial.Authority) : origin;
        using var client = new TcpClient();
        await client.ConnectAsync(House.Server.Url.Host, House.Server.Url.Port);
        var lines = new[]
        {
            "GET /api/v1/me HTTP/1.1", $"Host: {House.Server.Url.Authority}", "Connection: Upgrade, close", "Upgrade: websocket",
            token ? $"Authorization: {ada.Token.DefaultRequestHeaders.Authorization}" : $"Cookie: {ada.Page.DefaultRequestHeaders.GetValues("Cookie").Single()}",
            origin is null ? null : $"Origin: {origin}", site is null ? null : $"Sec-Fetch-Site: {site}",
        };
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(string.Join("\r\n", lines.OfType<string>()) + "\r\n\r\n"));
        using var reader = new StreamReader(client.GetStream());
        Assert.StartsWith($"HTTP/1.1 {status}", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }
}
