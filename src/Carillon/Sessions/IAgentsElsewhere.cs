using Carillon.Storage;

namespace Carillon.Sessions;

/// <summary>The conversation with an agent that runs elsewhere. Sessions hears what the agent says; Chat keeps it.</summary>
internal interface IAgentsElsewhere
{
    /// <summary>Keeps what an agent said with a report.</summary>
    void Hear(WriteScope write, SessionRow session, string words);

    /// <summary>How many messages of people wait for the agent.</summary>
    int CountWaiting(WriteScope write, string sessionId);
}
