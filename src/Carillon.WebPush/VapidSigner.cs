using System.Text.Encodings.Web;
using System.Text.Json;

namespace Carillon.WebPush;

/// <summary>
/// Says to push services who sends (RFC 8292): a signed token for each push service, kept and used again until an hour before it ends. May be used by many
/// threads at once.
/// </summary>
public sealed class VapidSigner
{
    /// <summary>For how long a token is good. RFC 8292, 2 allows 24 hours; half of it leaves room for clocks that differ.</summary>
    public static readonly TimeSpan TokenLife = TimeSpan.FromHours(12);

    /// <summary>How long before its end a token is made anew: no request that is under way outlives its token.</summary>
    public static readonly TimeSpan RenewBefore = TimeSpan.FromHours(1);

    /// <summary>For how many push services a token is kept. There are four that matter; this bounds what subscriptions of unknown hosts can fill.</summary>
    public const int MaxAudiences = 256;

    private static readonly string Header = Base64UrlText.Write("""{"typ":"JWT","alg":"ES256"}"""u8);

    private readonly VapidKey _key;
    private readonly string _subject;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Credential> _credentials = [];

    /// <summary>Makes a signer.</summary>
    /// <param name="key">Not disposed by this signer, which needs it as long as it is used.</param>
    /// <param name="subject">Whom a push service may write to: <c>mailto:</c> with an address, or an <c>https:</c> address (RFC 8292, 2.1).</param>
    /// <param name="time">The clock; the system's if absent. Push services refuse tokens of a server whose clock is hours off.</param>
    /// <exception cref="ArgumentException"><see cref="VapidSubject.Objection"/> says what is wrong with <paramref name="subject"/>.</exception>
    public VapidSigner(VapidKey key, string subject, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (VapidSubject.Objection(subject) is { } objection)
        {
            throw new ArgumentException(objection, nameof(subject));
        }

        (_key, _subject, _time) = (key, subject, time ?? TimeProvider.System);
    }

    /// <summary>The public key of the tokens, as <see cref="VapidKey.PublicKey"/>.</summary>
    public string PublicKey => _key.PublicKey;

    /// <summary>The value of <c>Authorization</c> for a request (RFC 8292, 3): <c>vapid t=…, k=…</c>.</summary>
    /// <param name="endpoint">The subscription's; its origin is the token's audience, with the port where it is not the usual one.</param>
    /// <returns>The value. Good for an hour at least.</returns>
    /// <exception cref="ArgumentException"><paramref name="endpoint"/> is not absolute.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public string Authorize(Uri endpoint) => $"vapid {Parameters(endpoint)}";

    /// <summary>The same without the scheme's name.</summary>
    internal string Parameters(Uri endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        if (!endpoint.IsAbsoluteUri)
        {
            throw new ArgumentException("The endpoint is not an absolute address", nameof(endpoint));
        }

        var audience = Origin.Of(endpoint);

        // Signing within the lock: of many who come at once for one audience, one signs and the others wait that fraction of a millisecond.
        lock (_gate)
        {
            var now = _time.GetUtcNow();
            if (_credentials.TryGetValue(audience, out var known) && known.IsGoodAt(now))
            {
                return known.Parameters;
            }

            if (known is null && _credentials.Count >= MaxAudiences)
            {
                _credentials.Remove(_credentials.MinBy(pair => pair.Value.Ends).Key);
            }

            var made = new Credential($"t={Token(audience, now + TokenLife)}, k={_key.PublicKey}", now + TokenLife);
            _credentials[audience] = made;
            return made.Parameters;
        }
    }

    /// <summary>A JSON Web Token with the claims of RFC 8292, 2.</summary>
    private string Token(string audience, DateTimeOffset ends)
    {
        using var claims = new MemoryStream();
        using (var json = new Utf8JsonWriter(claims, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("aud", audience);
            json.WriteNumber("exp", ends.ToUnixTimeSeconds());
            json.WriteString("sub", _subject);
            json.WriteEndObject();
        }

        var signed = $"{Header}.{Base64UrlText.Write(claims.ToArray())}";
        return $"{signed}.{Base64UrlText.Write(_key.Sign(signed))}";
    }

    private sealed record Credential(string Parameters, DateTimeOffset Ends)
    {
        /// <summary>The second half matters when the clock was put back: an end too far ahead is refused by push services.</summary>
        public bool IsGoodAt(DateTimeOffset now) => now < Ends - RenewBefore && now >= Ends - TokenLife - RenewBefore;
    }
}
