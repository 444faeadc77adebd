using System.Text.RegularExpressions;

namespace Carillon.Http;

/// <summary>
/// What an agent says is Markdown, and a notification, a row of a list and a lock screen show plain text. Only what is surely a mark goes:
/// many agents write plain text, and its names, globs and products have stars, underscores and brackets in them.
/// </summary>
internal static partial class Markdown
{
    // Enough for every excerpt; an answer may be a book. It is read in commits, which others wait for.
    private const int Longest = 1_200;

    // In code and in addresses nothing else is a mark, so they come first. Emphasis twice: one may stand within another.
    private static readonly Regex[] Marks = [Code(), Link(), Address(), Emphasis(), Emphasis()];

    /// <summary>The words of the beginning of a text, line by line, without the marks around them.</summary>
    public static string Plain(string text) => WithoutMarksOf(Beginning(text));

    private static string WithoutMarksOf(string text)
    {
        var lines = new List<string>();
        string? fence = null;
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            if (Fence().Match(line) is { Success: true } found && (fence is null || Closes(found, fence)))
            {
                fence = fence is null ? found.Groups["fence"].Value : null;
            }
            else if (fence is not null)
            {
                lines.Add(line);
            }
            else if (!Rule().IsMatch(line))
            {
                lines.Add(WithoutMarks(LineStart().Replace(line, string.Empty)));
            }
        }

        return string.Join('\n', lines).Trim();
    }

    /// <summary>The whole of a text that somebody publishes. Without a mark in it, or of nothing but marks, it stays as it is to the last gap.</summary>
    public static string Words(string text) =>
        WithoutMarksOf(text) is { Length: > 0 } words && words != WithoutIndents(text) ? words : text;

    /// <summary>The same for titles, on one line.</summary>
    public static string Line(string text) =>
        Words(text) is var words && words != text
        && string.Join(' ', words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) is { Length: > 0 } line ? line : text;

    // A gap at the beginning of a line goes with the marks that may stand behind it, and is none itself.
    private static string WithoutIndents(string text) =>
        string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimStart())).Trim();

    private static string Beginning(string text) =>
        text.Length <= Longest ? text : text[..PlainText.WholeEnd(text, Longest)];

    private static bool Closes(Match found, string fence) =>
        found.Groups["language"].ValueSpan.IsWhiteSpace() && found.Groups["fence"].Value.StartsWith(fence, StringComparison.Ordinal);

    private static string WithoutMarks(string line)
    {
        if (line.AsSpan().IndexOfAny("`[<*~") < 0)
        {
            return line;
        }

        // What was found is crossed out in a copy of the same length, in which the next kind is looked for. Beside a quotation mark, as beside
        // a gap, marks may stand.
        var (dropped, seen) = (new bool[line.Length], line.ToCharArray());
        foreach (var match in Marks.SelectMany(kind => kind.Matches(new string(seen))))
        {
            foreach (var group in match.Groups.Values.Skip(1))
            {
                seen.AsSpan(group.Index, group.Length).Fill('"');
                dropped.AsSpan(group.Index, group.Length).Fill(group.Name != "verbatim");
            }
        }

        return string.Concat(line.Where((_, index) => !dropped[index]));
    }

    // Nothing here may compete for the same letters: an agent can be asked to print the line that takes longest.
    [GeneratedRegex(@"^\s{0,3}(?<fence>`{3,}|~{3,})(?<language>[^`]*)$")]
    private static partial Regex Fence();

    // Lines across the page, the underlining of headings, and what stands under the head of a table.
    [GeneratedRegex(@"^\s*(?:([-*_=])(?:\s*\1){2,}|\|[\s:|-]+\|)\s*$")]
    private static partial Regex Rule();

    // Quotes, headings, list items and boxes to tick. A number stays: it says which.
    [GeneratedRegex(@"^\s*(?:>\s?)*\s*(?:#{1,6}\s+|[-*+]\s+(?:\[[ xX]\]\s+)?)?")]
    private static partial Regex LineStart();

    [GeneratedRegex(@"(?<!`)(?<open>`+)(?!`)(?<verbatim>.+?)(?<!`)(?<close>\k<open>)(?!`)", RegexOptions.ExplicitCapture)]
    private static partial Regex Code();

    // Behind a word or a bracket it is an index and a call.
    [GeneratedRegex(@"(?<![\w\])])(?<open>!?\[)[^\[\]]*(?<close>\]\((?:<[^<>]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+""[^""]*"")?\))", RegexOptions.ExplicitCapture)]
    private static partial Regex Link();

    [GeneratedRegex(@"(?<open><)(?<verbatim>(?:https?://|mailto:)[^\s<>]+)(?<close>>)", RegexOptions.ExplicitCapture)]
    private static partial Regex Address();

    // Around whole words only, and never a glob. Underscores stay: they are more often part of a name.
    [GeneratedRegex(@"(?<![^\s(""'\[{:>—–-])(?<open>\*{1,3}|~~)(?=[^\s*~/.]).*?(?<=[^\s*~])(?<close>\k<open>)(?![^\s.,;:!?)""'\]}…—–-])", RegexOptions.ExplicitCapture)]
    private static partial Regex Emphasis();
}
