using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Carillon.Load;

/// <summary>How much script the page's first load transfers, as the server compresses it.</summary>
internal static partial class PageCommand
{
    public static JsonObject Run(Arguments arguments)
    {
        var target = new Target(arguments.Text("url"));
        var encoding = arguments.Find("encoding") ?? "br, gzip";
        arguments.RefuseOthers();
        return MeasureAsync(target, encoding).GetAwaiter().GetResult();
    }

    private static async Task<JsonObject> MeasureAsync(Target target, string encoding)
    {
        using var http = new HttpClient { BaseAddress = target.Url };
        var page = await http.GetStringAsync(new Uri("/", UriKind.Relative));
        http.DefaultRequestHeaders.TryAddWithoutValidation("Accept-Encoding", encoding);

        // What the page names and what those files import at once; a dynamic import is not part of the first load.
        var waiting = new Queue<string>(Scripts().Matches(page).Select(match => match.Groups["path"].Value));
        var seen = new HashSet<string>();
        long transferred = 0;
        var encodings = new SortedSet<string>(StringComparer.Ordinal);
        using var plain = new HttpClient { BaseAddress = target.Url };
        while (waiting.TryDequeue(out var path))
        {
            if (!seen.Add(path) || seen.Count > 100)
            {
                continue;
            }

            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
            answer.EnsureSuccessStatusCode();
            transferred += (await answer.Content.ReadAsByteArrayAsync()).LongLength;
            encodings.Add(string.Join(",", answer.Content.Headers.ContentEncoding) is { Length: > 0 } name ? name : "none");

            var folder = path[..(path.LastIndexOf('/') + 1)];
            foreach (Match match in StaticImports().Matches(await plain.GetStringAsync(new Uri(path, UriKind.Relative))))
            {
                waiting.Enqueue(new Uri(new Uri(target.Url, folder), match.Groups["path"].Value).AbsolutePath);
            }
        }

        return new JsonObject
        {
            ["scripts"] = seen.Count,
            ["compressedKb"] = Math.Round(transferred / 1024.0, 1),
            ["encoding"] = string.Join(" ", encodings),
            ["ok"] = seen.Count > 0,
        };
    }

    [GeneratedRegex("""(?:src|href)="(?<path>/[^"]+\.js)["?]""")]
    private static partial Regex Scripts();

    [GeneratedRegex("""(?:^|[;}\s])(?:import|export)\s*(?:[\w$*{},\s]+?from\s*)?["'](?<path>\.{0,2}/[^"']+\.js)["']""")]
    private static partial Regex StaticImports();
}
