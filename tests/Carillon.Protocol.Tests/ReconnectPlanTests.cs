namespace Carillon.Protocol.Tests;

public sealed class ReconnectPlanTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(4, 8)]
    [InlineData(5, 16)]
    [InlineData(6, 30)]
    [InlineData(7, 30)]
    [InlineData(1_000_000, 30)]
    public void The_first_attempt_is_at_once_then_the_waits_double_up_to_thirty_seconds(int attempt, int seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), ReconnectPlan.Wait(attempt, null, 0));
        Assert.Equal(TimeSpan.FromSeconds(seconds / 2.0), ReconnectPlan.Wait(attempt, null, 1));
    }

    [Theory]
    [InlineData(0, 10, 0, 10)]
    [InlineData(0, 10, 1, 11)]
    [InlineData(0, 100, 1, 110)]
    [InlineData(6, 5, 0, 30)]
    [InlineData(0, 0, 1, 1)]
    public void A_wait_that_the_server_named_is_the_least(int attempt, int least, double random, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), ReconnectPlan.Wait(attempt, TimeSpan.FromSeconds(least), random));
}
