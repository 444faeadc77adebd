using Carillon.Protocol;
using Carillon.Sessions;
using Carillon.Storage;

namespace Carillon.Conversations;

/// <summary>Puts the words with which an agent reports into its conversation, so that whoever answers sees what was asked.</summary>
internal sealed class AgentsElsewhere(MessageTable messages) : IAgentsElsewhere
{
    public void Hear(WriteScope write, SessionRow session, string words) => messages.Add(write, new MessageRow
    {
        Seq = 0,
        Id = Ids.New("msg_", write.Now),
        SessionId = session.Id,

        // That it waits for a permission, or ended, is said about the agent; the rest it says itself.
        Role = session.Activity is Activities.Idle or Activities.WaitingInput ? MessageRoles.Agent : MessageRoles.System,
        Text = words,
        CreatedAt = write.Now,
    });

    public int CountWaiting(WriteScope write, string sessionId) => messages.CountWaiting(write, sessionId);
}
