using System.Numerics;
using System.Security.Cryptography;

namespace Carillon.WebPush;

/// <summary>The curve of Web Push, P-256, and its keys as they are written: numbers of 32 bytes, whatever their leading zeros.</summary>
internal static class P256
{
    /// <summary>The length of a coordinate, of a private key and of a shared secret, in bytes.</summary>
    public const int NumberLength = 32;

    /// <summary>The length of an uncompressed point: 0x04, x, y.</summary>
    public const int PointLength = 1 + (2 * NumberLength);

    private const byte Uncompressed = 4;

    // FIPS 186-4, D.1.2.3: the prime, b, and the order of the group. a is -3.
    private static readonly BigInteger Prime = Number(Convert.FromHexString("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"));
    private static readonly BigInteger B = Number(Convert.FromHexString("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"));
    private static readonly BigInteger Order = Number(Convert.FromHexString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"));

    /// <summary>
    /// True for 65 bytes that are a point of the curve. The platforms check this too when they import a key, each in its own way; checked here,
    /// the answer is the same everywhere (RFC 8291, 7). The cofactor is 1, so a point of the curve is a valid public key.
    /// </summary>
    public static bool IsPoint(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != PointLength || bytes[0] != Uncompressed)
        {
            return false;
        }

        var x = Number(bytes[1..(1 + NumberLength)]);
        var y = Number(bytes[(1 + NumberLength)..]);
        return x < Prime && y < Prime && (((x * x * x) - (3 * x) + B - (y * y)) % Prime).IsZero;
    }

    /// <summary>True for 32 bytes that are a private key: a number from 1 up to the order of the group, which is out.</summary>
    public static bool IsPrivateKey(ReadOnlySpan<byte> bytes) =>
        bytes.Length == NumberLength && Number(bytes) is { IsZero: false } number && number < Order;

    public static ECPoint Read(ReadOnlySpan<byte> point) =>
        new() { X = point[1..(1 + NumberLength)].ToArray(), Y = point[(1 + NumberLength)..].ToArray() };

    public static byte[] Write(ECPoint point)
    {
        var bytes = new byte[PointLength];
        bytes[0] = Uncompressed;
        WriteNumber(point.X, bytes.AsSpan(1, NumberLength));
        WriteNumber(point.Y, bytes.AsSpan(1 + NumberLength));
        return bytes;
    }

    /// <summary>Right-aligned with zeros before it: a number that begins with zeros may come shorter, and counts with them.</summary>
    public static void WriteNumber(ReadOnlySpan<byte> number, Span<byte> into)
    {
        into.Clear();
        number.CopyTo(into[(into.Length - number.Length)..]);
    }

    /// <summary>The parameters of a key pair. With a private key alone the platform computes the public one.</summary>
    public static ECParameters Parameters(ReadOnlySpan<byte> privateKey, ECPoint publicKey = default) =>
        new() { Curve = ECCurve.NamedCurves.nistP256, D = privateKey.ToArray(), Q = publicKey };

    /// <summary>The shared secret, 32 bytes (RFC 8291, 3.1).</summary>
    public static void Agree(ECDiffieHellman own, ReadOnlySpan<byte> otherPoint, Span<byte> secret)
    {
        using var other = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = Read(otherPoint) });
        using var otherKey = other.PublicKey;
        var raw = own.DeriveRawSecretAgreement(otherKey);
        WriteNumber(raw, secret);
        CryptographicOperations.ZeroMemory(raw);
    }

    private static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);
}
