using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Carillon.WebPush;

/// <summary>
/// The key pair by which push services know a server (RFC 8292, 2 and 3.2). Browsers bind a subscription to the public key, so a new pair means that
/// every browser has to subscribe again. May be used by many threads at once.
/// </summary>
public sealed class VapidKey : IDisposable
{
    private readonly ECDsa _key;
    private readonly Lock _gate = new();

    private VapidKey(ECDsa key) => (_key, PublicKey) = (key, Base64UrlText.Write(P256.Write(key.ExportParameters(false).Q)));

    /// <summary>
    /// The public key in base64url, of an uncompressed point of P-256, 65 bytes: what the page gives to <c>pushManager.subscribe</c> as
    /// <c>applicationServerKey</c>, and the parameter <c>k</c> of a request (RFC 8292, 3.2).
    /// </summary>
    public string PublicKey { get; }

    /// <summary>Makes a new pair.</summary>
    /// <returns>The pair. Dispose of it.</returns>
    public static VapidKey Generate() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Takes a pair that was made before, by this library or by another.</summary>
    /// <param name="publicKey">65 bytes in base64url: an uncompressed point of P-256.</param>
    /// <param name="privateKey">32 bytes in base64url.</param>
    /// <returns>The pair. Dispose of it.</returns>
    /// <exception cref="FormatException">One of them is not such a key, or they do not belong together. The message repeats neither.</exception>
    public static VapidKey Import(string publicKey, string privateKey)
    {
        ArgumentNullException.ThrowIfNull(publicKey);
        ArgumentNullException.ThrowIfNull(privateKey);
        if (!P256.IsPoint(Base64UrlText.Read(publicKey)))
        {
            throw new FormatException("The VAPID public key is not an uncompressed point of P-256: 65 bytes in base64url");
        }

        var number = Base64UrlText.Read(privateKey);
        if (!P256.IsPrivateKey(number))
        {
            throw new FormatException("The VAPID private key is not a number of P-256: 32 bytes in base64url");
        }

        // From the private key alone, so that the public one is what follows from it on every platform, and can be compared.
        var key = new VapidKey(ECDsa.Create(P256.Parameters(number)));
        CryptographicOperations.ZeroMemory(number);
        if (key.PublicKey == publicKey.TrimEnd('='))
        {
            return key;
        }

        key.Dispose();
        throw new FormatException("The VAPID keys do not belong together");
    }

    /// <summary>The private key, to be kept where nobody reads it.</summary>
    /// <returns>32 bytes in base64url, 43 characters.</returns>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    [SuppressMessage("Design", "CA1024:Use properties where appropriate", Justification = "A secret should not appear where properties are listed.")]
    public string ExportPrivateKey()
    {
        ECParameters parameters;
        lock (_gate)
        {
            parameters = _key.ExportParameters(true);
        }

        Span<byte> number = stackalloc byte[P256.NumberLength];
        P256.WriteNumber(parameters.D, number);
        CryptographicOperations.ZeroMemory(parameters.D);
        var text = Base64UrlText.Write(number);
        CryptographicOperations.ZeroMemory(number);
        return text;
    }

    /// <summary>Forgets the keys.</summary>
    public void Dispose() => _key.Dispose();

    /// <summary>The signature of <c>ES256</c>, r and s of 32 bytes each (RFC 7518, 3.4).</summary>
    internal byte[] Sign(string text)
    {
        // A key object promises nothing to threads that use it at once.
        lock (_gate)
        {
            return _key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
    }
}
