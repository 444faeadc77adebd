namespace Carillon.Http;

/// <summary>Words that people are shown, or that name something: one rule for all of them.</summary>
internal static class PlainText
{
    /// <summary>True when the text has 1 to <paramref name="longest"/> characters that can be shown as they are.</summary>
    public static bool Is(string text, int longest, bool lineBreaks = false) =>
        text.Length <= longest && !string.IsNullOrWhiteSpace(text) && CanBeShown(text, lineBreaks);

    /// <summary>True when nothing in the text is a control character or turns the words around it.</summary>
    public static bool CanBeShown(string text, bool lineBreaks = false) =>
        !text.Any(letter => (char.IsControl(letter) && !(lineBreaks && letter is '\n' or '\t')) || IsBidiControl(letter));

    /// <summary>The text without what would turn the words around it.</summary>
    public static string WithoutBidiControls(string text) => text.Any(IsBidiControl) ? string.Concat(text.Where(letter => !IsBidiControl(letter))) : text;

    /// <summary>At most this many UTF-16 units of the text; "…" stands for what is left out.</summary>
    public static string Shortened(string text, int longest) => text.Length <= longest ? text : text[..WholeEnd(text, longest - 1)].TrimEnd() + "…";

    /// <summary>Where to cut a text that has more than <paramref name="end"/> UTF-16 units: there, or before the surrogate pair that it would split.</summary>
    public static int WholeEnd(ReadOnlySpan<char> text, int end) => end > 0 && char.IsHighSurrogate(text[end - 1]) && end < text.Length && char.IsLowSurrogate(text[end]) ? end - 1 : end;

    // They turn the words around them: "open github.com" could read as something else.
    private static bool IsBidiControl(char letter) => letter is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
