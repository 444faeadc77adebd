using System.Net;

namespace Carillon.WebPush;

/// <summary>A push service that keeps what it was asked and answers what the test says. Nothing goes over a network.</summary>
internal sealed class ScriptedService(Func<CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
{
    public ScriptedService(HttpStatusCode status, string body = "", Action<HttpResponseMessage>? more = null)
        : this(_ => Task.FromResult(Answer(status, new StringContent(body), more)))
    {
    }

    public List<HttpRequestMessage> Requests { get; } = [];

    public List<byte[]> Bodies { get; } = [];

    public static HttpResponseMessage Answer(HttpStatusCode status, HttpContent content, Action<HttpResponseMessage>? more = null)
    {
        var response = new HttpResponseMessage(status) { Content = content };
        more?.Invoke(response);
        return response;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        Bodies.Add(await request.Content!.ReadAsByteArrayAsync(cancellationToken));
        return await answer(cancellationToken);
    }
}
