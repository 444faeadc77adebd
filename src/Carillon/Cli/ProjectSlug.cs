using System.Text;

namespace Carillon.Cli;

/// <summary>A project's id out of a folder: its last name in lower case, with a dash for all that an id may not have.</summary>
internal static class ProjectSlug
{
    private const int Limit = 64;

    public static string Of(string folder)
    {
        var slug = new StringBuilder(Limit);
        foreach (var letter in LastName(folder).ToLowerInvariant())
        {
            if (slug.Length == Limit)
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

    /// <summary>The folder's last name as it is, or the whole if it has none. Both kinds of slash, whichever system we run on.</summary>
    public static string LastName(string folder)
    {
        var end = folder.AsSpan().TrimEnd("/\\");
        return end.IsEmpty ? folder : end[(end.LastIndexOfAny('/', '\\') + 1)..].ToString();
    }
}
