using System.Text;
using Carillon.Http;

namespace Carillon.Cli;

/// <summary>Text from elsewhere made fit for one line: white space folded, terminal codes, control characters and what turns the words around it gone, cut to a length.</summary>
internal static class OneLine
{
    /// <param name="text">Any text.</param>
    /// <param name="limit">The most UTF-16 units of the result, an ellipsis included.</param>
    public static string Of(string text, int limit)
    {
        var line = new StringBuilder(Math.Min(text.Length, limit + 2));
        var gap = false;
        foreach (var rune in PlainText.WithoutBidiControls(TerminalCodes.Without(text)).EnumerateRunes())     // a lone surrogate comes as U+FFFD
        {
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune))
            {
                gap = line.Length > 0;
                continue;
            }

            if (line.Length > limit)
            {
                break;
            }

            if (gap)
            {
                line.Append(' ');
                gap = false;
            }

            line.Append(rune.ToString());
        }

        return PlainText.Shortened(line.ToString(), limit);
    }

    /// <summary>The same, but nothing at all becomes null.</summary>
    public static string? OrNull(string? text, int limit) => text is not null && Of(text, limit) is { Length: > 0 } line ? line : null;
}
