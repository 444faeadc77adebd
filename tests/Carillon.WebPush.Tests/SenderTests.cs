using System.Net;
using Carillon.Protocol.Tests;

namespace Carillon.WebPush;

public sealed class SenderTests : IDisposable
{
    private const string Endpoint = "https://push.carillon.dev:8443/wpush/v2/abc";

    private readonly ManualTime _time = new();
    private readonly PushEncryption _encryption = new();
    private readonly PushDecryption _receiver = PushDecryption.Generate();
    private readonly VapidKey _key = VapidKey.Generate();

    public void Dispose()
    {
        _encryption.Dispose();
        _receiver.Dispose();
        _key.Dispose();
    }

    [Fact]
    public async Task A_request_is_what_the_standards_ask_for()
    {
        using var service = new ScriptedService(HttpStatusCode.Created);
        await SendAsync(service, new PushMessage
        {
            Payload = "hello"u8.ToArray(),
            TimeToLive = TimeSpan.FromHours(1),
            Urgency = PushUrgency.High,
            Topic = "inbox-7_A",
            Padding = 11,
        });

        var request = Assert.Single(service.Requests);
        Assert.Equal(HttpMethod.Post, request.Method);
        Assert.Equal(Endpoint, request.RequestUri!.AbsoluteUri);
        Assert.Equal(["3600"], request.Headers.GetValues("TTL"));
        Assert.Equal(["high"], request.Headers.GetValues("Urgency"));
        Assert.Equal(["inbox-7_A"], request.Headers.GetValues("Topic"));
        Assert.Equal("vapid", request.Headers.Authorization!.Scheme);
        Assert.Matches($"^t=[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]{{86}}, k={_key.PublicKey}$", request.Headers.Authorization.Parameter);
        Assert.Equal(["aes128gcm"], request.Content!.Headers.ContentEncoding);
        Assert.Equal("application/octet-stream", request.Content.Headers.ContentType!.MediaType);
        Assert.Equal(5 + 11 + 103, request.Content.Headers.ContentLength);
        Assert.Equal("hello"u8, _receiver.Decrypt(service.Bodies[0]));
    }

    [Fact]
    public async Task A_message_without_a_topic_has_none()
    {
        using var service = new ScriptedService(HttpStatusCode.Created);
        await SendAsync(service);
        Assert.False(service.Requests[0].Headers.Contains("Topic"));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "1")]
    [InlineData(999, "1")]
    [InlineData(1_000, "1")]
    [InlineData(1_001, "2")]
    [InlineData(2_419_200_000, "2419200")]
    public async Task A_time_to_live_is_in_whole_seconds(long milliseconds, string expected)
    {
        using var service = new ScriptedService(HttpStatusCode.Created);
        await SendAsync(service, new PushMessage { Payload = default, TimeToLive = TimeSpan.FromMilliseconds(milliseconds) });
        Assert.Equal([expected], service.Requests[0].Headers.GetValues("TTL"));
    }

    [Theory]
    [InlineData(PushUrgency.VeryLow, "very-low")]
    [InlineData(PushUrgency.Low, "low")]
    [InlineData(PushUrgency.Normal, "normal")]
    [InlineData(PushUrgency.High, "high")]
    public async Task An_urgency_has_the_standards_word(PushUrgency urgency, string expected)
    {
        using var service = new ScriptedService(HttpStatusCode.Created);
        await SendAsync(service, new PushMessage { Payload = default, Urgency = urgency });
        Assert.Equal([expected], service.Requests[0].Headers.GetValues("Urgency"));
    }

    [Fact]
    public void What_the_standard_does_not_allow_cannot_be_said()
    {
        Assert.Throws<ArgumentException>(() => new PushMessage { Payload = new byte[3_994] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new PushMessage { Payload = default, TimeToLive = TimeSpan.FromTicks(-1) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new PushMessage { Payload = default, TimeToLive = TimeSpan.FromDays(28) + TimeSpan.FromTicks(1) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new PushMessage { Payload = default, Urgency = (PushUrgency)4 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new PushMessage { Payload = default, Padding = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new PushMessage { Payload = default, Padding = 3_994 });
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("abcdefghijklmnopqrstuvwxyz012345", true)]
    [InlineData("-_", true)]
    [InlineData("", false)]
    [InlineData("abcdefghijklmnopqrstuvwxyz0123456", false)]
    [InlineData("a b", false)]
    [InlineData("a+b", false)]
    [InlineData("a/b", false)]
    [InlineData("a=", false)]
    [InlineData("é", false)]
    [InlineData("a\r\nX: y", false)]
    public void A_topic_is_short_and_base64url(string topic, bool isTaken)
    {
        var error = Record.Exception(() => new PushMessage { Payload = default, Topic = topic });
        Assert.Equal(isTaken, error is null);
        Assert.True(error is null or ArgumentException);
    }

    [Theory]
    [InlineData(200, "", "Accepted")]
    [InlineData(201, "", "Accepted")]
    [InlineData(202, "", "Accepted")]
    [InlineData(203, "", "Refused")]
    [InlineData(204, "", "Refused")]
    [InlineData(301, "", "Refused")]
    [InlineData(302, "", "Refused")]
    [InlineData(304, "", "Refused")]
    [InlineData(307, "", "Refused")]
    [InlineData(308, "", "Refused")]
    [InlineData(400, "", "Refused")]
    [InlineData(400, "{\"reason\":\"BadWebPushTopic\"}", "Refused")]
    [InlineData(400, "{\"reason\":\"VapidPkHashMismatch\"}", "KeyMismatch")]
    [InlineData(400, "{\"reason\":\"BadJwtToken\"}", "KeyMismatch")]
    [InlineData(400, "{\"reason\":7}", "Refused")]
    [InlineData(400, "{\"reason\":\"\\ud800\"}", "Refused")]
    [InlineData(400, "[\"VapidPkHashMismatch\"]", "Refused")]
    [InlineData(400, "VapidPkHashMismatch", "Refused")]
    [InlineData(401, "", "KeyMismatch")]
    [InlineData(403, "{\"reason\":\"BadJwtToken\"}", "KeyMismatch")]
    [InlineData(404, "", "Gone")]
    [InlineData(405, "", "Refused")]
    [InlineData(408, "", "TryLater")]
    [InlineData(410, "", "Gone")]
    [InlineData(413, "", "TooLarge")]
    [InlineData(415, "", "Refused")]
    [InlineData(429, "", "SlowDown")]
    [InlineData(500, "", "TryLater")]
    [InlineData(502, "", "TryLater")]
    [InlineData(503, "", "TryLater")]
    [InlineData(599, "", "TryLater")]
    [InlineData(600, "", "Refused")]
    public async Task An_answer_becomes_an_outcome(int status, string body, string expected)
    {
        using var service = new ScriptedService((HttpStatusCode)status, body, response => response.Headers.Location = new Uri("https://elsewhere.dev/"));
        var outcome = await SendAsync(service);
        Assert.Equal(expected, outcome.GetType().Name);
        Assert.Equal((HttpStatusCode)status, outcome.Status);
        Assert.Equal(body, outcome.Words);
        Assert.Single(service.Requests);
    }

    [Theory]
    [InlineData("https://push.carillon.dev/m/1", "https://push.carillon.dev/m/1")]
    [InlineData("/m/1", "https://push.carillon.dev:8443/m/1")]
    [InlineData(null, null)]
    public async Task The_address_of_a_message_is_absolute(string? location, string? expected)
    {
        using var service = new ScriptedService(
            HttpStatusCode.Created, more: response => response.Headers.Location = location is null ? null : new Uri(location, UriKind.RelativeOrAbsolute));
        Assert.Equal(expected, Assert.IsType<PushOutcome.Accepted>(await SendAsync(service)).Location?.AbsoluteUri);
    }

    [Theory]
    [InlineData("120", 120)]
    [InlineData("0", 0)]
    [InlineData("Sat, 21 Nov 2026 09:01:30 GMT", 90)]
    [InlineData("Sat, 21 Nov 2026 08:00:00 GMT", 0)]
    [InlineData("-5", null)]
    [InlineData("soon", null)]
    [InlineData("99999999999999999999", null)]
    [InlineData(null, null)]
    public async Task A_service_that_asks_to_wait_is_heard_in_seconds_and_in_dates(string? value, int? seconds)
    {
        void Says(HttpResponseMessage response) => response.Headers.TryAddWithoutValidation("Retry-After", value);
        TimeSpan? expected = seconds is { } number ? TimeSpan.FromSeconds(number) : null;
        using var busy = new ScriptedService(HttpStatusCode.TooManyRequests, more: Says);
        Assert.Equal(expected, Assert.IsType<PushOutcome.SlowDown>(await SendAsync(busy)).RetryAfter);
        using var broken = new ScriptedService(HttpStatusCode.ServiceUnavailable, more: Says);
        Assert.Equal(expected, Assert.IsType<PushOutcome.TryLater>(await SendAsync(broken)).RetryAfter);
    }

    [Fact]
    public async Task The_services_words_are_kept_on_one_printable_line()
    {
        using var service = new ScriptedService(HttpStatusCode.BadRequest, "\u001b[31mno\r\n\r\n  such\u202e \u200bthing 🔔\0");
        Assert.Equal("[31mno such thing 🔔", (await SendAsync(service)).Words);
        using var lengthy = new ScriptedService(HttpStatusCode.BadRequest, "x" + string.Concat(Enumerable.Repeat("🔔", 600)));
        var words = (await SendAsync(lengthy)).Words;
        Assert.Equal(499, words.Length);
        Assert.EndsWith("🔔", words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_without_end_is_cut_at_4_KiB(bool byClient)
    {
        using var endless = new EndlessStream();
        using var service = new ScriptedService(_ => Task.FromResult(ScriptedService.Answer(HttpStatusCode.BadRequest, new StreamContent(endless))));
        using HttpMessageInvoker http = byClient ? new HttpClient(service, false) : new HttpMessageInvoker(service, false);
        var outcome = await SendAsync(http);
        Assert.IsType<PushOutcome.Refused>(outcome);
        Assert.Equal(500, outcome.Words.Length);
        Assert.Equal(4_096, endless.Taken);
    }

    [Fact]
    public async Task An_answer_that_stalls_keeps_its_status()
    {
        using var stalling = new EndlessStream(stallsAfter: 10);
        using var service = new ScriptedService(_ => Task.FromResult(ScriptedService.Answer(HttpStatusCode.Gone, new StreamContent(stalling))));
        var sending = SendAsync(service);
        await stalling.Stalled;
        _time.Advance(TimeSpan.FromSeconds(30));
        var outcome = Assert.IsType<PushOutcome.Gone>(await sending);
        Assert.Equal("xxxxxxxxxx", outcome.Words);
    }

    [Fact]
    public async Task No_answer_in_time_means_later()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var service = new ScriptedService(async cancel =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, cancel);
            throw new InvalidOperationException();
        });
        var sending = SendAsync(service);
        await asked.Task;
        _time.Advance(TimeSpan.FromSeconds(30));
        var outcome = Assert.IsType<PushOutcome.TryLater>(await sending);
        Assert.Null(outcome.Status);
        Assert.Equal("No answer in time", outcome.Words);
    }

    [Fact]
    public async Task No_connection_means_later()
    {
        using var service = new ScriptedService(_ => throw new HttpRequestException("Connection refused\n(push.carillon.dev:8443)"));
        var outcome = Assert.IsType<PushOutcome.TryLater>(await SendAsync(service));
        Assert.Null(outcome.Status);
        Assert.Equal("Connection refused (push.carillon.dev:8443)", outcome.Words);
    }

    [Fact]
    public async Task Who_gives_up_is_told_so_and_nothing_else()
    {
        using var giveUp = new CancellationTokenSource();
        using var service = new ScriptedService(async cancel =>
        {
            await giveUp.CancelAsync();
            await Task.Delay(Timeout.Infinite, cancel);
            throw new InvalidOperationException();
        });
        using var http = new HttpMessageInvoker(service, false);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SendAsync(http, cancel: giveUp.Token));
    }

    [Fact]
    public void A_timeout_is_more_than_nothing_and_five_minutes_at_most()
    {
        using var http = new HttpMessageInvoker(new ScriptedService(HttpStatusCode.Created));
        var signer = new VapidSigner(_key, "mailto:push@carillon.dev");
        Assert.Throws<ArgumentOutOfRangeException>(() => new PushSender(http, _encryption, signer, TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PushSender(http, _encryption, signer, TimeSpan.FromMinutes(5) + TimeSpan.FromTicks(1)));
    }

    private async Task<PushOutcome> SendAsync(ScriptedService service, PushMessage? message = null)
    {
        using var http = new HttpMessageInvoker(service, false);
        return await SendAsync(http, message);
    }

    private Task<PushOutcome> SendAsync(HttpMessageInvoker http, PushMessage? message = null, CancellationToken cancel = default) =>
        new PushSender(http, _encryption, new VapidSigner(_key, "mailto:push@carillon.dev", _time), time: _time)
            .SendAsync(_receiver.Subscription(Endpoint), message ?? new PushMessage { Payload = "x"u8.ToArray() }, cancel);
}
