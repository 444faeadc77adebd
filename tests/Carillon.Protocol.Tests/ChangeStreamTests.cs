using System.Net;

namespace Carillon.Protocol.Tests;

public sealed class ChangeStreamTests : IAsyncDisposable
{
    private readonly ScriptedServer _server = new();
    private readonly ManualTime _time = new();
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromSeconds(30));
    private IAsyncEnumerator<StreamItem>? _items;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_items is not null)
        {
            await _items.DisposeAsync();
        }

        _stop.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task It_greets_and_brings_changes_with_the_position_to_resume_from()
    {
        _server.Stream("retry: 2000\n\n", Hello("e1", 10, "live"), ": hi\n\n", Change(11), Change(13));
        Open();
        var connected = await Next<StreamItem.Connected>();
        Assert.False(connected.Gap);
        Assert.Equal(new StreamPosition("e1", 10), connected.Position);
        Assert.Equal(11, (await Next<StreamItem.Changed>()).Change.Seq);
        var second = await Next<StreamItem.Changed>();
        Assert.Equal(13, second.Change.Seq);
        Assert.Equal("value", second.Change.Payload.GetProperty("member").GetString());
        Assert.Equal(new StreamPosition("e1", 13), second.Position);
        Assert.Equal("GET /events", _server.Requests.Single());
    }

    [Fact]
    public async Task The_request_names_position_and_filter()
    {
        _server.Stream();
        Open(new StreamPosition("a b", 7), new StreamFilter { Topics = ["prs", "notifications"], ProjectId = "x&y" });
        var waiting = _items!.MoveNextAsync();
        await _time.SomebodyWaitsAsync(ChangeStream.SilenceLimit);
        Assert.Equal("GET /events?after=7&epoch=a%20b&topics=prs%2Cnotifications&projectId=x%26y", _server.Requests.Single());
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
    }

    [Fact]
    public async Task A_greeting_that_goes_on_is_no_gap_whatever_its_head_is()
    {
        _server.Stream(Hello("e1", 9, "ok"), Change(12));
        Open(new StreamPosition("e1", 11));
        var connected = await Next<StreamItem.Connected>();
        Assert.False(connected.Gap);
        Assert.Equal(new StreamPosition("e1", 11), connected.Position);
        Assert.Equal(12, (await Next<StreamItem.Changed>()).Change.Seq);
    }

    [Fact]
    public async Task A_stream_cut_in_the_middle_of_a_frame_goes_on_without_loss_or_repeat()
    {
        var first = _server.Stream(Hello("e1", 10, "live"), Change(11), Change(12)[..25]);
        first.Break();
        _server.Stream(Hello("e1", 12, "ok"), Change(11), Change(12));
        Open();
        await Next<StreamItem.Connected>();
        Assert.Equal(11, (await Next<StreamItem.Changed>()).Change.Seq);
        var lost = await Next<StreamItem.Reconnecting>();
        Assert.Equal((0, TimeSpan.Zero), (lost.Attempt, lost.Wait));
        Assert.Equal("Connection reset by peer", lost.Reason);
        Assert.False((await Next<StreamItem.Connected>()).Gap);
        Assert.Equal(12, (await Next<StreamItem.Changed>()).Change.Seq);
        Assert.Equal("GET /events?after=11&epoch=e1", _server.Requests[1]);
    }

    [Fact]
    public async Task Whatever_the_cuts_every_change_comes_once_and_in_order()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            using var server = new ScriptedServer();
            var random = new Random(seed);
            const int Last = 60;
            for (var connection = 0; connection < 200; connection++)
            {
                server.Answer(request =>
                {
                    var query = request.RequestUri!.Query;
                    var after = query.Contains("after=") ? long.Parse(query.Split("after=")[1].Split('&')[0]) : 0;
                    var whole = string.Concat(
                        Enumerable.Range((int)after + 1, (int)(Last - after)).Select(seq => Change(seq)).Prepend(Hello("e1", Last, "ok")));

                    // Most connections die somewhere, at any byte.
                    var cut = random.Next(4) == 0 ? whole.Length : random.Next(whole.Length);
                    var body = new LiveBody();
                    body.Send(whole[..cut]);
                    if (random.Next(2) == 0)
                    {
                        body.Break();
                    }
                    else
                    {
                        body.End();
                    }

                    return new HttpResponseMessage { Content = new StreamContent(body) { Headers = { ContentType = new("text/event-stream") } } };
                });
            }

            var seen = new List<long>();
            await using var items = new ChangeStream(server.Client(), new HastyTime()).ReadAsync(new StreamPosition("e1", 0), cancel: _stop.Token)
                .GetAsyncEnumerator(_stop.Token);
            while (seen.Count < Last)
            {
                Assert.True(await items.MoveNextAsync());
                if (items.Current is StreamItem.Changed changed)
                {
                    seen.Add(changed.Change.Seq);
                }
                else if (items.Current is StreamItem.Connected connected)
                {
                    Assert.False(connected.Gap);
                }
            }

            Assert.Equal(Enumerable.Range(1, Last).Select(seq => (long)seq), seen);
        }
    }

    [Fact]
    public async Task A_position_that_is_pruned_is_told_once_and_the_stream_goes_on_from_the_head()
    {
        var first = _server.Stream(Hello("e1", 500, "gap"));
        first.End();
        var second = _server.Stream(Hello("e1", 500, "ok"), Change(501));
        Open(new StreamPosition("e1", 7));
        var connected = await Next<StreamItem.Connected>();
        Assert.True(connected.Gap);
        Assert.Equal(new StreamPosition("e1", 500), connected.Position);
        await Next<StreamItem.Reconnecting>();
        Assert.False((await Next<StreamItem.Connected>()).Gap);
        Assert.Equal(501, (await Next<StreamItem.Changed>()).Change.Seq);
        Assert.Equal("GET /events?after=500&epoch=e1", _server.Requests[1]);
        second.End();
    }

    [Theory]
    [InlineData("e2", 100, "ok")]       // another log
    [InlineData("e1", 100, "live")]     // the position was not looked at
    [InlineData("e2", 3, "gap")]
    public async Task A_position_that_means_nothing_here_is_a_gap_even_if_the_server_does_not_notice(string epoch, long head, string resume)
    {
        _server.Stream(Hello(epoch, head, resume), Change(head + 1));
        Open(new StreamPosition("e1", 7));
        Assert.True((await Next<StreamItem.Connected>()).Gap);
        Assert.Equal(head + 1, (await Next<StreamItem.Changed>()).Change.Seq);
    }

    [Fact]
    public async Task A_log_that_was_replaced_while_it_was_away_is_a_gap()
    {
        _server.Stream(Hello("e1", 10, "live"), Change(11)).End();
        _server.Stream(Hello("e2", 3, "gap"), Change(4));
        Open();
        Assert.False((await Next<StreamItem.Connected>()).Gap);
        await Next<StreamItem.Changed>();
        await Next<StreamItem.Reconnecting>();
        Assert.True((await Next<StreamItem.Connected>()).Gap);
        var change = await Next<StreamItem.Changed>();
        Assert.Equal(new StreamPosition("e2", 4), change.Position);
    }

    [Fact]
    public async Task Cursor_events_move_the_position_past_what_is_hidden()
    {
        _server.Stream(Hello("e1", 10, "live"), "event: cursor\nid: 40\ndata: {}\n\n").End();
        _server.Stream(Hello("e1", 41, "ok"), Change(41));
        Open();
        await Next<StreamItem.Connected>();
        Assert.Equal(new StreamPosition("e1", 40), (await Next<StreamItem.Moved>()).Position);
        await Next<StreamItem.Reconnecting>();
        await Next<StreamItem.Connected>();
        Assert.Equal("GET /events?after=40&epoch=e1", _server.Requests[1]);
    }

    [Fact]
    public async Task Forty_five_seconds_of_silence_end_a_connection_and_any_byte_is_life()
    {
        var body = _server.Stream(Hello("e1", 10, "live"));
        _server.Stream(Hello("e1", 10, "ok"));
        Open();
        await Next<StreamItem.Connected>();
        var next = Next<StreamItem.Reconnecting>();
        for (var beat = 0; beat < 5; beat++)
        {
            await _time.SomebodyWaitsAsync(ChangeStream.SilenceLimit);
            _time.Advance(TimeSpan.FromSeconds(44));
            Assert.False(next.IsCompleted);
            body.Send(":");
        }

        await _time.SomebodyWaitsAsync(ChangeStream.SilenceLimit);
        _time.Advance(TimeSpan.FromSeconds(45));
        Assert.Equal("nothing was heard for 45 seconds", (await next).Reason);
        await Next<StreamItem.Connected>();
    }

    [Fact]
    public async Task A_server_that_accepts_and_never_answers_is_silence_too()
    {
        _server.NeverAnswer();
        Open();
        var next = Next<StreamItem.Reconnecting>();
        await _time.SomebodyWaitsAsync(ChangeStream.SilenceLimit);
        _time.Advance(ChangeStream.SilenceLimit);
        Assert.Equal("nothing was heard for 45 seconds", (await next).Reason);
    }

    [Fact]
    public async Task A_reader_that_takes_its_time_is_no_silence()
    {
        var body = _server.Stream(Hello("e1", 10, "live"));
        Open();
        await Next<StreamItem.Connected>();
        _time.Advance(TimeSpan.FromMinutes(10));
        body.Send(Change(11));
        Assert.Equal(11, (await Next<StreamItem.Changed>()).Change.Seq);
    }

    [Fact]
    public async Task It_tries_at_once_then_after_one_two_four_seconds_and_begins_anew_after_a_connection_that_worked()
    {
        for (var attempt = 0; attempt < 4; attempt++)
        {
            _server.Refuse();
        }

        _server.Stream(Hello("e1", 10, "live"), Change(11)).End();
        _server.Refuse();
        Open();
        foreach (var seconds in new[] { 0, 1, 2, 4 })
        {
            var lost = await Next<StreamItem.Reconnecting>();
            Assert.Equal(TimeSpan.FromSeconds(seconds), lost.Wait);
            Assert.Equal("Connection refused", lost.Reason);
            Pass(lost.Wait);
        }

        await Next<StreamItem.Connected>();
        await Next<StreamItem.Changed>();
        Assert.Equal(TimeSpan.Zero, (await Next<StreamItem.Reconnecting>()).Wait);
        Assert.Equal(TimeSpan.FromSeconds(1), (await Next<StreamItem.Reconnecting>()).Wait);
    }

    [Fact]
    public async Task A_server_that_greets_and_closes_is_not_asked_again_at_once_for_ever()
    {
        for (var connection = 0; connection < 4; connection++)
        {
            _server.Stream(Hello("e1", 10, connection == 0 ? "live" : "ok")).End();
        }

        Open();
        foreach (var seconds in new[] { 0, 1, 2 })
        {
            await Next<StreamItem.Connected>();
            var lost = await Next<StreamItem.Reconnecting>();
            Assert.Equal(TimeSpan.FromSeconds(seconds), lost.Wait);
            Pass(lost.Wait);
        }
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized, "SIGN_IN_REQUIRED")]
    [InlineData(HttpStatusCode.Forbidden, "SCOPE_REQUIRED")]
    [InlineData(HttpStatusCode.BadRequest, "INVALID_CURSOR")]
    [InlineData(HttpStatusCode.NotFound, "PROJECT_NOT_FOUND")]
    public async Task A_refusal_is_final_and_keeps_its_code(HttpStatusCode status, string code)
    {
        _server.Problem(status, code);
        Open();
        var refused = await Assert.ThrowsAsync<CarillonProblemException>(async () => await _items!.MoveNextAsync());
        Assert.Equal((status, code, "Do otherwise."), (refused.Status, refused.Code, refused.Message));
    }

    [Fact]
    public async Task A_token_that_is_revoked_while_it_reads_ends_the_reading()
    {
        _server.Stream(Hello("e1", 10, "live"), "event: stream_error\ndata: {\"code\":\"AUTH_EXPIRED\"}\n\n");
        _server.Problem(HttpStatusCode.Unauthorized, "SIGN_IN_REQUIRED");
        Open();
        await Next<StreamItem.Connected>();
        Assert.Equal("the server ended the stream: AUTH_EXPIRED", (await Next<StreamItem.Reconnecting>()).Reason);
        await Assert.ThrowsAsync<CarillonProblemException>(async () => await _items!.MoveNextAsync());
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    public async Task A_named_wait_is_kept(HttpStatusCode status)
    {
        _server.Problem(status, "LATER", retryAfter: 20);
        Open();
        Assert.Equal(TimeSpan.FromSeconds(20), (await Next<StreamItem.Reconnecting>()).Wait);
    }

    [Fact]
    public async Task A_page_of_somebody_else_is_not_a_stream()
    {
        _server.Answer(_ => new HttpResponseMessage { Content = new StringContent("<html>") });
        _server.Answer(_ => new HttpResponseMessage(HttpStatusCode.BadGateway));
        Open();
        Assert.Contains("not an event stream", (await Next<StreamItem.Reconnecting>()).Reason);
        Assert.Contains("502", (await Next<StreamItem.Reconnecting>()).Reason);
    }

    [Theory]
    [InlineData("id: 11\nevent: x\ndata: {\"seq\":11}\n\n")]
    [InlineData("id: 11\nevent: x\ndata: nonsense\n\n")]
    public async Task A_change_that_cannot_be_read_is_asked_for_again_instead_of_skipped(string broken)
    {
        _server.Stream(Hello("e1", 10, "live"), broken);
        _server.Stream(Hello("e1", 11, "ok"), Change(11));
        Open();
        await Next<StreamItem.Connected>();
        await Next<StreamItem.Reconnecting>();
        await Next<StreamItem.Connected>();
        Assert.Equal(11, (await Next<StreamItem.Changed>()).Change.Seq);
        Assert.Equal("GET /events?after=10&epoch=e1", _server.Requests[1]);
    }

    [Fact]
    public async Task Changes_before_a_greeting_are_not_believed()
    {
        _server.Stream(Change(11));
        Open();
        Assert.Contains("hello", (await Next<StreamItem.Reconnecting>()).Reason);
    }

    [Fact]
    public async Task What_a_newer_server_adds_is_skipped()
    {
        _server.Stream(
            Hello("e1", 10, "live"),
            "event: weather\ndata: {\"rain\":true}\n\n",
            "event: heartbeat\ndata: {\"at\":\"2026-11-21T09:00:00.000Z\"}\n\n",
            Change(11, "\"flavour\":\"new\","));
        Open();
        await Next<StreamItem.Connected>();
        Assert.Equal(11, (await Next<StreamItem.Changed>()).Change.Seq);
    }

    private static string Hello(string epoch, long head, string resume) =>
        $$"""
        event: hello
        data: {"epoch":"{{epoch}}","head":{{head}},"oldest":1,"resume":"{{resume}}"}


        """.ReplaceLineEndings("\n");

    private static string Change(long seq, string more = "") =>
        $$"""
        id: {{seq}}
        event: something_happened
        data: {"seq":{{seq}},"type":"something_happened",{{more}}"projectId":null,"sessionId":null,"payload":{"member":"value"},"createdAt":"2026-11-21T09:00:00.000Z"}


        """.ReplaceLineEndings("\n");

    private void Open(StreamPosition? position = null, StreamFilter? filter = null) =>
        _items = new ChangeStream(_server.Client(), _time, () => 0).ReadAsync(position, filter, _stop.Token).GetAsyncEnumerator(_stop.Token);

    private void Pass(TimeSpan wait)
    {
        if (wait > TimeSpan.Zero)
        {
            _ = Task.Run(async () =>
            {
                await _time.SomebodyWaitsAsync(wait, wait);
                _time.Advance(wait);
            });
        }
    }

    private async Task<T> Next<T>()
        where T : StreamItem
    {
        // A wait of the client's own passes by itself unless the test passes it.
        Assert.True(await _items!.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10)));
        return Assert.IsType<T>(_items.Current);
    }
}
