using System.Net;
using System.Text;

namespace Carillon.Protocol.Tests;

/// <summary>Takes every report, and counts how many come at once.</summary>
internal sealed class CountingServer : HttpMessageHandler
{
    private int _now;

    public List<string> Keys { get; } = [];

    public int MostAtOnce { get; private set; }

    public HttpClient Client() => new(this, disposeHandler: false) { BaseAddress = new Uri("http://carillon.test/"), Timeout = Timeout.InfiniteTimeSpan };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        lock (Keys)
        {
            Keys.AddRange(request.Headers.GetValues(WellKnown.IdempotencyKeyHeader));
            MostAtOnce = Math.Max(MostAtOnce, ++_now);
        }

        // Room for another one to come in, were there one.
        await Task.Yield();
        lock (Keys)
        {
            _now--;
        }

        return new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StringContent("""
                {"session":{"id":"s","projectId":"p","agent":"a","title":"t","owner":"ada","activity":"idle","createdAt":"2026-11-21T09:00:00.000Z","updatedAt":"2026-11-21T09:00:00.000Z"}}
                """, Encoding.UTF8, "application/json"),
        };
    }
}
