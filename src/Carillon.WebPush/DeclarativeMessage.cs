using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Carillon.WebPush;

/// <summary>In which direction a notification's texts run.</summary>
public enum TextDirection
{
    /// <summary>As their letters say.</summary>
    Auto,

    /// <summary>From left to right.</summary>
    LeftToRight,

    /// <summary>From right to left.</summary>
    RightToLeft,
}

/// <summary>
/// A payload that a browser can show without asking the page's worker: Declarative Web Push, in both grammars that are in use. WebKit reads
/// <c>app_badge</c> and <c>mutable</c> inside <c>notification</c>, the W3C's Push API beside it, so they stand in both places.
/// </summary>
/// <remarks>A worker that gets such a message as an ordinary push finds the same members in its JSON.</remarks>
public sealed record DeclarativeMessage
{
    /// <summary>The usual limit of the JSON, in bytes: 2.7 KiB. It leaves room for padding, and for push services that take less than they should.</summary>
    public const int UsualMaxLength = 2_764;

    /// <summary>The smallest limit that can be kept whatever the message, in bytes.</summary>
    public const int LeastMaxLength = 1_536;

    /// <summary>The longest address, in characters of ASCII: it can be neither dropped nor shortened.</summary>
    public const int MaxAddressLength = 1_024;

    /// <summary>What is left of a long text at first, in characters as people count them. No system shows more of a title.</summary>
    private const int FirstCut = 200;

    private const string Ellipsis = "…";

    // For parsers of JSON alone, so nothing has to be written as \u0026 for the sake of HTML.
    private static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    private static readonly JsonWriterOptions Writing = new() { Encoder = Encoder };

    /// <summary>What a message gives up, in this order, until it fits. Each gets the number of bytes that are too many.</summary>
    /// <remarks>The summary of <see cref="ToUtf8Json"/> promises the order.</remarks>
    private static readonly Func<DeclarativeMessage, int, DeclarativeMessage>[] Sacrifices =
    [
        (message, excess) => message with { Body = Shorten(message.Body, excess, FirstCut) },
        (message, excess) => message with { Title = Shorten(message.Title, excess, FirstCut)! },
        (message, _) => message with { Icon = null },
        (message, _) => message with { Actions = [] },
        (message, _) => message with { Data = null },
        (message, excess) => message with { Body = Shorten(message.Body, excess, 0) is { } left and not Ellipsis ? left : null },
        (message, _) => message with { Lang = null },
        (message, _) => message with { Tag = null },
        (message, excess) => message with { Title = Shorten(message.Title, excess, 0)! },
    ];

    /// <summary>The first line; not empty. Half of a surrogate pair becomes U+FFFD, here and in every other text.</summary>
    /// <exception cref="ArgumentException">It is empty or white space alone, which WebKit refuses.</exception>
    public required string Title
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(value);
            field = Whole(value)!;
        }
    }

    /// <summary>What opens when the notification is activated: absolute, http or https, at most 1,024 characters when written in ASCII.</summary>
    /// <exception cref="ArgumentException">It is not such an address.</exception>
    public required Uri Navigate
    {
        get;
        init => field = DeclarativeAction.Checked(value);
    }

    /// <summary>The text below the title; null for none.</summary>
    public string? Body
    {
        get;
        init => field = Whole(value);
    }

    /// <summary>The language of the texts, a tag of BCP 47 such as <c>pt-BR</c>; null for not known.</summary>
    public string? Lang
    {
        get;
        init => field = Whole(value);
    }

    /// <summary>The direction of the texts.</summary>
    public TextDirection Direction { get; init; }

    /// <summary>A notification takes the place of one with the same tag; null for none.</summary>
    public string? Tag
    {
        get;
        init => field = Whole(value);
    }

    /// <summary>The address of a picture: absolute, http or https, at most 1,024 characters; null for none.</summary>
    /// <exception cref="ArgumentException">It is not such an address.</exception>
    public Uri? Icon
    {
        get;
        init => field = value is null ? null : DeclarativeAction.Checked(value);
    }

    /// <summary>True makes no sound; null leaves it to the browser.</summary>
    public bool? Silent { get; init; }

    /// <summary>True for a notification that stays until somebody deals with it, where the system has that.</summary>
    public bool RequireInteraction { get; init; }

    /// <summary>True rings again for a notification that takes another's place. Only with a <see cref="Tag"/>: without one the standard refuses it.</summary>
    public bool Renotify { get; init; }

    /// <summary>The number on the app's icon, 0 or more; 0 takes it away and null leaves it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int? AppBadge
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0);
            field = value;
        }
    }

    /// <summary>True lets the page's worker change the notification before it is shown. Without it Safari does not run the worker.</summary>
    public bool Mutable { get; init; }

    /// <summary>What the page finds in the notification's <c>data</c>: any JSON; null for nothing.</summary>
    public JsonElement? Data { get; init; }

    /// <summary>Buttons. Systems show the first two, Safari none.</summary>
    public IReadOnlyList<DeclarativeAction> Actions { get; init; } = [];

    /// <summary>
    /// Writes the message, without what does not fit. It gives up, in this order and only as far as it must: the body beyond 200 characters, the title
    /// beyond 200, the icon, the actions, the data, the rest of the body, the language, the tag, the rest of the title. A text that was cut ends in
    /// <c>…</c>. Title and address are always there, and so are the numbers and truth values.
    /// </summary>
    /// <param name="maxLength">The most bytes; 1,536 to 3,993.</param>
    /// <returns>JSON in UTF-8.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxLength"/> is out of its range.</exception>
    public byte[] ToUtf8Json(int maxLength = UsualMaxLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, LeastMaxLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxLength, PushEncryption.MaxPlaintextLength);
        var message = this;
        var json = message.Write();
        foreach (var sacrifice in Sacrifices)
        {
            if (json.Length <= maxLength)
            {
                break;
            }

            message = sacrifice(message, json.Length - maxLength);
            json = message.Write();
        }

        return json;
    }

    /// <summary>Takes whole characters off the end until at least so many bytes of JSON are gone, but leaves the first <paramref name="kept"/>.</summary>
    private static string? Shorten(string? text, int excess, int kept)
    {
        if (text is null)
        {
            return null;
        }

        // Whole characters as people see them, so that no letter loses its accent and no family a child.
        var starts = StringInfo.ParseCombiningCharacters(text);
        var end = text.Length;
        var wanted = excess + EncodedLength(Ellipsis);
        for (var at = starts.Length - 1; at >= kept && wanted > 0; at--)
        {
            wanted -= EncodedLength(text.AsSpan(starts[at]..end));
            end = starts[at];
        }

        return end == text.Length ? text : string.Concat(text.AsSpan(0, end).TrimEnd(), Ellipsis);
    }

    private static int EncodedLength(ReadOnlySpan<char> text) => JsonEncodedText.Encode(text, Encoder).EncodedUtf8Bytes.Length;

    /// <summary>The text with U+FFFD where half of a surrogate pair stood: a message with one could not be written in UTF-8.</summary>
    private static string? Whole(string? text) => text is null ? null : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private byte[] Write()
    {
        var buffer = new ArrayBufferWriter<byte>(UsualMaxLength);
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            json.WriteStartObject();
            json.WriteNumber("web_push", 8030);
            if (AppBadge is { } badge)
            {
                json.WriteNumber("app_badge", badge);
            }

            WriteIfTrue(json, "mutable", Mutable);
            json.WriteStartObject("notification");
            WriteNotification(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private void WriteNotification(Utf8JsonWriter json)
    {
        json.WriteString("title", Title);
        WriteText(json, "body", Body);
        WriteText(json, "lang", Lang);
        json.WriteString("dir", Direction switch
        {
            TextDirection.LeftToRight => "ltr",
            TextDirection.RightToLeft => "rtl",
            _ => "auto",
        });
        WriteText(json, "tag", Tag);
        json.WriteString("navigate", Origin.Whole(Navigate));
        WriteText(json, "icon", Icon is null ? null : Origin.Whole(Icon));
        if (Silent is { } silent)
        {
            json.WriteBoolean("silent", silent);
        }

        WriteIfTrue(json, "requireInteraction", RequireInteraction);
        WriteIfTrue(json, "renotify", Renotify && !string.IsNullOrEmpty(Tag));

        // WebKit takes a number here or digits in a text, as its own examples have it.
        WriteText(json, "app_badge", AppBadge?.ToString(CultureInfo.InvariantCulture));
        WriteIfTrue(json, "mutable", Mutable);
        if (Data is { ValueKind: not JsonValueKind.Undefined } data)
        {
            json.WritePropertyName("data");
            data.WriteTo(json);
        }

        if (Actions.Count > 0)
        {
            json.WriteStartArray("actions");
            foreach (var action in Actions)
            {
                json.WriteStartObject();
                json.WriteString("action", Whole(action.Action));
                json.WriteString("title", Whole(action.Title));
                json.WriteString("navigate", Origin.Whole(action.Navigate));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
        {
            json.WriteString(name, text);
        }
    }

    private static void WriteIfTrue(Utf8JsonWriter json, string name, bool value)
    {
        if (value)
        {
            json.WriteBoolean(name, true);
        }
    }
}
