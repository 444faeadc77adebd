using System.Collections.Concurrent;

namespace Carillon.Runs;

/// <summary>What a run of this node has said, as far as it is on the disk. It only grows, so a reader's place in it is one number.</summary>
internal sealed class LiveRun
{
    private readonly Lock _lock = new();
    private readonly List<RunPart> _parts = [];
    private Action? _listeners;

    /// <summary>Adds what was just written to the disk, and tells whoever listens.</summary>
    public void Add(IReadOnlyList<RunPart> parts)
    {
        Action? listeners;
        lock (_lock)
        {
            _parts.AddRange(parts);
            listeners = _listeners;
        }

        // Outside the lock: a listener has a lock of its own, and reads from here.
        listeners?.Invoke();
    }

    /// <summary>The part of this number and all behind it. Parts are numbered from 0.</summary>
    public IReadOnlyList<RunPart> From(long number)
    {
        lock (_lock)
        {
            return number >= _parts.Count ? [] : _parts.GetRange((int)number, _parts.Count - (int)number);
        }
    }

    public void Listen(Action listener)
    {
        lock (_lock)
        {
            _listeners += listener;
        }
    }

    public void StopListening(Action listener)
    {
        lock (_lock)
        {
            _listeners -= listener;
        }
    }
}

/// <summary>The runs of this node, for those who want to hear them.</summary>
internal sealed class LiveRuns
{
    private readonly ConcurrentDictionary<string, LiveRun> _runs = new();

    /// <summary>The run: whoever names it first, its runner or a reader that heard of it from the log, makes it.</summary>
    public LiveRun Of(string id) => _runs.GetOrAdd(id, static _ => new LiveRun());

    public void Forget(string id) => _runs.TryRemove(id, out _);
}
