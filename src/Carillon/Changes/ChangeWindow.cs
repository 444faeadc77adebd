namespace Carillon.Changes;

/// <summary>
/// The newest changes, in memory. One thread at a time appends; anybody reads without a lock. Seqs in it have no holes, so a
/// position is an index.
/// </summary>
internal sealed class ChangeWindow
{
    private readonly ChangeRow?[] _ring;
    private readonly long _mask;
    private long _head;
    private long _first;

    public ChangeWindow(int capacity)
    {
        // A power of two: the slot of a seq is a mask, not a division.
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity);
        _ring = new ChangeRow?[size];
        _mask = size - 1;
    }

    /// <summary>The newest seq that readers may know of.</summary>
    public long Head => Volatile.Read(ref _head);

    /// <summary>The oldest seq that is still here; one more than the head when nothing is.</summary>
    public long Oldest => Math.Max(Volatile.Read(ref _first), Head - _mask);

    public int Capacity => _ring.Length;

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

        Volatile.Write(ref _ring[row.Seq & _mask], row);
        Volatile.Write(ref _head, row.Seq);
    }

    /// <summary>The row of that seq, or null when it is not (or no longer) here.</summary>
    public ChangeRow? Find(long seq)
    {
        var row = Volatile.Read(ref _ring[seq & _mask]);
        return row?.Seq == seq ? row : null;
    }
}
