using System.Globalization;

namespace Carillon.Http;

/// <summary>How many rows a list answers with. Any number is taken to the nearest possible one; only what is no number is an error.</summary>
internal readonly record struct PageSize(int Rows)
{
    public const int Default = 50;
    public const int Largest = 500;

    public static bool TryParse(string? text, out PageSize size)
    {
        var digits = text.AsSpan().TrimStart('-');
        var isNegative = text is ['-', ..];
        var isNumber = digits.Length > 0 && digits.Length >= (text?.Length ?? 0) - 1 && digits.IndexOfAnyExceptInRange('0', '9') < 0;
        size = new PageSize(
            isNegative ? 1
            : int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var rows) ? Math.Clamp(rows, 1, Largest)
            : Largest);
        return isNumber;
    }
}
