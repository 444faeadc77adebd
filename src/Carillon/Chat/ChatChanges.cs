using System.Text;
using Carillon.Changes;

namespace Carillon.Chat;

/// <summary>The words by which nodes tell each other what happens in conversations. No client reads their topic.</summary>
internal static class ChatChanges
{
    public const string Topic = "chat";

    /// <summary>A message was added to the session; it is read from the database.</summary>
    public const string MessageAdded = "message_added";

    /// <summary>An agent that runs elsewhere has a message; the payload is the message's id.</summary>
    public const string MessageDelivered = "message_delivered";

    /// <summary>A run of the session began; the payload is its id.</summary>
    public const string RunStarted = "run_started";

    /// <summary>Somebody wants the run to stop; the payload is its id.</summary>
    public const string StopAsked = "stop_asked";

    public static NewChange Message(string sessionId) => new(MessageAdded, Topic, "{}"u8.ToArray()) { SessionId = sessionId };

    public static NewChange Delivered(string sessionId, string messageId) => About(MessageDelivered, sessionId, messageId);

    public static NewChange Started(string sessionId, string runId) => About(RunStarted, sessionId, runId);

    public static NewChange Stop(string sessionId, string runId) => About(StopAsked, sessionId, runId);

    /// <summary>The id that the change is about.</summary>
    public static string Id(ChangeRow row) => Encoding.UTF8.GetString(row.Payload)[1..^1];

    private static NewChange About(string type, string sessionId, string id) =>
        new(type, Topic, Encoding.UTF8.GetBytes($"\"{id}\"")) { SessionId = sessionId };
}
