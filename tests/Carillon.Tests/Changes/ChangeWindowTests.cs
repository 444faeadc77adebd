namespace Carillon.Changes;

public sealed class ChangeWindowTests
{
    [Fact]
    public void Few_large_changes_take_no_more_memory_than_many_small_ones()
    {
        var window = new ChangeWindow(capacity: 16, largest: 1_000);
        window.StartAt(0);
        for (var seq = 1; seq <= 40; seq++)
        {
            window.Append(Row(seq, 400));
            Assert.NotNull(window.Find(seq));
        }

        Assert.Equal(39, window.Oldest);
        Assert.Null(window.Find(38));
        Assert.NotNull(window.Find(39));
    }

    [Fact]
    public void A_change_that_is_too_large_alone_is_still_there_for_those_who_follow()
    {
        var window = new ChangeWindow(capacity: 16, largest: 1_000);
        window.StartAt(7);
        window.Append(Row(8, 5_000));
        Assert.Equal((8, 8), (window.Oldest, window.Head));
        Assert.NotNull(window.Find(8));
        window.Append(Row(9, 10));
        Assert.Equal(9, window.Oldest);
    }

    [Fact]
    public void As_many_changes_stay_as_were_asked_for()
    {
        var window = new ChangeWindow(capacity: 16, largest: 1_000_000);
        window.StartAt(0);
        for (var seq = 1; seq <= 40; seq++)
        {
            window.Append(Row(seq, 10));
        }

        Assert.Equal(25, window.Oldest);
        Assert.Equal([.. Enumerable.Range(25, 16)], Enumerable.Range(1, 40).Where(seq => window.Find(seq) is not null));
    }

    private static ChangeRow Row(long seq, int size) =>
        new() { Seq = seq, Type = "test", Topic = "test", Payload = new byte[size], CreatedAt = default };
}
