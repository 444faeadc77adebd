using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Carillon.Cli;

/// <summary>
/// The hooks in an agent's settings, which Claude Code and Codex write alike. Ours are those that call <c>carillon hook</c> or
/// <c>carillon wake</c>; everything else in the file is somebody else's and stays.
/// </summary>
internal static partial class HookSettings
{
    private const string Hooks = "hooks";

    /// <summary>One call of ours.</summary>
    public sealed record Entry(string Event, string Command, string? Matcher = null, int Timeout = 5, bool WakesLater = false);

    /// <summary>Reads a file's text.</summary>
    /// <exception cref="FormatException">It is nothing that can be written back without a loss.</exception>
    public static JsonObject Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return [];
        }

        try
        {
            return JsonNode.Parse(text, null, new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject
                ?? throw new FormatException("is no JSON object");
        }
        catch (JsonException error) when (error.LineNumber is { } line)
        {
            throw new FormatException($"has a comment or something else that is not JSON in line {line + 1}", error);
        }
        catch (JsonException error)
        {
            throw new FormatException($"is not JSON: {error.Message}", error);
        }
    }

    /// <summary>The settings with these calls, and with no others of ours. What is there already keeps its place: Codex trusts a hook by its place.</summary>
    /// <exception cref="FormatException">A member that has to be changed is of a kind that is not known.</exception>
    public static JsonObject With(JsonObject settings, string agent, IReadOnlyList<Entry> entries)
    {
        var changed = (JsonObject)settings.DeepClone();
        if (changed[Hooks] is not JsonObject hooks)
        {
            if (changed[Hooks] is not null)
            {
                throw new FormatException($"has a member {Hooks} that is no object");
            }

            if (entries.Count == 0)
            {
                return changed;
            }

            changed[Hooks] = hooks = [];
        }

        foreach (var name in hooks.Select(member => member.Key).Union(entries.Select(entry => entry.Event)).ToList())
        {
            var entry = entries.FirstOrDefault(entry => entry.Event == name);
            if (hooks[name] is not JsonArray groups)
            {
                if (entry is null)
                {
                    continue;
                }

                if (hooks[name] is not null)
                {
                    throw new FormatException($"has a member {Hooks}.{name} that is no list");
                }

                hooks[name] = groups = [];
            }

            Put(groups, agent, entry is null ? null : Group(entry));
            if (groups.Count == 0 && (entry is not null || settings[Hooks]![name]!.AsArray().Count > 0))
            {
                hooks.Remove(name);
            }
        }

        if (hooks.Count == 0 && settings[Hooks] is JsonObject { Count: > 0 })
        {
            changed.Remove(Hooks);
        }

        return changed;
    }

    /// <summary>Our calls as they stand in the settings, with the place of each in its event.</summary>
    public static IEnumerable<(string Event, int Group, int Place, string Command)> Calls(JsonObject settings, string agent)
    {
        foreach (var (name, value) in settings[Hooks] as JsonObject ?? [])
        {
            foreach (var (group, at) in (value as JsonArray ?? []).Select((group, at) => (group, at)))
            {
                foreach (var (call, place) in CallsOf(group).Select((call, place) => (call, place)))
                {
                    if (CommandOf(call) is { } command && IsOurs(command, agent))
                    {
                        yield return (name, at, place, command);
                    }
                }
            }
        }
    }

    /// <summary>The program that one of our calls starts; null when the command is not ours.</summary>
    public static string? ProgramOf(string command) =>
        OurCommand().Match(command) is { Success: true } match ? match.Groups["program"].Value.Trim('"', '\'') : null;

    /// <summary>The text of settings, indented as the text was that they came from.</summary>
    public static string Write(JsonObject settings, string before)
    {
        var indent = FirstIndent().Match(before) is { Success: true } first ? first.Groups["indent"].Value : "  ";
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions
        {
            Indented = true,
            IndentCharacter = indent[0],
            IndentSize = Math.Min(indent.Length, 8),
            NewLine = before.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }))
        {
            settings.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)) + (before.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n");
    }

    private static void Put(JsonArray groups, string agent, JsonObject? wanted)
    {
        var holding = groups.Where(group => CallsOf(group).Any(call => IsOurs(CommandOf(call), agent))).ToList();
        if (wanted is not null && holding is [var only] && JsonNode.DeepEquals(only, wanted))
        {
            return;
        }

        foreach (var group in holding)
        {
            var calls = group![Hooks]!.AsArray();
            foreach (var call in calls.Where(call => IsOurs(CommandOf(call), agent)).ToList())
            {
                calls.Remove(call);
            }

            if (calls.Count == 0)
            {
                groups.Remove(group);
            }
        }

        if (wanted is not null)
        {
            groups.Add((JsonNode)wanted);
        }
    }

    private static JsonObject Group(Entry entry)
    {
        var call = new JsonObject { ["type"] = "command", ["command"] = entry.Command };
        if (entry.WakesLater)
        {
            call["asyncRewake"] = true;
        }

        call["timeout"] = entry.Timeout;
        var group = new JsonObject();
        if (entry.Matcher is not null)
        {
            group["matcher"] = entry.Matcher;
        }

        group[Hooks] = new JsonArray((JsonNode)call);
        return group;
    }

    private static JsonArray CallsOf(JsonNode? group) => group is JsonObject { } one && one[Hooks] is JsonArray calls ? calls : [];

    private static string? CommandOf(JsonNode? call) =>
        call is JsonObject { } one && one["command"] is JsonValue value && value.TryGetValue<string>(out var command) ? command : null;

    private static bool IsOurs(string? command, string agent) =>
        command is not null && OurCommand().Match(command) is { Success: true } match && match.Groups["agent"].Value == agent;

    [GeneratedRegex("""^\s*(?:\w+=\S*\s+)*(?<program>"(?:[^"]*[/\\])?carillon(?:\.exe)?"|'(?:[^']*[/\\])?carillon(?:\.exe)?'|(?:[^\s"']*[/\\])?carillon(?:\.exe)?)\s+(?:hook|wake)\s+(?<agent>[a-z-]+)(?=\s|$)""")]
    private static partial Regex OurCommand();

    [GeneratedRegex(@"^\{\s*?\r?\n(?<indent> +|\t+)""")]
    private static partial Regex FirstIndent();
}
