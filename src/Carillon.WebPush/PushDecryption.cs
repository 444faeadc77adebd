using System.Security.Cryptography;

namespace Carillon.WebPush;

/// <summary>
/// The browser's side of RFC 8291: the keys of a subscription, and what they decrypt. For tests, and for those who write a receiver. May be used by
/// many threads at once.
/// </summary>
public sealed class PushDecryption : IDisposable
{
    private readonly ECDiffieHellman _key;
    private readonly byte[] _point;
    private readonly byte[] _auth;
    private readonly Lock _gate = new();

    private PushDecryption(ECDiffieHellman key, byte[] auth) =>
        (_key, _point, _auth) = (key, P256.Write(key.ExportParameters(false).Q), auth);

    /// <summary>The public key, as <c>keys.p256dh</c> of a subscription: base64url of 65 bytes.</summary>
    public string P256dh => Base64UrlText.Write(_point);

    /// <summary>The secret, as <c>keys.auth</c> of a subscription: base64url of 16 bytes.</summary>
    public string Auth => Base64UrlText.Write(_auth);

    /// <summary>Makes new keys (RFC 8291, 3.1 and 3.2).</summary>
    /// <returns>The keys. Dispose of them.</returns>
    public static PushDecryption Generate() =>
        new(ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256), RandomNumberGenerator.GetBytes(PushSubscription.AuthLength));

    /// <summary>Takes keys that were made before.</summary>
    /// <param name="privateKey">32 bytes in base64url.</param>
    /// <param name="auth">16 bytes in base64url.</param>
    /// <returns>The keys. Dispose of them.</returns>
    /// <exception cref="FormatException">One of them is not base64url, has another length, or is no private key of P-256.</exception>
    public static PushDecryption Import(string privateKey, string auth)
    {
        ArgumentNullException.ThrowIfNull(privateKey);
        ArgumentNullException.ThrowIfNull(auth);
        var secret = Base64UrlText.Read(auth);
        if (secret is not { Length: PushSubscription.AuthLength })
        {
            throw new FormatException($"The secret is not {PushSubscription.AuthLength} bytes in base64url");
        }

        var number = Base64UrlText.Read(privateKey);
        if (!P256.IsPrivateKey(number))
        {
            throw new FormatException("The private key is not a number of P-256: 32 bytes in base64url");
        }

        return new(ECDiffieHellman.Create(P256.Parameters(number)), secret);
    }

    /// <summary>The subscription of these keys, for senders.</summary>
    /// <param name="endpoint">Where messages are taken; as <see cref="PushSubscription.Parse"/> wants it.</param>
    /// <param name="allowLoopbackHttp">True takes plain http for loopback addresses too.</param>
    /// <returns>The subscription.</returns>
    /// <exception cref="FormatException"><paramref name="endpoint"/> is not one.</exception>
    public PushSubscription Subscription(string endpoint, bool allowLoopbackHttp = false) =>
        PushSubscription.Parse(endpoint, P256dh, Auth, allowLoopbackHttp);

    /// <summary>Decrypts the body of a message (RFC 8291, 4; RFC 8188, 2).</summary>
    /// <param name="body">What was posted, of content encoding <c>aes128gcm</c>; at most 4,096 bytes.</param>
    /// <returns>The plaintext, without padding.</returns>
    /// <exception cref="CryptographicException">
    /// It is not for these keys, was changed, or is not exactly one record with delimiter and zeros behind it.
    /// </exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public byte[] Decrypt(ReadOnlySpan<byte> body)
    {
        if (body.Length > PushEncryption.MaxBodyLength)
        {
            throw new CryptographicException($"The body is longer than {PushEncryption.MaxBodyLength} bytes");
        }

        var sender = ContentCoding.KeyId(body);
        if (!P256.IsPoint(sender))
        {
            throw new CryptographicException("The key in the header is not an uncompressed point of the curve P-256");
        }

        Span<byte> material = stackalloc byte[KeyingMaterial.Length];

        // A key object promises nothing to threads that use it at once.
        lock (_gate)
        {
            KeyingMaterial.Derive(_key, sender, _auth, _point, sender, material);
        }

        var plaintext = ContentCoding.Decrypt(material, body);
        CryptographicOperations.ZeroMemory(material);
        return plaintext;
    }

    /// <summary>Forgets the keys.</summary>
    public void Dispose() => _key.Dispose();
}
