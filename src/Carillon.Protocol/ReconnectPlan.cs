namespace Carillon.Protocol;

/// <summary>When to try again: at once, then after 1 s · 2ⁿ up to 30 s, each less a random part so that clients do not return in step.</summary>
internal static class ReconnectPlan
{
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>A connection that lived this long, or brought something, earns the next attempt at once.</summary>
    public static readonly TimeSpan Proven = TimeSpan.FromSeconds(5);

    /// <param name="attempt">0 for the first attempt after a connection that worked.</param>
    /// <param name="retryAfter">The least wait, when the server named one.</param>
    /// <param name="random">0 up to 1.</param>
    public static TimeSpan Wait(int attempt, TimeSpan? retryAfter, double random)
    {
        // From half of the step to the whole of it.
        var own = attempt == 0 ? TimeSpan.Zero : Step(attempt) * (1 - (random / 2));
        if (retryAfter is not { } least)
        {
            return own;
        }

        // The server knows when, but all who were told the same must not come in the same instant: up to a tenth later, a second at least.
        var spread = TimeSpan.FromSeconds(Math.Max(1, least.TotalSeconds / 10)) * random;
        return least + spread > own ? least + spread : own;
    }

    private static TimeSpan Step(int attempt) =>
        attempt > 5 ? Longest : TimeSpan.FromSeconds(1 << (attempt - 1));
}
