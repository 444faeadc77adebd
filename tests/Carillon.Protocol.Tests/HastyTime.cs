namespace Carillon.Protocol.Tests;

/// <summary>A clock on which waits between attempts are over at once, and longer ones never.</summary>
internal sealed class HastyTime : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime <= ReconnectPlan.Longest ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, period);
}
