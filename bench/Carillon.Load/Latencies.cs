using System.Diagnostics;
using System.Numerics;
using System.Text.Json.Nodes;

namespace Carillon.Load;

/// <summary>
/// A histogram with a bounded relative error, after HdrHistogram: 64 steps in every power of two, so a value is off by
/// at most 1.6 %, in 24 KB whatever is recorded.
/// </summary>
internal sealed class Latencies
{
    private const int StepBits = 6;
    private const int Steps = 1 << StepBits;

    private readonly long[] counts = new long[Steps * 48];
    private long longest;

    public long Count { get; private set; }

    public void Record(long from, long to)
    {
        var nanoseconds = Math.Max(1, (to - from) * (1_000_000_000 / Stopwatch.Frequency));
        counts[Math.Min(Slot(nanoseconds), counts.Length - 1)]++;
        longest = Math.Max(longest, nanoseconds);
        Count++;
    }

    public void Clear()
    {
        Array.Clear(counts);
        longest = 0;
        Count = 0;
    }

    public double Milliseconds(double quantile)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(Count * quantile));
        long passed = 0;
        for (var slot = 0; slot < counts.Length; slot++)
        {
            passed += counts[slot];
            if (passed >= rank)
            {
                return Math.Min(Highest(slot), longest) / 1e6;
            }
        }

        return 0;
    }

    public void WriteTo(JsonObject result)
    {
        result["p50Ms"] = Math.Round(Milliseconds(0.5), 3);
        result["p90Ms"] = Math.Round(Milliseconds(0.9), 3);
        result["p99Ms"] = Math.Round(Milliseconds(0.99), 3);
        result["maxMs"] = Math.Round(longest / 1e6, 3);
    }

    // Values below 64 have a slot each; above, the six bits after the leading one choose the step.
    private static int Slot(long value)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)value) - StepBits);
        return (shift << StepBits) + (int)(value >> shift);
    }

    private static long Highest(int slot)
    {
        if (slot < 2 * Steps)
        {
            return slot;
        }

        var shift = (slot >> StepBits) - 1;
        return ((slot - ((long)shift << StepBits) + 1) << shift) - 1;
    }
}
