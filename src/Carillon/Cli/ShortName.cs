using System.Globalization;
using System.Text;

namespace Carillon.Cli;

/// <summary>A short name for a long text, the same in every process: for files that hooks of one person share.</summary>
internal static class ShortName
{
    private const ulong Offset = 14_695_981_039_346_656_037;
    private const ulong Prime = 1_099_511_628_211;

    /// <summary>Sixteen hexadecimal digits.</summary>
    /// <remarks>
    /// FNV-1a, because a cryptographic hash loads OpenSSL, which is a sixth of what a hook costs (bench/run hook). Of a token, 64 bits
    /// leave far too many to guess.
    /// </remarks>
    public static string Of(string text)
    {
        var hash = Offset;
        foreach (var one in Encoding.UTF8.GetBytes(text))
        {
            hash = (hash ^ one) * Prime;
        }

        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }
}
