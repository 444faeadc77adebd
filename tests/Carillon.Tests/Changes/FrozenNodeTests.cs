using System.Buffers.Text;
using System.Diagnostics;
using System.Security.Cryptography;
using Carillon.Accounts;
using Carillon.Conversations;
using Carillon.Http;
using Npgsql;

namespace Carillon.Changes;

/// <summary>Nodes that freeze, are killed or stop, and what the others notice of it.</summary>
public sealed class FrozenNodeTests : IAsyncLifetime
{
    private TestDatabase? _database;
    private House? _house;
    private CarillonServer? _other;

    private House A => _house!;

    private CarillonServer B => _other!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.PostgresAsync();
        Dictionary<string, string?> settings = new()
        {
            ["Secret"] = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)),
            ["Chat:MaxRuns"] = "2",
            ["Agents:Demo:Pause"] = "00:00:00.01",
        };
        _house = await House.OpenAsync(_database, settings);
        _other = await CarillonServer.StartAsync(_database, settings);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in new IAsyncDisposable?[] { _house, _other }.OfType<IAsyncDisposable>())
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_node_that_wakes_up_never_greets_with_a_head_below_the_position_that_it_goes_on_from()
    {
        var ada = await A.AddAsync();
        var token = ada.Token.DefaultRequestHeaders.Authorization!.Parameter!;
        for (var round = 0; round < 8; round++)
        {
            // The connection is there before it freezes, so that the request waits in its socket.
            using var reader = await EventReader.ConnectAsync(B.Url);
            await SignalAsync(B, "STOP");
            long last;
            Task asking;
            try
            {
                last = (long)(await ada.PublishAsync())["seq"]!;
                asking = reader.RequestAsync(EventReader.Request(B.Url, token, $"?after={last}"));
            }
            finally
            {
                await SignalAsync(B, "CONT");
            }

            await asking;
            var hello = (await reader.EventAsync("hello")).Json;
            Assert.Equal("ok", hello.GetProperty("resume").GetString());
            Assert.True(hello.GetProperty("head").GetInt64() >= last);

            // And it goes on from there.
            var next = (long)(await ada.PublishAsync())["seq"]!;
            Assert.Equal(next, (await reader.ChangeAsync())!.Seq);
        }
    }

    [Fact]
    public async Task A_node_that_freezes_in_a_commit_holds_the_others_up_for_two_seconds_and_they_stay_ready()
    {
        var ada = await A.AddAsync();
        using var onB = B.WithToken(ada.Token.DefaultRequestHeaders.Authorization!.Parameter!);
        using var over = new CancellationTokenSource();
        var noise = Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            while (!over.IsCancellationRequested)
            {
                // What was in the frozen commit is refused; that is an answer too.
                await onB.PostAsync("/api/v1/notifications", """{"type":"t","priority":"info","message":"m"}""");
            }
        }));
        await using var source = NpgsqlDataSource.Create(_database!.Connection!);
        await FreezeInCommitAsync(source);
        try
        {
            var clock = Stopwatch.StartNew();
            var publishing = ada.PublishAsync();
            do
            {
                (await A.Server.Anonymous.GetAsync("/readyz", [])).Is(200);
            }
            while (!publishing.IsCompleted);

            await publishing;
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(8), $"It took {clock.Elapsed}");
        }
        finally
        {
            await SignalAsync(B, "CONT");
        }

        await over.CancelAsync();
        await noise;
        (await onB.PostAsync("/api/v1/notifications", """{"type":"t","priority":"info","message":"m"}""")).Is(201);
        (await B.Anonymous.GetAsync("/readyz", [])).Is(200);
    }

    [Fact]
    public async Task A_node_that_was_killed_and_is_back_ends_its_own_runs_before_their_lease_does()
    {
        var ada = await A.AddAsync();
        var project = await ada.ProjectAsync();
        const string Endless = "\"message\":\"count to 100000\"";
        string[] running = [await ada.SessionAsync(project, Endless), await ada.SessionAsync(project, Endless)];
        var waiting = await ada.SessionAsync(project, "\"message\":\"count to 3\"");
        foreach (var session in running)
        {
            await ada.Token.UntilAsync($"/api/v1/sessions/{session}/messages", one => one["messages"]!.AsArray().Count > 0);
            await UntilTakenAsync(session);
        }

        var clock = Stopwatch.StartNew();
        await A.Server.KillAsync();
        await A.Server.StartProcessAsync();
        foreach (var session in running)
        {
            await ada.Token.UntilAsync($"/api/v1/sessions/{session}", one => (string)one["session"]!["activity"]! == "exited");
        }

        await ada.Token.UntilAsync($"/api/v1/sessions/{waiting}", one => (string)one["session"]!["activity"]! == "idle");
        Assert.True(clock.Elapsed < Runs.RunQueue.Lease, $"It took {clock.Elapsed}");
    }

    [Fact]
    public async Task A_node_that_stops_under_new_messages_leaves_none_of_them_without_an_answer_or_an_end()
    {
        var ada = await A.AddAsync();
        var project = await ada.ProjectAsync();
        var begun = 0;
        var sending = Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            while (true)
            {
                try
                {
                    var answer = await ada.Token.PostAsync("/api/v1/sessions", $$"""{"projectId":"{{project}}","agent":"demo","message":"silent"}""");
                    if (answer.Status != 201)
                    {
                        return;
                    }

                    Interlocked.Increment(ref begun);
                }
                catch (HttpRequestException)
                {
                    return;
                }
            }
        }));
        while (Volatile.Read(ref begun) < 20)
        {
            await Task.Yield();
        }

        var clock = Stopwatch.StartNew();
        await A.Server.StopAsync();
        await sending;

        // The other node has them now: nothing waits for the lease of a node that said goodbye.
        await using var source = NpgsqlDataSource.Create(_database!.Connection!);
        await using var open = source.CreateCommand("SELECT count(*) FROM runs WHERE ended_at IS NULL");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while ((long)(await open.ExecuteScalarAsync(patience.Token))! > 0)
        {
            await look.WaitForNextTickAsync(patience.Token);
        }

        Assert.True(clock.Elapsed < Runs.RunQueue.Lease, $"It took {clock.Elapsed}");
    }

    private async Task UntilTakenAsync(string session)
    {
        using var reader = await ChatReader.OpenAsync(A.Server.Url, A.Admin);
        await reader.AttachedAsync(session, 0);
        await reader.UntilAsync("chunk");
    }

    /// <summary>Freezes the second node at a moment at which it holds the lock of all writers.</summary>
    private async Task FreezeInCommitAsync(NpgsqlDataSource source)
    {
        const string Held = """
            SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE locktype = 'advisory' AND granted AND state = 'idle in transaction' AND datname = current_database()
            """;
        await using var held = source.CreateCommand(Held);
        for (var attempt = 0; attempt < 500; attempt++)
        {
            await SignalAsync(B, "STOP");
            if ((long)(await held.ExecuteScalarAsync())! > 0)
            {
                return;
            }

            await SignalAsync(B, "CONT");
        }

        Assert.Fail("It never froze in a commit");
    }

    private static async Task SignalAsync(CarillonServer server, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{server.ProcessId}"]);
        await kill.WaitForExitAsync();
    }
}
