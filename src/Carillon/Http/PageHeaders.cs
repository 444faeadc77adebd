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
    }
}
