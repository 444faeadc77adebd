using System.Text.RegularExpressions;

namespace Carillon.Cli;

/// <summary>Which hooks Codex was told to trust, as its <c>config.toml</c> has it: a table for each, named after the hook's place.</summary>
internal static partial class CodexTrust
{
    /// <summary>The places that are named, and whether what stands there is trusted and not turned off; null when they are written in a way that is not understood.</summary>
    public static IReadOnlyDictionary<string, bool>? Read(string config)
    {
        var known = new Dictionary<string, bool>();
        foreach (Match table in Table().Matches(config))
        {
            var name = table.Groups["literal"] is { Success: true } literal ? literal.Value
                : table.Groups["basic"].Value.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);
            var body = table.Groups["body"].Value;
            known[name] = TrustedHash().IsMatch(body) && !TurnedOff().IsMatch(body);
        }

        return known.Count == 0 && OtherWriting().IsMatch(config) ? null : known;
    }

    /// <summary>How Codex may name the place of a hook: by its file as it is called, and as it is when that is a link.</summary>
    public static IEnumerable<string> KeysOf(string file, string eventName, int group, int place)
    {
        var inEvent = $"{WordStart().Replace(eventName, "_$0").ToLowerInvariant()}:{group}:{place}";
        yield return $"{file}:{inEvent}";
        if (File.ResolveLinkTarget(file, returnFinalTarget: true) is { } target)
        {
            yield return $"{target.FullName}:{inEvent}";
        }
    }

    [GeneratedRegex("""^[ \t]*\[hooks\.state\.(?:"(?<basic>(?:[^"\\\r\n]|\\.)*)"|'(?<literal>[^'\r\n]*)')\][^\n]*\n?(?<body>(?:(?![ \t]*\[)[^\n]*(?:\n|\z))*?)(?=[ \t]*\[|\z)""", RegexOptions.Multiline)]
    private static partial Regex Table();

    [GeneratedRegex("""^[ \t]*trusted_hash[ \t]*=[ \t]*["'][^"'\r\n]+["']""", RegexOptions.Multiline)]
    private static partial Regex TrustedHash();

    [GeneratedRegex("""^[ \t]*enabled[ \t]*=[ \t]*false\b""", RegexOptions.Multiline)]
    private static partial Regex TurnedOff();

    [GeneratedRegex("""trusted_hash""")]
    private static partial Regex OtherWriting();

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex WordStart();
}
