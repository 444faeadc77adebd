using Carillon.Protocol;

namespace Carillon.Notifications;

public sealed class RingRulesTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 28, 9, 0, 0, TimeSpan.Zero);

    // The row says "Broken" with the priority action, rang at the start, and was called last a minute before what comes now.
    [Theory]
    [InlineData("the same", "", 60, false)]
    [InlineData("the same, seen", "seen", 60, false)]
    [InlineData("other words", "", 60, false)]
    [InlineData("other words", "seen", 60, true)]
    [InlineData("other words", "seen", 5, true)]
    [InlineData("other words", "seen", 4.9, false)]
    [InlineData("another title", "seen", 60, true)]
    [InlineData("the same", "resolved", 60, true)]
    [InlineData("the same", "resolved", 4.9, false)]
    [InlineData("the same", "resolved seen", 60, true)]
    [InlineData("other words", "resolved", 4.9, false)]
    [InlineData("quieter", "seen", 60, false)]
    [InlineData("quieter, other words", "seen", 60, true)]
    [InlineData("quieter", "resolved", 60, true)]
    [InlineData("louder", "", 0, true)]
    [InlineData("louder", "seen", 0.1, true)]
    [InlineData("louder, other words", "resolved seen", 0.1, true)]
    public void A_published_row_rings_again(string again, string state, double minutes, bool rings) =>
        Assert.Equal(rings, RingRules.Rings(Row(state), Call(again) with { RingEvery = TimeSpan.FromMinutes(5) }, Start.AddMinutes(minutes)));

    [Theory]
    [InlineData("the same", "resolved seen", 59, false)]
    [InlineData("the same", "resolved seen", 60, true)]
    [InlineData("the same", "resolved", 59, false)]
    [InlineData("other words", "", 3600, false)]
    [InlineData("other words", "resolved", 59, false)]
    [InlineData("other words", "seen", 0, true)]
    [InlineData("other words", "resolved seen", 0, true)]
    [InlineData("louder", "seen", 0, true)]
    [InlineData("question: the same", "seen", 3600, false)]
    [InlineData("question: the same", "resolved", 59, false)]
    [InlineData("question: other words", "", 0, true)]
    [InlineData("question: other words", "resolved", 0, true)]
    public void A_row_of_the_notifier_rings_again(string again, string state, double seconds, bool rings) =>
        Assert.Equal(rings, RingRules.Rings(
            Row(state), Call(again) with { CoolDown = TimeSpan.FromSeconds(60), IsQuestion = again.StartsWith("question", StringComparison.Ordinal) }, Start.AddSeconds(seconds)));

    private static NotificationRow Row(string state) => new()
    {
        Seq = 9,
        RangSeq = 7,
        RangAt = Start,
        Id = "ntf_1",
        PersonId = "usr_1",
        Type = "build.failed",
        Priority = Priorities.Action,
        Title = "Build",
        Message = "Broken",
        OccurredAt = Start,
        ReceivedAt = Start,
        SeenAt = state.Contains("seen", StringComparison.Ordinal) ? Start : null,
        ResolvedAt = state.Contains("resolved", StringComparison.Ordinal) ? Start : null,
    };

    private static NewNotification Call(string again) => new(
        "build.failed",
        again.Contains("louder", StringComparison.Ordinal) ? Priorities.Urgent : again.Contains("quieter", StringComparison.Ordinal) ? Priorities.Info : Priorities.Action,
        again.Contains("other words", StringComparison.Ordinal) ? "Broken again" : "Broken")
    {
        Title = again.Contains("another title", StringComparison.Ordinal) ? "Deploy" : "Build",
    };
}
