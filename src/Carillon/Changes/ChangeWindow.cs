namespace Carillon.Changes;

/// <summary>
/// The newest changes, in memory. One thread at a time appends; anybody reads without a lock. Seqs in it have no holes, so a
/// position is an index.
/// </summary>
internal sealed class ChangeWindow
{
    private readonly ChangeRow?[] _ring;
    private readonly long _mask;
    private readonly long _largest;
    private long _bytes;
    private long _head;
    private long _first;

    /// <param name="capacity">How many changes.</param>
    /// <param name="largest">How many bytes of payload, whatever their number: a few large ones must not take all memory.</param>
    public ChangeWindow(int capacity, long largest)
    {
        _largest = largest;
        // A power of two: the slot of a seq is a mask, not a division.
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity);
        _ring = new ChangeRow?[size];
        _mask = size - 1;
    }

    /// <summary>The newest seq that readers may know of.</summary>
    public long Head => Volatile.Read(ref _head);

    /// <summary>The oldest seq that is still here; one more than the head when nothing is.</summary>
    public long Oldest => Math.Max(Volatile.Read(ref _first), Head - _mask);

    /// <summary>Starts behind <paramref name="head"/>, with nothing in memory.</summary>
    public void StartAt(long head)
    {
        Volatile.Write(ref _first, head + 1);
        Volatile.Write(ref _head, head);
    }

    public void Append(ChangeRow row)
    {
        if (row.Seq != _head + 1)
        {
            // Another process removed rows that this one had not read yet: what is in memory no longer joins up.
            Volatile.Write(ref _first, row.Seq);
        }

        ref var slot = ref _ring[row.Seq & _mask];
        _bytes += row.Payload.Length - (slot?.Payload.Length ?? 0);
        Volatile.Write(ref slot, row);
        Volatile.Write(ref _head, row.Seq);
        while (_bytes > _largest && Oldest < row.Seq)
        {
            LetGo(Oldest);
        }
    }

    /// <summary>The row of that seq, or null when it is not (or no longer) here.</summary>
    public ChangeRow? Find(long seq)
    {
        var row = Volatile.Read(ref _ring[seq & _mask]);
        return row?.Seq == seq ? row : null;
    }

    /// <summary>Empties what is here of a session, up to a seq. Readers that hold a row already may still send it.</summary>
    public void Erase(string sessionId, string? projectId, long upTo)
    {
        for (var seq = Oldest; seq <= upTo; seq++)
        {
            ref var slot = ref _ring[seq & _mask];
            if (slot is { } row && row.Seq == seq && row.IsOf(sessionId, projectId))
            {
                var empty = row.Emptied();
                _bytes += empty.Payload.Length - row.Payload.Length;
                Volatile.Write(ref slot, empty);
            }
        }
    }

    private void LetGo(long seq)
    {
        Volatile.Write(ref _first, seq + 1);
        ref var slot = ref _ring[seq & _mask];
        if (slot is { } row && row.Seq == seq)
        {
            _bytes -= row.Payload.Length;
            Volatile.Write(ref slot, null);
        }
    }
}
