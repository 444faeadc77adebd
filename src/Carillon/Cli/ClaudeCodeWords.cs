using System.Text;
using System.Text.Json;

namespace Carillon.Cli;

/// <summary>
/// How words are put before Claude Code: by what a hook prints. Output as documented at https://code.claude.com/docs/en/hooks.
/// </summary>
internal static class ClaudeCodeWords
{
    /// <summary>Beside what it reads anyway at this event.</summary>
    public static Func<string, string> AsContext(string hookEvent) => words => Json(json =>
    {
        json.WriteStartObject("hookSpecificOutput");
        json.WriteString("hookEventName", hookEvent);
        json.WriteString("additionalContext", words);
        json.WriteEndObject();
    });

    /// <summary>Instead of stopping, it goes on with the words.</summary>
    public static string AsNextStep(string words) => Json(json =>
    {
        json.WriteString("decision", "block");
        json.WriteString("reason", words);
    });

    private static string Json(Action<Utf8JsonWriter> members)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
