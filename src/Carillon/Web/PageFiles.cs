using System.Collections.Frozen;
using System.IO.Compression;
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

    /// <param name="assembly">Holds the built page.</param>
    /// <param name="actionHosts">Told to the page, which checks links as well as the server does.</param>
    public PageFiles(Assembly assembly, IReadOnlyList<string> actionHosts)
    {
        var files = Load(assembly);
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
        var path = context.Request.Path.Value is ['/', .. var rest] ? rest : string.Empty;
        PageFile? file = null;
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
        {
            file = _files.GetValueOrDefault(path)
                ?? (IsPagePath(path, context.Request.Headers.Accept.ToString()) ? _files.GetValueOrDefault(Page) : null);
        }

        await (file is null ? Unanswered.AnswerAsync(context) : SendAsync(context, file));
    }

    /// <summary>
    /// Whether the page answers here. A browser that goes somewhere asks for HTML, and gets the page's own word for what is missing; a
    /// program that mistyped a path gets a problem.
    /// </summary>
    private static bool IsPagePath(string path, string accept) =>
        path is not "api" && !path.StartsWith("api/", StringComparison.Ordinal)
        && path != "events"
        && !path.StartsWith("assets/", StringComparison.Ordinal)
        && (accept.Contains("text/html", StringComparison.Ordinal) || (IsPage(path) && !Path.HasExtension(path)));

    // The paths of web/src/app.tsx, which PageTests compares. An id may have dots: then it takes a browser that asks for HTML to tell it from a file.
    private static bool IsPage(string path) => path.TrimEnd('/').Split('/') switch
    {
        [""] or ["sign-in"] or ["setup"] or ["sessions"] or ["notifications"] or ["profile"] or ["admin"] or ["new"] or ["chat"] => true,
        ["admin", "audit"] => true,
        ["projects", not ""] or ["projects", not "", "sessions", not ""] => true,
        _ => false,
    };

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

        var bytes = file.Bytes;
        var asked = context.Request.GetTypedHeaders();
        if (file.Compressed is not null)
        {
            response.Headers.Vary = HeaderNames.AcceptEncoding;
        }

        // Weakly: a proxy that compresses makes W/"…" of our tags.
        var tag = new EntityTagHeaderValue(file.ETag);
        if (asked.IfNoneMatch.Any(known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        bool Takes(string name) => asked.AcceptEncoding.Any(encoding => encoding.Value.Equals(name, StringComparison.OrdinalIgnoreCase) && encoding.Quality is not 0);
        if (file.Compressed is { } compressed && Takes("br"))
        {
            response.Headers.ContentEncoding = "br";
            bytes = compressed;
        }
        else if (file.Gzipped is { } gzipped && Takes("gzip"))
        {
            // Browsers offer br only where the connection is secure, and at home it often is not.
            response.Headers.ContentEncoding = "gzip";
            bytes = gzipped.Value;
        }

        response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(bytes, context.RequestAborted);
        }
    }

    private static Dictionary<string, PageFile> Load(Assembly assembly)
    {
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

    private static byte[] Gzip(byte[] bytes)
    {
        var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Optimal))
        {
            gzip.Write(bytes);
        }

        return buffer.ToArray();
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

        /// <summary>What is worth compressing at all, made when the first one asks.</summary>
        public Lazy<byte[]>? Gzipped { get; } = compressed is null ? null : new(() => Gzip(bytes));

        public string ContentType { get; } = ContentTypes.GetValueOrDefault(Path.GetExtension(path), "application/octet-stream");

        public string ETag { get; } = $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12))}\"";

        public bool IsImmutable { get; } = path.StartsWith("assets/", StringComparison.Ordinal);
    }
}
