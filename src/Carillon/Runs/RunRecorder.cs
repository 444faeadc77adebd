using System.Text;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Sessions;
using Carillon.Storage;

namespace Carillon.Runs;

/// <summary>
/// Takes in what an agent says, writes it to the disk in small commits, and only then shows it: what a person has seen survives
/// whatever happens to the server.
/// </summary>
internal sealed class RunRecorder(RunRow run, LiveRun live, Writer writer, RunQueue queue, SessionTable sessions, TimeProvider time) : IAsyncDisposable
{
    // At most one frame in so long: eyes do not need more, and a commit each would be waste.
    private static readonly TimeSpan Coalescing = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan ProgressStep = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StepNews = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>So long a database may be away before a run is given up.</summary>
    public static readonly TimeSpan LongestOutage = TimeSpan.FromMinutes(10);

    /// <summary>More than anybody reads; an agent that does not end by itself is ended here.</summary>
    public const int LongestText = 2_000_000;

    // What the session does now, beside its name.
    private const int LongestStepLine = 160;

    // An agent that is faster than the disk waits for it.
    private const int MostPending = 128 * 1024;

    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private readonly List<RunStep> _steps = [];
    private readonly List<(int Start, StringBuilder? Text, RunStep? Step)> _pending = [];
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _something = new(0, 1);
    private readonly CancellationTokenSource _over = new();
    private TaskCompletionSource _room = Completed();
    private int _pendingLength;
    private char? _halfCharacter;
    private bool _isDone;
    private Task? _writing;
    private DateTimeOffset _progressAt;
    private DateTimeOffset _stepToldAt;

    public string Text => _text.ToString();

    /// <summary>How much text was taken, in UTF-16 units.</summary>
    public int Length => _text.Length;

    public IReadOnlyList<RunStep> Steps => _steps;

    /// <summary>Set when the run is not ours any more: another node took us for dead and ended it.</summary>
    public bool IsTakenAway { get; private set; }

    /// <summary>Why nothing more could be recorded, if that is so.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Fires when nothing more can be recorded.</summary>
    public CancellationToken TakenAway => _over.Token;

    public void Start() => _writing = WriteAllAsync();

    /// <summary>Takes text; waits while too much of it is not on the disk yet.</summary>
    public async ValueTask AddAsync(string text, CancellationToken cancel)
    {
        Task room;
        lock (_lock)
        {
            text = WholeCharacters(text);
            if (text.Length == 0)
            {
                return;
            }

            if (_pending is [.., { Text: { } last }])
            {
                last.Append(text);
            }
            else
            {
                _pending.Add((_text.Length, new StringBuilder(text), null));
            }

            _text.Append(text);

            _pendingLength += text.Length;
            if (_pendingLength > MostPending && _room.Task.IsCompleted)
            {
                _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            room = _room.Task;
        }

        Wake();
        await room.WaitAsync(cancel);
    }

    /// <summary>Takes the last of the text back.</summary>
    public void TakeBack(int length)
    {
        lock (_lock)
        {
            if (_halfCharacter is not null && length > 0)
            {
                _halfCharacter = null;
                length--;
            }

            if (length == 0)
            {
                return;
            }

            // A part of text that begins before the end of what was said takes the place of the rest.
            _text.Length = Math.Max(0, _text.Length - length);
            _pending.Add((_text.Length, new StringBuilder(), null));
            foreach (var step in _steps.Where(step => step.Offset > _text.Length).ToList())
            {
                Put(step with { Offset = _text.Length });
            }
        }

        Wake();
    }

    /// <summary>Writes down at once what the agent wants to have back: after a crash nothing else knows of it.</summary>
    public Task KeepAsync(string state, CancellationToken cancel) => PersistAsync(
        write =>
        {
            if (queue.FindOpen(write, run.Id)?.Node != queue.Node)
            {
                return false;
            }

            sessions.KeepAgentState(write, run.SessionId, state);
            return true;
        }, cancel);

    public void Add(string id, string name, string? detail, string status)
    {
        lock (_lock)
        {
            (id, name, detail) = (WholeText.Of(id), WholeText.Of(name), detail is null ? null : WholeText.Of(detail));
            var known = _steps.Find(step => step.Id == id);
            var step = new RunStep { Id = id, Name = name, Detail = detail ?? known?.Detail, Status = status, Offset = known?.Offset ?? _text.Length };
            if (step == known)
            {
                return;
            }

            Put(step);
        }

        Wake();
    }

    /// <summary>
    /// Waits until nothing is being written any more. Text that has not been shown by then is left to the end of the run, whose
    /// message has all of it: that saves the commit of parts that nobody would ever read.
    /// </summary>
    public async Task CompleteAsync()
    {
        lock (_lock)
        {
            if (_halfCharacter is not null)
            {
                // Its other half never came.
                _halfCharacter = null;
                _pending.Add((_text.Length, new StringBuilder("\uFFFD"), null));
                _text.Append('\uFFFD');
            }

            _isDone = true;
        }

        _finished.TrySetResult();
        Wake();
        await (_writing ?? Task.CompletedTask);
    }

    public async ValueTask DisposeAsync()
    {
        await CompleteAsync();
        _over.Dispose();
        _something.Dispose();
    }

    private async Task WriteAllAsync()
    {
        try
        {
            await WriteAsync();
        }
        catch (Exception error)
        {
            // The agent must not wait for a disk that will not come: its run ends here, and says so.
            Fault = error;
            await _over.CancelAsync();
        }

        lock (_lock)
        {
            _room.TrySetResult();
        }
    }

    private async Task WriteAsync()
    {
        long number = 0;
        while (true)
        {
            await _something.WaitAsync();
            List<RunPart> parts = [];
            bool isDone;
            lock (_lock)
            {
                isDone = _isDone;
                foreach (var (start, text, step) in isDone && _pending.TrueForAll(one => one.Step is null) ? [] : _pending)
                {
                    parts.Add(new RunPart(number++, start, text?.ToString(), step));
                }

                _pending.Clear();
                _pendingLength = 0;
            }

            if (parts.Count > 0)
            {
                await WriteAsync(parts);
                _room.TrySetResult();
            }

            if (isDone || IsTakenAway)
            {
                return;
            }

            if (parts.Count > 0)
            {
                await Task.WhenAny(Task.Delay(Coalescing, time), _finished.Task);
            }
        }
    }

    private async Task WriteAsync(List<RunPart> parts)
    {
        var now = time.GetUtcNow();
        var isProgress = now - _progressAt >= ProgressStep;
        var news = now - _stepToldAt >= StepNews ? parts.FindLast(part => part.Step?.Status == StepStatuses.Running)?.Step : null;
        IsTakenAway = !await PersistAsync(write =>
        {
            if (queue.FindOpen(write, run.Id)?.Node != queue.Node)
            {
                return false;
            }

            parts.ForEach(part => RunParts.Add(write, run.Id, part));
            if (isProgress || news is not null)
            {
                NoteProgress(write, news);
            }

            return true;
        });
        if (IsTakenAway)
        {
            await _over.CancelAsync();
            return;
        }

        live.Add(parts);
        _progressAt = isProgress ? now : _progressAt;
        _stepToldAt = news is null ? _stepToldAt : now;
    }

    private async Task<bool> PersistAsync(Func<WriteScope, bool> work, CancellationToken cancel = default)
    {
        for (var begun = time.GetTimestamp(); ;)
        {
            try
            {
                return await writer.RunAsync(work, cancel);
            }
            catch (System.Data.Common.DbException) when (time.GetElapsedTime(begun) < LongestOutage)
            {
                // The writer has logged it. The agent waits; what it says is kept here until the database is back.
                await Task.Delay(RetryAfter, time, cancel);
            }
        }
    }

    private void NoteProgress(WriteScope write, RunStep? news)
    {
        var session = sessions.Find(write, run.SessionId)!;
        sessions.NoteProgress(write, session.Id);
        sessions.Change(write, session, session with
        {
            // It was taken for stuck, and is not.
            Activity = session.Activity == Activities.Stuck ? Activities.Working : session.Activity,
            Message = news is null || session.Activity is not (Activities.Working or Activities.Stuck) ? session.Message
                : news.Detail is null ? news.Name
                : PlainText.Shortened($"{news.Name} · {news.Detail}", LongestStepLine),
        });
    }

    /// <summary>Keeps half a character until its other half comes.</summary>
    private string WholeCharacters(string text)
    {
        if (_halfCharacter is { } half)
        {
            text = half + text;
            _halfCharacter = null;
        }

        if (text is [.., var last] && char.IsHighSurrogate(last))
        {
            _halfCharacter = last;
            text = text[..^1];
        }

        return WholeText.Of(text);
    }

    private void Put(RunStep step)
    {
        _steps.Put(step);
        _pending.Add((_text.Length, null, step));
    }

    private void Wake()
    {
        lock (_lock)
        {
            if (_something.CurrentCount == 0)
            {
                _something.Release();
            }
        }
    }

    private static TaskCompletionSource Completed()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }
}
