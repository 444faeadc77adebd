using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Protocol;
using Carillon.Sessions;
using Carillon.Storage;

namespace Carillon.Conversations;

/// <summary>Messages: written inside somebody's commit, each with the change that tells of it, and read.</summary>
internal sealed class MessageTable(Database database, Membership membership, ChangeLog changes) : ISessionPart
{
    /// <summary>At most this many rows are read at once.</summary>
    public const int Batch = 100;

    // What was taken back was never said. The row stays: sent again under the same id, it is still the same message.
    private const string IsSaid = "(status IS NULL OR status <> 'withdrawn')";

    private const string Latest = $"SELECT {MessageRow.Columns} FROM messages WHERE session_id = $1 AND seq < $2 AND {IsSaid} ORDER BY seq DESC LIMIT $3";
    private const string After = $"SELECT {MessageRow.Columns} FROM messages WHERE session_id = $1 AND seq > $2 AND {IsSaid} ORDER BY seq LIMIT $3";
    private const string Newest = "SELECT coalesce(max(seq), 0) FROM messages WHERE session_id = $1";

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
    private const string IsOffered = "SELECT count(*) FROM messages WHERE id = $1 AND offered_until > $2";
    private const string SetWithdrawn = "UPDATE messages SET status = 'withdrawn', text = '', run_id = NULL, offered_until = NULL WHERE id = $1";
    private const string DeleteOfSession = "DELETE FROM messages WHERE session_id = $1";
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
        changes.Append(write, MessageChanges.Add(row.SessionId));
        return row;
    }

    public void Delete(WriteScope write, SessionRow session) => write.Sql.Execute(DeleteOfSession, session.Id);

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

        changes.Append(write, MessageChanges.Deliver(sessionId, id));
        return true;
    }

    /// <summary>True while an agent elsewhere may have the message in hand.</summary>
    public bool IsOnOffer(WriteScope write, string id) => write.Sql.Number(IsOffered, id, write.NowMilliseconds) > 0;

    /// <summary>Takes a message out of the conversation, words and all.</summary>
    public void Withdraw(WriteScope write, MessageRow row)
    {
        write.Sql.Execute(SetWithdrawn, row.Id);
        changes.Append(write, MessageChanges.Withdraw(row.SessionId, row.Id));
    }

    /// <summary>Says which run answers a message now.</summary>
    public void Answer(WriteScope write, string messageId, string runId) => write.Sql.Execute(SetRun, messageId, runId);

    /// <summary>The message of this id, whoever asks: the caller knows who may.</summary>
    public Task<MessageRow?> FindAsync(string id, CancellationToken cancel) => database.FirstAsync(One, MessageRow.Read, cancel, id);

    /// <summary>The newest messages before a position, newest first.</summary>
    public Task<List<MessageRow>> ReadBeforeAsync(string sessionId, long seq, long limit, CancellationToken cancel) =>
        database.QueryAsync(Latest, MessageRow.Read, cancel, sessionId, seq, limit);

    /// <summary>A page of the newest messages before a position, oldest first.</summary>
    public Task<MessageList> ListAsync(string sessionId, long? beforeSeq, int limit, CancellationToken cancel) =>
        database.SnapshotAsync(async reading =>
        {
            var rows = await reading.QueryAsync(Latest, MessageRow.Read, sessionId, beforeSeq ?? long.MaxValue, limit + 1L);
            var page = rows.Take(limit).Reverse().ToList();
            return new MessageList
            {
                Messages = [.. page.Select(View)],
                NextBeforeSeq = rows.Count > limit ? page[0].Seq : null,
                Head = await reading.NumberAsync(Newest, sessionId),
            };
        }, cancel);

    /// <summary>The next messages behind a position, at most <see cref="Batch"/>.</summary>
    public Task<List<MessageRow>> ReadAfterAsync(string sessionId, long seq, CancellationToken cancel) =>
        database.QueryAsync(After, MessageRow.Read, cancel, sessionId, seq, (long)Batch);

    public ChatMessage View(MessageRow row) => new()
    {
        Seq = row.Seq,
        Id = row.Id,
        Role = row.Role,
        Text = row.Text,
        By = row.PersonId is null ? null : membership.Find(row.PersonId)?.Name ?? "somebody who left",
        RunId = row.RunId,
        Status = row.Status,
        Steps = row.Steps,
        CreatedAt = row.CreatedAt,
    };
}
