using System.Net;
using System.Net.Http.Json;
using Carillon.Protocol;

namespace Carillon.Events;

/// <summary>Who gets what on a stream, while rights change.</summary>
public abstract class IsolationContract(SharedServer shared) : IAsyncLifetime
{
    private CarillonServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await shared.ServerAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task What_is_for_one_person_reaches_all_streams_of_that_person_and_no_other()
    {
        var ada = await _server.PersonAsync();
        var bob = await _server.PersonAsync();
        using var first = await EventReader.FollowAsync(_server.Url, ada.Token, "?topics=notifications");
        using var second = await EventReader.FollowAsync(_server.Url, null, "?topics=notifications", cookie: ada.Cookie);
        using var bobs = await EventReader.FollowAsync(_server.Url, bob.Token, "?topics=notifications");

        var start = await bob.Client.PublishAsync("for ada", to: ada.Name);
        await bob.Client.PublishAsync("for both", to: [ada.Name, bob.Name]);

        Assert.Equal(["for ada", "for both"], (await first.ChangesAsync(2)).Select(change => change.Message));
        Assert.Equal(["for ada", "for both"], (await second.ChangesAsync(2)).Select(change => change.Message));
        Assert.Equal("for both", (await bobs.ChangeAsync())!.Message);
        using var replay = await EventReader.FollowAsync(_server.Url, bob.Token, $"?topics=notifications&after={start - 1}");
        Assert.Equal("for both", (await replay.ChangeAsync())!.Message);
    }

    [Fact]
    public async Task A_closed_project_reaches_its_members_alone_and_an_open_one_everybody()
    {
        var ada = await _server.PersonAsync();
        var eve = await _server.PersonAsync();
        var closed = await ada.Client.ProjectAsync(closed: true);
        var open = await ada.Client.ProjectAsync();
        var head = await ada.Client.HeadAsync();
        using var live = await EventReader.FollowAsync(_server.Url, eve.Token, "?topics=sessions");
        using var adas = await EventReader.FollowAsync(_server.Url, ada.Token, $"?topics=sessions&projectId={closed}");

        await ada.Client.ReportAsync(closed, Town.NewName("secret"), Activities.Working);
        var known = Town.NewName("known");
        await ada.Client.ReportAsync(open, known, Activities.Working);

        Assert.Equal(closed, (await adas.ChangeAsync())!.Json.GetProperty("projectId").GetString());
        AssertSeesOnly(open, closed, await live.ChangesAsync(change => change.Json.GetProperty("sessionId").GetString() == known));
        using var replay = await EventReader.FollowAsync(_server.Url, eve.Token, $"?topics=sessions&after={head}");
        AssertSeesOnly(open, closed, await replay.ChangesAsync(change => change.Json.GetProperty("sessionId").GetString() == known));
    }

    [Fact]
    public async Task A_stream_gains_and_loses_a_project_with_the_membership()
    {
        var ada = await _server.PersonAsync();
        var bob = await _server.PersonAsync();
        var admin = await _server.TokenAsync(ada, [.. Scopes.All]);
        using var manager = _server.WithToken(admin.Token);
        var closed = await ada.Client.ProjectAsync(closed: true);
        var open = await ada.Client.ProjectAsync();
        var session = Town.NewName("s");
        using var stream = await EventReader.FollowAsync(_server.Url, bob.Token, "?topics=sessions");

        // What bob must not see is followed by what he must: so nothing is waited for in vain. Rights are those of the moment of delivery, so each
        // part is read before they change again.
        var seen = new List<Frame>();
        async Task ReadToAsync(string mark) => seen.AddRange(await stream.ChangesAsync(change => SessionOf(change) == $"{session}-mark-{mark}"));
        await ada.Client.ReportAsync(closed, session, Activities.Working);
        await MarkAsync("1");
        await ReadToAsync("1");
        using (var added = await manager.PutAsync($"/api/v1/projects/{closed}/members/{bob.Name}", null))
        {
            Assert.Equal(HttpStatusCode.NoContent, added.StatusCode);
        }

        await ada.Client.ReportAsync(closed, session, Activities.Idle);
        await MarkAsync("2");
        await ReadToAsync("2");
        using (var removed = await manager.DeleteAsync($"/api/v1/projects/{closed}/members/{bob.Name}"))
        {
            Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        }

        await ada.Client.ReportAsync(closed, session, Activities.Exited);
        await MarkAsync("3");
        await ReadToAsync("3");
        using (var opened = await manager.PatchAsJsonAsync($"/api/v1/projects/{closed}", new ProjectUpdate { Closed = false }, CarillonJson.Default.ProjectUpdate))
        {
            Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
        }

        await ada.Client.ReportAsync(closed, session, Activities.Working);
        await MarkAsync("4");
        await ReadToAsync("4");

        var mine = seen
            .Where(change => SessionOf(change).StartsWith(session, StringComparison.Ordinal))
            .Select(change => SessionOf(change) == session ? change.Json.GetProperty("payload").GetProperty("session").GetProperty("activity").GetString() : SessionOf(change)[^1..]);
        Assert.Equal(["1", "idle", "2", "3", "working", "4"], mine);

        Task MarkAsync(string number) => ada.Client.ReportAsync(open, $"{session}-mark-{number}", Activities.Working);
    }

    [Fact]
    public async Task A_revoked_token_ends_its_streams_and_leaves_others_alone()
    {
        var ada = await _server.PersonAsync();
        var token = await _server.TokenAsync(ada, [Scopes.Read]);
        using var ending = await EventReader.FollowAsync(_server.Url, token.Token);
        using var staying = await EventReader.FollowAsync(_server.Url, ada.Token, "?topics=notifications");
        using var signedIn = _server.WithCookie(ada.Cookie);

        using var revoked = await signedIn.DeleteAsync($"/api/v1/tokens/{token.Id}");
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);

        await AssertEndedAsync(ending);
        using var refused = await EventReader.OpenAsync(_server.Url, token.Token);
        Assert.Equal(401, refused.Status);
        await ada.Client.PublishAsync("still here");
        Assert.Equal("still here", (await staying.ChangeAsync())!.Message);
    }

    [Fact]
    public async Task Signing_out_ends_the_streams_of_that_browser()
    {
        var ada = await _server.PersonAsync();
        using var ending = await EventReader.FollowAsync(_server.Url, null, cookie: ada.Cookie);
        using var signedIn = _server.WithCookie(ada.Cookie);

        using var left = await signedIn.PostAsync("/api/v1/sign-out", null);
        Assert.True(left.IsSuccessStatusCode);

        await AssertEndedAsync(ending);
        using var refused = await EventReader.OpenAsync(_server.Url, null, cookie: ada.Cookie);
        Assert.Equal(401, refused.Status);
    }

    [Fact]
    public async Task A_person_who_was_removed_loses_every_stream()
    {
        var mayor = await _server.MayorAsync();
        var eve = await _server.PersonAsync();
        using var byToken = await EventReader.FollowAsync(_server.Url, eve.Token);
        using var byCookie = await EventReader.FollowAsync(_server.Url, null, cookie: eve.Cookie);

        using var removed = await mayor.Client.DeleteAsync($"/api/v1/users/{eve.Name}");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);

        await AssertEndedAsync(byToken);
        await AssertEndedAsync(byCookie);
    }

    private static string SessionOf(Frame change) => change.Json.GetProperty("sessionId").GetString()!;

    private static void AssertSeesOnly(string open, string closed, List<Frame> changes)
    {
        Assert.Contains(changes, change => change.Json.GetProperty("projectId").GetString() == open);
        Assert.DoesNotContain(changes, change => change.Json.GetProperty("projectId").GetString() == closed);
    }

    private static async Task AssertEndedAsync(EventReader stream)
    {
        var frames = await stream.ToEndAsync();
        Assert.Equal("stream_error", frames[^1].Event);
        Assert.Equal("""{"code":"AUTH_EXPIRED"}""", frames[^1].Data);
        Assert.Null(frames[^1].Id);
        Assert.True(stream.EndedCleanly);
        Assert.Empty(stream.Rest);
    }
}

public sealed class IsolationOnSqlite(SharedServerOnSqlite shared) : IsolationContract(shared);

public sealed class IsolationOnPostgres(SharedServerOnPostgres shared) : IsolationContract(shared);
