using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary>The command line's words for a button: <c>KIND[=LABEL][@ROUTE-or-URL]</c>.</summary>
internal static class ActionText
{
    /// <exception cref="FormatException">A text is not of this form; the message says what is wrong with it.</exception>
    public static NotificationAction[] ParseAll(IReadOnlyList<string> texts)
    {
        var actions = new List<NotificationAction>(texts.Count);
        foreach (var text in texts)
        {
            var action = Parse(text);
            var same = actions.Count(other => other.Kind == action.Kind);
            actions.Add(same == 0 ? action : action with { Id = $"{action.Id}-{same + 1}" });
        }

        return [.. actions];
    }

    private static NotificationAction Parse(string text)
    {
        var (words, target) = SplitTarget(text);
        var equals = words.IndexOf('=', StringComparison.Ordinal);
        var kind = equals < 0 ? words : words[..equals];
        if (ActionKinds.Find(kind) is not { } known)
        {
            throw new FormatException($"'{text}' is no action: kinds are {string.Join(", ", ActionKinds.All)}.");
        }

        var label = equals < 0 ? "" : words[(equals + 1)..].Trim();
        return new NotificationAction
        {
            Id = kind,
            Kind = kind,
            Label = label.Length > 0 ? label : known.Label,
            Route = target is ['/', ..] ? target : null,
            Url = target is not ['/', ..] ? target : null,
        };
    }

    /// <summary>The first @ that a path or an address follows; a label may have others.</summary>
    private static (string Words, string? Target) SplitTarget(string text)
    {
        for (var at = text.IndexOf('@', StringComparison.Ordinal); at >= 0; at = text.IndexOf('@', at + 1))
        {
            var rest = text[(at + 1)..];
            if (rest.StartsWith('/') || rest.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            {
                return (text[..at], rest);
            }
        }

        var last = text[(text.LastIndexOf('@') + 1)..];
        if (last.Length < text.Length && (last.Contains("://", StringComparison.Ordinal) || !text.Contains('=')))
        {
            throw new FormatException($"'{last}' in '{text}' is neither a path that starts with / nor an https address.");
        }

        return (text, null);
    }
}
