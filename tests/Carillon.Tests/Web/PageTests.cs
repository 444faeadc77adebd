using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using Carillon.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Web;

/// <summary>A page of three files, inside this assembly as the real one is inside the program's.</summary>
public sealed partial class PageTests
{
    private static readonly PageFiles Page = new(typeof(PageTests).Assembly, ["github.com", "\"<git.example"]);

    [Theory]
    [InlineData("/")]
    [InlineData("/sign-in")]
    [InlineData("/projects/a/sessions/b")]
    [InlineData("/index.html")]
    public async Task Deep_links_get_the_page_and_ask_again_each_time(string path)
    {
        var answer = await AskAsync("GET", path);
        Assert.Equal((200, "text/html; charset=utf-8", "no-cache"), (answer.StatusCode, answer.ContentType, answer.Headers.CacheControl.ToString()));
        Assert.Equal(PageHeaders.PagePolicy, answer.Headers.ContentSecurityPolicy);
        Assert.Contains("<title>Test page</title>", Text(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_path_of_the_pages_router_is_a_page_to_programs_too()
    {
        var paths = Route().Matches(await File.ReadAllTextAsync(InRepository("web/src/app.tsx"))).Select(found => PartOfPath().Replace(found.Groups[1].Value, "a")).ToList();
        Assert.Contains("/projects/a/sessions/a", paths);
        Assert.True(paths.Count >= 12, "The paths of the router were not found.");
        foreach (var path in paths)
        {
            Assert.True((await AskAsync("GET", path)).StatusCode == 200, $"{path} is no page");
        }
    }

    [Theory]
    [InlineData("/apian")]
    [InlineData("/projects")]
    [InlineData("/projects/a/sessions")]
    [InlineData("/projects//sessions/b")]
    [InlineData("/sign-in/b")]
    [InlineData("/healthz/")]
    public async Task A_path_that_is_no_page_is_a_problem_to_programs_and_the_pages_own_word_to_a_browser(string path)
    {
        Assert.Equal(404, (await AskAsync("GET", path)).StatusCode);
        Assert.Equal(404, (await AskAsync("GET", path, ("Accept", "*/*"))).StatusCode);
        Assert.Equal(404, (await AskAsync("GET", path, ("Accept", "application/json"))).StatusCode);
        Assert.Equal(200, (await AskAsync("GET", path, ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"))).StatusCode);
    }

    [Fact]
    public async Task The_page_is_told_which_hosts_it_may_open_and_an_id_with_a_dot_is_a_page_when_a_browser_goes_there()
    {
        var answer = await AskAsync("GET", "/projects/a/sessions/fix.tests", ("Accept", "text/html,*/*"));
        Assert.Equal(200, answer.StatusCode);
        Assert.Contains("<meta name=\"carillon-action-hosts\" content=\"github.com &quot;&lt;git.example\" />", Text(answer), StringComparison.Ordinal);
        Assert.Equal(404, (await AskAsync("GET", "/projects/a/sessions/fix.tests")).StatusCode);
        Assert.Equal(404, (await AskAsync("GET", "/assets/old-9f9f9f.js", ("Accept", "text/html,*/*"))).StatusCode);
    }

    [Fact]
    public async Task Files_that_carry_a_hash_are_kept_for_ever()
    {
        var answer = await AskAsync("GET", "/assets/app-1a2b3c.js");
        Assert.Equal((200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"), (answer.StatusCode, answer.ContentType, answer.Headers.CacheControl.ToString()));
        Assert.Equal("Accept-Encoding", answer.Headers.Vary);
        Assert.Equal(Encoding.UTF8.GetByteCount(Text(answer)), answer.ContentLength);
    }

    [Theory]
    [InlineData("br", "br")]
    [InlineData("gzip, br;q=0.5", "br")]
    [InlineData("gzip, deflate, BR", "br")]
    [InlineData("br;q=0", "")]
    [InlineData("gzip", "gzip")]
    [InlineData("gzip, br;q=0", "gzip")]
    [InlineData("brotli", "")]
    [InlineData("", "")]
    public async Task Everybody_gets_the_smallest_form_that_they_take(string accepted, string encoding)
    {
        var plain = Text(await AskAsync("GET", "/assets/app-1a2b3c.js"));
        var answer = await AskAsync("GET", "/assets/app-1a2b3c.js", ("Accept-Encoding", accepted));
        Assert.Equal(encoding, answer.Headers.ContentEncoding.ToString());
        Assert.Equal(encoding == "br", Text(answer).StartsWith("compressed", StringComparison.Ordinal));
        if (encoding == "gzip")
        {
            answer.Body.Position = 0;
            using var unpacked = new StreamReader(new GZipStream(answer.Body, CompressionMode.Decompress));
            Assert.Equal(plain, await unpacked.ReadToEndAsync());
        }

        Assert.Empty((await AskAsync("GET", "/", ("Accept-Encoding", "br"))).Headers.ContentEncoding.ToString());
    }

    [Theory]
    [InlineData("{0}", 304)]
    [InlineData("W/{0}", 304)]
    [InlineData("\"other\", {0}", 304)]
    [InlineData("*", 304)]
    [InlineData("\"other\"", 200)]
    [InlineData("nonsense", 200)]
    public async Task What_has_not_changed_is_not_sent_again(string known, int status)
    {
        var tag = (await AskAsync("GET", "/")).Headers.ETag.ToString();
        Assert.Matches("^\"[0-9a-f]{24}\"$", tag);
        var answer = await AskAsync("GET", "/", ("If-None-Match", known.Replace("{0}", tag, StringComparison.Ordinal)));
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(tag, answer.Headers.ETag.ToString());
        Assert.Equal(status == 304, Text(answer).Length == 0);
    }

    [Fact]
    public async Task HEAD_says_the_length_and_sends_nothing()
    {
        var (get, head) = (await AskAsync("GET", "/"), await AskAsync("HEAD", "/"));
        Assert.Equal((200, get.ContentLength, ""), (head.StatusCode, head.ContentLength, Text(head)));
    }

    [Theory]
    [InlineData("GET", "/api/nothing")]
    [InlineData("GET", "/api")]
    [InlineData("GET", "/assets/missing-1a2b3c.js")]
    [InlineData("GET", "/missing.txt")]
    [InlineData("POST", "/")]
    [InlineData("DELETE", "/sign-in")]
    [InlineData("GET", "/../secret.txt")]
    [InlineData("GET", "/assets/../../secret.txt")]
    [InlineData("GET", "/..\\secret.txt")]
    [InlineData("GET", "//etc/hosts.txt")]
    [InlineData("GET", "/assets/app-1a2b3c.js.br")]
    public async Task Everything_else_is_a_problem(string method, string path)
    {
        var answer = await AskAsync(method, path);
        Assert.Equal((404, "application/problem+json"), (answer.StatusCode, answer.ContentType));
        Assert.Contains("\"NOT_FOUND\"", Text(answer), StringComparison.Ordinal);
    }

    private static async Task<HttpResponse> AskAsync(string method, string path, params (string Name, string Value)[] headers)
    {
        var services = new ServiceCollection().AddSingleton<EndpointDataSource>(new DefaultEndpointDataSource()).BuildServiceProvider();
        var context = new DefaultHttpContext { RequestServices = services, Request = { Method = method, Path = path } };
        foreach (var (name, value) in headers)
        {
            context.Request.Headers[name] = value;
        }

        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(new MemoryStream()));
        await Page.AnswerAsync(context);
        return context.Response;
    }

    private static string Text(HttpResponse answer) => Encoding.UTF8.GetString(((MemoryStream)answer.Body).ToArray());

    private static string InRepository(string path, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "../../..", path);

    [GeneratedRegex(@"^(?:  |const \w+ = )'(/[^']*)'(?:: \(|;)", RegexOptions.Multiline)]
    private static partial Regex Route();

    [GeneratedRegex(":[a-z]+")]
    private static partial Regex PartOfPath();
}
