using System.Text;
using Carillon.Changes;

namespace Carillon.Chat;

/// <summary>The words by which nodes tell each other what happens in conversations. No client reads their topic.</summary>
internal static class ChatChanges
{
    public const string Topic = "chat";

    /// <summary>A message was added to the session; it is read from the database.</summary>
    public const string MessageAdded = "message_added";

    /// <summary>A run of the session began; the payload is its id.</summary>
    public const string RunStarted = "run_started";

    /// <summary>Somebody wants the run to stop; the payload is its id.</summary>
    public const string StopAsked = "stop_asked";

    public static NewChange Message(string sessionId) => new(MessageAdded, Topic, "{}"u8.ToArray()) { SessionId = sessionId };

    public static NewChange Started(string sessionId, string runId) => OfRun(RunStarted, sessionId, runId);

    public static NewChange Stop(string sessionId, string runId) => OfRun(StopAsked, sessionId, runId);

    public static string RunId(ChangeRow row) => Encoding.UTF8.GetString(row.Payload)[1..^1];

    private static NewChange OfRun(string type, string sessionId, string runId) =>
        new(type, Topic, Encoding.UTF8.GetBytes($"\"{runId}\"")) { SessionId = sessionId };
}
