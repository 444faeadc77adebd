using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Carillon.WebPush;

/// <summary>
/// Where a browser takes messages, and the keys under which it reads them: what <c>PushSubscription.toJSON()</c> gives (Push API), with the keys of
/// RFC 8291, 2.
/// </summary>
/// <remarks>
/// A subscription is somebody else's word. Its keys are checked here; which hosts may be called is the caller's question, and one to answer
/// before anything is sent: the endpoint is an address that a user supplied.
/// </remarks>
public sealed class PushSubscription
{
    /// <summary>The longest endpoint, in characters. Those in use have some 200 to 600.</summary>
    public const int MaxEndpointLength = 2_048;

    /// <summary>The length of the authentication secret, in bytes (RFC 8291, 3.2).</summary>
    public const int AuthLength = 16;

    private readonly byte[] _p256dh;
    private readonly byte[] _auth;

    private PushSubscription(Uri endpoint, byte[] p256dh, byte[] auth) => (Endpoint, _p256dh, _auth) = (endpoint, p256dh, auth);

    /// <summary>The push resource to which messages are posted (RFC 8030, 5): absolute, https, without user information.</summary>
    public Uri Endpoint { get; }

    /// <summary>The browser's public key: an uncompressed point of P-256, 65 bytes (RFC 8291, 3.1).</summary>
    public ReadOnlySpan<byte> P256dh => _p256dh;

    /// <summary>The secret that browser and server share: 16 bytes (RFC 8291, 3.2).</summary>
    public ReadOnlySpan<byte> Auth => _auth;

    /// <summary>Reads a subscription from its three parts.</summary>
    /// <param name="endpoint">An absolute https address of at most 2,048 characters.</param>
    /// <param name="p256dh">65 bytes in base64url, with or without padding.</param>
    /// <param name="auth">16 bytes in base64url, with or without padding.</param>
    /// <param name="allowLoopbackHttp">True takes plain http for loopback addresses too. For tests.</param>
    /// <returns>The subscription.</returns>
    /// <exception cref="FormatException">Something is wrong with it; the message says what.</exception>
    public static PushSubscription Parse(string endpoint, string p256dh, string auth, bool allowLoopbackHttp = false) =>
        TryParse(endpoint, p256dh, auth, out var subscription, out var objection, allowLoopbackHttp) ? subscription : throw new FormatException(objection);

    /// <summary>Reads a subscription from its three parts, and says what is wrong instead of throwing.</summary>
    /// <param name="endpoint">An absolute https address of at most 2,048 characters.</param>
    /// <param name="p256dh">65 bytes in base64url, with or without padding.</param>
    /// <param name="auth">16 bytes in base64url, with or without padding.</param>
    /// <param name="subscription">The subscription, if nothing is wrong.</param>
    /// <param name="objection">Otherwise what is wrong: a sentence that may be shown to whoever sent it. It repeats none of the keys.</param>
    /// <param name="allowLoopbackHttp">True takes plain http for loopback addresses too. For tests.</param>
    /// <returns>True if nothing is wrong.</returns>
    public static bool TryParse(
        [NotNullWhen(true)] string? endpoint,
        [NotNullWhen(true)] string? p256dh,
        [NotNullWhen(true)] string? auth,
        [NotNullWhen(true)] out PushSubscription? subscription,
        [NotNullWhen(false)] out string? objection,
        bool allowLoopbackHttp = false)
    {
        subscription = null;
        objection = EndpointObjection(endpoint, allowLoopbackHttp, out var address);
        byte[]? point = null, secret = null;
        objection ??= KeyObjection("p256dh", p256dh, P256.PointLength, out point);
        objection ??= P256.IsPoint(point) ? null : "p256dh is not an uncompressed point of the curve P-256";
        objection ??= KeyObjection("auth", auth, AuthLength, out secret);
        if (objection is not null)
        {
            return false;
        }

        subscription = new PushSubscription(address!, point!, secret!);
        return true;
    }

    /// <summary>Reads a subscription from the JSON that the browser gives: <c>{"endpoint":…,"keys":{"p256dh":…,"auth":…}}</c>.</summary>
    /// <param name="json">UTF-8. Members that are not known are passed over.</param>
    /// <param name="subscription">The subscription, if nothing is wrong.</param>
    /// <param name="objection">Otherwise what is wrong: a sentence that may be shown to whoever sent it.</param>
    /// <param name="allowLoopbackHttp">True takes plain http for loopback addresses too. For tests.</param>
    /// <returns>True if nothing is wrong.</returns>
    public static bool TryParseJson(
        ReadOnlyMemory<byte> json,
        [NotNullWhen(true)] out PushSubscription? subscription,
        [NotNullWhen(false)] out string? objection,
        bool allowLoopbackHttp = false)
    {
        subscription = null;
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind is not JsonValueKind.Object
                || !root.TryGetProperty("keys", out var keys)
                || keys.ValueKind is not JsonValueKind.Object)
            {
                objection = "A subscription is a JSON object with endpoint and keys";
                return false;
            }

            return TryParse(Text(root, "endpoint"), Text(keys, "p256dh"), Text(keys, "auth"), out subscription, out objection, allowLoopbackHttp);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The second is what a text with half a surrogate pair gives.
            objection = "A subscription is JSON, and this is not";
            return false;
        }
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static string? EndpointObjection(string? text, bool allowLoopbackHttp, out Uri? address)
    {
        address = null;
        return text switch
        {
            null or "" => "endpoint is missing",
            { Length: > MaxEndpointLength } => $"endpoint is longer than {MaxEndpointLength} characters",

            // The parser would trim the one and turn the other into a slash.
            _ when text.Any(one => one is '\\' or <= ' ' or '\u007f') => "endpoint has white space, control characters or a backslash",
            _ when !Uri.TryCreate(text, UriKind.Absolute, out address) || address.Host.Length == 0 => "endpoint is not an absolute address",
            _ when address.UserInfo.Length > 0 || HasEmptyUserInfo(text) => "endpoint has user information",
            _ when address.Scheme == Uri.UriSchemeHttps => null,
            _ when allowLoopbackHttp && address.Scheme == Uri.UriSchemeHttp && address.IsLoopback => null,
            _ => "endpoint is not an https address",
        };
    }

    private static bool HasEmptyUserInfo(string text) =>
        text.AsSpan(text.IndexOf("//", StringComparison.Ordinal) + 2) is var rest
        && rest[..(rest.IndexOfAny('/', '?', '#') is var end && end < 0 ? rest.Length : end)].Contains('@');

    private static string? KeyObjection(string name, string? text, int length, out byte[]? bytes)
    {
        bytes = null;
        if (string.IsNullOrEmpty(text))
        {
            return $"{name} is missing";
        }

        // Before decoding, so that the work does not grow with what somebody sends.
        if (text.Length > 4 * ((length + 2) / 3))
        {
            return $"{name} is longer than {length} bytes";
        }

        bytes = Base64UrlText.Read(text);
        return bytes is null ? $"{name} is not base64url" : bytes.Length != length ? $"{name} has {bytes.Length} bytes instead of {length}" : null;
    }
}
