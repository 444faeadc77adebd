using System.Text;
using System.Text.Json;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Notifications;

/// <summary>What may be published.</summary>
internal sealed class NotificationRules(ActionTargets targets, TimeProvider time)
{
    public const int LongestTitle = 80;
    public const int LongestMessage = 1_000;
    public const int LargestData = 8 * 1024;
    public const int MostActions = 4;
    public const int MostRecipients = 100;
    private const int LongestKey = 200;
    private const int LongestLabel = 40;
    public const int LongestId = 128;

    // Two machines' clocks differ by seconds, a wrong one by hours: nothing has happened that is further ahead than this.
    private static readonly TimeSpan WrongestClock = TimeSpan.FromMinutes(5);

    // Whatever a payload calls it, nothing here ever calls an address back.
    private static readonly string[] CallbackWords = ["callback", "webhook"];

    // It is wrapped a few times on its way out, and readers give up at 64.
    private const int DeepestData = 32;

    // These stand in the record's data by the server's own hand. Of the subject, a publisher may say which pull request it is.
    private static readonly string[] ServersOwn = ["schemaVersion", "semanticType"];
    private const string Subject = "subject";

    // What the server tells of sessions, pull requests and runs. Nobody else may look like it.
    private static readonly string[] ServersTypes = ["session.", "pr.", "run."];
    private const int LongestName = 255;
    private const int ShortestSha = 7;
    private const int LongestSha = 64;

    /// <summary>What is wrong with it; null when it may be published.</summary>
    public string? Objection(PublishNotification wanted) =>
        !IsType(wanted.Type) ? "type is a lower-case word of 1 to 64 letters, digits, dots, dashes and underscores."
        : ServersTypes.FirstOrDefault(own => wanted.Type.StartsWith(own, StringComparison.Ordinal)) is { } own
            ? $"type begins with '{own}', and only the server itself tells of that. Choose another word, 'build.failed' for example."
        : !Priorities.All.Contains(wanted.Priority) ? $"priority is one of {string.Join(", ", Priorities.All)}."
        : wanted.Title is { } title && !PlainText.Is(title, LongestTitle) ? $"title has 1 to {LongestTitle} characters and no control characters."
        : !PlainText.Is(wanted.Message, LongestMessage, lineBreaks: true) ? $"message has 1 to {LongestMessage} characters and no control characters."
        : wanted.To is { } to && (to.Count is 0 or > MostRecipients || to.Contains(null!)) ? $"to names 1 to {MostRecipients} recipients; leave it out to reach yourself."
        : wanted.SessionId is { } session && !PlainText.Is(session, LongestId) ? $"sessionId has 1 to {LongestId} characters."
        : wanted.ProjectId is { } project && !PlainText.Is(project, LongestId) ? $"projectId has 1 to {LongestId} characters."
        : wanted.DedupeKey is { } dedupe && !PlainText.Is(dedupe, LongestKey) ? $"dedupeKey has 1 to {LongestKey} characters and no control characters."
        : wanted.CauseKey is { } cause && !PlainText.Is(cause, LongestKey) ? $"causeKey has 1 to {LongestKey} characters and no control characters."
        : wanted.OccurredAt is { Year: < 1970 } ? "occurredAt is not a plausible time."
        : wanted.OccurredAt > time.GetUtcNow() + WrongestClock
            ? $"occurredAt lies more than {WrongestClock.TotalMinutes:0} minutes in the future: here it is {UtcTimeConverter.Text(time.GetUtcNow())}. Set the clock right, or leave it out."
        : ObjectionToData(wanted) ?? ObjectionToActions(wanted.Actions, PullRequestOf(wanted));

    /// <summary>The pull request that <c>data.subject</c> names; null when it names none, or not as it should.</summary>
    public static PullRequestSubject? PullRequestOf(PublishNotification wanted) =>
        wanted.Data is { } data && data.TryGetValue(Subject, out var subject) && Read(subject) is
        {
            Session: null, Project: null, PullRequest: { } one,
        } && Providers.All.Contains(one.Provider) && PlainText.Is(one.Owner, LongestName) && PlainText.Is(one.Repo, LongestName) && one.Number > 0
            && one.HeadSha.Length is >= ShortestSha and <= LongestSha && one.HeadSha.All(char.IsAsciiHexDigit)
            ? one
            : null;

    /// <summary>What of the publisher's data is stored as it came.</summary>
    public static IReadOnlyDictionary<string, JsonElement>? DataOf(PublishNotification wanted) =>
        wanted.Data is { } data && data.ContainsKey(Subject) ? data.Where(member => member.Key != Subject).ToDictionary() : wanted.Data;

    private static NotificationSubject? Read(JsonElement subject)
    {
        try
        {
            return subject.Deserialize(CarillonJson.Default.NotificationSubject);
        }
        catch (JsonException)
        {
            // Something is missing, unknown or of the wrong type.
            return null;
        }
    }

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
            if (CallbackIn(name, value) is { } callback)
            {
                return $"data may not carry '{callback}': Carillon calls no address back.";
            }

            if (DepthOf(value) >= DeepestData)
            {
                return $"data is at most {DeepestData} levels deep.";
            }

            if (!IsText(value))
            {
                return $"data.{name} holds half a character (a lone surrogate).";
            }

            if (ServersOwn.Contains(name))
            {
                return $"data may not carry '{name}': the server sets it.";
            }

            if (name == Subject && PullRequestOf(wanted) is null)
            {
                return "data.subject is the server's own, but for {\"pullRequest\":{provider, owner, repo, number, headSha}}.";
            }

            size += Encoding.UTF8.GetByteCount(name) + 4 + Encoding.UTF8.GetByteCount(value.GetRawText());
        }

        return size > LargestData ? $"data has at most {LargestData} bytes." : null;
    }

    private static string? CallbackIn(string name, JsonElement value) =>
        string.Concat(name.Where(char.IsAsciiLetter)) is var word && CallbackWords.Any(begin => word.StartsWith(begin, StringComparison.OrdinalIgnoreCase)) ? name
        : value.ValueKind == JsonValueKind.Object ? value.EnumerateObject().Select(member => CallbackIn(member.Name, member.Value)).FirstOrDefault(found => found is not null)
        : value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(item => CallbackIn(string.Empty, item)).FirstOrDefault(found => found is not null)
        : null;

    private static bool IsText(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => !HasLoneSurrogate(value),
        JsonValueKind.Object => value.EnumerateObject().All(member => IsText(member.Value)),
        JsonValueKind.Array => value.EnumerateArray().All(IsText),
        _ => true,
    };

    private static bool HasLoneSurrogate(JsonElement value)
    {
        try
        {
            return value.GetString() is null;
        }
        catch (InvalidOperationException)
        {
            // The reader refuses it, and so would everything that reads it later.
            return true;
        }
    }

    // It stands in a path.
    private static bool IsActionId(string id) =>
        id.Length is >= 1 and <= 64 && id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_') && id.Any(char.IsAsciiLetterOrDigit);

    // Whoever looks at one pull request must not decide about another.
    private static bool IsAboutAnother(NotificationAction action, PullRequestSubject one) =>
        action is { Kind: ActionKinds.OpenPullRequest or ActionKinds.OpenReview, Url: { } url } && !Addresses.IsPullRequest(url, one.Owner, one.Repo, one.Number);

    private static int DepthOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => 1 + value.EnumerateObject().Select(member => DepthOf(member.Value)).DefaultIfEmpty().Max(),
        JsonValueKind.Array => 1 + value.EnumerateArray().Select(DepthOf).DefaultIfEmpty().Max(),
        _ => 0,
    };

    private string? ObjectionToActions(IReadOnlyList<NotificationAction>? actions, PullRequestSubject? pullRequest)
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
        foreach (var (index, action) in actions.Index())
        {
            var objection =
                action is null ? $"actions[{index}] is null; an action is an object."
                : !ActionKinds.All.Contains(action.Kind) ? $"'{action.Kind}' is not a kind of action. Kinds are {string.Join(", ", ActionKinds.All)}."
                : !IsActionId(action.Id) || !ids.Add(action.Id) ? "An action's id has 1 to 64 letters, digits, dots, dashes and underscores, and stands once in its notification."
                : !PlainText.Is(action.Label, LongestLabel) ? $"An action's label has 1 to {LongestLabel} characters and no control characters."
                : targets.Objection(action) ?? (pullRequest is not null && IsAboutAnother(action, pullRequest)
                    ? $"The url of '{action.Id}' is not the page of the pull request that data.subject names." : null);
            if (objection is not null)
            {
                return objection;
            }
        }

        return null;
    }
}
