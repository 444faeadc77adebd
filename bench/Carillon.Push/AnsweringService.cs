using System.Net;

namespace Carillon.Push;

/// <summary>A push service in the same process that takes everything at once and keeps the last body.</summary>
internal sealed class AnsweringService : HttpMessageHandler
{
    public byte[] LastBody { get; private set; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // A stand-in for the socket: one library encrypts when the body is made, the other when it is copied out.
        LastBody = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
        return new HttpResponseMessage(HttpStatusCode.Created);
    }
}
