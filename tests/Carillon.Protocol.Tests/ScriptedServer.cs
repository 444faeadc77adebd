using System.Net;
using System.Text;
using System.Threading.Channels;

namespace Carillon.Protocol.Tests;

/// <summary>Answers requests one after the other as the test says, without a network.</summary>
internal sealed class ScriptedServer : HttpMessageHandler
{
    private readonly Channel<Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>>> _answers =
        Channel.CreateUnbounded<Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>>>();

    public List<string> Requests { get; } = [];

    public List<string> Bodies { get; } = [];

    /// <summary>The idempotency keys that came along.</summary>
    public List<string> Keys { get; } = [];

    public HttpClient Client() => new(this, disposeHandler: false) { BaseAddress = new Uri("http://carillon.test/"), Timeout = Timeout.InfiniteTimeSpan };

    public LiveBody Stream(params string[] begin)
    {
        var body = new LiveBody();
        foreach (var text in begin)
        {
            body.Send(text);
        }

        Answer(_ => new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StreamContent(body) { Headers = { ContentType = new("text/event-stream") } },
        });
        return body;
    }

    public void Problem(HttpStatusCode status, string code, int? retryAfter = null) => Answer(_ =>
    {
        var answer = Json(status, $$"""{"status":{{(int)status}},"code":"{{code}}","title":"No","detail":"Do otherwise."}""", "application/problem+json");
        if (retryAfter is { } seconds)
        {
            answer.Headers.RetryAfter = new(TimeSpan.FromSeconds(seconds));
        }

        return answer;
    });

    public void Ok(string json) => Answer(_ => Json(HttpStatusCode.OK, json, "application/json"));

    public void Answer(Func<HttpRequestMessage, HttpResponseMessage> answer) =>
        _answers.Writer.TryWrite((request, _) => Task.FromResult(answer(request)));

    public void Refuse() => Answer(_ => throw new HttpRequestException("Connection refused"));

    public void NeverAnswer() => _answers.Writer.TryWrite(async (_, cancel) =>
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
        throw new InvalidOperationException("unreachable");
    });

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Add($"{request.Method} {request.RequestUri!.PathAndQuery}");
        Bodies.Add(request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken));
        if (request.Headers.TryGetValues(WellKnown.IdempotencyKeyHeader, out var keys))
        {
            Keys.AddRange(keys);
        }

        var answer = await _answers.Reader.ReadAsync(cancellationToken);
        return await answer(request, cancellationToken);
    }

    private static HttpResponseMessage Json(HttpStatusCode status, string json, string type) =>
        new(status) { Content = new StringContent(json, Encoding.UTF8, type) };
}

/// <summary>A response body that arrives when the test says so, and then ends or breaks.</summary>
internal sealed class LiveBody : Stream
{
    private readonly Channel<byte[]> _pieces = Channel.CreateUnbounded<byte[]>();
    private byte[] _rest = [];

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void Send(string text) => _pieces.Writer.TryWrite(Encoding.UTF8.GetBytes(text));

    public void End() => _pieces.Writer.Complete();

    public void Break() => _pieces.Writer.Complete(new IOException("Connection reset by peer"));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_rest.Length == 0)
        {
            try
            {
                _rest = await _pieces.Reader.ReadAsync(cancellationToken);
            }
            catch (ChannelClosedException closed)
            {
                return closed.InnerException is IOException broken ? throw broken : 0;
            }
        }

        var count = Math.Min(buffer.Length, _rest.Length);
        _rest.AsMemory(0, count).CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
