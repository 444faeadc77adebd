using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging.Abstractions;

namespace Carillon.Storage;

/// <summary>
/// Reads JSON that lies in the database. It may be of a newer node, with members and words that this one does not know, or of an older
/// version, without members that there were not then: neither makes a read fail. What cannot be read costs that member, and an error in
/// the log that names it.
/// </summary>
internal static partial class StoredJson
{
    // Rows are read by static functions, which know nobody whom they could tell.
    private static ILogger _log = NullLogger.Instance;

    /// <summary>Names the log for what cannot be read.</summary>
    public static void LogTo(ILogger log) => _log = log;

    /// <summary>What the text says; null when there is none, or when it says nothing of this type.</summary>
    /// <param name="type">Of a context that skips unknown members.</param>
    /// <param name="column">Table and column, for the log.</param>
    /// <param name="row">Names the row, for the log.</param>
    public static T? Read<T>(string? text, JsonTypeInfo<T> type, string column, string row)
        where T : class
    {
        try
        {
            return text is null ? null : JsonSerializer.Deserialize(text, type);
        }
        catch (JsonException)
        {
            return Mended(() => JsonNode.Parse(text!), type, column, row);
        }
    }

    /// <summary>What the bytes say; null when they say nothing of this type.</summary>
    public static T? Read<T>(byte[] json, JsonTypeInfo<T> type, string column, string row)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException)
        {
            return Mended(() => JsonNode.Parse(json), type, column, row);
        }
    }

    private static T? Mended<T>(Func<JsonNode?> parse, JsonTypeInfo<T> type, string column, string row)
        where T : class
    {
        var lost = new List<string>();
        T? read = null;
        try
        {
            read = Mend(parse(), type, "$", lost)?.Deserialize(type);
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidOperationException)
        {
            // No JSON at all, or a name twice in one object.
            lost = [error.Message];
        }

        if (lost.Count > 0)
        {
            LogLost(_log, column, row, string.Join(", ", lost));
        }

        return read;
    }

    /// <summary>Makes of a value what the type can read; null when nothing of it is left.</summary>
    private static JsonNode? Mend(JsonNode? node, JsonTypeInfo type, string path, List<string> lost)
    {
        if (node is JsonObject members && type.Kind == JsonTypeInfoKind.Object)
        {
            foreach (var member in type.Properties.Where(member => !member.IsExtensionData))
            {
                MendMember(members, member, type.Options.GetTypeInfo(member.PropertyType), $"{path}.{member.Name}", lost);
            }

            return members;
        }

        if (node is JsonArray items && type is { Kind: JsonTypeInfoKind.Enumerable, ElementType: { } element })
        {
            var inner = type.Options.GetTypeInfo(element);
            for (var at = items.Count - 1; at >= 0; at--)
            {
                if (items[at] is null || (!CanRead(items[at]!, inner) && Mend(items[at], inner, $"{path}[{at}]", lost) is null))
                {
                    items.RemoveAt(at);
                }
            }

            return items;
        }

        if (node is not null && CanRead(node, type))
        {
            return node;
        }

        lost.Add(path);
        return null;
    }

    private static void MendMember(JsonObject members, JsonPropertyInfo member, JsonTypeInfo type, string path, List<string> lost)
    {
        var isThere = members.TryGetPropertyValue(member.Name, out var value);
        if (isThere && (value is null ? member.IsSetNullable : CanRead(value, type)))
        {
            return;
        }

        // What was not there in older versions is nothing to complain about.
        if (value is not null && Mend(value, type, path, lost) is not null)
        {
            return;
        }

        members.Remove(member.Name);
        if (member.IsRequired)
        {
            members[member.Name] = Empty(type);
        }
    }

    private static bool CanRead(JsonNode node, JsonTypeInfo type)
    {
        try
        {
            node.Deserialize(type);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static JsonNode? Empty(JsonTypeInfo type) => type.Kind switch
    {
        JsonTypeInfoKind.Object => Mend(new JsonObject(), type, "$", []),
        JsonTypeInfoKind.Enumerable => new JsonArray(),
        JsonTypeInfoKind.Dictionary => new JsonObject(),
        _ when type.Type == typeof(string) => JsonValue.Create(string.Empty),
        _ when type.Type == typeof(bool) => JsonValue.Create(false),
        _ when type.Type == typeof(DateTimeOffset) => JsonValue.Create("1970-01-01T00:00:00.000Z"),
        _ when type.Type.IsPrimitive => JsonValue.Create(0),
        _ => null,
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "{Column} of {Row} cannot be read and was left out: {Lost}")]
    private static partial void LogLost(ILogger log, string column, string row, string lost);
}
