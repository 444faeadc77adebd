using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;

namespace Carillon.Load;

/// <summary>
/// An agent program (<c>Agents:Command:Program</c>) whose words are the moments at which it said them: the clock is the machine's,
/// so whoever reads a word knows how long it was on its way. Asked for "200 words, one every 60 ms".
/// </summary>
internal static class ChatAgentCommand
{
    /// <summary>Nineteen digits and a space.</summary>
    public const int WordLength = 20;

    public static string Prompt(int words, TimeSpan pause) =>
        string.Create(CultureInfo.InvariantCulture, $"{words} words, one every {pause.TotalMilliseconds:0} ms");

    public static long MomentOf(ReadOnlySpan<byte> word) => Utf8Parser.TryParse(word[..(WordLength - 1)], out long moment, out _) ? moment : 0;

    public static int Run()
    {
        var asked = Console.In.ReadToEnd().Split(' ');
        var words = int.Parse(asked[0], CultureInfo.InvariantCulture);
        var pause = TimeSpan.FromMilliseconds(int.Parse(asked[4], CultureInfo.InvariantCulture));
        using var output = Console.OpenStandardOutput();
        var word = new byte[WordLength];
        word[^1] = (byte)' ';
        var started = Stopwatch.GetTimestamp();
        for (var number = 0; number < words; number++)
        {
            // By the clock and not by the word before, so that the rate is the one asked for.
            var wait = (number * pause) - Stopwatch.GetElapsedTime(started);
            if (wait > TimeSpan.Zero)
            {
                Libc.Pause(wait);
            }

            _ = Utf8Formatter.TryFormat(Stopwatch.GetTimestamp(), word, out _, new('D', WordLength - 1));
            output.Write(word);
        }

        return 0;
    }
}
