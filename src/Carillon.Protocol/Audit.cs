using System.Text.Json.Serialization;

namespace Carillon.Protocol;

/// <summary>What the audit log tells of. Each kind says what was done, to whom or what.</summary>
public static class AuditKinds
{
    /// <summary>Somebody signed in.</summary>
    public const string SignInSucceeded = "sign-in.succeeded";

    /// <summary>A name and a password that were not right. Repeats from the same place within an hour are one entry with a count.</summary>
    public const string SignInFailed = "sign-in.failed";

    /// <summary>A sign-in was ended: by signing out, or from another browser.</summary>
    public const string SignInEnded = "sign-in.ended";

    /// <summary>A token was made; the detail says what it may do.</summary>
    public const string TokenCreated = "token.created";

    /// <summary>A token was revoked.</summary>
    public const string TokenRevoked = "token.revoked";

    /// <summary>A person was added; the detail is the role.</summary>
    public const string PersonAdded = "person.added";

    /// <summary>A person was removed.</summary>
    public const string PersonRemoved = "person.removed";

    /// <summary>A person has another role; the detail is the new one.</summary>
    public const string RoleChanged = "person.role-changed";

    /// <summary>A person has a new password.</summary>
    public const string PasswordChanged = "person.password-changed";

    /// <summary>A project was added; the detail says whether it is closed.</summary>
    public const string ProjectAdded = "project.added";

    /// <summary>A project has another name; the detail is the new one.</summary>
    public const string ProjectRenamed = "project.renamed";

    /// <summary>A project was deleted.</summary>
    public const string ProjectRemoved = "project.removed";

    /// <summary>A project was closed: only its members see it.</summary>
    public const string ProjectClosed = "project.closed";

    /// <summary>A project was opened: everybody sees it.</summary>
    public const string ProjectOpened = "project.opened";

    /// <summary>Somebody became a member of a project; the detail is the project.</summary>
    public const string MemberAdded = "member.added";

    /// <summary>Somebody is no member of a project any more; the detail is the project.</summary>
    public const string MemberRemoved = "member.removed";

    /// <summary>A session of an agent of this server was begun or restored; the detail is the agent and the project.</summary>
    public const string AgentStarted = "agent.started";

    /// <summary>A session was deleted with all that was said in it; the detail is the agent and the project.</summary>
    public const string SessionDeleted = "session.deleted";

    /// <summary>A pull request was merged; the detail is the head and the session.</summary>
    public const string PullRequestMerged = "pull-request.merged";

    /// <summary>Every kind.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        SignInSucceeded, SignInFailed, SignInEnded, TokenCreated, TokenRevoked, PersonAdded, PersonRemoved, RoleChanged, PasswordChanged,
        ProjectAdded, ProjectRenamed, ProjectRemoved, ProjectClosed, ProjectOpened, MemberAdded, MemberRemoved, AgentStarted, SessionDeleted, PullRequestMerged,
    ];
}

/// <summary>By what somebody acted.</summary>
public static class AuditMeans
{
    /// <summary>A browser in which the person is signed in, or signs in.</summary>
    public const string SignIn = "sign-in";

    /// <summary>A bearer token.</summary>
    public const string Token = "token";

    /// <summary>A command on the server's own machine, such as <c>carillon user add</c>.</summary>
    public const string CommandLine = "command-line";

    /// <summary>The page on which the first administrator is made.</summary>
    public const string Setup = "setup";

    /// <summary>Every means.</summary>
    public static IReadOnlyList<string> All { get; } = [SignIn, Token, CommandLine, Setup];
}

/// <summary>One entry of the audit log. Names are those of that moment: they outlive renaming and removal.</summary>
public sealed record AuditEntry
{
    /// <summary>The entry's place in the log; later ones are higher, and numbers may be missing.</summary>
    public required long Seq { get; init; }

    /// <summary>When it happened; of several repeats, the first.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>One of <see cref="AuditKinds"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The name of the person who acted; absent when nobody is known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Person { get; init; }

    /// <summary>One of <see cref="AuditMeans"/>.</summary>
    public required string Means { get; init; }

    /// <summary>The name of the token, or the browser and system of a sign-in.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? MeansName { get; init; }

    /// <summary>The IP address that the request came from; absent for the command line.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Address { get; init; }

    /// <summary>To whom or what it was done: a person's name, a token's name, an id.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Subject { get; init; }

    /// <summary>What there is to say besides; <see cref="AuditKinds"/> tells what for each kind.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Detail { get; init; }

    /// <summary>How often it happened, at least 1. Only failed sign-ins are counted.</summary>
    public required long Count { get; init; }

    /// <summary>When it last happened; absent when it happened once.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? LastAt { get; init; }
}

/// <summary>A page of the audit log.</summary>
public sealed record AuditList
{
    /// <summary>Newest first.</summary>
    public required IReadOnlyList<AuditEntry> Entries { get; init; }

    /// <summary>What to send as <c>before</c> for the next page; absent on the last one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? NextBefore { get; init; }
}
