using Carillon.Protocol;
using Carillon.Runs;

namespace Carillon.Conversations;

/// <summary>One socket's place in one session's conversation.</summary>
internal sealed class Attachment(ChatSocket socket, Conversation conversation, long head, long position)
{
    public ChatSocket Socket => socket;

    public Conversation Conversation => conversation;

    /// <summary>How its client named the session: by the public id, or by its owner's own name for it.</summary>
    public required string AskedAs { get; init; }

    /// <summary>The seq of the newest message when it came.</summary>
    public long Head => head;

    /// <summary>The seq of the last message that it has, while it is still being given older ones; null once it is live.</summary>
    public long? ReplayedTo { get; set; } = position;

    /// <summary>The number of the entry that comes next; while older messages are given, the first that came since they began to be.</summary>
    public long Next { get; set; }

    /// <summary>The run that it reads, and how much of it it has.</summary>
    public RunText? Run { get; set; }

    public int Offset { get; set; }

    /// <summary>True once what it has not read is no longer kept.</summary>
    public bool IsLost { get; set; }

    /// <summary>True once it was detached: nothing more is read for it.</summary>
    public bool IsOver { get; set; }
}

/// <summary>
/// What happens in one session, for the sockets of this node that follow it. Each has a position, not a queue: a slow one gets the
/// same text in larger pieces, and nobody waits for it.
/// </summary>
internal sealed class Conversation(string sessionId, string projectId)
{
    // What a reader may be behind in messages and steps. Text does not count: that is kept whole until everybody has it.
    private const int MostEntries = 4096;
    private const int TrimAt = 64;

    // About what the system takes for one socket at once.
    private const int LargestBatch = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly List<Entry> _entries = [];
    private readonly List<Attachment> _attachments = [];
    private long _firstEntry;
    private long _head = -1;
    private RunText? _run;

    public string SessionId => sessionId;

    public string ProjectId => projectId;

    /// <summary>One at a time brings it up to date.</summary>
    public SemaphoreSlim Updating { get; } = new(1, 1);

    /// <summary>The seq of the newest message that it knows; null before it was first read.</summary>
    public long? Head => Interlocked.Read(ref _head) is >= 0 and var head ? head : null;

    public string? RunId
    {
        get
        {
            lock (_lock)
            {
                return _run?.RunId;
            }
        }
    }

    public void StartAt(long head) => Interlocked.Exchange(ref _head, head);

    public Attachment Attach(ChatSocket socket, string askedAs, long? after)
    {
        lock (_lock)
        {
            var head = Head!.Value;
            var attachment = new Attachment(socket, this, head, Math.Min(after ?? head, head)) { AskedAs = askedAs, Next = _firstEntry + _entries.Count };
            _attachments.Add(attachment);
            return attachment;
        }
    }

    public void Detach(Attachment attachment)
    {
        lock (_lock)
        {
            attachment.IsOver = true;
            _attachments.Remove(attachment);
        }
    }

    /// <summary>A run began; what it says comes by <see cref="Continue"/>, from its first part on.</summary>
    public void Begin(string runId)
    {
        lock (_lock)
        {
            _run = new RunText(runId, sessionId);
            Append(new Entry(ChatFrames.Typing(sessionId, on: true), _run, 0) { Starts = true });
        }

        Wake();
    }

    /// <summary>The run went on. What is known of these parts already is passed over.</summary>
    public void Continue(string runId, IReadOnlyList<RunPart> parts)
    {
        lock (_lock)
        {
            if (_run is not { } run || run.RunId != runId)
            {
                return;
            }

            foreach (var part in parts)
            {
                if (part.Number < run.NextPart)
                {
                    continue;
                }

                run.NextPart = part.Number + 1;
                if (part.Text is not null && part.Start < run.Length)
                {
                    run = Replace(run, run.ToString()[..part.Start]);
                }

                run.Append(part.Text);
                if (part.Step is { } step)
                {
                    run.Steps.Put(step);
                    Append(new Entry(ChatFrames.Step(step, sessionId, runId), run, part.Start));
                }
            }
        }

        Wake();
    }

    /// <summary>The number of the part of this run that is missing; null when the run is not under way here.</summary>
    public long? NextPartOf(string runId)
    {
        lock (_lock)
        {
            return _run is { } run && run.RunId == runId ? run.NextPart : null;
        }
    }

    /// <summary>A message was added; it may be the end of a run.</summary>
    public void Add(MessageRow row, ChatMessage view)
    {
        lock (_lock)
        {
            if (row.Seq <= Head)
            {
                return;
            }

            Interlocked.Exchange(ref _head, row.Seq);
            var run = _run is { } one && one.RunId == row.RunId && row.Status is not null ? one : null;
            if (run is not null && row.Role == MessageRoles.Agent)
            {
                // The last of it comes with the end: the run had no more parts to write, or another node has them.
                var shown = run.ToString();
                if (row.Text.StartsWith(shown, StringComparison.Ordinal))
                {
                    run.Append(row.Text[shown.Length..]);
                }
                else
                {
                    run = Replace(run, row.Text);
                }
            }

            Append(new Entry(ChatFrames.Message(view, sessionId), run, run?.Length ?? 0));
            if (row.Completes is not null)
            {
                Append(new Entry(ChatFrames.Complete(row), run, run?.Length ?? 0));
                if (run is not null)
                {
                    Append(new Entry(ChatFrames.Typing(sessionId, on: false), run, run.Length) { Ends = true });
                    _run = null;
                }
            }
        }

        Wake();
    }

    /// <summary>True once the session was deleted.</summary>
    public bool IsDeleted { get; private set; }

    /// <summary>The session was deleted: its readers are sent away.</summary>
    public void Delete()
    {
        IsDeleted = true;
        Wake();
    }

    /// <summary>An agent that runs elsewhere has the message now.</summary>
    public void Deliver(string messageId) => Tell(new DeliveredFrame { SessionId = sessionId, MessageId = messageId });

    /// <summary>Its author took the message back.</summary>
    public void Withdraw(string messageId) => Tell(new WithdrawnFrame { SessionId = sessionId, MessageId = messageId });

    private void Tell(ChatFrame becameOfMessage)
    {
        lock (_lock)
        {
            Append(new Entry(ChatFrames.Encode(becameOfMessage), null, 0) { IsAboutMessage = true });
        }

        Wake();
    }

    /// <summary>
    /// Makes a reader that has every message up to <paramref name="seq"/> live, when there is no newer one; then adds what it has to
    /// be told of the run that is under way.
    /// </summary>
    public bool TryGoLive(Attachment attachment, long seq, List<byte[]> frames)
    {
        lock (_lock)
        {
            if (seq < Head || attachment.IsOver)
            {
                return false;
            }

            attachment.ReplayedTo = null;

            // A message may have been read as waiting, and delivered or taken back before it was all read.
            frames.AddRange(_entries.Skip((int)Math.Max(0, attachment.Next - _firstEntry)).Where(entry => entry.IsAboutMessage).Select(entry => entry.Frame));
            attachment.Next = _firstEntry + _entries.Count;
            attachment.Run = _run;
            attachment.Offset = _run?.Length ?? 0;
            if (_run is { } run)
            {
                frames.Add(ChatFrames.Typing(sessionId, on: true));
                frames.Add(ChatFrames.Snapshot(run, sessionId));
                frames.AddRange(run.Steps.Select(step => ChatFrames.Step(step, sessionId, run.RunId)));
            }

            return true;
        }
    }

    /// <summary>What comes next for a reader, about one socket's fill; empty when it has everything.</summary>
    public void Read(Attachment reader, List<byte[]> frames)
    {
        lock (_lock)
        {
            var bytes = 0;
            while (bytes < LargestBatch && !reader.IsOver && !reader.IsLost && NextFrame(reader) is { } frame)
            {
                frames.Add(frame);
                bytes += frame.Length;
            }
        }
    }

    private byte[]? NextFrame(Attachment reader)
    {
        if (reader.Next >= _firstEntry + _entries.Count)
        {
            return reader.Run is { } run && reader.Offset < run.Length ? Chunk(reader, run, run.Length) : null;
        }

        var entry = _entries[(int)(reader.Next - _firstEntry)];
        if (entry.Starts)
        {
            // With a run that begins there is no text before it; a text that was replaced is told whole.
            (reader.Run, reader.Offset) = (entry.Run, entry.TextBefore);
        }
        else if (entry.Run is { } spoken && spoken == reader.Run && reader.Offset < entry.TextBefore)
        {
            return Chunk(reader, spoken, entry.TextBefore);
        }

        if (entry.Ends)
        {
            reader.Run = null;
        }

        reader.Next++;
        return entry.Frame;
    }

    private static byte[] Chunk(Attachment reader, RunText run, int end)
    {
        var frame = run.Chunk(reader.Offset, end, out var stop);
        reader.Offset = stop;
        return frame;
    }

    /// <summary>The agent took back what it had said: readers are told the whole text as it is now, wherever they stood.</summary>
    private RunText Replace(RunText run, string text)
    {
        _run = run.With(text);
        Append(new Entry(ChatFrames.Snapshot(_run, sessionId), _run, text.Length) { Starts = true });
        return _run;
    }

    private void Append(Entry entry)
    {
        if (_entries.Count >= TrimAt)
        {
            Trim();
        }

        _entries.Add(entry);
    }

    private void Trim()
    {
        // What everybody has can go. Whoever holds up too much reads too slowly, and comes again with its position.
        var end = _firstEntry + _entries.Count;
        foreach (var attachment in _attachments)
        {
            attachment.IsLost |= attachment.ReplayedTo is null && attachment.Next <= end - MostEntries;
        }

        var needed = _attachments.Where(one => one.ReplayedTo is null && !one.IsLost).Select(one => one.Next).DefaultIfEmpty(end).Min();
        _entries.RemoveRange(0, (int)(needed - _firstEntry));
        _firstEntry = needed;
    }

    private void Wake()
    {
        lock (_lock)
        {
            foreach (var attachment in _attachments)
            {
                attachment.Socket.Wake();
            }
        }
    }

    /// <summary>A frame, and how much of a run's text comes before it.</summary>
    private sealed record Entry(byte[] Frame, RunText? Run, int TextBefore)
    {
        public bool Starts { get; init; }

        public bool Ends { get; init; }

        public bool IsAboutMessage { get; init; }
    }
}
