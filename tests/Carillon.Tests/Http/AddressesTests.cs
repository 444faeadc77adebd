using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Options;

namespace Carillon.Http;

public sealed class AddressesTests
{
    private static readonly Addresses Usual = new(Options.Create(new ActionsOptions()));

    [Theory]
    [InlineData("https://github.com/a/b/pull/7", true)]
    [InlineData("https://github.com", true)]
    [InlineData("https://github.com?a=b", true)]
    [InlineData("https://GitHub.COM/a", true)]
    [InlineData("HTTPS://github.com/a", true)]
    [InlineData("https://gitlab.com/a/-/merge_requests/1#note_2", true)]
    [InlineData("https://linear.app/team/issue/X-1?a=b:c@d", true)]
    [InlineData("https://github.com/a%20b%0a", true)]
    [InlineData("http://github.com/a", false)]
    [InlineData("ftp://github.com/a", false)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("javascript://github.com/%0aalert(1)", false)]
    [InlineData("data:text/html,<script>alert(1)</script>", false)]
    [InlineData("//github.com/a", false)]
    [InlineData("/a", false)]
    [InlineData("github.com/a", false)]
    [InlineData("", false)]
    [InlineData("https:", false)]
    [InlineData("https://", false)]
    [InlineData("https:/github.com/a", false)]
    [InlineData("https:///github.com/a", false)]
    [InlineData("https:github.com/a", false)]
    [InlineData("https://user@github.com/a", false)]
    [InlineData("https://user:password@github.com/a", false)]
    [InlineData("https://@github.com/a", false)]
    [InlineData("https://github.com@evil.example/a", false)]
    [InlineData("https://github.com:password@evil.example/a", false)]
    [InlineData("https://github.com%40evil.example/a", false)]
    [InlineData("https://github.com:443/a", false)]
    [InlineData("https://github.com:8443/a", false)]
    [InlineData("https://github.com:/a", false)]
    [InlineData("https://github.com./a", false)]
    [InlineData("https://github.com.evil.example/a", false)]
    [InlineData("https://evilgithub.com/a", false)]
    [InlineData("https://api.github.com/a", false)]
    [InlineData("https://evil.example/github.com", false)]
    [InlineData("https://evil.example#@github.com/", false)]
    [InlineData("https://evil.example?@github.com/", false)]
    [InlineData("https://evil.example\\@github.com/", false)]
    [InlineData("https://github.com\\@evil.example/", false)]
    [InlineData("https://github.com\\.evil.example/", false)]
    [InlineData("https:\\\\github.com\\a", false)]
    [InlineData("https://github.com%2eevil.example/a", false)]
    [InlineData("https://github.com%00.evil.example/a", false)]
    [InlineData("https://github.com\t/a", false)]
    [InlineData("https://git\nhub.com/a", false)]
    [InlineData("https://github.com/a\r\nSet-Cookie: x", false)]
    [InlineData(" https://github.com/a", false)]
    [InlineData("https://github.com/a ", false)]
    [InlineData("\u00a0https://github.com/a", false)]
    [InlineData("https://gіthub.com/a", false)]
    [InlineData("https://github.com/a", true)]
    [InlineData("https://xn--gthub-n4a.com/a", false)]
    [InlineData("https://github。com/a", false)]
    [InlineData("https://github.com\u00ad/a", false)]
    [InlineData("https://github.com\u3000/a", false)]
    [InlineData("https://[::1]/a", false)]
    [InlineData("https://127.0.0.1/a", false)]
    [InlineData("https://2130706433/a", false)]
    [InlineData("https://localhost/a", false)]
    public void An_address_is_https_on_exactly_one_of_the_hosts(string url, bool isAllowed) => Assert.Equal(isAllowed, Usual.IsAllowedUrl(url));

    [Theory]
    [InlineData("/", true)]
    [InlineData("/projects/a/sessions/b?tab=c#d", true)]
    [InlineData("/a//b", false)]
    [InlineData("/a/../..//evil.example", false)]
    [InlineData("/a/%2e%2e/b", false)]
    [InlineData("/a?b=//c", true)]
    [InlineData("", false)]
    [InlineData("a", false)]
    [InlineData("//evil.example", false)]
    [InlineData("/\\evil.example", false)]
    [InlineData("/a\\b", false)]
    [InlineData("\\evil.example", false)]
    [InlineData("https://github.com/", false)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("/\t/evil.example", false)]
    [InlineData("/\n/evil.example", false)]
    [InlineData(" /a", false)]
    [InlineData("/a/b?c=//d#e", true)]
    [InlineData("/@user", true)]
    [InlineData("///evil.example", false)]
    [InlineData("\\\\evil.example", false)]
    [InlineData("https:evil.example", false)]
    [InlineData("/\r\nSet-Cookie: a=b", false)]
    [InlineData("\t//evil.example", false)]
    [InlineData("/a\0", false)]
    [InlineData("/a\u0085", false)]
    [InlineData("/a\u202eb", false)]
    public void A_local_path_leads_nowhere_else(string path, bool isLocal) => Assert.Equal(isLocal, Addresses.IsLocalPath(path));

    [Fact]
    public void Whatever_is_allowed_leads_a_browser_to_one_of_the_hosts()
    {
        // Pieces that have fooled parsers, in any order, against a reading of the address that knows no parser.
        var pieces = Gen.Elements(
            "https://", "https:", "//", "/", "\\", "github.com", "gitlab.com", "evil.example", "@", ":", ":443", ":8443", "?", "#", ".", "%40", "%2f", "%5c", "%00", "\t", "\n",
            " ", "\u00ad", "。", "[", "]", "a", "user", "\u202e", "HTTPS://", "GITHUB.com");
        var urls = pieces.ListOf(6).Select(parts => string.Concat(parts)).Or(pieces.ListOf(4).Select(parts => "https://" + string.Concat(parts)));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(20_000), Prop.ForAll(urls.ToArbitrary(), url =>
        {
            if (!Usual.IsAllowedUrl(url))
            {
                return true;
            }

            var rest = url[8..];
            var end = rest.IndexOfAny(['/', '\\', '?', '#']);
            var authority = (end < 0 ? rest : rest[..end]).ToLowerInvariant();
            return url[..8].Equals("https://", StringComparison.OrdinalIgnoreCase) && Usual.Hosts.Contains(authority) && !url.Any(char.IsControl) && !url.Contains('\\', StringComparison.Ordinal);
        }));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5_000), Prop.ForAll(urls.Select(url => "/" + url).ToArbitrary(), route =>
            !Addresses.IsLocalPath(route) || (new Uri(new Uri("https://carillon.example"), route).Host == "carillon.example" && route is not ['/', '/' or '\\', ..])));
    }

    [Fact]
    public void Configured_hosts_take_the_place_of_the_usual_ones()
    {
        var own = new Addresses(Options.Create(new ActionsOptions { Hosts = ["git.example"] }));
        Assert.True(own.IsAllowedUrl("https://git.example/a"));
        Assert.False(own.IsAllowedUrl("https://github.com/a"));
    }
}
