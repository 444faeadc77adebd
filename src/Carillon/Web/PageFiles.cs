using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Carillon.Http;
using Microsoft.Net.Http.Headers;

namespace Carillon.Web;

/// <summary>
/// The built page, from inside the program. Files whose names carry a hash of their content may be kept for ever; the page itself
/// is asked for again each time, and answered with 304 while it is the same.
/// </summary>
internal sealed class PageFiles
{
    private const string Prefix = "Page/";
    private const string Page = "index.html";

    private static readonly FrozenDictionary<string, string> ContentTypes = new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".json"] = "application/json",
        [".webmanifest"] = "application/manifest+json",
        [".txt"] = "text/plain; charset=utf-8",
        [".woff2"] = "font/woff2",
    }.ToFrozenDictionary();

    private readonly FrozenDictionary<string, PageFile> _files = Load();

    /// <summary>False in a build that was made without the page.</summary>
    public bool HasPage => _files.ContainsKey(Page);

    public async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value![1..];
        var file = _files.GetValueOrDefault(path);

        // Paths of the page's own router look like pages, not like files: everything else that is missing is missing.
        if (file is null && !Path.HasExtension(path) && !path.StartsWith("api/", StringComparison.Ordinal))
        {
            file = _files.GetValueOrDefault(Page);
        }

        if (file is null)
        {
            await Problems.NotFound.ExecuteAsync(context);
            return;
        }

        await SendAsync(context, file);
    }

    private static async Task SendAsync(HttpContext context, PageFile file)
    {
        var response = context.Response;
        response.ContentType = file.ContentType;
        response.Headers.CacheControl = file.IsImmutable ? "public, max-age=31536000, immutable" : "no-cache";
        response.Headers.ETag = file.ETag;
        if (file.ContentType.StartsWith("text/html", StringComparison.Ordinal))
        {
            response.Headers.ContentSecurityPolicy = PageHeaders.PagePolicy;
        }

        if (context.Request.Headers.IfNoneMatch.Contains(file.ETag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var bytes = file.Bytes;
        if (file.Compressed is { } compressed)
        {
            response.Headers.Vary = HeaderNames.AcceptEncoding;
            if (context.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal))
            {
                response.Headers.ContentEncoding = "br";
                bytes = compressed;
            }
        }

        response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(bytes, context.RequestAborted);
        }
    }

    private static FrozenDictionary<string, PageFile> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var names = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => (Resource: name, Path: name[Prefix.Length..].Replace('\\', '/')))
            .ToList();
        var compressed = names.Where(name => name.Path.EndsWith(".br", StringComparison.Ordinal)).ToDictionary(name => name.Path[..^3], name => name.Resource);
        return names
            .Where(name => !name.Path.EndsWith(".br", StringComparison.Ordinal))
            .ToFrozenDictionary(name => name.Path, name => new PageFile(
                name.Path,
                Read(assembly, name.Resource),
                compressed.TryGetValue(name.Path, out var resource) ? Read(assembly, resource) : null));
    }

    private static byte[] Read(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private sealed class PageFile(string path, byte[] bytes, byte[]? compressed)
    {
        public byte[] Bytes => bytes;

        public byte[]? Compressed => compressed;

        public string ContentType { get; } = ContentTypes.GetValueOrDefault(Path.GetExtension(path), "application/octet-stream");

        public string ETag { get; } = $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12))}\"";

        public bool IsImmutable { get; } = path.StartsWith("assets/", StringComparison.Ordinal);
    }
}
