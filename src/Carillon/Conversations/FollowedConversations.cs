using System.Collections.Concurrent;
using Carillon.Changes;
using Carillon.Protocol;
using Carillon.Runs;
using Carillon.Sessions;
using Carillon.Storage;

namespace Carillon.Conversations;

/// <summary>
/// The conversations that sockets of this node follow. They are kept up to date by the log, so what another node does is seen the
/// same way; the text of a run of this node comes straight from it, that of another node's from the database.
/// </summary>
internal sealed partial class FollowedConversations(
    FollowedLog followedLog, Database database, MessageTable messages, LiveRuns runs, RunQueue queue, MessageArrivals arrivals,
    TimeProvider time, ILogger<FollowedConversations> logger) : VolatileFollower("conversations", followedLog)
{
    private const string Newest = "SELECT coalesce(max(seq), 0) FROM messages WHERE session_id = $1";
    private const string RunningOf = $"SELECT {RunRow.Columns} FROM runs WHERE session_id = $1 AND ended_at IS NULL AND status = 'running'";
    private const string RunningNow = $"SELECT {RunRow.Columns} FROM runs WHERE id = $1 AND ended_at IS NULL AND status = 'running'";

    // A run of another node is read so often while somebody follows it here.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(150);

    private readonly ConcurrentDictionary<string, FollowedConversation> _followed = new();
    private readonly Lock _opening = new();

    /// <summary>Lets a socket follow a session: it gets messages behind <paramref name="after"/>, or only what comes from now on.</summary>
    public async Task<Attachment> AttachAsync(ChatSocket socket, SessionRow session, string askedAs, long? after, CancellationToken cancel)
    {
        FollowedConversation followed;
        lock (_opening)
        {
            followed = _followed.GetOrAdd(session.Id, id => new FollowedConversation(new Conversation(id, session.ProjectId)));
            followed.Users++;
        }

        try
        {
            await UpdateAsync(followed, conversation => conversation.Head is null ? StartAsync(followed, cancel) : CatchUpAsync(followed, after, cancel), cancel);
            return followed.Conversation.Attach(socket, askedAs, after);
        }
        catch
        {
            Release(followed);
            throw;
        }
    }

    public void Detach(Attachment attachment)
    {
        attachment.Conversation.Detach(attachment);
        if (_followed.TryGetValue(attachment.Conversation.SessionId, out var followed) && followed.Conversation == attachment.Conversation)
        {
            Release(followed);
        }
    }

    /// <summary>Gives a reader that is behind the next messages, or makes it live.</summary>
    public async Task ReplayAsync(Attachment attachment, List<byte[]> frames, CancellationToken cancel)
    {
        var conversation = attachment.Conversation;
        var rows = await messages.ReadAfterAsync(conversation.SessionId, attachment.ReplayedTo!.Value, cancel);
        foreach (var row in rows)
        {
            frames.Add(ChatFrames.Message(messages.View(row), row.SessionId));
            if (row.Completes is not null)
            {
                frames.Add(ChatFrames.Complete(row));
            }

            attachment.ReplayedTo = row.Seq;
        }

        // What the database has and the log has not told yet comes by the log, and must not come twice.
        if (rows.Count == 0 || rows[^1].Seq >= conversation.Head)
        {
            if (rows.Count > 0 && rows[^1].Seq > conversation.Head && _followed.TryGetValue(conversation.SessionId, out var followed))
            {
                await UpdateAsync(followed, one => ReadNewAsync(one, cancel), cancel);
            }

            conversation.TryGoLive(attachment, attachment.ReplayedTo.Value, frames);
        }
    }

    protected override bool Wants(ChangeRow row) =>
        row.SessionId is not null && (row.Topic == RunChanges.Topic || row.Type is ChangeTypes.SessionUpdated or ChangeTypes.SessionDeleted);

    protected override async Task TakeAsync(ChangeRow row, CancellationToken cancel)
    {
        if (row.Type == ChangeTypes.SessionDeleted)
        {
            Forget(row.SessionId!);
        }

        if (row.Type is MessageChanges.Added or MessageChanges.Delivered or ChangeTypes.SessionUpdated or ChangeTypes.SessionDeleted)
        {
            arrivals.Tell(row.SessionId!);
        }

        if (row.Topic == RunChanges.Topic && _followed.TryGetValue(row.SessionId!, out var followed))
        {
            await UpdateAsync(followed, conversation => TakeAsync(conversation, followed, row, cancel), cancel);
        }
    }

    private static async Task UpdateAsync(FollowedConversation followed, Func<Conversation, Task> update, CancellationToken cancel)
    {
        await followed.Conversation.Updating.WaitAsync(cancel);
        try
        {
            await update(followed.Conversation);
        }
        finally
        {
            followed.Conversation.Updating.Release();
        }
    }

    private async Task StartAsync(FollowedConversation followed, CancellationToken cancel)
    {
        var conversation = followed.Conversation;
        var (head, running) = await database.SnapshotAsync(
            async reading => (
                await reading.NumberAsync(Newest, conversation.SessionId),
                await reading.FirstAsync(RunningOf, RunRow.Read, conversation.SessionId)),
            cancel);
        if (running is not null)
        {
            await FollowAsync(followed, running, cancel);
        }

        conversation.StartAt(head);
    }

    /// <summary>
    /// Whoever comes may know more than has been heard of here: by a list of messages, or from another node. All of that is in the
    /// database.
    /// </summary>
    private async Task CatchUpAsync(FollowedConversation followed, long? after, CancellationToken cancel)
    {
        var conversation = followed.Conversation;
        var isAlone = database.Dialect.IsAlone;
        if (!isAlone || after > conversation.Head)
        {
            await ReadNewAsync(conversation, cancel);
        }

        if (isAlone || await database.FirstAsync(RunningOf, RunRow.Read, cancel, conversation.SessionId) is not { } running || running.Node == queue.Node)
        {
            return;
        }

        if (conversation.RunId != running.Id)
        {
            await FollowAsync(followed, running, cancel);
        }
        else if (conversation.NextPartOf(running.Id) is { } next)
        {
            conversation.Continue(running.Id, await RunParts.ReadAsync(database, running.Id, next, cancel));
        }
    }

    private async Task TakeAsync(Conversation conversation, FollowedConversation followed, ChangeRow row, CancellationToken cancel)
    {
        if (conversation.Head is null)
        {
            // Its first reader is about to read it from the database, this row included.
            return;
        }

        if (row.Type == MessageChanges.Added && row.Seq > conversation.Head)
        {
            await ReadNewAsync(conversation, cancel);
        }
        else if (row.Type == MessageChanges.Delivered)
        {
            conversation.Deliver(RunChanges.Id(row));
        }
        else if (row.Type == MessageChanges.Withdrawn)
        {
            conversation.Withdraw(RunChanges.Id(row));
        }
        else if (row.Type == RunChanges.Started && RunChanges.Id(row) is var runId && conversation.RunId != runId

            // The log may be behind the database: a run that has ended by now is told of by its message alone.
            && await database.FirstAsync(RunningNow, RunRow.Read, cancel, runId) is { } run)
        {
            await FollowAsync(followed, run, cancel);
        }
    }

    private async Task ReadNewAsync(Conversation conversation, CancellationToken cancel)
    {
        List<MessageRow> rows;
        do
        {
            rows = await messages.ReadAfterAsync(conversation.SessionId, conversation.Head!.Value, cancel);
            foreach (var row in rows)
            {
                if (row.Completes is not null && row.RunId is { } ended)
                {
                    runs.Forget(ended);
                }

                conversation.Add(row, messages.View(row));
            }
        }
        while (rows.Count == MessageTable.Batch);
    }

    private async Task FollowAsync(FollowedConversation followed, RunRow run, CancellationToken cancel)
    {
        // First read, so that a database that is away leaves everything as it was: whoever attaches is given all that was said so far.
        var conversation = followed.Conversation;
        var isElsewhere = run.Node != queue.Node;
        var said = isElsewhere ? await RunParts.ReadAsync(database, run.Id, 0, cancel) : [];
        followed.StopHearing?.Invoke();
        followed.StopHearing = null;
        conversation.Begin(run.Id);
        if (isElsewhere)
        {
            conversation.Continue(run.Id, said);
            _ = ReadElsewhereAsync(followed, run.Id);
            return;
        }

        var live = runs.Of(run.Id);
        void Hear()
        {
            if (conversation.NextPartOf(run.Id) is { } next)
            {
                conversation.Continue(run.Id, live.From(next));
            }
        }

        // First listen, then look: what is said in between is seen by one or the other.
        live.Listen(Hear);
        followed.StopHearing = () => live.StopListening(Hear);
        Hear();
    }

    /// <summary>Reads a run of another node from the database until it is over, or nobody follows it here any more.</summary>
    private async Task ReadElsewhereAsync(FollowedConversation followed, string runId)
    {
        // Its first reader may not be attached yet, so it is those who hold it open that count.
        var conversation = followed.Conversation;
        using var timer = new PeriodicTimer(Look, time);
        while (followed.Users > 0 && conversation.NextPartOf(runId) is { } next)
        {
            try
            {
                conversation.Continue(runId, await RunParts.ReadAsync(database, runId, next, CancellationToken.None));
            }
            catch (Exception error)
            {
                // Whatever it was, the next look may do better; the run's end comes by the log in any case.
                if (!Followed.Outages.Tell(error))
                {
                    LogReadFailed(error, runId);
                }
            }

            await timer.WaitForNextTickAsync();
        }
    }

    // Who reports under its id begins another session, which nobody here follows yet.
    private void Forget(string sessionId)
    {
        lock (_opening)
        {
            if (_followed.TryRemove(sessionId, out var followed))
            {
                followed.StopHearing?.Invoke();
                followed.Conversation.Delete();
            }
        }
    }

    private void Release(FollowedConversation followed)
    {
        lock (_opening)
        {
            if (--followed.Users == 0)
            {
                followed.StopHearing?.Invoke();
                _followed.TryRemove(followed.Conversation.SessionId, out _);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The run {RunId} of another node could not be read; retrying")]
    private partial void LogReadFailed(Exception error, string runId);

    /// <summary>A conversation and those who hold it open.</summary>
    private sealed class FollowedConversation(Conversation conversation)
    {
        public Conversation Conversation => conversation;

        public int Users { get; set; }

        public Action? StopHearing { get; set; }
    }
}
