using System.Security.Cryptography;

namespace Carillon.WebPush;

/// <summary>What both sides of a message derive from their keys (RFC 8291, 3.3 and 3.4).</summary>
internal static class KeyingMaterial
{
    public const int Length = 32;

    private static ReadOnlySpan<byte> Label => "WebPush: info\0"u8;

    /// <param name="own">The private key of this side.</param>
    /// <param name="other">The point of the other side.</param>
    /// <param name="authentication">The subscription's secret.</param>
    /// <param name="receiver">The point of the subscription.</param>
    /// <param name="sender">The point of the message.</param>
    /// <param name="material">32 bytes.</param>
    public static void Derive(
        ECDiffieHellman own,
        ReadOnlySpan<byte> other,
        ReadOnlySpan<byte> authentication,
        ReadOnlySpan<byte> receiver,
        ReadOnlySpan<byte> sender,
        Span<byte> material)
    {
        Span<byte> secret = stackalloc byte[P256.NumberLength];
        P256.Agree(own, other, secret);

        Span<byte> info = stackalloc byte[Label.Length + (2 * P256.PointLength)];
        Label.CopyTo(info);
        receiver.CopyTo(info[Label.Length..]);
        sender.CopyTo(info[(Label.Length + P256.PointLength)..]);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, material, authentication, info);
        CryptographicOperations.ZeroMemory(secret);
    }
}
