using System.Buffers;

namespace Carillon.WebPush;

/// <summary>Whom a push service may write to when something is wrong with a server's messages (RFC 8292, 2.1).</summary>
public static class VapidSubject
{
    /// <summary>The longest subject, in characters.</summary>
    public const int MaxLength = 320;

    private static readonly SearchValues<char> LocalPart =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.!#$&'*+-/=^_`{|}~");

    private static readonly SearchValues<char> Label = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>The last labels of names that mean nothing, or something else, outside of one network (RFC 2606, 6761, 6762, 8375, and habit).</summary>
    private static readonly HashSet<string> OnlyHere = new(StringComparer.OrdinalIgnoreCase)
    {
        "localhost", "localdomain", "local", "lan", "home", "corp", "internal", "intranet", "arpa", "test", "example", "invalid", "onion",
    };

    /// <summary>What is wrong with a subject.</summary>
    /// <param name="subject"><c>mailto:</c> with an address, or an <c>https:</c> address; at most 320 characters, in ASCII.</param>
    /// <returns>A sentence that says what to do; null when nothing is wrong.</returns>
    public static string? Objection(string? subject) => subject switch
    {
        null or "" => "The VAPID subject is missing. Set it to mailto: and an address at which you can be reached, or to an https: address.",
        { Length: > MaxLength } => $"The VAPID subject is longer than {MaxLength} characters.",
        _ when subject.AsSpan().ContainsAnyExceptInRange('!', '~') => "The VAPID subject has spaces or letters beyond ASCII. Write such domains as xn--….",
        _ when subject.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) => MailObjection(subject["mailto:".Length..]),
        _ when subject.StartsWith("https://", StringComparison.OrdinalIgnoreCase) => PageObjection(subject),
        _ => "The VAPID subject begins with neither mailto: nor https://. Set it to mailto: and an address at which you can be reached.",
    };

    private static string? MailObjection(string address)
    {
        var at = address.IndexOf('@', StringComparison.Ordinal);
        return at is < 1 or > 64 || address.AsSpan(0, at).ContainsAnyExcept(LocalPart)
            ? "The VAPID subject is not one mail address after mailto:. Write mailto:name@domain."
            : DomainObjection(address[(at + 1)..]);
    }

    private static string? PageObjection(string address) =>
        !Uri.TryCreate(address, UriKind.Absolute, out var page) || page.UserInfo.Length > 0 || address.Contains('\\', StringComparison.Ordinal)
            ? "The VAPID subject is not an https: address."
            : DomainObjection(page.Host);

    private static string? DomainObjection(string domain)
    {
        var labels = domain.Split('.');
        if (domain.Length > 253 || labels.Any(label => label.Length is 0 or > 63 || label.AsSpan().ContainsAnyExcept(Label) || label is ['-', ..] or [.., '-']))
        {
            return "The VAPID subject does not end in a domain. Write mailto:name@domain, or https://domain.";
        }

        // Apple answers such a subject with 403 BadJwtToken, which says nothing about the reason.
        return labels.Length == 1 || OnlyHere.Contains(labels[^1]) || labels[^1].All(char.IsAsciiDigit)
            ? $"The VAPID subject names {domain}, which push services cannot reach; some refuse every message for that. Use a domain of the internet."
            : null;
    }
}
