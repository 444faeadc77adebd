using System.Collections.Concurrent;

namespace Carillon.Changes;

/// <summary>What is left after the process was killed in the middle of everything.</summary>
public abstract class CrashContract
{
    [Fact]
    public async Task Every_acknowledged_publish_is_there_once_after_kill_9_and_a_repeated_key_adds_nothing()
    {
        await using var database = await DatabaseAsync();
        await using var server = await CarillonServer.StartAsync(database);
        var ada = await server.MayorAsync();
        var start = await ada.Client.HeadAsync();
        var acknowledged = new ConcurrentDictionary<string, long>();
        var unanswered = new ConcurrentBag<string>();
        var many = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        var publishing = Task.WhenAll(Enumerable.Range(0, 64).Select(async writer =>
        {
            // Bounded: the kill comes long before.
            for (var index = 0; index < 2_000; index++)
            {
                var message = $"{writer}/{index}";
                try
                {
                    acknowledged[message] = await ada.Client.PublishAsync(message, idempotencyKey: message);
                }
                catch (HttpRequestException)
                {
                    unanswered.Add(message);
                    return;
                }

                if (acknowledged.Count > 1_000)
                {
                    many.TrySetResult();
                }
            }
        }));
        await Task.WhenAny(many.Task, publishing).WaitAsync(TimeSpan.FromSeconds(60));
        await server.KillAsync();
        await publishing;
        Assert.Equal(64, unanswered.Count);
        await server.StartProcessAsync();

        // Each unanswered one may or may not have been committed; asked again, it is there once.
        foreach (var message in unanswered)
        {
            acknowledged[message] = await ada.Client.PublishAsync(message, idempotencyKey: message);
        }

        var again = acknowledged.First();
        Assert.Equal(again.Value, await ada.Client.PublishAsync(again.Key, idempotencyKey: again.Key));
        using var stream = await EventReader.FollowAsync(server.Url, ada.Token, $"?topics=notifications&after={start}");
        Assert.Equal("ok", stream.Hello!.Resume);
        var last = await ada.Client.PublishAsync("last");
        var changes = await stream.ChangesAsync(change => change.Seq == last);
        Assert.Equal(
            acknowledged.Append(new("last", last)).Select(one => (one.Value, one.Key)).Order(),
            changes.Select(change => (change.Seq, change.Message)));
    }

    private protected abstract Task<TestDatabase> DatabaseAsync();
}

public sealed class CrashOnSqlite : CrashContract
{
    private protected override Task<TestDatabase> DatabaseAsync() => Task.FromResult(TestDatabase.Embedded);
}

public sealed class CrashOnPostgres : CrashContract
{
    private protected override Task<TestDatabase> DatabaseAsync() => TestDatabase.PostgresAsync();
}
