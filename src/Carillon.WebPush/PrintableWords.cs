using System.Globalization;
using System.Text;

namespace Carillon.WebPush;

/// <summary>Makes a stranger's text fit for a log or a page: one line, bounded, and nothing in it that a terminal or the order of letters obeys.</summary>
internal static class PrintableWords
{
    public const int MaxLength = 500;

    public static string Of(string text)
    {
        var words = new StringBuilder(Math.Min(text.Length, MaxLength));
        var isApart = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (!IsPrintable(rune))
            {
                isApart = true;
                continue;
            }

            var gap = isApart && words.Length > 0 ? 1 : 0;
            if (words.Length + gap + rune.Utf16SequenceLength > MaxLength)
            {
                break;
            }

            words.Append(' ', gap).Append(rune.ToString());
            isApart = false;
        }

        return words.ToString();
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
