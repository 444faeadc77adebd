using System.Security.Cryptography;
using System.Text;

namespace Carillon.Cli;

/// <summary>
/// A project's id out of a folder: its last name in lower case, with a dash for all that an id may not have. A name in another script than
/// the ids' keeps what it can and gets a number of its own, so that two names are two projects.
/// </summary>
internal static class ProjectSlug
{
    private const int Limit = 64;

    public static string Of(string folder)
    {
        var name = LastName(folder).ToLowerInvariant();
        if (Ascii.IsValid(name))
        {
            return Readable(name, Limit);
        }

        var number = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 4));
        return $"{Readable(name, Limit - number.Length - 1)}-{number}";
    }

    /// <summary>The folder's last name as it is, or the whole if it has none. Both kinds of slash, whichever system we run on.</summary>
    public static string LastName(string folder)
    {
        var end = folder.AsSpan().TrimEnd("/\\");
        return end.IsEmpty ? folder : end[(end.LastIndexOfAny('/', '\\') + 1)..].ToString();
    }

    private static string Readable(string name, int limit)
    {
        var slug = new StringBuilder(limit);
        foreach (var letter in name)
        {
            if (slug.Length == limit)
            {
                break;
            }

            if (char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '.' or '_')
            {
                slug.Append(letter);
            }
            else if (slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }
        }

        return slug.ToString().Trim('-', '.', '_') is { Length: > 0 } id ? id : "project";
    }
}
