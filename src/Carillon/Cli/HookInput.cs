using System.Text.Json;

namespace Carillon.Cli;

/// <summary>The members of a hook's JSON object that are text, or lists that begin with text; everything else is passed over.</summary>
/// <remarks>
/// A tool's answer can be larger than we care to read, and it comes last: what was read of an object that was cut off counts.
/// </remarks>
internal sealed class HookInput
{
    private readonly Dictionary<string, string> _members = new(StringComparer.Ordinal);

    private HookInput()
    {
    }

    /// <summary>The member's text, or null when it is missing, empty or something else.</summary>
    public string? this[string name] => _members.GetValueOrDefault(name) is { Length: > 0 } text ? text : null;

    /// <exception cref="JsonException">This is no JSON object.</exception>
    public static HookInput Read(ReadOnlySpan<byte> json)
    {
        var input = new HookInput();
        var reader = new Utf8JsonReader(WithoutMark(json), isFinalBlock: false, default);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("The input is not a JSON object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Text(ref reader);
            if (!reader.Read())
            {
                break;
            }

            if (reader.TokenType == JsonTokenType.StartArray)
            {
                var depth = reader.CurrentDepth;
                if (!reader.Read())
                {
                    break;
                }

                input.Keep(name, ref reader);
                while (reader.CurrentDepth > depth && reader.Read())
                {
                }
            }
            else
            {
                input.Keep(name, ref reader);
                if (!reader.TrySkip())
                {
                    break;
                }
            }
        }

        return input;
    }

    /// <summary>Whether a whole object is there, so that there is no need to wait for the end of the input.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> json)
    {
        if (json.TrimEnd(" \t\r\n"u8) is not [.., (byte)'}'])
        {
            return false;       // the cheap answer for nearly every piece
        }

        try
        {
            var reader = new Utf8JsonReader(WithoutMark(json), isFinalBlock: false, default);
            return reader.Read() && reader.TrySkip();
        }
        catch (JsonException)
        {
            return true;        // what comes will not mend it
        }
    }

    private void Keep(string? name, ref Utf8JsonReader reader)
    {
        if (name is not null && reader.TokenType == JsonTokenType.String && Text(ref reader) is { } text)
        {
            _members[name] = text;
        }
    }

    /// <summary>Null for text that is no Unicode, such as half of a surrogate pair.</summary>
    private static string? Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> json) =>
        json is [0xEF, 0xBB, 0xBF, .. var rest] ? rest : json;
}
