using System.Data.Common;
using System.Threading.Channels;

namespace Carillon.Storage;

/// <summary>What takes part in every commit, told of each step on the writer's own thread.</summary>
internal interface IJournal
{
    /// <summary>A transaction has begun.</summary>
    void Begin(WriteScope write);

    /// <summary>A position to go back to.</summary>
    int Mark { get; }

    /// <summary>A unit of work failed: forget what it appended.</summary>
    void RollBackTo(int mark);

    /// <summary>Last chance to write before the commit.</summary>
    void Flush(WriteScope write);

    /// <summary>The commit is on the disk, and no caller knows yet: what is told here is known to whoever reads after its own write. Must not throw.</summary>
    void Committed(WriteScope write);

    /// <summary>The commit failed.</summary>
    void Abandoned();
}

/// <summary>One transaction, as a unit of work sees it.</summary>
internal sealed class WriteScope(Statements statements, TimeProvider time)
{
    public Statements Sql => statements;

    /// <summary>The same for all that one commit holds.</summary>
    public DateTimeOffset Now { get; private set; }

    public long NowMilliseconds { get; private set; }

    internal void Begin()
    {
        Now = time.GetUtcNow();
        NowMilliseconds = Now.ToUnixTimeMilliseconds();
    }
}

/// <summary>
/// The one writer: units of work queue here and are committed in groups, so that many of them share one flush to the disk.
/// A unit that throws is rolled back alone: the group is run again, with a savepoint around each. A caller is told after the commit, never before.
/// </summary>
internal sealed partial class Writer : IAsyncDisposable
{
    private const int LargestGroup = 256;

    // Others' commits take milliseconds; who waits for longer is held up by one that is slow.
    private static readonly TimeSpan ShortWait = TimeSpan.FromMilliseconds(250);

    private readonly Dialect _dialect;
    private readonly IJournal _journal;
    private readonly TimeProvider _time;
    private readonly OutageLog _outages;
    private readonly ILogger<Writer> _log;
    private readonly Thread _thread;

    // Wait, not drop: each unit has a caller that waits for its answer, so the queue is never longer than the requests in flight.
    private readonly Channel<Unit> _queue = Channel.CreateBounded<Unit>(
        new BoundedChannelOptions(8192) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    private bool _lastFailed;
    private DbConnection? _connection;
    private Statements? _statements;
    private long _waitsSince;
    private long _heldUpUntil;

    public Writer(Dialect dialect, IJournal journal, TimeProvider time, OutageLog outages, ILogger<Writer> log)
    {
        _dialect = dialect;
        _journal = journal;
        _time = time;
        _outages = outages;
        _log = log;

        // A thread of its own: it blocks on the disk, and the pool has better things to do.
        _thread = new Thread(Run) { Name = "carillon-writer", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Whether the last commit failed.</summary>
    public bool LastFailed
    {
        get => Volatile.Read(ref _lastFailed);
        private set => Volatile.Write(ref _lastFailed, value);
    }

    /// <summary>Whether it waits for another process to end its commit, or was held up by one as recently as this.</summary>
    public bool IsHeldUp(TimeSpan recently) =>
        Volatile.Read(ref _waitsSince) != 0 || (Volatile.Read(ref _heldUpUntil) is not 0 and var until && _time.GetElapsedTime(until) < recently);

    /// <summary>
    /// Runs the work in a transaction and returns once it is committed. When other work in the group fails, it runs again from
    /// the beginning: it may change nothing but the database.
    /// </summary>
    public async Task<T> RunAsync<T>(Func<WriteScope, T> work, CancellationToken cancel = default)
    {
        var unit = new Unit<T>(work);
        await _queue.Writer.WriteAsync(unit, cancel);

        // Not cancelled from here on: the work may be in a commit already, and its caller shall know.
        return await unit.Task;
    }

    /// <summary>Runs the work in a transaction and returns once it is committed.</summary>
    public Task RunAsync(Action<WriteScope> work, CancellationToken cancel = default) =>
        RunAsync(write =>
        {
            work(write);
            return true;
        }, cancel);

    public ValueTask DisposeAsync()
    {
        // What is queued is still committed: somebody waits for it.
        _queue.Writer.TryComplete();
        _thread.Join();
        _statements?.Dispose();
        return _connection?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private void Run()
    {
        var group = new List<Unit>(LargestGroup);
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (group.Count < LargestGroup && _queue.Reader.TryRead(out var unit))
            {
                group.Add(unit);
            }

            if (group.Count > 0)
            {
                CommitGroup(group);
                group.Clear();
            }
        }
    }

    private void CommitGroup(List<Unit> group)
    {
        WriteScope write;
        try
        {
            write = Connect();
            Begin(write);
            if (!AllSucceed(group, write))
            {
                write.Sql.Execute("ROLLBACK");
                Begin(write);
                foreach (var unit in group)
                {
                    RunApart(unit, write);
                }
            }

            _journal.Flush(write);
            write.Sql.Execute("COMMIT");
        }
        catch (Exception error)
        {
            LastFailed = true;

            // The group was one transaction, so all of it failed. The connection may be the reason: the next group gets a new one.
            if (!_outages.Tell(error))
            {
                LogCommitFailed(error, group.Count);
            }

            _journal.Abandoned();
            Disconnect();
            foreach (var unit in group)
            {
                unit.Fail(error);
            }

            return;
        }

        LastFailed = false;

        // Readers before callers: whoever reads right after its own write finds it.
        _journal.Committed(write);
        foreach (var unit in group)
        {
            unit.Complete();
        }
    }

    private void Begin(WriteScope write)
    {
        Volatile.Write(ref _waitsSince, _time.GetTimestamp());
        try
        {
            write.Sql.Execute(_dialect.BeginWrite);
        }
        finally
        {
            if (_time.GetElapsedTime(_waitsSince) > ShortWait)
            {
                Volatile.Write(ref _heldUpUntil, _time.GetTimestamp());
            }

            Volatile.Write(ref _waitsSince, 0);
        }

        write.Begin();
        _journal.Begin(write);
    }

    // Failures are rare, and a savepoint for each unit would cost two round trips to a database that is elsewhere.
    private static bool AllSucceed(List<Unit> group, WriteScope write)
    {
        foreach (var unit in group)
        {
            unit.Run(write);
            if (unit.Failed)
            {
                return false;
            }
        }

        return true;
    }

    private void RunApart(Unit unit, WriteScope write)
    {
        var mark = _journal.Mark;
        write.Sql.Execute("SAVEPOINT unit");
        unit.Run(write);
        if (unit.Failed)
        {
            write.Sql.Execute("ROLLBACK TO unit");
            _journal.RollBackTo(mark);
        }

        write.Sql.Execute("RELEASE unit");
    }

    private WriteScope Connect()
    {
        if (_connection is null)
        {
            var connection = _dialect.CreateWriter();
            try
            {
                connection.Open();
                _connection = connection;
                _statements = new Statements(connection, _dialect);
                if (_dialect.OnWriterOpen is { } settings)
                {
                    _statements.Execute(settings);
                }
            }
            catch
            {
                connection.Dispose();
                _connection = null;
                throw;
            }
        }

        return new WriteScope(_statements!, _time);
    }

    private void Disconnect()
    {
        Close(_statements);
        Close(_connection);
        _statements = null;
        _connection = null;
    }

    private void Close(IDisposable? broken)
    {
        try
        {
            broken?.Dispose();
        }
        catch (Exception error)
        {
            // A broken connection may not close cleanly, in ways of its own; the writer goes on with another.
            LogDisconnectFailed(error);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A commit of {Units} units failed; their callers were told, and nothing was saved")]
    private partial void LogCommitFailed(Exception error, int units);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The writer's connection did not close cleanly")]
    private partial void LogDisconnectFailed(Exception error);

    private abstract class Unit
    {
        public bool Failed => Error is not null;

        protected Exception? Error { get; set; }

        public abstract void Run(WriteScope write);

        public abstract void Complete();

        public abstract void Fail(Exception error);
    }

    private sealed class Unit<T>(Func<WriteScope, T> work) : Unit
    {
        // Continuations run on the pool; otherwise the writer would run every caller's next lines between two commits.
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;

        public Task<T> Task => _done.Task;

        public override void Run(WriteScope write)
        {
            Error = null;
            try
            {
                _result = work(write);
            }
            catch (Exception error)
            {
                Error = error;
            }
        }

        public override void Complete()
        {
            if (Error is null)
            {
                _done.SetResult(_result!);
            }
            else
            {
                _done.SetException(Error);
            }
        }

        public override void Fail(Exception error) => _done.TrySetException(Error ?? new CommitFailedException(error));
    }
}

/// <summary>The transaction that held the work could not be committed; nothing of it was kept.</summary>
internal sealed class CommitFailedException(Exception cause) : DbException("The database did not take the commit", cause);
