using System.Text;

namespace Carillon.Agents;

/// <summary>Text that comes in pieces, as lines.</summary>
internal static class Lines
{
    // A picture that a tool has read comes as one line. What is longer than this is nothing that anybody reads.
    public const int Longest = 8 * 1024 * 1024;

    /// <summary>The lines as they become complete. One that is longer than <see cref="Longest"/> is left out.</summary>
    public static async IAsyncEnumerable<string> Of(IAsyncEnumerable<string> pieces)
    {
        var line = new StringBuilder();
        var tooLong = false;
        await foreach (var piece in pieces)
        {
            var rest = piece.AsMemory();
            while (rest.Span.IndexOf('\n') is var end and >= 0)
            {
                if (!tooLong && line.Length + end <= Longest)
                {
                    yield return line.Append(rest[..end]).ToString();
                }

                tooLong = false;
                line.Clear();
                rest = rest[(end + 1)..];
            }

            tooLong = tooLong || line.Length + rest.Length > Longest;
            if (tooLong)
            {
                line = new StringBuilder();     // gives the memory back
            }
            else
            {
                line.Append(rest);
            }
        }

        if (line.Length > 0)
        {
            yield return line.ToString();
        }
    }
}
