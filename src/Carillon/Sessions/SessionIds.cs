using System.Buffers;
using System.Security.Cryptography;

namespace Carillon.Sessions;

/// <summary>
/// What sessions are called. The server names those that it runs itself; an agent elsewhere gives its session an id of its own, which its
/// owner's programs reach it by. Everybody else knows it by its public id: the given one, with a mark when somebody was quicker.
/// </summary>
internal static class SessionIds
{
    public const int Longest = 128;

    private const string Hosted = "ses_";
    private const char Mark = '~';
    private const string MarkLetters = "abcdefghijkmnpqrstuvwxyz23456789";
    private const int MarkLength = 8;

    private static readonly SearchValues<char> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:");

    /// <summary>What is wrong with an id under which something is reported; null when it will do.</summary>
    public static string? Objection(string id) =>
        id.Length is >= 1 and <= Longest && id.AsSpan().IndexOfAnyExcept(Letters) < 0 ? null
        : IsMarked(id) ? null
        : $"A session's id has 1 to {Longest} letters, digits, dots, dashes, underscores and colons.";

    /// <summary>True when somebody may call a new session that: what the server makes by itself nobody else does.</summary>
    public static bool MayBeGiven(string id) => !IsMarked(id) && !IsHosted(id);

    /// <summary>True for a session whose agent the server runs, or ran.</summary>
    public static bool IsHosted(string id) => id.StartsWith(Hosted, StringComparison.Ordinal);

    /// <summary>A public id for a session whose given one is somebody else's public one. It is no longer than any other: a long name loses its end.</summary>
    public static string Marked(string givenId) =>
        $"{givenId[..Math.Min(givenId.Length, Longest - 1 - MarkLength)]}{Mark}{RandomNumberGenerator.GetString(MarkLetters, MarkLength)}";

    private static bool IsMarked(string id) =>
        id.Length is > 1 + MarkLength and <= Longest && id[^(1 + MarkLength)] == Mark
        && id.AsSpan(0, id.Length - 1 - MarkLength).IndexOfAnyExcept(Letters) < 0 && id.AsSpan(id.Length - MarkLength).IndexOfAnyExcept(Letters) < 0;
}
