using System.Net;
using Carillon.Http;

namespace Carillon.Proxy;

/// <summary>The shipped Caddyfile in front of something that does what it is told.</summary>
public sealed class CaddyLineTests : IAsyncLifetime
{
    // Far longer than a line takes; a proxy that waits for more would wait for ever.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private Upstream _upstream = null!;
    private Caddy? _caddy;

    private Caddy Caddy => _caddy!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await Upstream.StartAsync();
        _caddy = await Caddy.StartAsync(_upstream.Url, edit: WithExample);
    }

    public async ValueTask DisposeAsync()
    {
        if (_caddy is not null)
        {
            await _caddy.DisposeAsync();
        }

        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("Cookie", Upstream.Cookie)]
    [InlineData("Authorization", "Bearer car_of-a-project")]
    public async Task Each_line_of_the_ticket_stream_arrives_before_the_next_is_said_and_is_not_compressed(string header, string value)
    {
        using var client = Caddy.Client((header, value), ("Accept-Encoding", "gzip, zstd"));
        using var answer = await client.GetAsync("/tickets/watch", HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/x-ndjson", answer.Content.Headers.ContentType!.MediaType);
        Assert.Empty(answer.Content.Headers.ContentEncoding);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());

        for (var number = 0; number < 20; number++)
        {
            _upstream.Say($$"""{"event":"heartbeat","number":{{number}}}""");
            Assert.Equal($$"""{"event":"heartbeat","number":{{number}}}""", await lines.ReadLineAsync().WaitAsync(Patience));
        }
    }

    [Fact]
    public async Task A_reader_that_leaves_is_let_go_by_the_proxy_too()
    {
        using (var client = Caddy.Client(("Cookie", Upstream.Cookie)))
        using (var answer = await client.GetAsync("/tickets/watch", HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience))
        {
            using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
            _upstream.Say("first");
            Assert.Equal("first", await lines.ReadLineAsync().WaitAsync(Patience));
        }

        // An unbuffered stream is noticed to be gone when the next lines find nobody; heartbeats see to that.
        using var patience = new CancellationTokenSource(Patience);
        using var heartbeat = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!_upstream.Left.IsCompleted)
        {
            await heartbeat.WaitForNextTickAsync(patience.Token);
            _upstream.Say("heartbeat");
        }
    }

    [Theory]
    [InlineData("/tickets/watch")]
    [InlineData("/events")]
    [InlineData("/chat/ws")]
    [InlineData("/grafana/board")]
    public async Task Strangers_do_not_reach_what_stands_behind_the_sign_in(string path)
    {
        using var client = Caddy.Client(("X-Forwarded-User", "ada"), ("X-Forwarded-Role", "admin"));
        (await client.GetAsync(path, [])).Is(401);
        (await client.GetAsync(path, ("Authorization", "Basic YTpi"))).Is(401);
    }

    [Theory]
    [InlineData("GET", "/api/v1/me", null)]
    [InlineData("GET", "/sign-in", null)]
    [InlineData("GET", "/events", "ada")]
    [InlineData("GET", "/chat/ws", "ada")]
    [InlineData("POST", "/grafana/board", "ada")]
    public async Task What_a_client_says_of_itself_is_not_believed(string method, string path, string? who)
    {
        using var client = Caddy.Client(
            ("Cookie", Upstream.Cookie), ("X-Forwarded-User", "root"), ("X-FORWARDED-ROLE", "admin"), ("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-Proto", "https"));
        var told = (await client.CallAsync(method, path, method == "POST" ? """{"a":1}""" : null)).Is(200).Text;

        Assert.StartsWith($"{method} {path}\n", told, StringComparison.Ordinal);
        Assert.Equal(who is null ? [] : [$"X-Forwarded-User: {who}"], Lines(told, "X-Forwarded-User"));
        Assert.Equal(who is null ? [] : ["X-Forwarded-Role: member"], Lines(told, "X-Forwarded-Role"));
        Assert.Equal(["X-Forwarded-For: 127.0.0.1"], Lines(told, "X-Forwarded-For"));
        Assert.Equal(["X-Forwarded-Proto: http"], Lines(told, "X-Forwarded-Proto"));
        Assert.Equal([$"X-Forwarded-Host: {Caddy.Url.Authority}"], Lines(told, "X-Forwarded-Host"));
        Assert.Equal(method == "POST", told.EndsWith("\n\n{\"a\":1}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_brings_a_token_to_a_stream_is_judged_by_Carillon_alone()
    {
        using var client = Caddy.Client(("Authorization", "bearer car_x"), ("Cookie", Upstream.Cookie), ("X-Forwarded-User", "root"));
        var told = (await client.GetAsync("/events", [])).Is(200).Text;
        Assert.Equal(["Authorization: bearer car_x"], Lines(told, "Authorization"));
        Assert.Empty(Lines(told, "X-Forwarded-User"));

        // Anywhere else it is asked about.
        (await client.GetAsync("/grafana/board", ("Cookie", ""))).Is(401);
    }

    [Theory]
    [InlineData("carillon_session=ada", "carillon_session=")]
    [InlineData("theme=dark; carillon_session=ada; tab=2", "theme=dark; carillon_session=; tab=2")]
    public async Task The_program_beside_Carillon_is_not_shown_what_people_signed_in_with(string cookie, string left)
    {
        using var client = Caddy.Client(("Cookie", cookie), ("Authorization", "Basic YTpi"));
        var told = (await client.GetAsync("/grafana/board", [])).Is(200).Text;
        Assert.Equal([$"Cookie: {left}"], Lines(told, "Cookie"));
        Assert.Empty(Lines(told, "Authorization"));
    }

    private static IEnumerable<string> Lines(string told, string header) =>
        told.Split('\n').Where(line => line.StartsWith($"{header}: ", StringComparison.Ordinal));

    /// <summary>Takes the comment signs from the example of another program, and sends it where this test listens.</summary>
    private string WithExample(string caddyfile)
    {
        var lines = caddyfile.Split('\n').ToList();
        var first = lines.FindIndex(line => line.StartsWith("\t# handle /grafana/*", StringComparison.Ordinal));
        var last = lines.FindIndex(first, line => line == "\t# }");
        Assert.True(first > 0 && last > first);
        for (var index = first; index <= last; index++)
        {
            lines[index] = $"\t{lines[index][3..]}".Replace("127.0.0.1:3000", _upstream.Url.Authority, StringComparison.Ordinal);
        }

        return string.Join('\n', lines);
    }
}
