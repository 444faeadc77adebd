using System.Runtime.CompilerServices;
using Carillon.Protocol;
using Carillon.Storage;
using Microsoft.Extensions.Options;

namespace Carillon.Changes;

/// <summary>Takes a change in before any other reader gets it, or one that follows it. Must be quick, and must not throw.</summary>
internal interface IFirstReader
{
    void Apply(ChangeRow row);
}

/// <summary>
/// The change log: capabilities append to it inside their own commits, and everybody who cares reads it, in commit order.
/// </summary>
internal sealed partial class ChangeLog : IJournal
{
    private readonly List<ChangeRow> _appended = [];
    private readonly Lock _publishing = new();
    private readonly Dialect _dialect;
    private readonly ILogger<ChangeLog> _log;
    private long _headAtBegin;
    private TaskCompletionSource _bell = NewBell();
    private IFirstReader[] _firstReaders = [];
    private Action[] _listeners = [];

    public ChangeLog(Dialect dialect, IOptions<ChangesOptions> options, ILogger<ChangeLog> log)
    {
        _log = log;
        _dialect = dialect;
        Window = new ChangeWindow(options.Value.Window, options.Value.WindowBytes);
    }

    public ChangeWindow Window { get; }

    /// <summary>Names this log's history; set once, before the first reader.</summary>
    public string Epoch { get; private set; } = string.Empty;

    private bool IsOpen => Epoch.Length > 0;

    /// <summary>Completes when something new may be there to read from the database.</summary>
    public Task Bell => Volatile.Read(ref _bell).Task;

    public int Mark => _appended.Count;

    /// <summary>Opens the log for readers behind <paramref name="head"/>.</summary>
    public void Start(string epoch, long head, params IFirstReader[] firstReaders)
    {
        _firstReaders = firstReaders;
        Epoch = epoch;
        Window.StartAt(head);
    }

    /// <summary>Appends a change to the commit that <paramref name="write"/> belongs to, and tells its seq.</summary>
    public long Append(WriteScope write, in NewChange change)
    {
        var seq = NextSeq;
        _appended.Add(new ChangeRow
        {
            Seq = seq,
            Type = change.Type,
            Topic = change.Topic,
            ProjectId = change.ProjectId,
            SessionId = change.SessionId,
            PersonId = change.PersonId,
            Payload = change.Payload,
            CreatedAt = write.Now,
        });
        return seq;
    }

    /// <summary>
    /// Empties what the log told of a session, and tells that the session is gone. Every node empties what it holds in memory when it comes
    /// to that change. The last thing that a unit does: what came before it in the same commit is emptied too, and is not put back.
    /// </summary>
    public void Erase(WriteScope write, string sessionId, string projectId, in NewChange told)
    {
        ChangeTable.Erase(write, sessionId, projectId);
        for (var index = 0; index < _appended.Count; index++)
        {
            if (_appended[index].IsOf(sessionId, projectId))
            {
                _appended[index] = _appended[index].Emptied();
            }
        }

        Append(write, told);
    }

    /// <summary>The seq that the next <see cref="Append"/> will give, for payloads that name it.</summary>
    public long NextSeq => _headAtBegin + _appended.Count + 1;

    public void Begin(WriteScope write)
    {
        _appended.Clear();

        // Under the write lock this is the last seq of the whole cluster. The newest row is never removed, so none is given twice.
        _headAtBegin = write.Sql.Number(ChangeTable.Head);

        // What others committed before us is taken in first, so that the units judge by the rights that hold in this transaction. One
        // batch at most: all other writers wait for us. A node that is further behind takes the rest in after its commit.
        if (IsOpen && _headAtBegin > Window.Head)
        {
            TakeInOne(write, _headAtBegin);
        }
    }

    public void RollBackTo(int mark) => _appended.RemoveRange(mark, _appended.Count - mark);

    public void Flush(WriteScope write)
    {
        ChangeTable.Insert(write, _appended);
        if (_appended.Count > 0 && _dialect.RingOtherNodes is { } ring)
        {
            write.Sql.Execute(ring);
        }
    }

    public void Committed(WriteScope write)
    {
        if (_appended.Count == 0 || !IsOpen)
        {
            return;
        }

        try
        {
            // Mostly what was just committed comes right behind what readers know. Otherwise this node was far behind the others.
            var head = _appended[^1].Seq;
            while (Window.Head < head && !TryPublish(_appended) && TakeInOne(write, head))
            {
            }
        }
        catch (Exception error)
        {
            LogPublishFailed(error);
            Ring();
        }
    }

    public void Abandoned() => _appended.Clear();

    /// <summary>Makes committed rows readable when they follow on the window's head; tells whether they did.</summary>
    public bool TryPublish(IReadOnlyList<ChangeRow> rows)
    {
        lock (_publishing)
        {
            if (rows[0].Seq != Window.Head + 1)
            {
                return false;
            }

            Publish(rows);
        }

        Announce();
        return true;
    }

    /// <summary>Makes rows readable that were read from the database; skips those that came another way already.</summary>
    public void PublishRead(IReadOnlyList<ChangeRow> rows)
    {
        lock (_publishing)
        {
            Publish(rows);
        }

        Announce();
    }

    /// <summary>Says that the database may hold something new.</summary>
    public void Ring() => Interlocked.Exchange(ref _bell, NewBell()).TrySetResult();

    /// <summary>Calls <paramref name="listener"/> after each publication, on the publisher's thread: it must only set a signal.</summary>
    public void Listen(Action listener)
    {
        lock (_publishing)
        {
            _listeners = [.. _listeners, listener];
        }
    }

    /// <summary>All changes behind a position, as they come, in order, for a follower inside the server.</summary>
    public async IAsyncEnumerable<IReadOnlyList<ChangeRow>> FollowAsync(
        long position, ChangeTable table, [EnumeratorCancellation] CancellationToken cancel)
    {
        // Not disposed: a publisher may call the listener once more after it was taken off, and nothing but memory is held.
        var published = new SemaphoreSlim(0, 1);
        void Wake()
        {
            lock (published)
            {
                if (published.CurrentCount == 0)
                {
                    published.Release();
                }
            }
        }

        Listen(Wake);
        try
        {
            while (true)
            {
                var head = Window.Head;
                var rows = position + 1 < Window.Oldest ? await table.ReadAsync(position, cancel) : ReadWindow(position);
                rows.RemoveAll(row => row.Seq > head);
                if (rows.Count == 0)
                {
                    // Behind the head with nothing in hand means that the window moved on meanwhile: the database has it.
                    if (position >= Window.Head)
                    {
                        await published.WaitAsync(cancel);
                    }

                    continue;
                }

                position = rows[^1].Seq;
                yield return rows;
            }
        }
        finally
        {
            StopListening(Wake);
        }
    }

    /// <summary>Takes in a batch of what other processes committed; false when nothing up to <paramref name="head"/> could be taken.</summary>
    private bool TakeInOne(WriteScope write, long head)
    {
        var rows = ChangeTable.Read(write, Window.Head, head);
        try
        {
            PublishRead(rows);
            return rows.Count > 0;
        }
        catch (Exception error)
        {
            // A first reader could not take a row in, and no other reader may get it before. It is in the database: the follower reads
            // it from there until it is taken. The writer must go on; without it the process would be of no use.
            LogPublishFailed(error);
            Ring();
            return false;
        }
    }

    private List<ChangeRow> ReadWindow(long position)
    {
        var rows = new List<ChangeRow>();
        while (rows.Count < ChangeTable.BatchSize && Window.Find(position + rows.Count + 1) is { } row && row.Seq <= Window.Head)
        {
            rows.Add(row);
        }

        return rows;
    }

    private void StopListening(Action listener)
    {
        lock (_publishing)
        {
            _listeners = [.. _listeners.Where(one => one != listener)];
        }
    }

    private void Publish(IReadOnlyList<ChangeRow> rows)
    {
        foreach (var row in rows)
        {
            if (row.Seq > Window.Head)
            {
                foreach (var reader in _firstReaders)
                {
                    reader.Apply(row);
                }

                Window.Append(row);
                if (row is { Type: ChangeTypes.SessionDeleted, SessionId: { } gone })
                {
                    Window.Erase(gone, row.ProjectId, upTo: row.Seq - 1);
                }
            }
        }
    }

    private void Announce()
    {
        foreach (var listener in _listeners)
        {
            listener();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A committed change could not be processed; reading it again")]
    private partial void LogPublishFailed(Exception error);

    private static TaskCompletionSource NewBell() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
