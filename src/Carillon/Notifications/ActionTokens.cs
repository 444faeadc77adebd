using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Carillon.Accounts;
using Carillon.Protocol;

namespace Carillon.Notifications;

/// <summary>
/// Proves that whoever executes an action has read this server's own answers. A token belongs to one sign-in or token, runs out,
/// and is a keyed hash: the server stores none, and every node of a cluster can check it.
/// </summary>
internal sealed class ActionTokens(ServerSecret secret, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    public ActionToken Issue(Access access)
    {
        var expiresAt = DateTimeOffset.FromUnixTimeSeconds((time.GetUtcNow() + Lifetime).ToUnixTimeSeconds());
        Span<byte> token = stackalloc byte[8 + HMACSHA256.HashSizeInBytes];
        BinaryPrimitives.WriteInt64BigEndian(token, expiresAt.ToUnixTimeSeconds());
        Code(access, expiresAt.ToUnixTimeSeconds()).CopyTo(token[8..]);
        return new ActionToken { Token = Base64Url.EncodeToString(token), ExpiresAt = expiresAt };
    }

    public bool IsValid(Access access, string? token)
    {
        Span<byte> bytes = stackalloc byte[8 + HMACSHA256.HashSizeInBytes];
        if (token is null || token.Length > 64 || !Base64Url.IsValid(token, out var length) || length != bytes.Length)
        {
            return false;
        }

        Base64Url.DecodeFromChars(token, bytes);
        var expiresAt = BinaryPrimitives.ReadInt64BigEndian(bytes);
        return CryptographicOperations.FixedTimeEquals(bytes[8..], Code(access, expiresAt)) && time.GetUtcNow().ToUnixTimeSeconds() < expiresAt;
    }

    private byte[] Code(Access access, long expiresAt) => secret.Sign($"action {access.Id} {expiresAt}");
}
