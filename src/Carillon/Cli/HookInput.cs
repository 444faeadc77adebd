using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Carillon.Cli;

/// <summary>The members of a hook's JSON object that are text, or lists that begin with text; everything else is passed over.</summary>
/// <remarks>
/// A tool's answer can be larger than we care to read, and it comes last: what was read of an object that was cut off counts. What is not
/// Unicode costs its characters, not the text: some consoles hand on the bytes of an old code page.
/// </remarks>
internal sealed class HookInput
{
    private const string Replacement = "\uFFFD";

    private readonly Dictionary<string, string> _members = new(StringComparer.Ordinal);

    private HookInput()
    {
    }

    /// <summary>The member's text, or null when it is missing, empty or something else. <c>tool_input.command</c> is one of <c>tool_input</c>.</summary>
    public string? this[string name] => _members.GetValueOrDefault(name) is { Length: > 0 } text ? text : null;

    /// <summary>True when <c>background_tasks</c> names one that still runs.</summary>
    public bool HasRunningTasks { get; private set; }

    /// <exception cref="JsonException">This is no JSON object.</exception>
    public static HookInput Read(ReadOnlySpan<byte> json)
    {
        json = WithoutMark(json);
        var input = new HookInput();
        var reader = new Utf8JsonReader(Utf8.IsValid(json) ? json : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json)), isFinalBlock: false, default);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("The input is not a JSON object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Text(ref reader);
            if (!reader.Read() || !input.Take(name, ref reader))
            {
                break;
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

    /// <summary>Takes a member's value; false when the object was cut off in it.</summary>
    private bool Take(string name, ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.StartArray && name == "background_tasks")
        {
            return TakeTasks(ref reader);
        }

        if (reader.TokenType == JsonTokenType.StartObject && name == "tool_input")
        {
            return TakeToolInput(name, ref reader);
        }

        if (reader.TokenType == JsonTokenType.StartArray)
        {
            var depth = reader.CurrentDepth;
            if (!reader.Read())
            {
                return false;
            }

            Keep(name, ref reader);
            while (reader.CurrentDepth > depth)
            {
                if (!reader.Read())
                {
                    return false;
                }
            }

            return true;
        }

        Keep(name, ref reader);
        return reader.TrySkip();
    }

    private bool TakeToolInput(string name, ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var inner = Text(ref reader);
            if (!reader.Read())
            {
                return false;
            }

            Keep($"{name}.{inner}", ref reader);
            if (!reader.TrySkip())
            {
                return false;
            }
        }

        return reader.TokenType == JsonTokenType.EndObject;
    }

    private bool TakeTasks(ref Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndArray && reader.CurrentDepth == depth)
            {
                return true;
            }

            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("status"u8))
            {
                if (!reader.Read())
                {
                    return false;
                }

                HasRunningTasks |= reader.TokenType == JsonTokenType.String && (reader.ValueTextEquals("running"u8) || reader.ValueTextEquals("pending"u8));
            }
        }

        return false;
    }

    private void Keep(string name, ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            _members[name] = Text(ref reader);
        }
    }

    private static string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, spelled as an escape.
            return Unescaped(Encoding.UTF8.GetString(reader.ValueSpan));
        }
    }

    /// <summary>A JSON string's text, with U+FFFD for each half of a surrogate pair.</summary>
    private static string Unescaped(string raw)
    {
        var text = new StringBuilder(raw.Length);
        for (var at = 0; at < raw.Length; at++)
        {
            if (raw[at] != '\\')
            {
                text.Append(raw[at]);
                continue;
            }

            at++;
            text.Append(raw[at] switch
            {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\b',
                'f' => '\f',
                'u' => (char)Convert.ToUInt16(raw.Substring((at += 4) - 3, 4), 16),
                var itself => itself,
            });
        }

        // The runes of a text with half a pair have U+FFFD in its place.
        var whole = new StringBuilder(text.Length);
        foreach (var rune in text.ToString().EnumerateRunes())
        {
            whole.Append(rune == Rune.ReplacementChar ? Replacement : rune.ToString());
        }

        return whole.ToString();
    }

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> json) =>
        json is [0xEF, 0xBB, 0xBF, .. var rest] ? rest : json;
}
