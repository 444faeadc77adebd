using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Carillon.Agents;

/// <summary>
/// Reads JSON that somebody else's program wrote. What is missing or has another type is absent, and half a character costs that character
/// and not the line that it stands in.
/// </summary>
internal static class LooseJson
{
    public static JsonElement Member(JsonElement of, string name)
    {
        try
        {
            return of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var member) ? member : default;
        }
        catch (InvalidOperationException)
        {
            return default;     // the name of another member is no Unicode
        }
    }

    /// <summary>The text of a member; null when it is none.</summary>
    public static string? Word(JsonElement of, string name) => Text(Member(of, name));

    /// <summary>The text of a string. Half a surrogate pair stays what it is: its other half may be the first of the text that follows.</summary>
    public static string? Text(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return Unescaped(value.GetRawText().AsSpan()[1..^1]);
        }
    }

    public static bool Is(JsonElement of, string name) => Member(of, name).ValueKind == JsonValueKind.True;

    public static long? Number(JsonElement of, string name) =>
        Member(of, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : null;

    public static JsonElement[] Items(JsonElement of, string name) =>
        Member(of, name) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];

    // The parser has looked at the escapes: they are complete.
    private static string Unescaped(ReadOnlySpan<char> raw)
    {
        var text = new StringBuilder(raw.Length);
        for (var at = 0; at < raw.Length; at++)
        {
            if (raw[at] is not '\\')
            {
                text.Append(raw[at]);
                continue;
            }

            switch (raw[++at])
            {
                case 'u':
                    text.Append((char)ushort.Parse(raw.Slice(at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                    at += 4;
                    break;
                case 'n':
                    text.Append('\n');
                    break;
                case 't':
                    text.Append('\t');
                    break;
                case 'r':
                    text.Append('\r');
                    break;
                case 'b':
                    text.Append('\b');
                    break;
                case 'f':
                    text.Append('\f');
                    break;
                case var itself:
                    text.Append(itself);
                    break;
            }
        }

        return text.ToString();
    }
}
