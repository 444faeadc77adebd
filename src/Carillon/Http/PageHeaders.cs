namespace Carillon.Http;

/// <summary>The headers that every answer carries, so that no browser does with it what it was not meant for.</summary>
internal static class PageHeaders
{
    // The page loads nothing from elsewhere and runs no script that stands in its text. DOMPurify alone turns text into HTML.
    public const string PagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        + "require-trusted-types-for 'script'; trusted-types dompurify";

    private const string AnswerPolicy = "default-src 'none'; frame-ancestors 'none'";

    // The page asks for none of these; an agent's text must not get to ask for them either.
    private const string Permissions = "camera=(), geolocation=(), microphone=(), payment=(), serial=(), usb=(), hid=(), midi=(), display-capture=()";

    // A year, for this host alone: what else is under its domain is not ours to decide about.
    private const string OnlyHttps = "max-age=31536000";

    public static IApplicationBuilder UsePageHeaders(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        SetOn(context.Response);
        return next(context);
    });

    /// <summary>Sets them; again where the framework began an answer anew.</summary>
    public static void SetOn(HttpResponse response)
    {
        var headers = response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers.ContentSecurityPolicy = AnswerPolicy;
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = Permissions;

        // What is not said otherwise is somebody's own: no cache keeps it. Files of the page and streams say otherwise.
        headers.CacheControl = "no-store";
        if (response.HttpContext.Request.IsHttps)
        {
            headers.StrictTransportSecurity = OnlyHttps;
        }
    }
}
