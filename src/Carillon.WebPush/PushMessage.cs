namespace Carillon.WebPush;

/// <summary>How much a message is worth waking a device for (RFC 8030, 5.3).</summary>
public enum PushUrgency
{
    /// <summary><c>very-low</c>: on power and on Wi-Fi. An advertisement.</summary>
    VeryLow,

    /// <summary><c>low</c>: on power or on Wi-Fi. A change of topic.</summary>
    Low,

    /// <summary><c>normal</c>: on neither. What the standard takes where nothing is said.</summary>
    Normal,

    /// <summary><c>high</c>: also with a low battery. A call, a person who is waited for.</summary>
    High,
}

/// <summary>A message and how a push service is to treat it (RFC 8030, 5).</summary>
public sealed record PushMessage
{
    /// <summary>The longest <see cref="TimeToLive"/>: four weeks, the most that the large push services keep a message.</summary>
    public static readonly TimeSpan LongestTimeToLive = TimeSpan.FromDays(28);

    /// <summary>The longest <see cref="Topic"/>, in characters (RFC 8030, 5.4).</summary>
    public const int MaxTopicLength = 32;

    /// <summary>What the browser gets to read: 0 to 3,993 bytes, most often UTF-8. It is encrypted on the way.</summary>
    /// <exception cref="ArgumentException">It is larger.</exception>
    public required ReadOnlyMemory<byte> Payload
    {
        get;
        init
        {
            PushEncryption.ThrowIfTooLarge(value.Length, 0);
            field = value;
        }
    }

    /// <summary>
    /// For how long the push service keeps the message for a device that is away; 0 to 28 days, rounded up to whole seconds, 4 hours unless set. Zero
    /// means now or never. A short time loses what happens while a phone sleeps (RFC 8030, 5.2).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or longer.</exception>
    public TimeSpan TimeToLive
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, LongestTimeToLive);
            field = value;
        }
    } = TimeSpan.FromHours(4);

    /// <summary>What the message is worth (RFC 8030, 5.3); normal unless set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the four.</exception>
    public PushUrgency Urgency
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Not an urgency");
    } = PushUrgency.Normal;

    /// <summary>
    /// A message takes the place of one with the same topic that has not been delivered yet; null for none. 1 to 32 characters of the alphabet of
    /// base64url (RFC 8030, 5.4). The push service can read it: it is not encrypted.
    /// </summary>
    /// <exception cref="ArgumentException">It is empty, longer, or has other characters.</exception>
    public string? Topic
    {
        get;
        init
        {
            if (value is { Length: 0 or > MaxTopicLength } || (value is not null && !Base64UrlText.IsAlphabetAlone(value)))
            {
                throw new ArgumentException($"A topic has 1 to {MaxTopicLength} letters, digits, - and _", nameof(value));
            }

            field = value;
        }
    }

    /// <summary>How many zero bytes are added before encryption, to hide the length; 0 to what <see cref="PushEncryption.Encrypt"/> has room for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or more than 3,993.</exception>
    public int Padding
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, PushEncryption.MaxPlaintextLength);
            field = value;
        }
    }
}
