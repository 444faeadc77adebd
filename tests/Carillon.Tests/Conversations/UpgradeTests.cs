using System.Diagnostics;
using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Conversations;

/// <summary>Who gets a socket, and who keeps it.</summary>
public sealed class UpgradeTests(Houses houses) : InHouse(houses, postgres: false)
{
    private static readonly TimeProvider Time = TimeProvider.System;

    [Fact]
    public async Task Whoever_is_not_signed_in_gets_no_socket()
    {
        var ada = await House.AddAsync();
        var cookie = ada.Page.DefaultRequestHeaders.GetValues("Cookie").Single();
        (await UpgradeAsync()).IsProblem(401, "SIGN_IN_REQUIRED");
        (await UpgradeAsync(("Authorization", "Bearer car_nonsense"))).IsProblem(401, "SIGN_IN_REQUIRED");
        (await UpgradeAsync(("Cookie", $"{WellKnown.Cookie}=nonsense"), Own)).IsProblem(401, "SIGN_IN_REQUIRED");

        var revoked = await ada.NewTokenAsync(null, null, Scopes.Read);
        Assert.Equal(101, (await UpgradeAsync(Bearer(revoked["token"]))).Status);
        (await ada.Page.CallAsync("DELETE", $"/api/v1/tokens/{revoked["id"]}")).Is(204);
        (await UpgradeAsync(Bearer(revoked["token"]))).IsProblem(401, "SIGN_IN_REQUIRED");

        var expired = await ada.NewTokenAsync(null, Time.GetUtcNow().AddDays(1), Scopes.Read);
        House.InDatabase(sql => sql.Execute("UPDATE tokens SET expires_at = 1 WHERE id = $1", (string)expired["id"]!));
        (await UpgradeAsync(Bearer(expired["token"]))).IsProblem(401, "SIGN_IN_REQUIRED");

        // A bad token is not made good by a cookie beside it.
        (await UpgradeAsync(("Authorization", "Bearer car_nonsense"), ("Cookie", cookie), Own)).IsProblem(401, "SIGN_IN_REQUIRED");
        (await ada.Page.PostAsync("/api/v1/sign-out", "{}")).Is(204);
        (await UpgradeAsync(("Cookie", cookie), Own)).IsProblem(401, "SIGN_IN_REQUIRED");
    }

    [Fact]
    public async Task A_cookie_opens_a_socket_from_this_origin_only_and_a_token_from_anywhere()
    {
        var ada = await House.AddAsync();
        var cookie = ("Cookie", ada.Page.DefaultRequestHeaders.GetValues("Cookie").Single());
        var port = House.Server.Url.Port;
        Assert.Equal(101, (await UpgradeAsync(cookie, Own)).Status);
        Assert.Equal(101, (await UpgradeAsync(cookie, Own, ("Sec-Fetch-Site", "same-origin"))).Status);
        (await UpgradeAsync(cookie)).IsProblem(403, "CROSS_SITE");
        (await UpgradeAsync(cookie, ("Sec-Fetch-Site", "same-origin"))).IsProblem(403, "CROSS_SITE");
        (await UpgradeAsync(cookie, Own, ("Sec-Fetch-Site", "same-site"))).IsProblem(403, "CROSS_SITE");
        foreach (var origin in (string[])[
            "null", "https://evil.example", $"http://127.0.0.1:{port + 1}", $"http://localhost:{port}", "http://127.0.0.1",
            $"http://127.0.0.1:{port}.evil.example", $"http://127.0.0.1:{port}@evil.example", "nonsense"])
        {
            (await UpgradeAsync(cookie, ("Origin", origin))).IsProblem(403, "CROSS_SITE");
        }

        Assert.Equal(101, (await UpgradeAsync(Bearer(ada.Token))).Status);
    }

    [Theory]
    [InlineData("chat-stream-v1", 101)]
    [InlineData("graphql-ws, chat-stream-v1", 101)]
    [InlineData(null, 400)]
    [InlineData("chat-stream-v2", 400)]
    [InlineData("Chat-Stream-V1", 400)]
    public async Task Only_the_known_subprotocol_is_spoken(string? offered, int status)
    {
        var ada = await House.AddAsync();
        var answer = await UpgradeAsync(Bearer(ada.Token), ("Sec-WebSocket-Protocol", offered ?? ""));
        if (status == 101)
        {
            Assert.Equal("chat-stream-v1", answer.Is(101).Header("Sec-WebSocket-Protocol"));
        }
        else
        {
            answer.IsProblem(400, "INVALID_SUBPROTOCOL");
        }
    }

    [Fact]
    public async Task An_ordinary_request_is_told_to_upgrade_and_a_token_without_read_that_it_may_not()
    {
        var ada = await House.AddAsync();
        var ordinary = (await ada.Token.GetAsync("/chat/ws", [])).IsProblem(426, "UPGRADE_REQUIRED");
        Assert.Equal("websocket", ordinary.Header("Upgrade"));
        using var publisher = await ada.TokenAsync(scopes: Scopes.Publish);
        (await UpgradeAsync(Bearer(publisher))).IsProblem(403, "SCOPE_MISSING").Names("read");
        (await ada.Token.PostAsync("/chat/ws", "{}")).IsProblem(405, "METHOD_NOT_ALLOWED");
    }

    [Fact]
    public async Task What_has_ended_closes_its_socket_within_25_seconds()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var project = await ada.ProjectAsync(closed: true);
        (await ada.Page.CallAsync("PUT", $"/api/v1/projects/{project}/members/{bob.Name}")).Is(204);
        using var bound = await bob.TokenAsync(project, Scopes.Read);
        var revoked = await bob.NewTokenAsync(null, null, Scopes.Read);
        var expiring = await bob.NewTokenAsync(null, Time.GetUtcNow().AddSeconds(2), Scopes.Read);
        using var bySignIn = await ChatReader.OpenAsync(House.Server.Url, bob.Page);
        using var byRevoked = await ChatReader.OpenAsync(House.Server.Url, House.Server.WithToken((string)revoked["token"]!));
        using var byExpiring = await ChatReader.OpenAsync(House.Server.Url, House.Server.WithToken((string)expiring["token"]!));
        using var byBound = await ChatReader.OpenAsync(House.Server.Url, bound);
        using var stays = await ChatReader.OpenAsync(House.Server.Url, bob.Token);
        await byBound.PingAsync();

        (await ada.Page.CallAsync("DELETE", $"/api/v1/projects/{project}/members/{bob.Name}")).Is(204);
        (await bob.Page.CallAsync("DELETE", $"/api/v1/tokens/{revoked["id"]}")).Is(204);
        (await bob.Page.PostAsync("/api/v1/sign-out", "{}")).Is(204);
        var clock = Stopwatch.StartNew();
        Assert.Equal([4401, 4401, 4401, 4403], await Task.WhenAll(bySignIn.ClosedAsync(), byRevoked.ClosedAsync(), byExpiring.ClosedAsync(), byBound.ClosedAsync()));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(25), $"It took {clock.Elapsed}");
        await stays.PingAsync();
    }

    [Fact]
    public async Task What_has_ended_is_given_nothing_and_nothing_is_taken_of_it_from_that_moment_on()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        var expiring = await ada.NewTokenAsync(null, Time.GetUtcNow().AddSeconds(3), Scopes.Read, Scopes.Publish, Scopes.Run);
        using var client = House.Server.WithToken((string)expiring["token"]!);
        using var socket = await ChatReader.OpenAsync(House.Server.Url, client);
        await socket.AttachedAsync(session);
        using var stream = await EventReader.FollowAsync(House.Server.Url, (string)expiring["token"]!);
        while ((await client.GetAsync("/api/v1/me", [])).Status == 200)
        {
        }

        // The stream is told at once instead of getting what comes next; the socket takes no message, and shows none.
        await ada.PublishAsync();
        var frames = await stream.ToEndAsync();
        Assert.DoesNotContain(frames, frame => frame.Event == "notification_created");
        Assert.Equal("""{"code":"AUTH_EXPIRED"}""", frames[^1].Data);
        await socket.TrySendAsync($$"""{"type":"chat_request","id":"late","sessionId":"{{session}}","message":"count to 3"}""");
        (await ada.Token.PostAsync($"/api/v1/sessions/{session}/messages", """{"id":"own","message":"count to 2"}""")).Is(201);
        Assert.Equal(4401, await socket.ClosedAsync());
        Assert.DoesNotContain(socket.Frames, frame => (string?)frame["type"] is "message" or "accepted" or "chunk");
        Assert.DoesNotContain(
            (await ada.Token.GetAsync($"/api/v1/sessions/{session}/messages", [])).Is(200).Json["messages"]!.AsArray(), message => (string?)message!["text"] == "count to 3");

        // Nor does it stand in the list any more.
        Assert.DoesNotContain((await ada.Page.GetAsync("/api/v1/tokens", [])).Is(200).Json["tokens"]!.AsArray(), token => (string?)token!["id"] == (string?)expiring["id"]);
    }

    [Fact]
    public async Task A_token_that_is_bound_to_a_project_attaches_nowhere_else()
    {
        var ada = await House.AddAsync();
        var (own, other) = (await ada.ProjectAsync(), await ada.ProjectAsync());
        var (here, there) = (await ada.SessionAsync(own), await ada.SessionAsync(other));
        using var bound = await ada.TokenAsync(own, Scopes.Read, Scopes.Run);
        using var reader = await ChatReader.OpenAsync(House.Server.Url, bound);
        await reader.AttachedAsync(here);
        await reader.AttachAsync(there);
        Assert.Equal("SESSION_NOT_FOUND", (string)(await reader.NextAsync("error"))["code"]!);
        await reader.AskAsync("m1", there, "count to 2");
        Assert.Equal("SESSION_NOT_FOUND", (string)(await reader.NextAsync("error"))["code"]!);
        await reader.AskAsync("m1", here, "count to 2");
        await reader.EndsAsync(here, 1);
    }

    private (string, string) Own => ("Origin", House.Server.Url.GetLeftPart(UriPartial.Authority));

    private static (string, string) Bearer(object? token) => ("Authorization", $"Bearer {token}");

    private static (string, string) Bearer(HttpClient like) => ("Authorization", $"{like.DefaultRequestHeaders.Authorization}");

    /// <summary>The handshake as it is: what the server answers, and the problem when there is one.</summary>
    private async Task<Answer> UpgradeAsync(params (string Name, string Value)[] headers)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = House.Server.Url };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/chat/ws");
        (string, string)[] handshake =
        [
            ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("Sec-WebSocket-Protocol", ChatRequests.Subprotocol),
        ];
        foreach (var (name, value) in handshake.Concat(headers))
        {
            request.Headers.Remove(name);
            if (value.Length > 0)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        // Of a handshake that succeeds nothing more is read than its head.
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new Answer((int)answer.StatusCode, (int)answer.StatusCode == 101 ? "" : await answer.Content.ReadAsStringAsync(), answer);
    }
}
