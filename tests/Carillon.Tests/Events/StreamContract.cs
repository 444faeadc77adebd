using System.Globalization;
using System.Text.Json;
using Carillon.Protocol;

namespace Carillon.Events;

/// <summary>What <c>/events</c> promises, on either database.</summary>
public abstract class StreamContract(SharedServer shared) : IAsyncLifetime
{
    private CarillonServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await shared.ServerAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_head_comes_at_once_and_no_proxy_may_hold_it_back()
    {
        var ada = await _server.PersonAsync();

        using var stream = await EventReader.OpenAsync(_server.Url, ada.Token);

        Assert.Equal(200, stream.Status);
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", stream.Head, StringComparison.Ordinal);
        Assert.Equal("text/event-stream", stream.Headers["Content-Type"]);
        Assert.Equal("no-cache, no-transform", stream.Headers["Cache-Control"]);
        Assert.Equal("no", stream.Headers["X-Accel-Buffering"]);
        Assert.Equal("nosniff", stream.Headers["X-Content-Type-Options"]);
        Assert.DoesNotContain("Content-Length", stream.Headers.Keys);
        Assert.DoesNotContain("Content-Encoding", stream.Headers.Keys);
        Assert.Equal("retry: 2000", (await stream.ReadAsync())!.Text);
        var hello = await stream.ReadAsync();
        Assert.Equal("hello", hello!.Event);
        Assert.Null(hello.Id);
        Assert.Equal(["epoch", "head", "oldest", "resume"], hello.Json.EnumerateObject().Select(member => member.Name));
        Assert.Equal("live", stream.Hello!.Resume);
        Assert.Equal(1, stream.Hello.Oldest);
        Assert.Matches("^[0-9a-f]{16}$", stream.Hello.Epoch);
    }

    [Fact]
    public async Task A_change_is_an_id_an_event_and_one_line_of_data_with_exactly_these_members()
    {
        var ada = await _server.PersonAsync();
        var project = await ada.Client.ProjectAsync();
        using var stream = await EventReader.FollowAsync(_server.Url, ada.Token, "?topics=notifications");

        var seq = await ada.Client.PublishAsync("Grüße\n\"quoted\" \u2028 </script>", project);

        var frame = await stream.ChangeAsync();
        Assert.Equal(3, frame!.Text.Split('\n').Length);
        Assert.StartsWith($"id: {seq}\nevent: notification_created\ndata: {{\"seq\":{seq},", frame.Text, StringComparison.Ordinal);
        Assert.Equal(["seq", "type", "projectId", "sessionId", "payload", "createdAt"], frame.Json.EnumerateObject().Select(member => member.Name));
        Assert.Equal("notification_created", frame.Json.GetProperty("type").GetString());
        Assert.Equal(project, frame.Json.GetProperty("projectId").GetString());
        Assert.Equal(JsonValueKind.Null, frame.Json.GetProperty("sessionId").ValueKind);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$", frame.Json.GetProperty("createdAt").GetString());
        Assert.Equal("Grüße\n\"quoted\" \u2028 </script>", frame.Message);
    }

    [Fact]
    public async Task A_replayed_change_has_the_same_bytes_as_the_live_one()
    {
        var ada = await _server.PersonAsync();
        using var live = await EventReader.FollowAsync(_server.Url, ada.Token, "?topics=notifications");
        var first = await ada.Client.PublishAsync("the one");
        var seen = (await live.ChangeAsync())!;
        for (var more = 0; more < 20; more++)
        {
            // More than the window of 16: the first comes from the database.
            await ada.Client.PublishAsync($"more {more}");
        }

        using var replay = await EventReader.FollowAsync(_server.Url, ada.Token, $"?topics=notifications&after={first - 1}");

        Assert.Equal("ok", replay.Hello!.Resume);
        Assert.Equal(seen.Text, (await replay.ChangeAsync())!.Text);
    }

    [Fact]
    public async Task After_wins_over_Last_Event_ID_which_wins_over_cursor()
    {
        var ada = await _server.PersonAsync();
        var first = await ada.Client.PublishAsync("first");
        var second = await ada.Client.PublishAsync("second");
        var third = await ada.Client.PublishAsync("third");
        string Id(long seq) => seq.ToString(CultureInfo.InvariantCulture);

        Assert.Equal("second", await FirstAsync($"?after={first}&cursor={second}", Id(second)));
        Assert.Equal("third", await FirstAsync($"?cursor={first}", Id(second)));
        Assert.Equal("second", await FirstAsync($"?cursor={first}", null));
        Assert.Equal("third", await FirstAsync(string.Empty, Id(second)));
        Assert.True(third > second);

        async Task<string> FirstAsync(string query, string? lastEventId)
        {
            using var stream = await EventReader.FollowAsync(_server.Url, ada.Token, query, lastEventId);
            Assert.Equal("ok", stream.Hello!.Resume);
            return (await stream.ChangeAsync())!.Message;
        }
    }

    [Fact]
    public async Task A_stream_without_a_position_is_live_only()
    {
        var ada = await _server.PersonAsync();
        var before = await ada.Client.PublishAsync("before");

        using var stream = await EventReader.FollowAsync(_server.Url, ada.Token);
        await ada.Client.PublishAsync("after");

        Assert.True(stream.Hello!.Head >= before);
        Assert.Equal("after", (await stream.ChangeAsync())!.Message);
    }

    [Theory]
    [InlineData("?after=-1", null)]
    [InlineData("?after=abc", null)]
    [InlineData("?after=1.5", null)]
    [InlineData("?after=%2B1", null)]
    [InlineData("?after=%201", null)]
    [InlineData("?after=0x10", null)]
    [InlineData("?after=9223372036854775808", null)]
    [InlineData("?after=", null)]
    [InlineData("?after=1&after=2", null)]
    [InlineData("?cursor=abc", null)]
    [InlineData("?cursor=1", "abc")]
    [InlineData("", "-1")]
    [InlineData("", "1.5")]
    [InlineData("", "99999999999999999999")]
    public async Task An_invalid_position_is_refused_before_the_stream_starts(string query, string? lastEventId)
    {
        var ada = await _server.MayorAsync();

        await AssertRefusedAsync(ada.Token, query, lastEventId, 400, "INVALID_CURSOR");
    }

    [Theory]
    [InlineData("?topics=nonsense", "INVALID_TOPIC")]
    [InlineData("?topics=notifications,nonsense", "INVALID_TOPIC")]
    [InlineData("?topics=", "INVALID_TOPIC")]
    [InlineData("?topics=notifications,", "INVALID_TOPIC")]
    [InlineData("?topics=Notifications", "INVALID_TOPIC")]
    [InlineData("?topics=accounts", "INVALID_TOPIC")]
    [InlineData("?heartbeat=often", "INVALID_REQUEST")]
    public async Task An_unknown_topic_or_choice_is_refused_before_the_stream_starts(string query, string code)
    {
        var ada = await _server.MayorAsync();

        await AssertRefusedAsync(ada.Token, query, null, 400, code);
    }

    [Fact]
    public async Task Who_may_not_read_is_refused()
    {
        var ada = await _server.PersonAsync();
        var writer = await _server.TokenAsync(ada, [Scopes.Publish]);

        await AssertRefusedAsync(null, "", null, 401, "SIGN_IN_REQUIRED");
        await AssertRefusedAsync("car_nobody", "", null, 401, "SIGN_IN_REQUIRED");
        await AssertRefusedAsync(writer.Token, "", null, 403, "SCOPE_MISSING");
    }

    [Fact]
    public async Task The_cookie_of_a_sign_in_reads_like_a_token()
    {
        var ada = await _server.PersonAsync();
        using var stream = await EventReader.FollowAsync(_server.Url, token: null, cookie: ada.Cookie);

        await ada.Client.PublishAsync("hello");

        Assert.Equal("hello", (await stream.ChangeAsync())!.Message);
    }

    [Fact]
    public async Task A_position_ahead_of_the_head_is_a_gap_and_the_stream_goes_on_live()
    {
        var ada = await _server.PersonAsync();

        using var stream = await EventReader.FollowAsync(_server.Url, ada.Token, $"?after={long.MaxValue}");
        await ada.Client.PublishAsync("from now on");

        Assert.Equal("gap", stream.Hello!.Resume);
        Assert.Equal("from now on", (await stream.ChangeAsync())!.Message);
    }

    [Fact]
    public async Task A_position_of_another_epoch_is_a_gap_and_the_stream_goes_on_live()
    {
        var ada = await _server.PersonAsync();
        var seq = await ada.Client.PublishAsync("long ago");

        using var stream = await EventReader.FollowAsync(_server.Url, ada.Token, $"?after={seq - 1}&epoch=0123456789abcdef");
        await ada.Client.PublishAsync("from now on");

        Assert.Equal("gap", stream.Hello!.Resume);
        Assert.Equal("from now on", (await stream.ChangeAsync())!.Message);

        using var same = await EventReader.FollowAsync(_server.Url, ada.Token, $"?after={seq - 1}&epoch={stream.Hello.Epoch}");
        Assert.Equal("ok", same.Hello!.Resume);
        Assert.Equal("long ago", (await same.ChangeAsync())!.Message);
    }

    [Fact]
    public async Task Topics_and_project_narrow_what_comes()
    {
        var ada = await _server.PersonAsync();
        var house = await ada.Client.ProjectAsync();
        var garden = await ada.Client.ProjectAsync();
        using var all = await EventReader.FollowAsync(_server.Url, ada.Token, $"?projectId={house}");
        using var notifications = await EventReader.FollowAsync(_server.Url, ada.Token, $"?topics=notifications&projectId={house}");
        using var sessions = await EventReader.FollowAsync(_server.Url, ada.Token, $"?topics=prs,sessions&projectId={house}");

        await ada.Client.PublishAsync("elsewhere", garden);
        await ada.Client.ReportAsync(garden, Town.NewName("s"), Activities.Working);
        var session = Town.NewName("s");
        await ada.Client.ReportAsync(house, session, Activities.Working);
        await ada.Client.PublishAsync("nowhere");
        await ada.Client.PublishAsync("here", house);
        await ada.Client.ReportAsync(house, session, Activities.Exited);

        var seen = await all.ChangesAsync(3);
        Assert.Equal(["session_updated", "notification_created", "session_updated"], seen.Take(3).Select(change => change.Event));
        Assert.All(seen, change => Assert.Equal(house, change.Json.GetProperty("projectId").GetString()));
        Assert.Equal("here", (await notifications.ChangeAsync())!.Message);
        Assert.All(await sessions.ChangesAsync(2), change => Assert.Equal("session_updated", change.Event));
    }

    [Fact]
    public async Task A_hidden_project_answers_like_one_that_does_not_exist()
    {
        var ada = await _server.PersonAsync();
        var eve = await _server.PersonAsync();
        var closed = await ada.Client.ProjectAsync(closed: true);

        await AssertRefusedAsync(eve.Token, $"?projectId={closed}", null, 404, "PROJECT_NOT_FOUND");
        await AssertRefusedAsync(eve.Token, "?projectId=no-such-project", null, 404, "PROJECT_NOT_FOUND");
        await AssertRefusedAsync(eve.Token, "?projectId=", null, 404, "PROJECT_NOT_FOUND");
    }

    [Fact]
    public async Task A_token_bound_to_a_project_reads_that_project_alone()
    {
        var ada = await _server.PersonAsync();
        var house = await ada.Client.ProjectAsync();
        var garden = await ada.Client.ProjectAsync();
        var bound = await _server.TokenAsync(ada, [Scopes.Read], house);
        using var stream = await EventReader.FollowAsync(_server.Url, bound.Token);

        await ada.Client.PublishAsync("nowhere");
        await ada.Client.PublishAsync("garden", garden);
        await ada.Client.ReportAsync(garden, Town.NewName("s"), Activities.Working);
        await ada.Client.PublishAsync("house", house);

        Assert.Equal("house", (await stream.ChangeAsync())!.Message);
        await AssertRefusedAsync(bound.Token, $"?projectId={garden}", null, 404, "PROJECT_NOT_FOUND");
    }

    [Fact]
    public async Task Signs_of_life_are_comments_or_events_as_the_reader_wants()
    {
        var ada = await _server.PersonAsync();
        using var comments = await EventReader.FollowAsync(_server.Url, ada.Token);
        using var events = await EventReader.FollowAsync(_server.Url, ada.Token, "?heartbeat=event");

        var comment = await comments.ReadAsync();
        while (comment is { IsComment: false })
        {
            Assert.NotEqual("heartbeat", comment.Event);
            comment = await comments.ReadAsync();
        }

        Assert.Equal(": heartbeat", comment!.Text);
        var heartbeat = await events.EventAsync("heartbeat");
        Assert.Null(heartbeat.Id);
        Assert.Equal(["at"], heartbeat.Json.EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task A_reader_whose_filter_hides_everything_is_moved_on_by_cursor_events()
    {
        var ada = await _server.PersonAsync();
        var bob = await _server.PersonAsync();
        var project = await ada.Client.ProjectAsync();
        using var stream = await EventReader.FollowAsync(_server.Url, ada.Token, $"?projectId={project}");

        var hidden = await bob.Client.PublishAsync("not for ada");
        var cursor = await stream.EventAsync("cursor");
        while (cursor.Seq < hidden)
        {
            cursor = await stream.EventAsync("cursor");
        }

        await ada.Client.PublishAsync("for ada", project);
        using var resumed = await EventReader.FollowAsync(_server.Url, ada.Token, $"?projectId={project}", lastEventId: cursor.Id);
        Assert.Equal("ok", resumed.Hello!.Resume);
        Assert.Equal("for ada", (await resumed.ChangeAsync())!.Message);
    }

    [Fact]
    public async Task Replay_goes_over_to_live_without_a_gap_or_a_repeat_while_others_write()
    {
        const int Written = 2_200;
        const int Meanwhile = 600;
        var ada = await _server.PersonAsync();
        var start = await ada.Client.PublishAsync("start");
        var acknowledged = (await Task.WhenAll(Enumerable.Range(0, 32).Select(writer => WriteAsync(writer, Written / 32 + 1)))).SelectMany(seqs => seqs).ToList();

        var readers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => EventReader.FollowAsync(_server.Url, ada.Token, $"?topics=notifications&after={start}")));
        var writing = Task.WhenAll(Enumerable.Range(32, 12).Select(writer => WriteAsync(writer, Meanwhile / 12)));
        var late = writing.ContinueWith(_ => EventReader.FollowAsync(_server.Url, ada.Token, $"?topics=notifications&after={start}"), TaskScheduler.Default).Unwrap();
        acknowledged.AddRange((await writing).SelectMany(seqs => seqs));
        var last = await ada.Client.PublishAsync("last");
        acknowledged.Add(last);
        acknowledged.Sort();

        foreach (var reader in (IEnumerable<EventReader>)[.. readers, await late])
        {
            Assert.Equal(acknowledged, (await reader.ChangesAsync(change => change.Seq == last)).Select(change => change.Seq));
            reader.Dispose();
        }

        async Task<List<long>> WriteAsync(int writer, int count)
        {
            var seqs = new List<long>();
            for (var index = 0; index < count; index++)
            {
                seqs.Add(await ada.Client.PublishAsync($"{writer}/{index}"));
            }

            return seqs;
        }
    }

    [Fact]
    public async Task A_stream_over_HTTP_1_0_is_not_chunked_and_ends_with_the_connection()
    {
        var ada = await _server.PersonAsync();
        using var stream = await EventReader.OpenAsync(_server.Url, ada.Token, version: "HTTP/1.0");
        Assert.Equal(200, stream.Status);
        Assert.DoesNotContain("Transfer-Encoding", stream.Headers.Keys);
        await stream.EventAsync("hello");

        await ada.Client.PublishAsync("old");

        Assert.Equal("old", (await stream.ChangeAsync())!.Message);
    }

    [Fact]
    public async Task A_kept_connection_can_become_a_stream()
    {
        var ada = await _server.PersonAsync();
        using var stream = await EventReader.ConnectAsync(_server.Url);
        var me = $"GET /api/v1/me HTTP/1.1\r\nHost: {_server.Url.Authority}\r\nAuthorization: Bearer {ada.Token}\r\n\r\n";
        for (var request = 0; request < 3; request++)
        {
            await stream.RequestAsync(me);
            Assert.Contains(ada.Name, await stream.BodyAsync(), StringComparison.Ordinal);
        }

        await stream.RequestAsync(EventReader.Request(_server.Url, ada.Token));
        await stream.EventAsync("hello");
        await ada.Client.PublishAsync("kept");

        Assert.Equal("kept", (await stream.ChangeAsync())!.Message);
    }

    [Fact]
    public async Task A_stream_that_was_asked_for_in_a_pipeline_comes_after_the_answers_before_it()
    {
        var ada = await _server.PersonAsync();
        using var stream = await EventReader.ConnectAsync(_server.Url);
        var me = $"GET /api/v1/me HTTP/1.1\r\nHost: {_server.Url.Authority}\r\nAuthorization: Bearer {ada.Token}\r\n\r\n";

        await stream.RequestAsync(me + me + EventReader.Request(_server.Url, ada.Token) + me);
        Assert.Contains(ada.Name, await stream.BodyAsync(), StringComparison.Ordinal);
        await stream.ReadHeadAsync();
        Assert.Contains(ada.Name, await stream.BodyAsync(), StringComparison.Ordinal);
        await stream.ReadHeadAsync();
        Assert.Equal("text/event-stream", stream.Headers["Content-Type"]);
        await stream.EventAsync("hello");
        await ada.Client.PublishAsync("piped");

        Assert.Equal("piped", (await stream.ChangeAsync())!.Message);
    }

    private async Task AssertRefusedAsync(string? token, string query, string? lastEventId, int status, string code)
    {
        using var answer = await EventReader.OpenAsync(_server.Url, token, query, lastEventId);
        var body = await answer.BodyAsync();
        Assert.True(answer.Status == status, $"{answer.Head}\n{body}");
        Assert.Equal("application/problem+json", answer.Headers["Content-Type"]);
        Assert.Equal(code, JsonDocument.Parse(body).RootElement.GetProperty("code").GetString());
    }
}

[AlsoNative]
public sealed class StreamsOnSqlite(SharedServerOnSqlite shared) : StreamContract(shared);

[AlsoNative]
public sealed class StreamsOnPostgres(SharedServerOnPostgres shared) : StreamContract(shared);
