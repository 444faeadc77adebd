using Carillon.Changes;
using Carillon.Runs;

namespace Carillon.Conversations;

/// <summary>The words by which nodes tell each other what is said. They stand in the same topic as those about runs.</summary>
internal static class MessageChanges
{
    /// <summary>A message was added to the session; it is read from the database.</summary>
    public const string Added = "message_added";

    /// <summary>An agent that runs elsewhere has a message; the payload is the message's id.</summary>
    public const string Delivered = "message_delivered";

    /// <summary>Its author took a message back; the payload is the message's id.</summary>
    public const string Withdrawn = "message_withdrawn";

    public static NewChange Add(string sessionId) => new(Added, RunChanges.Topic, "{}"u8.ToArray()) { SessionId = sessionId };

    public static NewChange Deliver(string sessionId, string messageId) => RunChanges.About(Delivered, sessionId, messageId);

    public static NewChange Withdraw(string sessionId, string messageId) => RunChanges.About(Withdrawn, sessionId, messageId);
}
