using System.Text;
using System.Text.RegularExpressions;

namespace Carillon.Agents;

/// <summary>The end of what a program writes on standard error, however much that is: why it failed stands there.</summary>
internal sealed partial class LastWords
{
    // Enough for a message and some lines around it; it is shown in the conversation.
    private const int Limit = 2 * 1024;

    private readonly byte[] _ring = new byte[Limit];
    private long _written;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        foreach (var one in bytes.Length > Limit ? bytes[^Limit..] : bytes)
        {
            _ring[_written++ % Limit] = one;
        }
    }

    public override string ToString()
    {
        var start = Math.Max(0, _written - Limit);
        var bytes = new byte[_written - start];
        for (var at = start; at < _written; at++)
        {
            bytes[at - start] = _ring[at % Limit];
        }

        // The cut may be in the middle of a character.
        var whole = start == 0 ? 0 : Math.Max(0, Array.FindIndex(bytes, one => (one & 0xC0) != 0x80));
        var text = Colours().Replace(Encoding.UTF8.GetString(bytes.AsSpan(whole)), string.Empty);
        return string.Concat(text.Where(letter => letter is '\n' or '\t' || !char.IsControl(letter))).Trim();
    }

    [GeneratedRegex(@"\x1B\[[0-9;?]*[ -/]*[@-~]")]
    private static partial Regex Colours();
}
