using Carillon.Changes;
using Carillon.Storage;

namespace Carillon.Chat;

/// <summary>Writes messages, inside somebody's commit, each with the change that tells of it.</summary>
internal sealed class MessageRecords(ChangeLog changes)
{
    /// <summary>How many messages of a session can be handed to its agent at a time.</summary>
    public const string AnyFree = $"SELECT count(*) FROM messages WHERE {IsFree}";

    // An agent that was away for long is not flooded.
    private const string MostAtOnce = "20";

    private const string Insert = $"""
        INSERT INTO messages ({MessageRow.Columns}, client_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """;
    private const string Sent = $"SELECT {MessageRow.Columns} FROM messages WHERE session_id = $1 AND person_id = $2 AND client_id = $3";
    private const string One = $"SELECT {MessageRow.Columns} FROM messages WHERE id = $1";
    private const string Waiting = "SELECT count(*) FROM messages WHERE session_id = $1 AND status = 'waiting'";

    // While one is on offer none is handed out: nobody gets the second word before the first.
    private const string IsFree = """
        session_id = $1 AND status = 'waiting' AND NOT EXISTS (
          SELECT 1 FROM messages AS offered WHERE offered.session_id = $1 AND offered.status = 'waiting' AND offered.offered_until > $2)
        """;
    private const string Free = $"SELECT {MessageRow.Columns} FROM messages WHERE {IsFree} ORDER BY seq LIMIT {MostAtOnce}";
    private const string SetOffered = "UPDATE messages SET offered_until = $2 WHERE id = $1";
    private const string SetDelivered = "UPDATE messages SET status = 'delivered', offered_until = NULL WHERE id = $2 AND session_id = $1 AND status = 'waiting'";
    private const string SetRun = "UPDATE messages SET run_id = $2 WHERE id = $1";

    /// <summary>The message that this person sent under this id, if any.</summary>
    public MessageRow? FindSent(WriteScope write, string sessionId, string personId, string clientId) =>
        write.Sql.First(Sent, MessageRow.Read, sessionId, personId, clientId);

    public MessageRow? Find(WriteScope write, string id) => write.Sql.First(One, MessageRow.Read, id);

    /// <summary>Adds a message; its seq and id are given here, unless it has an id already.</summary>
    public MessageRow Add(WriteScope write, MessageRow wanted, string? clientId = null)
    {
        var row = wanted with { Seq = changes.NextSeq, CreatedAt = write.Now };
        write.Sql.Execute(
            Insert, row.Seq, row.Id, row.SessionId, row.Role, row.Text, row.PersonId, row.RunId, row.Status, row.StepsText, row.Completes,
            write.NowMilliseconds, clientId);
        changes.Append(write, ChatChanges.Message(row.SessionId));
        return row;
    }

    public int CountWaiting(WriteScope write, string sessionId) => (int)write.Sql.Number(Waiting, sessionId);

    /// <summary>The oldest messages that wait for an agent elsewhere, when none is on offer to somebody else; they are now, until then.</summary>
    public List<MessageRow> Offer(WriteScope write, string sessionId, DateTimeOffset until)
    {
        var free = write.Sql.Query(Free, MessageRow.Read, sessionId, write.NowMilliseconds);
        free.ForEach(row => write.Sql.Execute(SetOffered, row.Id, until.ToUnixTimeMilliseconds()));
        return free;
    }

    /// <summary>Marks a message that waited as delivered; false when it did not wait.</summary>
    public bool Deliver(WriteScope write, string sessionId, string id)
    {
        if (write.Sql.Execute(SetDelivered, sessionId, id) == 0)
        {
            return false;
        }

        changes.Append(write, ChatChanges.Delivered(sessionId, id));
        return true;
    }

    /// <summary>Says which run answers a message now.</summary>
    public void Answer(WriteScope write, string messageId, string runId) => write.Sql.Execute(SetRun, messageId, runId);
}
