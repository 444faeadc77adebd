using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Carillon.Cli;

/// <summary>How a command lists things: a line each for people, or the JSON of the same list over HTTP.</summary>
internal static class Listed
{
    public static Option<bool> JsonOption() => new("--json") { Description = "Print one JSON object instead, as the HTTP API answers." };

    public static async Task WriteAsync<TList, TItem>(
        Terminal terminal, bool asJson, TList list, JsonTypeInfo<TList> type, IEnumerable<TItem> items, Func<TItem, string> line)
    {
        foreach (var text in asJson ? [JsonSerializer.Serialize(list, type)] : items.Select(line))
        {
            await terminal.Output.WriteLineAsync(text);
        }
    }
}
