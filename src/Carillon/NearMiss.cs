namespace Carillon;

/// <summary>What somebody meant who misspelt a word.</summary>
internal static class NearMiss
{
    /// <summary>The known word that is spelt most like it; null when none is close.</summary>
    public static string? Of(string word, IEnumerable<string> known) =>
        known.MinBy(name => Distance(name, word)) is { } nearest && Distance(nearest, word) <= Math.Max(1, word.Length / 3) ? nearest : null;

    /// <summary>How many letters have to be changed, added or left out.</summary>
    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var change = diagonal + (char.ToUpperInvariant(one[i - 1]) == char.ToUpperInvariant(other[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
