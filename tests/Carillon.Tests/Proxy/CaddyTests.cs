using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Carillon.Conversations;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Proxy;

/// <summary>Carillon behind the real Caddy with the Caddyfile that ships.</summary>
public sealed class CaddyTests(Entrance entrance) : IClassFixture<Entrance>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private CarillonServer Carillon => entrance.Carillon;

    private Caddy Caddy => entrance.Caddy;

    public async ValueTask InitializeAsync() => await entrance.OpenAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData(null)]
    public async Task Answers_are_compressed_for_who_takes_it(string? encoding)
    {
        var ada = await Carillon.PersonAsync();
        await ada.Client.PublishAsync(new string('x', 900));
        using var client = Caddy.Client(("Authorization", $"Bearer {ada.Token}"));
        foreach (var path in new[] { "/api/v1/notifications", "/openapi/v1.json" })
        {
            using var answer = await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept-Encoding", encoding ?? "identity" } } });
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(encoding is null ? [] : [encoding], answer.Content.Headers.ContentEncoding);
            if (encoding == "zstd")
            {
                continue;
            }

            await using var body = await answer.Content.ReadAsStreamAsync();
            await using var plain = encoding == "gzip" ? new GZipStream(body, CompressionMode.Decompress) : body;
            Assert.NotNull(await JsonNode.ParseAsync(plain));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_event_stream_speaks_at_once_and_each_event_arrives_before_the_next_is_published(bool cookie)
    {
        var ada = await Carillon.PersonAsync();
        var start = await ada.Client.PublishAsync("start");

        // A beginning that is long enough to be worth compressing.
        var missed = await ada.Client.PublishAsync(new string('x', 900));
        using var stream = await EventReader.ConnectAsync(Caddy.Url);
        var request = EventReader.Request(Caddy.Url, cookie ? null : ada.Token, $"?topics=notifications&after={start}", cookie: cookie ? ada.Cookie : null);
        await stream.RequestAsync(request.Replace("\r\n\r\n", "\r\nAccept-Encoding: gzip, zstd\r\n\r\n", StringComparison.Ordinal));

        Assert.Equal(200, stream.Status);
        Assert.Equal("text/event-stream", stream.Headers["Content-Type"]);
        Assert.DoesNotContain("Content-Encoding", stream.Headers.Keys);
        await stream.EventAsync("hello");
        Assert.Equal(missed, (await stream.ChangeAsync())!.Seq);
        for (var number = 0; number < 20; number++)
        {
            var seq = await ada.Client.PublishAsync($"event {number}");
            var change = await stream.ChangeAsync();
            Assert.Equal((seq, $"event {number}"), (change!.Seq, change.Message));
        }
    }

    [Fact]
    public async Task The_event_stream_is_closed_to_strangers_and_sends_a_person_to_sign_in()
    {
        using var client = Caddy.Client();
        (await client.GetAsync("/events", [])).IsProblem(401, "SIGN_IN_REQUIRED");
        (await client.GetAsync("/events", ("Accept", "text/event-stream"))).IsProblem(401, "SIGN_IN_REQUIRED");
        (await client.GetAsync("/events", ("Cookie", $"{WellKnown.Cookie}=made-up"))).IsProblem(401, "SIGN_IN_REQUIRED");
        (await client.GetAsync("/events", ("Authorization", "Bearer car_made-up"))).IsProblem(401, "SIGN_IN_REQUIRED");
        (await client.GetAsync("/events", ("X-Forwarded-User", "mayor"), ("X-Forwarded-Role", "admin"))).IsProblem(401, "SIGN_IN_REQUIRED");
        (await client.GetAsync("/api/v1/me", ("X-Forwarded-User", "mayor"), ("X-Forwarded-Role", "admin"))).IsProblem(401, "SIGN_IN_REQUIRED");

        var page = (await client.GetAsync("/events?topics=prs", ("Accept", "text/html,*/*;q=0.8"))).Is(302);
        Assert.Equal("/sign-in?return=%2Fevents%3Ftopics%3Dprs", page.Header("Location"));
    }

    [Fact]
    public async Task A_token_of_one_project_reads_that_project_through_the_proxy()
    {
        var ada = await Carillon.PersonAsync();
        var garden = await ada.Client.ProjectAsync();
        var bound = await Carillon.TokenAsync(ada, [Scopes.Read], garden);
        using var stream = await EventReader.FollowAsync(Caddy.Url, bound.Token);

        await ada.Client.PublishAsync("elsewhere");
        await ada.Client.PublishAsync("garden", garden);

        Assert.Equal("garden", (await stream.ChangeAsync())!.Message);
    }

    [Fact]
    public async Task A_person_signs_in_through_the_proxy_and_what_changes_something_comes_from_the_proxys_own_page()
    {
        var ada = await Carillon.PersonAsync();
        using var client = Caddy.Client();
        using (var foreign = SignIn(ada, "https://evil.example"))
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await client.SendAsync(foreign)).StatusCode);
        }

        using var own = SignIn(ada, Caddy.Origin);
        using var signedIn = await client.SendAsync(own);
        Assert.Equal(HttpStatusCode.NoContent, signedIn.StatusCode);
        var cookie = signedIn.Headers.GetValues("Set-Cookie").First();
        Assert.StartsWith($"{WellKnown.Cookie}=", cookie, StringComparison.Ordinal);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("secure", cookie, StringComparison.OrdinalIgnoreCase);

        (string, string) page = ("Cookie", cookie.Split(';')[0]);
        Assert.Equal(ada.Name, (string?)(await client.GetAsync("/api/v1/me", page)).Is(200).Json["name"]);
        (await client.PostAsync("/api/v1/notifications/read-all", "{}", page, ("Origin", Caddy.Origin))).Is(200);
        (await client.PostAsync("/api/v1/notifications/read-all", "{}", page, ("Origin", "https://evil.example"))).IsProblem(403, "CROSS_SITE");
        (await client.PostAsync("/api/v1/notifications/read-all", "{}", page)).IsProblem(403, "CROSS_SITE");

        // Where Carillon itself listens is another origin, and nobody can say through the proxy that it is not.
        var inside = Carillon.Url.GetLeftPart(UriPartial.Authority);
        (await client.PostAsync("/api/v1/notifications/read-all", "{}", page, ("Origin", inside))).IsProblem(403, "CROSS_SITE");
        (await client.PostAsync("/api/v1/notifications/read-all", "{}", page, ("Origin", "http://evil.example"), ("X-Forwarded-Host", "evil.example"))).IsProblem(403, "CROSS_SITE");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_conversation_goes_through_the_proxy(bool cookie)
    {
        var ada = await Carillon.PersonAsync();
        var project = await ada.Client.ProjectAsync();
        var session = (string)(await ada.Client.PostAsync("/api/v1/sessions", $$"""{"projectId":"{{project}}","agent":"demo"}""")).Is(201).Json["session"]!["id"]!;
        using var chat = Chat(
            HttpStatusCode.SwitchingProtocols,
            await ChatReader.TryOpenAsync(Caddy.Url, cookie ? [("Cookie", ada.Cookie), ("Origin", Caddy.Origin)] : [("Authorization", $"Bearer {ada.Token}")]));
        await chat!.NextAsync("ready");

        await chat.AttachedAsync(session);
        await chat.AskAsync("m1", session, "count to 30");
        var complete = await chat.UntilAsync("complete");

        Assert.Equal(string.Join(' ', Enumerable.Range(1, 30)), chat.TextOf((string)complete["runId"]!).Trim());
        Assert.True(chat.Frames.Count(frame => (string)frame["type"]! == "chunk") > 3, "The answer came all at once.");
        await chat.CloseAsync();
    }

    [Theory]
    [InlineData(false, "own", HttpStatusCode.Unauthorized)]
    [InlineData(false, null, HttpStatusCode.Unauthorized)]
    [InlineData(true, "https://evil.example", HttpStatusCode.Forbidden)]
    [InlineData(true, "inside", HttpStatusCode.Forbidden)]
    [InlineData(true, null, HttpStatusCode.Forbidden)]
    [InlineData(true, "own", HttpStatusCode.BadRequest, "chat-stream-v2")]
    public async Task A_socket_opens_only_for_who_is_signed_in_and_from_the_proxys_own_page(
        bool cookie, string? origin, HttpStatusCode status, string subprotocol = ChatRequests.Subprotocol)
    {
        var ada = await Carillon.PersonAsync();
        origin = origin switch { "own" => Caddy.Origin, "inside" => Carillon.Url.GetLeftPart(UriPartial.Authority), var other => other };
        (string, string)[] headers = [.. cookie ? new[] { ("Cookie", ada.Cookie) } : [], .. origin is null ? [] : new[] { ("Origin", origin) }];

        Chat(status, await ChatReader.TryOpenAsync(Caddy.Url, headers, subprotocol));
    }

    [Fact]
    public async Task Carillon_looks_at_the_origin_of_a_socket_itself_when_the_proxy_does_not_ask_about_it()
    {
        // As nginx does: what it asks with is no upgrade.
        await using var caddy = await Caddy.StartAsync(Carillon.Url, edit: file => file.Replace("\n\t\t\turi /auth/verify", "\n\t\t\turi /auth/verify\n\t\t\theader_up -Upgrade", StringComparison.Ordinal));
        var ada = await Carillon.PersonAsync();

        Chat(HttpStatusCode.Forbidden, await ChatReader.TryOpenAsync(caddy.Url, [("Cookie", ada.Cookie), ("Origin", "https://evil.example")]));
        using var own = Chat(HttpStatusCode.SwitchingProtocols, await ChatReader.TryOpenAsync(caddy.Url, [("Cookie", ada.Cookie), ("Origin", caddy.Origin)]));
    }

    [Fact]
    public async Task Behind_https_the_cookie_is_for_https_alone_and_streams_arrive_over_HTTP_2()
    {
        await using var caddy = await Caddy.StartAsync(Carillon.Url, https: true);
        var ada = await Carillon.PersonAsync();
        using var client = caddy.Client();
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        using var signIn = SignIn(ada, caddy.Origin);
        signIn.Version = HttpVersion.Version20;
        signIn.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using var signedIn = await client.SendAsync(signIn);
        Assert.Equal(HttpStatusCode.NoContent, signedIn.StatusCode);
        var cookie = signedIn.Headers.GetValues("Set-Cookie").First();
        Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase);

        client.DefaultRequestHeaders.Add("Cookie", cookie.Split(';')[0]);
        (await client.PostAsync("/api/v1/notifications/read-all", "{}", ("Origin", caddy.Origin))).Is(200);
        (await client.PostAsync("/api/v1/notifications/read-all", "{}", ("Origin", $"http://{caddy.Url.Authority}"))).IsProblem(403, "CROSS_SITE");

        client.DefaultRequestHeaders.Add("Accept-Encoding", "gzip");
        using var stream = await client.GetAsync("/events?topics=notifications", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal((HttpStatusCode.OK, HttpVersion.Version20), (stream.StatusCode, stream.Version));
        Assert.Empty(stream.Content.Headers.ContentEncoding);
        using var lines = new StreamReader(await stream.Content.ReadAsStreamAsync(), Encoding.UTF8);
        await LineAsync("event: hello");
        for (var number = 0; number < 5; number++)
        {
            await LineAsync($"id: {await ada.Client.PublishAsync($"event {number}")}");
        }

        async Task LineAsync(string wanted)
        {
            while (await lines.ReadLineAsync().WaitAsync(Patience) is var line && line != wanted)
            {
                Assert.NotNull(line);
            }
        }
    }

    private static ChatReader? Chat(HttpStatusCode status, (ChatReader? Reader, HttpStatusCode Status) opened)
    {
        Assert.Equal(status, opened.Status);
        return opened.Reader;
    }

    private static HttpRequestMessage SignIn(Somebody person, string origin) => new(HttpMethod.Post, "/api/v1/sign-in")
    {
        Headers = { { "Origin", origin } },
        Content = JsonContent.Create(new SignInRequest { Name = person.Name, Password = $"password-of-{person.Name}" }, CarillonJson.Default.SignInRequest),
    };
}
