using System.Text;
using Carillon.Protocol;

namespace Carillon.Notifications;

/// <summary>What may be published.</summary>
internal sealed class NotificationRules(ActionTargets targets)
{
    public const int LongestTitle = 80;
    public const int LongestMessage = 1_000;
    public const int LargestData = 8 * 1024;
    public const int MostActions = 4;
    public const int MostAddressees = 100;
    private const int LongestKey = 200;
    private const int LongestLabel = 40;
    private const int LongestId = 128;

    // Whatever a payload calls it, nothing here ever calls an address back.
    private static readonly string[] CallbackWords = ["callback", "callbackurl", "callback_url", "webhook", "webhookurl", "webhook_url"];

    // These stand in the record's data by the server's own hand.
    private static readonly string[] ServersOwn = ["schemaVersion", "semanticType", "subject"];

    /// <summary>What is wrong with it; null when it may be published.</summary>
    public string? Objection(PublishNotification wanted) =>
        !IsType(wanted.Type) ? "type is a lower-case word of 1 to 64 letters, digits, dots, dashes and underscores."
        : !Priorities.All.Contains(wanted.Priority) ? $"priority is one of {string.Join(", ", Priorities.All)}."
        : wanted.Title is { } title && !IsText(title, LongestTitle) ? $"title has 1 to {LongestTitle} characters and no control characters."
        : !IsText(wanted.Message, LongestMessage, lineBreaks: true) ? $"message has 1 to {LongestMessage} characters and no control characters."
        : wanted.To is { Count: 0 or > MostAddressees } ? $"to names 1 to {MostAddressees} addressees; leave it out to reach yourself."
        : wanted.SessionId is { } session && !IsText(session, LongestId) ? $"sessionId has 1 to {LongestId} characters."
        : wanted.ProjectId is { } project && !IsText(project, LongestId) ? $"projectId has 1 to {LongestId} characters."
        : wanted.DedupeKey is { } dedupe && !IsText(dedupe, LongestKey) ? $"dedupeKey has 1 to {LongestKey} characters and no control characters."
        : wanted.CauseKey is { } cause && !IsText(cause, LongestKey) ? $"causeKey has 1 to {LongestKey} characters and no control characters."
        : wanted.OccurredAt is { Year: < 1970 or > 9000 } ? "occurredAt is not a plausible time."
        : ObjectionToData(wanted) ?? ObjectionToActions(wanted.Actions);

    public static bool IsText(string text, int longest, bool lineBreaks = false) =>
        text.Length >= 1 && text.Length <= longest && !string.IsNullOrWhiteSpace(text)
        && !text.Any(letter => char.IsControl(letter) && !(lineBreaks && letter is '\n' or '\t') || IsBidiControl(letter));

    // They turn the words around them: "open github.com" could read as something else.
    private static bool IsBidiControl(char letter) => letter is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    private static bool IsType(string type) =>
        type.Length is >= 1 and <= 64
        && type.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '.' or '-' or '_');

    private static string? ObjectionToData(PublishNotification wanted)
    {
        if (wanted.Data is not { } data)
        {
            return null;
        }

        var size = 2;
        foreach (var (name, value) in data)
        {
            if (CallbackWords.Contains(name.ToLowerInvariant()))
            {
                return $"data may not carry '{name}': Carillon calls no address back.";
            }

            if (ServersOwn.Contains(name))
            {
                return $"data may not carry '{name}': the server sets it.";
            }

            size += Encoding.UTF8.GetByteCount(name) + 4 + Encoding.UTF8.GetByteCount(value.GetRawText());
        }

        return size > LargestData ? $"data has at most {LargestData} bytes." : null;
    }

    private string? ObjectionToActions(IReadOnlyList<NotificationAction>? actions)
    {
        if (actions is null)
        {
            return null;
        }

        if (actions.Count > MostActions)
        {
            return $"A notification has at most {MostActions} actions.";
        }

        var ids = new HashSet<string>();
        foreach (var action in actions)
        {
            var objection =
                action is null ? "An action is an object."
                : !ActionKinds.All.Contains(action.Kind) ? $"'{action.Kind}' is not a kind of action. Kinds are {string.Join(", ", ActionKinds.All)}."
                : !IsText(action.Id, 64) || !ids.Add(action.Id) ? "An action's id has 1 to 64 characters and stands once in its notification."
                : !IsText(action.Label, LongestLabel) ? $"An action's label has 1 to {LongestLabel} characters and no control characters."
                : targets.Objection(action);
            if (objection is not null)
            {
                return objection;
            }
        }

        return null;
    }
}
