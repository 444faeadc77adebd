using Carillon.Protocol;

namespace Carillon.Accounts;

/// <summary>
/// The cookie of a sign-in. Over https its name begins with <c>__Host-</c>: browsers then take it from this host alone, so that no
/// neighbour under the same domain can plant one of its own (RFC 6265bis, section 4.1.3.2). Over http that name is not possible.
/// </summary>
internal static class SignInCookie
{
    public static string NameFor(HttpRequest request) => request.IsHttps ? WellKnown.HostCookie : WellKnown.Cookie;

    public static string? Read(HttpRequest request) => request.Cookies[NameFor(request)] is { Length: > 0 } secret ? secret : null;

    public static void Write(HttpContext context, string secret) => context.Response.Cookies.Append(NameFor(context.Request), secret, OptionsFor(context));

    public static void Delete(HttpContext context) => context.Response.Cookies.Delete(NameFor(context.Request), OptionsFor(context));

    private static CookieOptions OptionsFor(HttpContext context) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        Secure = context.Request.IsHttps,
        MaxAge = AccessTable.SignInLifetime,
        IsEssential = true,
    };
}
