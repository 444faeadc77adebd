using System.Text;
using Carillon.Changes;

namespace Carillon.Runs;

/// <summary>The words by which nodes tell each other what happens to runs. No client reads their topic.</summary>
internal static class RunChanges
{
    public const string Topic = "chat";

    /// <summary>A run of the session began; the payload is its id.</summary>
    public const string Started = "run_started";

    /// <summary>Somebody wants the run to stop; the payload is its id.</summary>
    public const string StopAsked = "stop_asked";

    public static NewChange Start(string sessionId, string runId) => About(Started, sessionId, runId);

    public static NewChange Stop(string sessionId, string runId) => About(StopAsked, sessionId, runId);

    /// <summary>A change whose payload is the id of what it is about.</summary>
    public static NewChange About(string type, string sessionId, string id) =>
        new(type, Topic, Encoding.UTF8.GetBytes($"\"{id}\"")) { SessionId = sessionId };

    /// <summary>The id that the change is about.</summary>
    public static string Id(ChangeRow row) => Encoding.UTF8.GetString(row.Payload)[1..^1];
}
