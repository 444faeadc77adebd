namespace Carillon.Runs;

/// <summary>Agents cut their output anywhere. Databases and readers take whole characters, and no U+0000.</summary>
internal static class WholeText
{
    /// <summary>The text with U+FFFD in place of what is no character.</summary>
    public static string Of(string text) => IsWhole(text) ? text : Mend(text);

    private static bool IsWhole(string text)
    {
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] == '\0' || char.IsLowSurrogate(text[index])
                || (char.IsHighSurrogate(text[index]) && (++index == text.Length || !char.IsLowSurrogate(text[index]))))
            {
                return false;
            }
        }

        return true;
    }

    private static string Mend(string text) => string.Create(text.Length, text, static (letters, text) =>
    {
        for (var index = 0; index < text.Length; index++)
        {
            var isPair = char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]);
            letters[index] = text[index] == '\0' || (char.IsSurrogate(text[index]) && !isPair) ? '\uFFFD' : text[index];
            if (isPair)
            {
                letters[++index] = text[index];
            }
        }
    });
}
