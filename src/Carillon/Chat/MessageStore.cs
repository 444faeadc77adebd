using Carillon.Chat.Agents;
using Carillon.Protocol;
using Carillon.Storage;
using Directory = Carillon.Accounts.Directory;

namespace Carillon.Chat;

/// <summary>What was said, as it is read.</summary>
internal sealed class MessageStore(Database database, Directory directory)
{
    /// <summary>So many rows are read at once.</summary>
    public const int Batch = 100;

    // What an agent without a memory of its own is reminded of.
    private const long MostTurns = 40;
    private const int LongestHistory = 100_000;

    private const string Latest = $"SELECT {MessageRow.Columns} FROM messages WHERE session_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";
    private const string After = $"SELECT {MessageRow.Columns} FROM messages WHERE session_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    private const string Newest = "SELECT coalesce(max(seq), 0) FROM messages WHERE session_id = $1";

    /// <summary>The newest messages before a position, oldest first.</summary>
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

    /// <summary>What was said before a message, oldest first.</summary>
    public async Task<IReadOnlyList<AgentTurn>> HistoryAsync(string sessionId, long beforeSeq, CancellationToken cancel)
    {
        var rows = await database.QueryAsync(Latest, MessageRow.Read, cancel, sessionId, beforeSeq, MostTurns);
        var length = 0;
        return
        [
            .. rows.Where(row => row.Role != MessageRoles.System && row.Text.Length > 0)
                .TakeWhile(row => (length += row.Text.Length) <= LongestHistory)
                .Reverse()
                .Select(row => new AgentTurn(row.Role == MessageRoles.Person, row.Text)),
        ];
    }

    public ChatMessage View(MessageRow row) => new()
    {
        Seq = row.Seq,
        Id = row.Id,
        Role = row.Role,
        Text = row.Text,
        By = row.PersonId is null ? null : directory.Find(row.PersonId)?.Name ?? "somebody who left",
        RunId = row.RunId,
        Status = row.Status,
        Steps = row.Steps,
        CreatedAt = row.CreatedAt,
    };
}
