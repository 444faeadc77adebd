using System.Security.Cryptography;

namespace Carillon.WebPush;

/// <summary>Encrypts messages so that only the subscribed browser reads them (RFC 8291). May be used by many threads at once.</summary>
public sealed class PushEncryption : IDisposable
{
    /// <summary>The largest body that every push service takes, in bytes (RFC 8030, 7.2).</summary>
    public const int MaxBodyLength = 4_096;

    /// <summary>The largest plaintext, in bytes: what header (86), tag (16) and delimiter (1) leave of <see cref="MaxBodyLength"/>.</summary>
    public const int MaxPlaintextLength =
        MaxBodyLength - ContentCoding.FixedHeaderLength - P256.PointLength - ContentCoding.TagLength - 1;

    /// <summary>The longest time for which a sender key may be used.</summary>
    public static readonly TimeSpan LongestSenderKeyLife = TimeSpan.FromHours(24);

    private readonly TimeSpan _senderKeyLife;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private SenderKey? _shared;
    private long _sharedSince;
    private bool _isDisposed;

    /// <summary>Makes an encryption.</summary>
    /// <param name="senderKeyLife">
    /// For how long a sender key is used; 0 to 24 hours. Zero makes a new one for each message, as RFC 8291, 3.1 recommends. More saves making a key with each
    /// message, and costs secrecy: whoever reads the key out of the process's memory can read all messages of that time if they also have the subscriptions'
    /// secrets, and a receiver sees that its messages came from one process. Key and nonce of the cipher stay fresh, since the salt is. Threads then
    /// share the key and wait for each other.
    /// </param>
    /// <param name="time">The clock; the system's if absent.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="senderKeyLife"/> is negative or longer than 24 hours.</exception>
    public PushEncryption(TimeSpan senderKeyLife = default, TimeProvider? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(senderKeyLife, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(senderKeyLife, LongestSenderKeyLife);
        (_senderKeyLife, _time) = (senderKeyLife, time ?? TimeProvider.System);
    }

    /// <summary>Encrypts a message for a subscription (RFC 8291, 3 and 4).</summary>
    /// <param name="subscription">Whose message it is.</param>
    /// <param name="plaintext">0 to 3,993 bytes.</param>
    /// <param name="padding">
    /// How many zero bytes to add, which hide the message's length from the push service; 0 to 3,993 less the plaintext.
    /// </param>
    /// <returns>The body of the request, of content encoding <c>aes128gcm</c>: 103 bytes more than plaintext and padding, 4,096 at most.</returns>
    /// <exception cref="ArgumentException"><paramref name="plaintext"/> is too large.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="padding"/> is negative or does not fit.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public byte[] Encrypt(PushSubscription subscription, ReadOnlySpan<byte> plaintext, int padding = 0)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        ThrowIfTooLarge(plaintext.Length, padding);
        Span<byte> salt = stackalloc byte[ContentCoding.SaltLength];
        RandomNumberGenerator.Fill(salt);
        if (_senderKeyLife == TimeSpan.Zero)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            using var fresh = new SenderKey(ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256));
            return Seal(subscription, plaintext, padding, fresh, salt);
        }

        // A key object promises nothing to threads that use it at once.
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return Seal(subscription, plaintext, padding, Shared(), salt);
        }
    }

    /// <summary>Forgets the sender key. Messages that were encrypted stay good.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _shared?.Dispose();
        }
    }

    /// <summary>With key and salt given the result is determined: what RFC 8291's Appendix A is checked with. A salt serves once.</summary>
    internal static byte[] Seal(PushSubscription subscription, ReadOnlySpan<byte> plaintext, int padding, SenderKey sender, ReadOnlySpan<byte> salt)
    {
        Span<byte> material = stackalloc byte[KeyingMaterial.Length];
        KeyingMaterial.Derive(sender.Key, subscription.P256dh, subscription.Auth, subscription.P256dh, sender.Point, material);
        var body = ContentCoding.Encrypt(material, salt, sender.Point, plaintext, padding, MaxBodyLength);
        CryptographicOperations.ZeroMemory(material);
        return body;
    }

    internal static void ThrowIfTooLarge(int plaintextLength, int padding)
    {
        if (plaintextLength > MaxPlaintextLength)
        {
            throw new ArgumentException(
                $"A push message carries {MaxPlaintextLength} bytes at most and this one has {plaintextLength}. Send less, and let the page fetch the rest.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(padding, MaxPlaintextLength - plaintextLength);
    }

    private SenderKey Shared()
    {
        if (_shared is null || _time.GetElapsedTime(_sharedSince) >= _senderKeyLife)
        {
            _shared?.Dispose();
            _shared = new SenderKey(ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256));
            _sharedSince = _time.GetTimestamp();
        }

        return _shared;
    }
}
