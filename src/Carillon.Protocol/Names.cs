namespace Carillon.Protocol;

/// <summary>How loudly a notification asks for a person.</summary>
public static class Priorities
{
    /// <summary>A person is needed now.</summary>
    public const string Urgent = "urgent";

    /// <summary>A person can act.</summary>
    public const string Action = "action";

    /// <summary>Something is off, nobody has to act yet.</summary>
    public const string Warning = "warning";

    /// <summary>Good to know.</summary>
    public const string Info = "info";

    /// <summary>All of them, loudest first.</summary>
    public static IReadOnlyList<string> All { get; } = [Urgent, Action, Warning, Info];
}

/// <summary>The groups that a reader of the change log can choose between.</summary>
public static class Topics
{
    /// <summary>Sessions and their activity.</summary>
    public const string Sessions = "sessions";

    /// <summary>Pull requests.</summary>
    public const string PullRequests = "prs";

    /// <summary>Notifications.</summary>
    public const string Notifications = "notifications";

    /// <summary>Tickets.</summary>
    public const string Tickets = "tickets";

    /// <summary>Every topic that a client may name.</summary>
    public static IReadOnlyList<string> All { get; } = [Sessions, PullRequests, Notifications, Tickets];
}

/// <summary>The change types that this version writes. The set is open: a reader skips what it does not know.</summary>
public static class ChangeTypes
{
    /// <summary>A session appeared, or its activity or title changed.</summary>
    public const string SessionUpdated = "session_updated";

    /// <summary>A session was deleted, with all that was said in it and told of it. Its id is the change's <c>sessionId</c>.</summary>
    public const string SessionDeleted = "session_deleted";

    /// <summary>A session left the line of those that wait for a free place, or joined it: those behind it have another place.</summary>
    public const string QueueMoved = "queue_moved";

    /// <summary>A pull request of a session was recorded, or changed.</summary>
    public const string PullRequestUpdated = "pr_updated";

    /// <summary>A row was added to a person's inbox, and rings.</summary>
    public const string NotificationCreated = "notification_created";

    /// <summary>A row of a person's inbox rings again: it is unread, unseen and on top.</summary>
    public const string NotificationRang = "notification_rang";

    /// <summary>A row of a person's inbox changed, and does not ring.</summary>
    public const string NotificationUpdated = "notification_updated";

    /// <summary>The cause of a row is gone.</summary>
    public const string NotificationResolved = "notification_resolved";
}

/// <summary>What a person is told of a session.</summary>
public static class BellModes
{
    /// <summary>Everything that is told of it. An owner who chose nothing has this.</summary>
    public const string All = "all";

    /// <summary>Only what a person has to act on.</summary>
    public const string NeedsMe = "needs_me";

    /// <summary>Nothing. Whoever is not the owner and chose nothing has this.</summary>
    public const string Off = "off";
}

/// <summary>What an agent is doing.</summary>
public static class Activities
{
    /// <summary>The agent is being started.</summary>
    public const string Starting = "starting";

    /// <summary>The agent works.</summary>
    public const string Working = "working";

    /// <summary>The agent is done and it is the person's turn.</summary>
    public const string Idle = "idle";

    /// <summary>The agent asked something and waits for the answer.</summary>
    public const string WaitingInput = "waiting_input";

    /// <summary>The agent may not go on without a permission.</summary>
    public const string Blocked = "blocked";

    /// <summary>The agent works but makes no progress.</summary>
    public const string Stuck = "stuck";

    /// <summary>The agent's program ended.</summary>
    public const string Exited = "exited";

    /// <summary>A person ended the agent.</summary>
    public const string Killed = "killed";

    /// <summary>Every activity that an agent can report.</summary>
    public static IReadOnlyList<string> All { get; } = [Starting, Working, Idle, WaitingInput, Blocked, Stuck, Exited, Killed];
}

/// <summary>Who says something in a session.</summary>
public static class MessageRoles
{
    /// <summary>A person.</summary>
    public const string Person = "person";

    /// <summary>The agent.</summary>
    public const string Agent = "agent";

    /// <summary>The server, for example why a run failed.</summary>
    public const string System = "system";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Person, Agent, System];
}

/// <summary>What became of a run.</summary>
public static class RunStatuses
{
    /// <summary>The agent said all that it had to say.</summary>
    public const string Completed = "completed";

    /// <summary>A person stopped it; what it had said by then stands.</summary>
    public const string Stopped = "stopped";

    /// <summary>It could not go on; what it had said by then stands, and a system message says why.</summary>
    public const string Failed = "failed";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Completed, Stopped, Failed];
}

/// <summary>What became of a person's message: to an agent that runs elsewhere, or one that was taken back.</summary>
public static class MessageStatuses
{
    /// <summary>The agent has not fetched it yet.</summary>
    public const string Waiting = "waiting";

    /// <summary>The agent has it.</summary>
    public const string Delivered = "delivered";

    /// <summary>Its author took it back before the agent had it. Its words are gone, and no list has it.</summary>
    public const string Withdrawn = "withdrawn";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Waiting, Delivered, Withdrawn];
}

/// <summary>What a step of an agent has come to.</summary>
public static class StepStatuses
{
    /// <summary>It is under way.</summary>
    public const string Running = "running";

    /// <summary>It succeeded.</summary>
    public const string Done = "done";

    /// <summary>It did not succeed.</summary>
    public const string Failed = "failed";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Running, Done, Failed];
}

/// <summary>The kinds of action that a notification may offer. There are no others, and no address to call back.</summary>
public static class ActionKinds
{
    /// <summary>Open the session's page.</summary>
    public const string OpenSession = "open-session";

    /// <summary>Open the pull request at its forge.</summary>
    public const string OpenPullRequest = "open-pr";

    /// <summary>Open the review at its forge.</summary>
    public const string OpenReview = "open-review";

    /// <summary>Open the checks at their forge.</summary>
    public const string OpenChecks = "open-ci";

    /// <summary>Start an exited session again.</summary>
    public const string RestoreSession = "restore-session";

    /// <summary>Send the agent a message.</summary>
    public const string SendMessage = "send-message";

    /// <summary>Merge the pull request.</summary>
    public const string MergePullRequest = "merge-pr";

    /// <summary>Mark the notification read.</summary>
    public const string MarkRead = "mark-read";

    /// <summary>Put the notification away.</summary>
    public const string Dismiss = "dismiss";

    /// <summary>The whole allowlist, with what is to be known of each.</summary>
    public static IReadOnlyList<ActionKind> Table { get; } =
    [
        new(OpenSession, "Open session", ActionDoer.Surface) { IsLowRisk = true },
        new(OpenPullRequest, "Open pull request", ActionDoer.Surface) { MayHaveUrl = true, IsLowRisk = true },
        new(OpenReview, "Open review", ActionDoer.Surface) { MayHaveUrl = true },
        new(OpenChecks, "Open checks", ActionDoer.Surface) { MayHaveUrl = true },
        new(RestoreSession, "Restore", ActionDoer.Server) { IsLowRisk = true },
        new(SendMessage, "Reply", ActionDoer.Server) { TakesText = true },
        new(MergePullRequest, "Merge", ActionDoer.Server),
        new(MarkRead, "Mark read", ActionDoer.Inbox) { IsLowRisk = true },
        new(Dismiss, "Dismiss", ActionDoer.Inbox),
    ];

    /// <summary>The names of all of them.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Table.Select(kind => kind.Name)];

    /// <summary>What is to be known of a kind; null when there is none of this name.</summary>
    /// <param name="name">The kind as an action names it.</param>
    /// <returns>The line of the table.</returns>
    public static ActionKind? Find(string name) => Table.FirstOrDefault(kind => kind.Name == name);
}

/// <summary>Who does what an action asks for.</summary>
public enum ActionDoer
{
    /// <summary>The page, the phone or the desktop: the server's answer says where to go.</summary>
    Surface,

    /// <summary>The inbox marks the row.</summary>
    Inbox,

    /// <summary>The server, beyond the inbox.</summary>
    Server,
}

/// <summary>What is to be known of a kind of action. Server, page, command line and documents have it from here.</summary>
/// <param name="Name">The word on the wire.</param>
/// <param name="Label">The button's words where nobody chose others.</param>
/// <param name="Doer">Who does it.</param>
public sealed record ActionKind(string Name, string Label, ActionDoer Doer)
{
    /// <summary>True: it may lead to an address on one of the configured hosts.</summary>
    public bool MayHaveUrl { get; init; }

    /// <summary>True: the person says something with it.</summary>
    public bool TakesText { get; init; }

    /// <summary>True: a push or a desktop notification may offer it as a button.</summary>
    public bool IsLowRisk { get; init; }
}

/// <summary>What a bearer token may do.</summary>
public static class Scopes
{
    /// <summary>Read what its owner sees, streams included, and mark the owner's notifications.</summary>
    public const string Read = "read";

    /// <summary>Publish notifications and report activity.</summary>
    public const string Publish = "publish";

    /// <summary>Start sessions whose agent runs on the server, write to them, stop and restore them.</summary>
    public const string Run = "run";

    /// <summary>Work on tickets.</summary>
    public const string Tickets = "tickets";

    /// <summary>Administer people and projects, when the owner is an administrator.</summary>
    public const string Admin = "admin";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Read, Publish, Run, Tickets, Admin];

    /// <summary>Those that something needs today: what people are offered, here and on the page.</summary>
    public static IReadOnlyList<string> Offered { get; } = [Read, Publish, Run, Admin];
}

/// <summary>What a person may do.</summary>
public static class Roles
{
    /// <summary>Administers people and projects.</summary>
    public const string Admin = "admin";

    /// <summary>Everybody else.</summary>
    public const string Member = "member";

    /// <summary>Both.</summary>
    public static IReadOnlyList<string> All { get; } = [Admin, Member];
}

/// <summary>Names of headers, cookies and recipients that have a meaning of their own.</summary>
public static class WellKnown
{
    /// <summary>The cookie of a sign-in session.</summary>
    public const string Cookie = "carillon_session";

    /// <summary>The same over https. Browsers take a cookie of this name from its own host alone.</summary>
    public const string HostCookie = "__Host-carillon_session";

    /// <summary>The header that carries the token of <c>GET /api/v1/action-token</c>.</summary>
    public const string ActionTokenHeader = "X-AO-Action-Token";

    /// <summary>The header under which a repeated publish is answered like the first.</summary>
    public const string IdempotencyKeyHeader = "Idempotency-Key";

    /// <summary>The recipient that means every person.</summary>
    public const string Everyone = "everyone";

    /// <summary>The agent of a session that is one question, asked by <c>carillon ask</c>. When it exited, it takes no more words.</summary>
    public const string QuestionAgent = "carillon ask";

    /// <summary>How a bearer token begins.</summary>
    public const string TokenPrefix = "car_";

    /// <summary>How a PN ID begins.</summary>
    public const string PushIdPrefix = "pn_";
}
