using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
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

    private readonly FrozenDictionary<string, PageFile> _files;

    /// <param name="actionHosts">Told to the page, which checks links as well as the server does.</param>
    public PageFiles(IReadOnlyList<string> actionHosts)
    {
        var files = Load();
        if (files.TryGetValue(Page, out var page))
        {
            var hosts = $"  <meta name=\"carillon-action-hosts\" content=\"{HtmlEncoder.Default.Encode(string.Join(' ', actionHosts))}\" />\n  </head>";
            var text = Encoding.UTF8.GetString(page.Bytes).Replace("</head>", hosts, StringComparison.Ordinal);

            // Not compressed: it is smaller than most answers to it.
            files[Page] = new PageFile(Page, Encoding.UTF8.GetBytes(text), compressed: null);
        }

        _files = files.ToFrozenDictionary();
    }

    /// <summary>False in a build that was made without the page.</summary>
    public bool HasPage => _files.ContainsKey(Page);

    public async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value![1..];
        var file = _files.GetValueOrDefault(path);

        if (file is null && IsPagePath(path, context.Request.Headers.Accept.ToString()))
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

    /// <summary>
    /// Whether the page's own router may know the path. Ids may have dots, so what looks like a file is a page when a browser goes
    /// there, and nothing when a page asks for it.
    /// </summary>
    private static bool IsPagePath(string path, string accept) =>
        !path.StartsWith("api/", StringComparison.Ordinal)
        && !path.StartsWith("assets/", StringComparison.Ordinal)
        && (!Path.HasExtension(path) || accept.Contains("text/html", StringComparison.Ordinal));

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

    private static Dictionary<string, PageFile> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var names = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => (Resource: name, Path: name[Prefix.Length..].Replace('\\', '/')))
            .ToList();
        var compressed = names.Where(name => name.Path.EndsWith(".br", StringComparison.Ordinal)).ToDictionary(name => name.Path[..^3], name => name.Resource);
        return names
            .Where(name => !name.Path.EndsWith(".br", StringComparison.Ordinal))
            .ToDictionary(name => name.Path, name => new PageFile(
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
