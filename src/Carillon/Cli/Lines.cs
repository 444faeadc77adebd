using System.Text;
using Carillon.Http;

namespace Carillon.Cli;

/// <summary>Text from elsewhere made fit for a message: its lines stay, terminal codes, control characters and what turns the words around it are gone, and it is cut to a length.</summary>
internal static class Lines
{
    /// <param name="text">Any text.</param>
    /// <param name="limit">The most UTF-16 units of the result, an ellipsis included.</param>
    /// <returns>Null when nothing is left.</returns>
    public static string? OrNull(string? text, int limit)
    {
        var lines = new StringBuilder();
        foreach (var rune in PlainText.WithoutBidiControls(TerminalCodes.Without(text ?? string.Empty)).EnumerateRunes())     // a lone surrogate comes as U+FFFD
        {
            if (lines.Length > limit)
            {
                break;
            }

            if (!Rune.IsControl(rune) || rune.Value is '\n' or '\t')
            {
                lines.Append(rune.ToString());
            }
        }

        var all = lines.ToString().Trim();
        return all.Length == 0 ? null : PlainText.Shortened(all, limit);
    }
}
