namespace Carillon.Cli;

/// <summary>What changes between two texts, for a person to look at: changed lines with a few around them.</summary>
internal static class LineDiff
{
    private const int Around = 2;

    public static IEnumerable<string> Of(string before, string after)
    {
        var lines = Compare(Lines(before), Lines(after));
        var isShown = new bool[lines.Count];
        for (var at = 0; at < lines.Count; at++)
        {
            if (lines[at][0] != ' ')
            {
                Array.Fill(isShown, true, Math.Max(0, at - Around), Math.Min(lines.Count, at + Around + 1) - Math.Max(0, at - Around));
            }
        }

        for (var at = 0; at < lines.Count; at++)
        {
            if (isShown[at])
            {
                yield return lines[at];
            }
            else if (at > 0 && isShown[at - 1])
            {
                yield return "  …";
            }
        }
    }

    private static string[] Lines(string text) => text.ReplaceLineEndings("\n").TrimEnd('\n') is { Length: > 0 } rest ? rest.Split('\n') : [];

    /// <summary>By the longest common sequence: settings have hundreds of lines, not more.</summary>
    private static List<string> Compare(string[] before, string[] after)
    {
        var common = new int[before.Length + 1, after.Length + 1];
        for (var i = before.Length - 1; i >= 0; i--)
        {
            for (var j = after.Length - 1; j >= 0; j--)
            {
                common[i, j] = before[i] == after[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        var lines = new List<string>();
        var (left, right) = (0, 0);
        while (left < before.Length || right < after.Length)
        {
            if (left < before.Length && right < after.Length && before[left] == after[right])
            {
                lines.Add($"  {before[left++]}");
                right++;
            }
            else if (right == after.Length || (left < before.Length && common[left + 1, right] >= common[left, right + 1]))
            {
                lines.Add($"- {before[left++]}");
            }
            else
            {
                lines.Add($"+ {after[right++]}");
            }
        }

        return lines;
    }
}
