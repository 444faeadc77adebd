using Carillon.Protocol;

namespace Carillon.Http;

/// <summary>
/// Every error that a client can cause, with a code that never changes its meaning. <c>docs/protocol/errors.md</c> is made from
/// this list.
/// </summary>
internal static class Problems
{
    // Any request
    public static readonly Refusal InvalidRequest = new(400, "INVALID_REQUEST", "Invalid request", "Look at the detail for the member or parameter that is wrong.");
    public static readonly Refusal BodyTooLarge = new(413, "BODY_TOO_LARGE", "The request is too large", "Send a smaller body; 256 KiB is the limit unless the server is configured otherwise.");
    public static readonly Refusal NotJson = new(415, "NOT_JSON", "The request is not JSON", "Send the header Content-Type: application/json.");
    public static readonly Refusal NotFound = new(404, "NOT_FOUND", "There is nothing at this path", "Check the path against /openapi/v1.json.");
    public static readonly Refusal MethodNotAllowed = new(405, "METHOD_NOT_ALLOWED", "This path does not support that method", "See the Allow header for the methods that it supports.");
    public static readonly Refusal Unavailable = new(503, "UNAVAILABLE", "The server cannot do this right now", "Nothing was saved. Try again in a moment; with an Idempotency-Key a repeat cannot count twice.");
    public static readonly Refusal Internal = new(500, "INTERNAL", "Something went wrong on the server", "It was logged. Try again; if it happens again, tell the administrator.");

    // Who asks
    public static readonly Refusal SignInRequired = new(401, "SIGN_IN_REQUIRED", "You are not signed in", "Sign in, or send a valid token as Authorization: Bearer car_….");
    public static readonly Refusal SignInFailed = new(401, "SIGN_IN_FAILED", "Wrong name or password", "Check both and try again.");
    public static readonly Refusal TooManyAttempts = new(429, "TOO_MANY_ATTEMPTS", "Too many failed attempts", "Wait for the seconds that Retry-After names, then try again.");
    public static readonly Refusal TokenQuota = new(429, "TOKEN_QUOTA", "The token has reached its daily limit", "Wait for the seconds that Retry-After names, then try again.");
    public static readonly Refusal CrossSite = new(403, "CROSS_SITE", "The request comes from another site", "Send it from this server's own pages, or use a bearer token.");
    public static readonly Refusal ScopeMissing = new(403, "SCOPE_MISSING", "The token may not do this", "Create a token that has the scope this needs.");
    public static readonly Refusal AdminOnly = new(403, "ADMIN_ONLY", "Only administrators may do this", "Ask an administrator.");

    // Accounts
    public static readonly Refusal SetupDone = new(409, "SETUP_DONE", "This server is already set up", "Sign in instead.");
    public static readonly Refusal SetupCodeInvalid = new(403, "SETUP_CODE_INVALID", "The set-up code is wrong", "Open the link that the server printed when it started.");
    public static readonly Refusal UserNotFound = new(404, "USER_NOT_FOUND", "There is no such person", "Check the name.");
    public static readonly Refusal UserExists = new(409, "USER_EXISTS", "That name is taken", "Choose another name.");
    public static readonly Refusal LastAdmin = new(409, "LAST_ADMIN", "This is the last administrator", "Make somebody else an administrator first.");
    public static readonly Refusal PasswordWrong = new(403, "PASSWORD_WRONG", "The current password is wrong", "Send it as currentPassword.");
    public static readonly Refusal SignInNotFound = new(404, "SIGN_IN_NOT_FOUND", "There is no such sign-in", "It may have ended already; list them again.");
    public static readonly Refusal TokenNotFound = new(404, "TOKEN_NOT_FOUND", "There is no such token", "It may have been revoked already; list them again.");
    public static readonly Refusal ProjectNotFound = new(404, "PROJECT_NOT_FOUND", "There is no such project", "Check its id, or create it with POST /api/v1/projects.");
    public static readonly Refusal ProjectExists = new(409, "PROJECT_EXISTS", "That project already exists", "Use it, or choose another id.");
    public static readonly Refusal ProjectInUse = new(409, "PROJECT_IN_USE", "The project is not empty", "Only a project without sessions and notifications can be deleted. Make it private instead.");
    public static readonly Refusal TooManyProjects = new(409, "TOO_MANY_PROJECTS", "You have reached your limit of projects", "Use one of yours, or ask whoever runs the server for more.");

    // Streams
    public static readonly Refusal InvalidCursor = new(400, "INVALID_CURSOR", "The position is not a number from 0 up", "Send the last id that you received, or nothing.");
    public static readonly Refusal InvalidTopic = new(400, "INVALID_TOPIC", "There is no such topic", $"Topics are {string.Join(", ", Topics.All)}.");
    public static readonly Refusal TooManyStreams = new(429, "TOO_MANY_STREAMS", "You have too many streams open", "Streams:PerPerson says how many streams and chat sockets one person may have. Close some, then try again.") { RetryAfter = TimeSpan.FromSeconds(10) };

    // Notifications
    public static readonly Refusal NotificationNotFound = new(404, "NOTIFICATION_NOT_FOUND", "There is no such notification", "It may have been removed; list them again.");
    public static readonly Refusal InvalidNotification = new(400, "INVALID_NOTIFICATION", "Invalid notification", "Look at the detail for the member that is wrong.");
    public static readonly Refusal InvalidNotificationUpdate = new(400, "INVALID_NOTIFICATION_UPDATE", "Invalid update", "Send at least one of read, archived and seen, each true or false.");
    public static readonly Refusal RecipientNotFound = new(404, "RECIPIENT_NOT_FOUND", "A recipient does not exist or cannot see the project", "Name people who exist and see the project.");
    public static readonly Refusal IdempotencyKeyReused = new(409, "IDEMPOTENCY_KEY_REUSED", "That Idempotency-Key belongs to another request", "Use a new key for a new request.");
    public static readonly Refusal ActionNotFound = new(404, "ACTION_NOT_FOUND", "The notification has no such action", "Use an id of its actions.");
    public static readonly Refusal ActionNotAllowed = new(403, "ACTION_NOT_ALLOWED", "The action is not allowed", "Send a current token of GET /api/v1/action-token as X-AO-Action-Token.");
    public static readonly Refusal ActionPreconditionFailed = new(409, "ACTION_PRECONDITION_FAILED", "The action is not possible now", "Look at the detail for what is missing.");
    public static readonly Refusal ActionTargetInvalid = new(422, "ACTION_TARGET_INVALID", "The target of the action is not allowed", "Routes are local paths; addresses are https on one of the configured hosts.");

    // Sessions
    public static readonly Refusal SessionNotFound = new(404, "SESSION_NOT_FOUND", "There is no such session", "Check its id; a first report must name the project.");
    public static readonly Refusal SessionOwner = new(403, "SESSION_OWNER_ONLY", "The session belongs to somebody else", "Only its owner reports for an agent that runs elsewhere, and writes to it.");
    public static readonly Refusal MembersOnly = new(403, "MEMBERS_ONLY", "The session belongs to somebody else", "Members of its project may write to it, stop it and restore it. Ask one of them to add you.");
    public static readonly Refusal AgentNotAllowed = new(403, "AGENT_NOT_ALLOWED", "You may not use this agent", "It runs programs on the server, so it is for administrators. Choose another one, or ask an administrator.");
    public static readonly Refusal InvalidBellMode = new(400, "INVALID_BELL_MODE", "There is no such choice", "mode is \"all\" or \"needs_me\". DELETE turns the bell off.");
    public static readonly Refusal InvalidActivity = new(400, "INVALID_ACTIVITY", "Invalid report", "Look at the detail for the member that is wrong.");

    public static readonly Refusal InvalidSession = new(400, "INVALID_SESSION", "Invalid session", "Look at the detail for the member that is wrong.");
    public static readonly Refusal TooManySessions = new(429, "TOO_MANY_SESSIONS", "You have started too many sessions", "Sessions:PerDay says how many one person may begin in 24 hours. Wait for the seconds that Retry-After names.");
    public static readonly Refusal SessionBusy = new(409, "SESSION_BUSY", "The agent is answering", "Stop the session first, or wait until it has answered everything.");
    public static readonly Refusal SessionDeleter = new(403, "SESSION_DELETER_ONLY", "You cannot delete this session", "Its owner and administrators can.");
    public static readonly Refusal SessionNotHosted = new(409, "SESSION_NOT_HOSTED", "This agent runs elsewhere", "It can be written to from here; stop it, or bring it back, where it runs.");
    public static readonly Refusal SessionHosted = new(409, "SESSION_HOSTED", "This server runs the agent", "It gets messages without being asked for them. End the answer with your question; the next message continues from there.");

    // Chat
    public static readonly Refusal InvalidMessage = new(400, "INVALID_MESSAGE", "Invalid message", "Look at the detail for the member that is wrong.");
    public static readonly Refusal MessageNotFound = new(404, "MESSAGE_NOT_FOUND", "There is no such message", "Look at the messages of the session again.");
    public static readonly Refusal MessageAuthor = new(403, "MESSAGE_AUTHOR_ONLY", "Somebody else wrote the message", "Only its author takes a message back.");
    public static readonly Refusal MessageTaken = new(409, "MESSAGE_TAKEN", "The agent already has the message", "Stop the answer, or send another message.");
    public static readonly Refusal QuestionEnded = new(409, "QUESTION_ENDED", "The question has ended", "Nobody waits for an answer any more: it was answered, or whoever asked went on without.");
    public static readonly Refusal RateLimited = new(429, "RATE_LIMITED", "You have reached your message limit", "Wait for the seconds that Retry-After names, then send it again.");
    public static readonly Refusal UpgradeRequired = new(426, "UPGRADE_REQUIRED", "This is a WebSocket", "Open it as a WebSocket with the subprotocol chat-stream-v1.");
    public static readonly Refusal InvalidSubprotocol = new(400, "INVALID_SUBPROTOCOL", "Unknown subprotocol", "Offer chat-stream-v1 in Sec-WebSocket-Protocol.");
    public static readonly Refusal InvalidFrame = new(400, "INVALID_FRAME", "Invalid frame", "Send one JSON object with a type; see docs/protocol.");
    public static readonly Refusal FrameTooLarge = new(413, "FRAME_TOO_LARGE", "The frame is too large", "64 KiB is the most. Send a shorter message.");
    public static readonly Refusal TooManyAttached = new(429, "TOO_MANY_ATTACHED", "This socket follows too many sessions", "Detach some, or open another socket.");

    // Pull requests
    public static readonly Refusal InvalidPullRequest = new(400, "INVALID_PULL_REQUEST", "Invalid pull request", "Look at the detail for the member that is wrong.");
    public static readonly Refusal TooManyPullRequests = new(409, "TOO_MANY_PULL_REQUESTS", "The session has too many pull requests", "A session has at most 50; report further ones on another session.");
    public static readonly Refusal ForgeUnreachable = new(503, "FORGE_UNREACHABLE", "The forge is not responding", "Try again in a moment, or do it at the forge.");

    /// <summary>All of them, for the documentation.</summary>
    public static IReadOnlyList<Refusal> All { get; } =
    [
        InvalidRequest, BodyTooLarge, NotJson, NotFound, MethodNotAllowed, Unavailable, Internal,
        SignInRequired, SignInFailed, TooManyAttempts, TokenQuota, CrossSite, ScopeMissing, AdminOnly,
        SetupDone, SetupCodeInvalid, UserNotFound, UserExists, LastAdmin, PasswordWrong, SignInNotFound, TokenNotFound, ProjectNotFound, ProjectExists, ProjectInUse, TooManyProjects,
        InvalidCursor, InvalidTopic, TooManyStreams,
        NotificationNotFound, InvalidNotification, InvalidNotificationUpdate, RecipientNotFound, IdempotencyKeyReused,
        ActionNotFound, ActionNotAllowed, ActionPreconditionFailed, ActionTargetInvalid,
        SessionNotFound, SessionOwner, MembersOnly, AgentNotAllowed, InvalidBellMode, InvalidActivity, InvalidSession, TooManySessions, SessionBusy, SessionDeleter, SessionNotHosted, SessionHosted,
        InvalidMessage, MessageNotFound, MessageAuthor, MessageTaken, QuestionEnded, RateLimited, UpgradeRequired, InvalidSubprotocol, InvalidFrame, FrameTooLarge, TooManyAttached,
        InvalidPullRequest, TooManyPullRequests, ForgeUnreachable,
    ];
}
