namespace Carillon.Http;

/// <summary>Words that people are shown, or that name something: one rule for all of them.</summary>
internal static class PlainText
{
    /// <summary>True when the text has 1 to <paramref name="longest"/> characters that can be shown as they are.</summary>
    public static bool Is(string text, int longest, bool lineBreaks = false) =>
        text.Length <= longest && !string.IsNullOrWhiteSpace(text)
        && !text.Any(letter => (char.IsControl(letter) && !(lineBreaks && letter is '\n' or '\t')) || IsBidiControl(letter));

    /// <summary>The text without what would turn the words around it.</summary>
    public static string WithoutBidiControls(string text) => text.Any(IsBidiControl) ? string.Concat(text.Where(letter => !IsBidiControl(letter))) : text;

    // They turn the words around them: "open github.com" could read as something else.
    private static bool IsBidiControl(char letter) => letter is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
