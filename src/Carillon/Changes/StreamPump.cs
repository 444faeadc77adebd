using System.Collections.Concurrent;

namespace Carillon.Changes;

/// <summary>
/// Delivers new changes to the readers that follow the window. One thread owns all that belongs to them, so nothing here is
/// locked: others leave a note in the inbox. Readers are found by the person whom they serve, so a change costs what the people
/// cost whom it concerns, however many connections are open. All that lies between a reader and the head goes out in one write.
/// </summary>
internal sealed partial class StreamPump : IDisposable
{
    public const int LargestWrite = 64 * 1024;

    private const int Slots = 60;

    // A pass that took long is followed by a pause of the same length, up to this: what is published meanwhile shares the next
    // write, which saves far more than it delays (bench/results: deliveries at saturation).
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ShortPass = TimeSpan.FromMilliseconds(4);

    private readonly ChangeWindow _window;
    private readonly IVisibility _visibility;
    private readonly TimeProvider _time;
    private readonly TimeSpan _tick;
    private readonly TimeSpan _writeDeadline;
    private readonly ILogger<StreamPump> _log;
    private readonly Thread _thread;

    // No spinning: between two changes there is time to sleep, and the core has other work.
    private readonly ManualResetEventSlim _signal = new(initialState: false, spinCount: 0);
    private readonly ManualResetEventSlim _stopping = new();
    private readonly ConcurrentQueue<Note> _inbox = new();

    private readonly Dictionary<string, Audience> _audiences = [];
    private readonly List<Audience> _dirty = [];
    private readonly List<Subscriber>[] _wheel = [.. Enumerable.Range(0, Slots).Select(_ => new List<Subscriber>())];
    private readonly HashSet<Subscriber> _pending = [];
    private int _count;
    private int _nextSlot;
    private long _routed;
    private long _lastTick;
    private int _draining;
    private uint _turn;
    private SharedWrite _shared;

    public StreamPump(ChangeLog changes, IVisibility visibility, StreamsOptions options, TimeProvider time, ILogger<StreamPump> log)
    {
        _window = changes.Window;
        _visibility = visibility;
        _time = time;
        _tick = options.Heartbeat / Slots;
        _writeDeadline = options.WriteDeadline;
        _log = log;
        _lastTick = time.GetTimestamp();
        changes.Listen(_signal.Set);
        _thread = new Thread(Run) { Name = "carillon-pump", IsBackground = true };
        _thread.Start();
    }

    private enum NoteKind
    {
        Join,
        Leave,
        Written,
        Drain,
    }

    /// <summary>Follows the window from the subscriber's position; ends with the reason for which it cannot go on.</summary>
    public Task<Departure> FollowAsync(Subscriber subscriber)
    {
        var following = new TaskCompletionSource<Departure>(TaskCreationOptions.RunContinuationsAsynchronously);
        subscriber.Following = following;
        Post(new Note(NoteKind.Join, subscriber));
        return following.Task;
    }

    /// <summary>The reader has gone: stop following for it.</summary>
    /// <param name="following">What <see cref="FollowAsync"/> returned: a reader that has come again meanwhile is not meant.</param>
    public void Leave(Subscriber subscriber, Task following) => Post(new Note(NoteKind.Leave, subscriber, following));

    /// <summary>Lets every reader go, a few at a time: they all come back to somebody, and not all at once.</summary>
    public void Drain() => Post(new Note(NoteKind.Drain, null));

    public void Dispose()
    {
        _stopping.Set();
        _signal.Set();
        _thread.Join();
    }

    private void Post(Note note)
    {
        _inbox.Enqueue(note);
        _signal.Set();
    }

    private void Run()
    {
        while (!_stopping.IsSet)
        {
            _signal.Wait(_count == 0 && _draining == 0 ? Timeout.InfiniteTimeSpan : _tick);
            _signal.Reset();
            try
            {
                var started = _time.GetTimestamp();

                // 1. Who came, who left, whose write is done.
                ReadInbox();

                // 2. Whom the new changes concern.
                Route();

                // 3. All that lies between them and the head, in one write each.
                Deliver();

                // 4. What each reader gets at every heartbeat, for those whose turn it is.
                TurnWheel();

                // 5. After a long pass a pause, so that more is gathered for the next.
                Rest(_time.GetElapsedTime(started));
            }
            catch (Exception error)
            {
                // One reader's trouble is caught where it is served; this would be ours. Say so and serve on.
                LogPassFailed(error);
            }
        }
    }

    private void ReadInbox()
    {
        while (_inbox.TryDequeue(out var note))
        {
            switch (note)
            {
                case (NoteKind.Join, { } joining, _):
                    Add(joining);
                    break;
                case (NoteKind.Leave, { } leaving, _) when leaving.Following is { } following && following.Task == note.Following:
                    Release(leaving, Departure.ReaderGone);
                    break;
                case (NoteKind.Written, { Following: not null } written, _):
                    GoOnAfterWrite(written);
                    break;
                case (NoteKind.Drain, _, _):
                    // Two seconds at most, in steps of a tick.
                    _draining = Math.Max(64, _count / 8);
                    break;
            }
        }
    }

    private void Add(Subscriber subscriber)
    {
        if (!_audiences.TryGetValue(subscriber.Filter.PersonId, out var audience))
        {
            _audiences.Add(subscriber.Filter.PersonId, audience = new Audience());
        }

        if (_count++ == 0)
        {
            // Nobody listened: what happened meanwhile was nobody's, and the wheel stood still.
            _routed = _window.Head;
            _lastTick = _time.GetTimestamp();
        }

        subscriber.AudienceIndex = audience.Members.Count;
        audience.Members.Add(subscriber);
        subscriber.Slot = _nextSlot++ % Slots;
        subscriber.SlotIndex = _wheel[subscriber.Slot].Count;
        _wheel[subscriber.Slot].Add(subscriber);
        Serve(subscriber, _time.GetUtcNow());
    }

    private void Release(Subscriber subscriber, Departure reason)
    {
        var audience = _audiences[subscriber.Filter.PersonId];
        SwapOut(audience.Members, subscriber.AudienceIndex, (moved, index) => moved.AudienceIndex = index);
        if (audience.Members.Count == 0)
        {
            _audiences.Remove(subscriber.Filter.PersonId);
        }

        SwapOut(_wheel[subscriber.Slot], subscriber.SlotIndex, (moved, index) => moved.SlotIndex = index);
        _pending.Remove(subscriber);
        _count--;
        var following = subscriber.Following!;
        subscriber.Following = null;
        following.SetResult(reason);
    }

    private static void SwapOut(List<Subscriber> list, int index, Action<Subscriber, int> moved)
    {
        var last = list[^1];
        list[index] = last;
        moved(last, index);
        list.RemoveAt(list.Count - 1);
    }

    /// <summary>Finds whom the new changes concern.</summary>
    private void Route()
    {
        var head = _window.Head;
        if (_count == 0)
        {
            _routed = head;
            return;
        }

        var isAllMarked = false;
        var mayHaveEnded = false;
        for (var seq = _routed + 1; seq <= head; seq++)
        {
            switch (_window.Find(seq))
            {
                case null:
                    // The window ran ahead of this thread: everybody looks for themselves.
                    seq = Math.Max(seq, _window.Oldest - 1);
                    MarkAll(ref isAllMarked);
                    mayHaveEnded = true;
                    break;
                case { Topic: var topic } when ChangeFilter.Topic(topic) == TopicSet.None:
                    // The server's own bookkeeping. It may have ended somebody's access.
                    mayHaveEnded = true;
                    break;
                case { PersonId: { } person }:
                    Mark(person);
                    break;
                case { ProjectId: { } project } when _visibility.Viewers(project) is { } viewers:
                    foreach (var viewer in viewers)
                    {
                        Mark(viewer);
                    }

                    break;
                default:
                    MarkAll(ref isAllMarked);
                    break;
            }
        }

        _routed = head;
        if (mayHaveEnded)
        {
            ReleaseEnded();
        }
    }

    private void Mark(string person)
    {
        if (_audiences.TryGetValue(person, out var audience) && !audience.IsDirty)
        {
            audience.IsDirty = true;
            _dirty.Add(audience);
        }
    }

    private void MarkAll(ref bool isDone)
    {
        // Nobody joins while changes are routed, so once is enough. Counting the marked would not do: those whose last reader
        // ended in this pass still count.
        if (isDone)
        {
            return;
        }

        isDone = true;
        foreach (var person in _audiences.Keys)
        {
            Mark(person);
        }
    }

    private void ReleaseEnded()
    {
        var now = _time.GetUtcNow();
        foreach (var slot in _wheel)
        {
            for (var index = slot.Count - 1; index >= 0; index--)
            {
                if (slot[index].Access.HasEnded(now))
                {
                    Release(slot[index], Departure.AccessEnded);
                }
            }
        }
    }

    private void Deliver()
    {
        var now = _time.GetUtcNow();
        foreach (var audience in _dirty)
        {
            audience.IsDirty = false;

            // From the end: serving one may release it, which moves the last into its place.
            for (var index = audience.Members.Count - 1; index >= 0; index--)
            {
                if (audience.Members[index].Pending is null)
                {
                    Serve(audience.Members[index], now);
                }
            }
        }

        _dirty.Clear();
        _shared = default;
    }

    /// <summary>Sends all that lies between the reader and the routed head, as long as its socket takes it.</summary>
    private void Serve(Subscriber subscriber, DateTimeOffset now)
    {
        if (subscriber.Access.HasEnded(now))
        {
            Release(subscriber, Departure.AccessEnded);
            return;
        }

        try
        {
            while (subscriber.Position < _routed)
            {
                if (!_shared.Fits(subscriber, _routed))
                {
                    if (Collect(subscriber) is not { } collected)
                    {
                        Release(subscriber, Departure.FellBehind);
                        return;
                    }

                    _shared = collected;
                }

                subscriber.Position = _shared.To;
                if (!_shared.Data.IsEmpty && !Send(subscriber, _shared.Data, _shared.To))
                {
                    return;
                }
            }
        }
        catch (IOException)
        {
            Release(subscriber, Departure.ReaderGone);
        }
    }

    /// <summary>What the reader gets in its next write; null when the window no longer holds it.</summary>
    private SharedWrite? Collect(Subscriber subscriber)
    {
        var from = subscriber.Position;
        Outgoing.Builder? builder = null;
        var seq = from;
        while (seq < _routed)
        {
            if (_window.Find(seq + 1) is not { } row)
            {
                return null;
            }

            if (subscriber.Filter.Wants(row))
            {
                if (builder is not null && builder.Length + row.Frame.Length > LargestWrite)
                {
                    break;
                }

                builder ??= new Outgoing.Builder(row.Frame.Length);
                builder.Write(row.Frame);
            }

            seq++;
        }

        return new SharedWrite(subscriber.Filter, from, seq, _routed, builder?.Seal() ?? default);
    }

    /// <summary>False when the socket did not take it all; the rest follows by itself.</summary>
    private bool Send(Subscriber subscriber, in Outgoing data, long position)
    {
        subscriber.ToldPosition = Math.Max(subscriber.ToldPosition, position);
        if (subscriber.Output.Write(data) is not { } pending)
        {
            return true;
        }

        subscriber.Pending = pending;
        subscriber.PendingSince = _time.GetUtcNow();
        subscriber.PendingProgress = subscriber.Output.Progress;
        _pending.Add(subscriber);
        _ = NoteWhenWrittenAsync(subscriber, pending);
        return false;
    }

    private async Task NoteWhenWrittenAsync(Subscriber subscriber, Task pending)
    {
        await pending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Post(new Note(NoteKind.Written, subscriber));
    }

    private void GoOnAfterWrite(Subscriber subscriber)
    {
        if (subscriber.Pending is not { IsCompleted: true } pending)
        {
            return;
        }

        subscriber.Pending = null;
        _pending.Remove(subscriber);
        if (pending.IsCompletedSuccessfully)
        {
            Serve(subscriber, _time.GetUtcNow());
        }
        else
        {
            Release(subscriber, Departure.ReaderGone);
        }
    }

    private void TurnWheel()
    {
        if (_draining > 0)
        {
            ReleaseSome();
        }

        var turns = 0;
        while (_count > 0 && turns++ < Slots && _time.GetElapsedTime(_lastTick) >= _tick)
        {
            _lastTick += (long)(_tick.TotalSeconds * _time.TimestampFrequency);
            ReleaseSlow();
            var slot = _wheel[_turn++ % Slots];
            for (var index = slot.Count - 1; index >= 0; index--)
            {
                Visit(slot[index]);
            }
        }
    }

    /// <summary>What every reader gets at every heartbeat: a check of its rights, and a sign of life.</summary>
    private void Visit(Subscriber subscriber)
    {
        var now = _time.GetUtcNow();
        if (subscriber.Access.HasEnded(now))
        {
            Release(subscriber, Departure.AccessEnded);
            return;
        }

        if (now >= subscriber.EndsAt)
        {
            Release(subscriber, Departure.LifetimeOver);
            return;
        }

        if (subscriber.Pending is not null)
        {
            return;
        }

        try
        {
            // Whatever concerned this reader has marked it and was delivered, so all up to the routed head is behind it.
            subscriber.Position = Math.Max(subscriber.Position, _routed);
            var sign = EventFrames.Heartbeat(subscriber.HeartbeatEvents, now);
            if (subscriber.Position > subscriber.ToldPosition)
            {
                byte[] cursor = [.. EventFrames.Cursor(subscriber.Position), .. sign];
                Send(subscriber, Outgoing.Of(cursor), subscriber.Position);
            }
            else
            {
                Send(subscriber, Outgoing.Of(sign), subscriber.Position);
            }
        }
        catch (IOException)
        {
            Release(subscriber, Departure.ReaderGone);
        }
    }

    private void ReleaseSlow()
    {
        if (_pending.Count == 0)
        {
            return;
        }

        var now = _time.GetUtcNow();
        foreach (var subscriber in _pending)
        {
            // Slow is not stuck: as long as something is taken, the deadline moves on.
            if (subscriber.Output.Progress != subscriber.PendingProgress)
            {
                subscriber.PendingProgress = subscriber.Output.Progress;
                subscriber.PendingSince = now;
            }
        }

        var slow = _pending.Where(one => now - one.PendingSince >= _writeDeadline && one.Position + 1 < _window.Oldest).ToList();
        foreach (var subscriber in slow)
        {
            Release(subscriber, Departure.TooSlow);
        }
    }

    private void ReleaseSome()
    {
        var left = _draining;
        foreach (var slot in _wheel)
        {
            while (slot.Count > 0 && left-- > 0)
            {
                Release(slot[^1], Departure.ServerStopping);
            }
        }
    }

    private void Rest(TimeSpan pass)
    {
        if (pass > ShortPass)
        {
            // Not on the signal: every publication would set it, and cut the pause that gathers them.
            _stopping.Wait(pass < LongestPause ? pass : LongestPause);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A delivery pass failed")]
    private partial void LogPassFailed(Exception error);

    private readonly record struct Note(NoteKind Kind, Subscriber? Subscriber, Task? Following = null);

    /// <summary>The readers of one person.</summary>
    private sealed class Audience
    {
        public List<Subscriber> Members { get; } = [];

        public bool IsDirty { get; set; }
    }

    /// <summary>The write that was put together last: the next reader with the same filter at the same position takes it as it is.</summary>
    private readonly record struct SharedWrite(ChangeFilter? Filter, long From, long To, long Head, Outgoing Data)
    {
        public bool Fits(Subscriber subscriber, long head) =>
            Filter is not null && From == subscriber.Position && Head == head && Filter.Matches(subscriber.Filter);
    }
}
