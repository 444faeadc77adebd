using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Carillon.Accounts;

/// <summary>
/// Browsers in which somebody has signed in before. Each has a signed cookie for that name, and attempts of its own: whoever guesses at a
/// name from elsewhere can use up what strangers may try, and never keeps its owner out.
/// </summary>
internal sealed class KnownBrowsers(ServerSecret secret)
{
    private const string Prefix = "carillon_browser_";
    private static readonly TimeSpan Kept = TimeSpan.FromDays(400);

    /// <summary>Tells this browser from the others that know the name; null when it does not know it.</summary>
    public string? Find(HttpRequest request, string nameKey)
    {
        if (request.Cookies[CookieOf(request, nameKey)]?.Split('.') is not [{ Length: 22 } id, var code])
        {
            return null;
        }

        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(code), Encoding.UTF8.GetBytes(CodeOf(id, nameKey))) ? id : null;
    }

    /// <summary>From now on the browser knows the name.</summary>
    public void Remember(HttpContext context, string nameKey)
    {
        var id = Find(context.Request, nameKey) ?? Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
        context.Response.Cookies.Append(CookieOf(context.Request, nameKey), $"{id}.{CodeOf(id, nameKey)}", new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Path = "/",
            Secure = context.Request.IsHttps,
            MaxAge = Kept,
            IsEssential = true,
        });
    }

    // A cookie for each name, so that people who share a browser do not forget each other. The name itself does not stand in it.
    private string CookieOf(HttpRequest request, string nameKey) =>
        $"{(request.IsHttps ? "__Host-" : string.Empty)}{Prefix}{Convert.ToHexStringLower(secret.Sign($"browser cookie {nameKey}").AsSpan(0, 6))}";

    private string CodeOf(string id, string nameKey) => Base64Url.EncodeToString(secret.Sign($"browser {id} {nameKey}"));
}
