using System.Text.Json.Serialization;

namespace Carillon.Protocol;

/// <summary>What was said in a session.</summary>
public sealed record ChatMessage
{
    /// <summary>Its place among all messages of the server; grows within a session.</summary>
    public required long Seq { get; init; }

    /// <summary>The message's id.</summary>
    public required string Id { get; init; }

    /// <summary>One of <see cref="MessageRoles"/>.</summary>
    public required string Role { get; init; }

    /// <summary>What was said; of an agent, Markdown.</summary>
    public required string Text { get; init; }

    /// <summary>The name of the person who said it.</summary>
    public string? By { get; init; }

    /// <summary>The run that answers a person's message, or whose answer this is.</summary>
    public string? RunId { get; init; }

    /// <summary>
    /// Of an answer, one of <see cref="RunStatuses"/>; of a message to an agent that runs elsewhere, one of <see cref="MessageStatuses"/>.
    /// </summary>
    public string? Status { get; init; }

    /// <summary>Of an answer: what the agent did on the way, in order.</summary>
    public IReadOnlyList<RunStep>? Steps { get; init; }

    /// <summary>When it was said; of an answer, when it was complete.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Something that an agent did on the way to its answer, such as the use of a tool.</summary>
public sealed record RunStep
{
    /// <summary>The step's id within its run.</summary>
    public required string Id { get; init; }

    /// <summary>What was used, for example <c>Bash</c>.</summary>
    public required string Name { get; init; }

    /// <summary>More about it: one line, for example the command; of thinking, the thoughts.</summary>
    public string? Detail { get; init; }

    /// <summary>One of <see cref="StepStatuses"/>.</summary>
    public required string Status { get; init; }

    /// <summary>How much of the answer stood when it began, in UTF-16 units.</summary>
    public required int Offset { get; init; }
}

/// <summary>The body of <c>POST /api/v1/sessions/{id}/messages</c>.</summary>
public sealed record SendMessage
{
    /// <summary>The client's own id of the message: sent twice, it is one message. 1 to 128 printable characters.</summary>
    public required string Id { get; init; }

    /// <summary>What to say, at most 65,536 UTF-16 units.</summary>
    public required string Message { get; init; }
}

/// <summary>One message, wrapped.</summary>
public sealed record MessageAnswer
{
    /// <summary>The message.</summary>
    public required ChatMessage Message { get; init; }
}

/// <summary>Messages of a session, oldest first.</summary>
public sealed record MessageList
{
    /// <summary>The messages.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>Pass it as <c>beforeSeq</c> for those before; null when there are none.</summary>
    public long? NextBeforeSeq { get; init; }

    /// <summary>The seq of the session's newest message, 0 when there is none: what <c>attach</c> takes as <c>after</c>.</summary>
    public required long Head { get; init; }
}

/// <summary>The body of <c>POST /api/v1/sessions/{id}/messages/take</c>.</summary>
public sealed record TakeMessages
{
    /// <summary>When nothing waits, how long to wait for something, in seconds from 0 to 25.</summary>
    public int Wait { get; init; }
}

/// <summary>What people said to an agent that runs elsewhere, handed to it.</summary>
public sealed record TakenMessages
{
    /// <summary>
    /// The messages, oldest first. Whoever has put them before the agent says so by <c>POST …/messages/delivered</c>; what is not
    /// acknowledged within 10 seconds is handed out again.
    /// </summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>What the session is doing, one of <see cref="Activities"/>.</summary>
    public required string Activity { get; init; }
}

/// <summary>The body of <c>POST /api/v1/sessions/{id}/messages/delivered</c>.</summary>
public sealed record DeliveredMessages
{
    /// <summary>The ids of the messages that the agent has, at most 100.</summary>
    public required IReadOnlyList<string> Ids { get; init; }
}

/// <summary>A frame that the server sends over <c>/chat/ws</c>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(ReadyFrame), "ready")]
[JsonDerivedType(typeof(AttachedFrame), "attached")]
[JsonDerivedType(typeof(SnapshotFrame), "snapshot")]
[JsonDerivedType(typeof(ChunkFrame), "chunk")]
[JsonDerivedType(typeof(StepFrame), "step")]
[JsonDerivedType(typeof(MessageFrame), "message")]
[JsonDerivedType(typeof(AcceptedFrame), "accepted")]
[JsonDerivedType(typeof(CompleteFrame), "complete")]
[JsonDerivedType(typeof(DeliveredFrame), "delivered")]
[JsonDerivedType(typeof(WithdrawnFrame), "withdrawn")]
[JsonDerivedType(typeof(TypingFrame), "typing")]
[JsonDerivedType(typeof(ErrorFrame), "error")]
[JsonDerivedType(typeof(PongFrame), "pong")]
public abstract record ChatFrame;

/// <summary>The first frame: the socket takes requests.</summary>
public sealed record ReadyFrame : ChatFrame
{
    /// <summary>After so many seconds without a frame from the client, the server closes.</summary>
    public required int IdleSeconds { get; init; }
}

/// <summary>From here on the session's frames come.</summary>
public sealed record AttachedFrame : ChatFrame
{
    /// <summary>The session.</summary>
    public required string SessionId { get; init; }

    /// <summary>The seq of its newest message; a later <c>attach</c> takes it as <c>after</c>.</summary>
    public required long Head { get; init; }

    /// <summary>One of <see cref="Activities"/>.</summary>
    public required string Activity { get; init; }
}

/// <summary>What a run has said so far.</summary>
public sealed record SnapshotFrame : ChatFrame
{
    /// <summary>The session.</summary>
    public required string SessionId { get; init; }

    /// <summary>The run.</summary>
    public required string RunId { get; init; }

    /// <summary>All of it so far.</summary>
    public required string Text { get; init; }

    /// <summary>The text's length in UTF-16 units, which is where the next chunk starts.</summary>
    public required int Offset { get; init; }
}

/// <summary>What a run has just said.</summary>
public sealed record ChunkFrame : ChatFrame
{
    /// <summary>The session.</summary>
    public required string SessionId { get; init; }

    /// <summary>The run.</summary>
    public required string RunId { get; init; }

    /// <summary>Where it starts in the run's text, in UTF-16 units.</summary>
    public required int Offset { get; init; }

    /// <summary>The text.</summary>
    public required string Text { get; init; }
}

/// <summary>A step began or changed; the same id replaces what was known of it.</summary>
public sealed record StepFrame : ChatFrame
{
    /// <summary>The session.</summary>
    public required string SessionId { get; init; }

    /// <summary>The run.</summary>
    public required string RunId { get; init; }

    /// <summary>The step's id within its run.</summary>
    public required string Id { get; init; }

    /// <summary>What was used, for example <c>Bash</c>.</summary>
    public required string Name { get; init; }

    /// <summary>One line about it.</summary>
    public string? Detail { get; init; }

    /// <summary>One of <see cref="StepStatuses"/>.</summary>
    public required string Status { get; init; }

    /// <summary>Where in the run's text it belongs, in UTF-16 units.</summary>
    public required int Offset { get; init; }
}

/// <summary>A message was added. The members are those of <see cref="ChatMessage"/>.</summary>
public sealed record MessageFrame : ChatFrame
{
    /// <summary>The session.</summary>
    public required string SessionId { get; init; }

    /// <inheritdoc cref="ChatMessage.Seq" />
    public required long Seq { get; init; }

    /// <inheritdoc cref="ChatMessage.Id" />
    public required string Id { get; init; }

    /// <inheritdoc cref="ChatMessage.Role" />
    public required string Role { get; init; }

    /// <inheritdoc cref="ChatMessage.Text" />
    public required string Text { get; init; }

    /// <inheritdoc cref="ChatMessage.By" />
    public string? By { get; init; }

    /// <inheritdoc cref="ChatMessage.RunId" />
    public string? RunId { get; init; }

    /// <inheritdoc cref="ChatMessage.Status" />
    public string? Status { get; init; }

    /// <inheritdoc cref="ChatMessage.Steps" />
    public IReadOnlyList<RunStep>? Steps { get; init; }

    /// <inheritdoc cref="ChatMessage.CreatedAt" />
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A <c>chat_request</c> is on the server's disk.</summary>
public sealed record AcceptedFrame : ChatFrame
{
    /// <summary>The client's id of the request.</summary>
    public required string Id { get; init; }

    /// <summary>The message's id.</summary>
    public required string MessageId { get; init; }
}

/// <summary>The one end of a run, after the message that holds its answer.</summary>
public sealed record CompleteFrame : ChatFrame
{
    /// <summary>The session.</summary>
    public required string SessionId { get; init; }

    /// <summary>The run.</summary>
    public required string RunId { get; init; }

    /// <summary>The message that holds the answer, or why there is none.</summary>
    public required string MessageId { get; init; }

    /// <summary>One of <see cref="RunStatuses"/>.</summary>
    public required string Status { get; init; }
}

/// <summary>An agent that runs elsewhere has a message that waited for it.</summary>
public sealed record DeliveredFrame : ChatFrame
{
    /// <summary>The session.</summary>
    public required string SessionId { get; init; }

    /// <summary>The message.</summary>
    public required string MessageId { get; init; }
}

/// <summary>Its author took a message back that waited for its turn or for the agent. It has no answer.</summary>
public sealed record WithdrawnFrame : ChatFrame
{
    /// <summary>The session.</summary>
    public required string SessionId { get; init; }

    /// <summary>The message.</summary>
    public required string MessageId { get; init; }
}

/// <summary>The agent began or ceased to work on an answer.</summary>
public sealed record TypingFrame : ChatFrame
{
    /// <summary>The session.</summary>
    public required string SessionId { get; init; }

    /// <summary>True while it works.</summary>
    public required bool On { get; init; }
}

/// <summary>A request could not be served. The socket stays open.</summary>
public sealed record ErrorFrame : ChatFrame
{
    /// <summary>A code of <c>docs/protocol/errors.md</c>.</summary>
    public required string Code { get; init; }

    /// <summary>What is wrong and what to do.</summary>
    public required string Message { get; init; }

    /// <summary>Seconds to wait before trying again.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>The client's id of the request that failed.</summary>
    public string? Id { get; init; }

    /// <summary>The session that the request named.</summary>
    public string? SessionId { get; init; }
}

/// <summary>The answer to <c>ping</c>.</summary>
public sealed record PongFrame : ChatFrame;

/// <summary>A frame that a client sends over <c>/chat/ws</c>.</summary>
public sealed record ChatRequestFrame
{
    /// <summary>One of <see cref="ChatRequests"/>.</summary>
    public string? Type { get; init; }

    /// <summary>The session that <c>attach</c>, <c>detach</c>, <c>chat_request</c> and <c>stop</c> are about.</summary>
    public string? SessionId { get; init; }

    /// <summary>Of <c>attach</c>: the <c>head</c> of an earlier <c>attached</c>; newer messages are sent again.</summary>
    public long? After { get; init; }

    /// <summary>Of <c>chat_request</c>: the client's own id of the message.</summary>
    public string? Id { get; init; }

    /// <summary>Of <c>chat_request</c>: what to say.</summary>
    public string? Message { get; init; }

    /// <summary>Of <c>stop</c>: true ends the answer under way and all messages that wait behind it.</summary>
    public bool Everything { get; init; }
}

/// <summary>What a client may ask over <c>/chat/ws</c>.</summary>
public static class ChatRequests
{
    /// <summary>The WebSocket subprotocol.</summary>
    public const string Subprotocol = "chat-stream-v1";

    /// <summary>Get a session's frames.</summary>
    public const string Attach = "attach";

    /// <summary>No longer get them; of all sessions when none is named.</summary>
    public const string Detach = "detach";

    /// <summary>Say something to the agent.</summary>
    public const string Send = "chat_request";

    /// <summary>Stop what the agent is doing now.</summary>
    public const string Stop = "stop";

    /// <summary>Show that the client is there.</summary>
    public const string Ping = "ping";
}
