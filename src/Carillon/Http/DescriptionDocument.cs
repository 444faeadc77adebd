using System.Security.Cryptography;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace Carillon.Http;

/// <summary>
/// The OpenAPI document as bytes, made when the first one asks. Making it takes a good part of a second, and anybody may ask: made for each
/// request, a few strangers held everybody else up.
/// </summary>
internal sealed class DescriptionDocument([FromKeyedServices(DescriptionDocument.Name)] IOpenApiDocumentProvider provider) : IDisposable
{
    public const string Name = "v1";

    private readonly SemaphoreSlim _making = new(1);
    private volatile Document? _made;

    public async Task AnswerAsync(HttpContext context)
    {
        var document = _made ?? await MakeAsync(context.RequestAborted);
        var response = context.Response;
        response.Headers.CacheControl = "no-cache";
        response.Headers.ETag = document.ETag;
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(new EntityTagHeaderValue(document.ETag), useStrongComparison: false)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = "application/json;charset=utf-8";
        response.ContentLength = document.Bytes.Length;
        await response.Body.WriteAsync(document.Bytes, context.RequestAborted);
    }

    public void Dispose() => _making.Dispose();

    private async Task<Document> MakeAsync(CancellationToken cancel)
    {
        await _making.WaitAsync(cancel);
        try
        {
            if (_made is not { } made)
            {
                // Whoever asked first may go away; the next one wants it too.
                var description = await provider.GetOpenApiDocumentAsync(CancellationToken.None);
                var bytes = new MemoryStream();
                await description.SerializeAsJsonAsync(bytes, OpenApiSpecVersion.OpenApi3_1, CancellationToken.None);
                _made = made = new Document(bytes.ToArray(), $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray()).AsSpan(0, 12))}\"");
            }

            return made;
        }
        finally
        {
            _making.Release();
        }
    }

    private sealed record Document(byte[] Bytes, string ETag);
}
