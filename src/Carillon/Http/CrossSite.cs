namespace Carillon.Http;

/// <summary>
/// Tells a request of our own page from one that another site makes a browser send. Only a browser's word counts, and a browser
/// lets no script forge it.
/// </summary>
internal static class CrossSite
{
    /// <summary>True when the request names our own origin, by <c>Sec-Fetch-Site</c> or by <c>Origin</c>.</summary>
    public static bool IsSameOrigin(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] is [{ } site])
        {
            return site == "same-origin";
        }

        return request.Headers.Origin is [{ } origin]
            && Uri.TryCreate(origin, UriKind.Absolute, out var from)
            && request.Host.HasValue

            // Behind a proxy that does not say that it speaks https we take a request for http; never the other way round.
            && (from.Scheme == Uri.UriSchemeHttps || (from.Scheme == Uri.UriSchemeHttp && !request.IsHttps))
            && string.Equals(from.Authority, Authority(request), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>
    /// True when the request may use a cookie that a browser attached by itself. A WebSocket upgrade is a GET that other sites may
    /// make, and browsers name the origin of every one.
    /// </summary>
    public static bool MayUseCookie(HttpRequest request) =>
        request.Headers.Upgrade.Count > 0 ? request.Headers.Origin.Count > 0 && IsSameOrigin(request)
        : !IsUnsafe(request.Method) || IsSameOrigin(request);

    /// <summary>True when the browser says that the request comes from somewhere else; a program that is no browser says nothing.</summary>
    public static bool IsForeign(HttpRequest request) =>
        (request.Headers.ContainsKey("Sec-Fetch-Site") || request.Headers.ContainsKey("Origin")) && !IsSameOrigin(request);

    /// <summary>
    /// True when another site makes a browser ask for something that is not a page: nothing that we serve is meant to be embedded or read
    /// from elsewhere. Ports of one host count as elsewhere. Going to a page by a link is fine, and a program that is no browser says nothing.
    /// </summary>
    public static bool IsEmbedded(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"] is ["cross-site" or "same-site"]
        && !(request.Headers["Sec-Fetch-Mode"] is ["navigate"] && request.Headers["Sec-Fetch-Dest"] is ["document"] && HttpMethods.IsGet(request.Method)
            && !request.Path.StartsWithSegments("/api") && !request.Path.StartsWithSegments("/events"))

        // A proxy in front asks with the headers of whatever its own visitor wanted.
        && !request.Path.StartsWithSegments("/auth/verify");

    /// <summary>Methods that change something.</summary>
    public static bool IsUnsafe(string method) =>
        !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !HttpMethods.IsOptions(method);

    // A default port is left out of an origin, so it is left out here too.
    private static string Authority(HttpRequest request) =>
        Uri.TryCreate($"{request.Scheme}://{request.Host.Value}", UriKind.Absolute, out var own) ? own.Authority : request.Host.Value!;
}
