using System.Text.Json;
using System.Text.Json.Serialization;

namespace Carillon.Protocol;

/// <summary>One row of one person's inbox.</summary>
public sealed record Notification
{
    /// <summary>The row's place: the <c>seq</c> of its newest call. A row that is called again moves to the top; <c>id</c> tells rows apart.</summary>
    public required long Seq { get; init; }

    /// <summary>The <c>seq</c> at which it last rang. An alert is due once for each <c>id</c> and <c>rangSeq</c>.</summary>
    public required long RangSeq { get; init; }

    /// <summary><c>ntf_</c> and an opaque rest.</summary>
    public required string Id { get; init; }

    /// <summary>When its newest call was stored.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>When it was first shown to the person.</summary>
    public DateTimeOffset? SeenAt { get; init; }

    /// <summary>When the person opened or marked it.</summary>
    public DateTimeOffset? ReadAt { get; init; }

    /// <summary>When the person put it away.</summary>
    public DateTimeOffset? ArchivedAt { get; init; }

    /// <summary>When its cause went away. Only facts set this, never a click.</summary>
    public DateTimeOffset? ResolvedAt { get; init; }

    /// <summary>How often the same thing happened, at least 1: repeats with one dedupe key share a row.</summary>
    public required int Count { get; init; }

    /// <summary>What happened.</summary>
    public required NotificationEvent Event { get; init; }

    /// <summary>What the person can do about it from here, at most four.</summary>
    public required IReadOnlyList<NotificationAction> Actions { get; init; }
}

/// <summary>What a notification is about.</summary>
public sealed record NotificationEvent
{
    /// <summary>The notification's id.</summary>
    public required string Id { get; init; }

    /// <summary>A dotted word such as <c>session.needs_input</c>. The set is open.</summary>
    public required string Type { get; init; }

    /// <summary>One of <see cref="Priorities"/>.</summary>
    public required string Priority { get; init; }

    /// <summary>The session that it belongs to, if any.</summary>
    public string? SessionId { get; init; }

    /// <summary>The project that it belongs to, if any.</summary>
    public string? ProjectId { get; init; }

    /// <summary>When it happened, which may be before it was stored.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The name of the person whose token or sign-in published it; absent when the server itself says it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? By { get; init; }

    /// <summary>At most 80 characters.</summary>
    public string? Title { get; init; }

    /// <summary>At most 1,000 characters.</summary>
    public required string Message { get; init; }

    /// <summary>What programs need to know about it.</summary>
    public required NotificationData Data { get; init; }
}

/// <summary>The part of a notification that programs read, with whatever the publisher added to it.</summary>
public sealed record NotificationData
{
    /// <summary>The version of this shape.</summary>
    public const int CurrentVersion = 3;

    /// <summary>3.</summary>
    public int SchemaVersion { get; init; } = CurrentVersion;

    /// <summary>The same word as the event's type.</summary>
    public required string SemanticType { get; init; }

    /// <summary>What it is about, with names.</summary>
    public NotificationSubject? Subject { get; init; }

    /// <summary>The publisher's own members.</summary>
    /// <remarks>Not <c>init</c>: generated code would pass it to the constructor, where extension data may not be.</remarks>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? More { get; set; }
}

/// <summary>The things that a notification is about.</summary>
public sealed record NotificationSubject
{
    /// <summary>The session, if any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SessionSubject? Session { get; init; }

    /// <summary>The project, if any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ProjectSubject? Project { get; init; }

    /// <summary>The pull request, if any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PullRequestSubject? PullRequest { get; init; }
}

/// <summary>A pull request as a notification names it: <c>merge-pr</c> merges this one, at this head and at no other.</summary>
public sealed record PullRequestSubject
{
    /// <summary>One of <see cref="Providers"/>.</summary>
    public required string Provider { get; init; }

    /// <summary>The owner of the repository at the forge.</summary>
    public required string Owner { get; init; }

    /// <summary>The repository's name.</summary>
    public required string Repo { get; init; }

    /// <summary>Its number in the repository.</summary>
    public required long Number { get; init; }

    /// <summary>The commit at its head when the notification was made.</summary>
    public required string HeadSha { get; init; }
}

/// <summary>A session as a notification names it.</summary>
public sealed record SessionSubject
{
    /// <summary>The session's id.</summary>
    public required string Id { get; init; }

    /// <summary>Its project.</summary>
    public string? ProjectId { get; init; }

    /// <summary>Its title when the notification was made.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Title { get; init; }
}

/// <summary>A project as a notification names it.</summary>
public sealed record ProjectSubject
{
    /// <summary>The project's id.</summary>
    public required string Id { get; init; }

    /// <summary>Its name when the notification was made.</summary>
    public required string Name { get; init; }
}

/// <summary>Something that a person can do from a notification.</summary>
public sealed record NotificationAction
{
    /// <summary>Names the action within its notification.</summary>
    public required string Id { get; init; }

    /// <summary>One of <see cref="ActionKinds"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The button's words, at most 40 characters.</summary>
    public required string Label { get; init; }

    /// <summary>A path of this server that starts with one <c>/</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Route { get; init; }

    /// <summary>An <c>https</c> address on one of the configured hosts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Url { get; init; }
}

/// <summary>One page of an inbox, newest first.</summary>
public sealed record NotificationList
{
    /// <summary>The rows.</summary>
    public required IReadOnlyList<Notification> Notifications { get; init; }

    /// <summary>Unread, unarchived rows in the asked project or session, not only in this page.</summary>
    public required long UnreadCount { get; init; }

    /// <summary>The page size that was used, 1 to 500.</summary>
    public required int Limit { get; init; }

    /// <summary>Pass it as <c>beforeSeq</c> for the next older page; null when there is none.</summary>
    public long? NextBeforeSeq { get; init; }

    /// <summary>The change log's head in the same snapshot: open <c>/events?after=</c> from here and nothing is missed.</summary>
    public required long HeadSeq { get; init; }

    /// <summary>The unread rows whose cause is not gone: what a badge shows, so that an alert leaves it when there is nothing left to do.</summary>
    public required long UnhandledCount { get; init; }
}

/// <summary>One notification, wrapped.</summary>
public sealed record NotificationAnswer
{
    /// <summary>The row.</summary>
    public required Notification Notification { get; init; }
}

/// <summary>The body of <c>POST /api/v1/notifications</c>.</summary>
public sealed record PublishNotification
{
    /// <summary>Names, PN IDs or <c>everyone</c>; absent means the token's owner.</summary>
    public IReadOnlyList<string>? To { get; init; }

    /// <summary>The project that it belongs to.</summary>
    public string? ProjectId { get; init; }

    /// <summary>The session that it belongs to.</summary>
    public string? SessionId { get; init; }

    /// <summary>A dotted lower-case word such as <c>build.failed</c>, at most 64 characters.</summary>
    public required string Type { get; init; }

    /// <summary>One of <see cref="Priorities"/>.</summary>
    public required string Priority { get; init; }

    /// <summary>At most 80 characters.</summary>
    public string? Title { get; init; }

    /// <summary>1 to 1,000 characters.</summary>
    public required string Message { get; init; }

    /// <summary>A JSON object of at most 8 KiB.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Data { get; init; }

    /// <summary>At most four.</summary>
    public IReadOnlyList<NotificationAction>? Actions { get; init; }

    /// <summary>While a row with this key is unseen or unresolved, publishing again joins that row, which moves to the top and may ring.</summary>
    public string? DedupeKey { get; init; }

    /// <summary>What <c>POST /api/v1/notifications/resolve</c> names to take the alert back.</summary>
    public string? CauseKey { get; init; }

    /// <summary>When it happened; absent means now.</summary>
    public DateTimeOffset? OccurredAt { get; init; }
}

/// <summary>The answer to a publish.</summary>
public sealed record PublishedNotification
{
    /// <summary>The row of the caller if addressed, else of the first recipient.</summary>
    public required Notification Notification { get; init; }

    /// <summary>How many people were addressed.</summary>
    public required int Recipients { get; init; }
}

/// <summary>The body of <c>PATCH /api/v1/notifications/{id}</c>; at least one member.</summary>
public sealed record NotificationUpdate
{
    /// <summary>True marks read, false unread.</summary>
    public bool? Read { get; init; }

    /// <summary>True puts away, false brings back.</summary>
    public bool? Archived { get; init; }

    /// <summary>True once it was shown to the person; cannot be undone.</summary>
    public bool? Seen { get; init; }
}

/// <summary>The body of <c>POST /api/v1/notifications/read-all</c>. Every member but <c>read</c> narrows.</summary>
public sealed record ReadAllNotifications
{
    /// <summary>Only rows of this project.</summary>
    public string? ProjectId { get; init; }

    /// <summary>Only rows of this session.</summary>
    public string? SessionId { get; init; }

    /// <summary>Only rows with a <c>seq</c> up to this one: what arrived after the click stays unread.</summary>
    public long? UpToSeq { get; init; }

    /// <summary>Only these rows, at most 500.</summary>
    public IReadOnlyList<string>? Ids { get; init; }

    /// <summary>False takes it back: the rows of <c>ids</c> become unread. Absent means true.</summary>
    public bool? Read { get; init; }
}

/// <summary>The body of <c>POST /api/v1/notifications/resolve</c>.</summary>
public sealed record ResolveNotifications
{
    /// <summary>The cause that is gone.</summary>
    public required string CauseKey { get; init; }
}

/// <summary>How many rows an operation changed.</summary>
public sealed record UpdatedCount
{
    /// <summary>0 or more.</summary>
    public required int Updated { get; init; }
}

/// <summary>The body of <c>POST /api/v1/notifications/{id}/actions/{actionId}</c>.</summary>
public sealed record ActionRequest
{
    /// <summary>The message, for <c>send-message</c> only.</summary>
    public string? Text { get; init; }
}

/// <summary>The answer to an executed action.</summary>
public sealed record ActionAnswer
{
    /// <summary>True.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>The action's id.</summary>
    public required string ActionId { get; init; }

    /// <summary>The action's kind.</summary>
    public required string Kind { get; init; }

    /// <summary>Where to go next, if anywhere.</summary>
    public required ActionResult Result { get; init; }
}

/// <summary>What executing an action came to.</summary>
public sealed record ActionResult
{
    /// <summary>A path of this server to go to.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Route { get; init; }

    /// <summary>An external address to open, checked again just now.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Url { get; init; }
}

/// <summary>The answer of <c>GET /api/v1/action-token</c>.</summary>
public sealed record ActionToken
{
    /// <summary>Send it as <c>X-AO-Action-Token</c>.</summary>
    public required string Token { get; init; }

    /// <summary>Ask for another before this time.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}
