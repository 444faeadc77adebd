using System.Text;

namespace Carillon.Cli;

/// <summary>What programs write to colour a terminal or move its cursor: it says nothing to anybody else.</summary>
internal static class TerminalCodes
{
    private const char Escape = '\u001b';
    private const char Bell = '\u0007';

    /// <summary>The text without such sequences (ECMA-48): whole ones, and what there is of one at the end.</summary>
    public static string Without(string text)
    {
        if (!text.AsSpan().ContainsAny(Escape, '\u009b', '\u009d'))
        {
            return text;
        }

        var rest = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var length = Length(text.AsSpan(at));
            if (length == 0)
            {
                rest.Append(text[at++]);
            }

            at += length;
        }

        return rest.ToString();
    }

    /// <summary>How long the sequence is that begins here; 0 when none does.</summary>
    private static int Length(ReadOnlySpan<char> text) => text switch
    {
        [Escape, '[', .. var parameters] => 2 + Parameters(parameters),
        ['\u009b', .. var parameters] => 1 + Parameters(parameters),
        [Escape, ']' or 'P' or 'X' or '^' or '_', .. var words] => 2 + Words(words),
        ['\u009d', .. var words] => 1 + Words(words),

        // Two characters, with others between for the choice of a character set.
        [Escape, .. var others] => 1 + Intermediate(others),
        _ => 0,
    };

    private static int Parameters(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExceptInRange(' ', '?');
        return end < 0 ? text.Length : text[end] is >= '@' and <= '~' ? end + 1 : end;
    }

    private static int Intermediate(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExceptInRange(' ', '/');
        return end < 0 ? text.Length : text[end] is >= '0' and <= '~' ? end + 1 : end;
    }

    // A title or a link's address, up to its end: BEL, or ESC \.
    private static int Words(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAny(Bell, Escape, '\u009c');
        return end < 0 ? text.Length : text[end..] is [Escape, '\\', ..] ? end + 2 : text[end] == Escape ? end : end + 1;
    }
}
