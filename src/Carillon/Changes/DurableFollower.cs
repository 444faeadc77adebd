using Carillon.Storage;

namespace Carillon.Changes;

/// <summary>
/// A follower that writes. What it writes and how far it has come are one commit, made only if the position still is where it began, so that
/// each change counts once, after a crash and on many nodes. One that is new begins at the head and has nothing to say about the past.
/// </summary>
internal abstract class DurableFollower(string name, FollowedLog followed) : Follower(name, followed)
{
    private const string PositionOf = "SELECT position FROM followers WHERE name = $1";
    private const string Begin = "INSERT INTO followers (name, position) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    private const string Move = "UPDATE followers SET position = $2 WHERE name = $1 AND position = $3";

    // While there is nothing for it to do it writes no position; so many changes may be read again after a crash.
    private const long LongestUnnoted = 10_000;

    private long _noted;
    private long? _present;
    private bool _isUpToDate;

    /// <summary>Takes a change in, inside the commit that moves the position.</summary>
    protected abstract void Take(WriteScope write, ChangeRow row);

    /// <summary>Once, when all has been taken in that happened before the start.</summary>
    protected virtual Task CaughtUpAsync(CancellationToken cancel) => Task.CompletedTask;

    private protected override async ValueTask<long> OpenAsync(CancellationToken cancel)
    {
        var head = Followed.Log.Window.Head;
        _present ??= head;
        _noted = await Followed.Writer.RunAsync(write =>
        {
            write.Sql.Execute(Begin, Name, head);
            return write.Sql.Number(PositionOf, Name);
        }, cancel);
        await NoteUpToDateAsync(_noted, cancel);
        return _noted;
    }

    // A disk that is full still answers those who read.
    private protected override Task ProbeAsync(CancellationToken cancel) =>
        Followed.Writer.RunAsync(write => write.Sql.Execute(Move, Name, _noted, _noted), cancel);

    private protected override async Task<bool> TakeAsync(IReadOnlyList<ChangeRow> rows, CancellationToken cancel)
    {
        var wanted = rows.Where(Wants).ToList();
        var end = rows[^1].Seq;
        if ((wanted.Count > 0 || end - _noted >= LongestUnnoted) && !await CommitAsync(wanted, end, cancel))
        {
            return false;
        }

        Position = end;
        await NoteUpToDateAsync(end, cancel);
        return true;
    }

    private async Task<bool> CommitAsync(List<ChangeRow> wanted, long end, CancellationToken cancel)
    {
        try
        {
            return await MoveAsync(wanted, end, cancel);
        }
        catch (Exception error) when (error is not OperationCanceledException && wanted.Count > 0)
        {
            // One of them may be the reason; then the others are taken without it. Each by itself shows which.
            foreach (var row in wanted)
            {
                if (!await TakeAsync(row, () => MoveAsync([row], row.Seq, cancel), skipped: true, cancel))
                {
                    return false;
                }
            }

            return end == _noted || await MoveAsync([], end, cancel);
        }
    }

    /// <summary>False when another node came this far first; then these changes are taken in already.</summary>
    private async Task<bool> MoveAsync(List<ChangeRow> rows, long end, CancellationToken cancel)
    {
        var noted = _noted;
        var isMoved = await Followed.Writer.RunAsync(write =>
        {
            if (write.Sql.Execute(Move, Name, end, noted) == 0)
            {
                return false;
            }

            rows.ForEach(row => Take(write, row));
            return true;
        }, cancel);
        if (isMoved)
        {
            _noted = end;
        }

        return isMoved;
    }

    private async Task NoteUpToDateAsync(long position, CancellationToken cancel)
    {
        if (!_isUpToDate && position >= _present)
        {
            await CaughtUpAsync(cancel);
            _isUpToDate = true;
        }
    }
}
