using System.Buffers.Text;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Carillon.Protocol;
using Npgsql;

namespace Carillon.Changes;

/// <summary>Nodes on one PostgreSQL, and what it does to them.</summary>
public sealed class ClusterTests
{
    // The writers' lock (PostgresDialect.BeginWrite).
    private const long WriteLock = 4741020911;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Streams_on_every_node_see_what_all_nodes_publish_once_and_in_order()
    {
        await using var database = await TestDatabase.PostgresAsync();
        var settings = Settings();
        await using var a = await CarillonServer.StartAsync(database, settings);
        await using var b = await CarillonServer.StartAsync(database, settings);
        var ada = await a.MayorAsync();
        using var onB = b.WithToken(ada.Token);
        var start = await ada.Client.PublishAsync("start");
        using var liveOnA = await EventReader.FollowAsync(a.Url, ada.Token, "?topics=notifications");
        using var liveOnB = await EventReader.FollowAsync(b.Url, ada.Token, $"?topics=notifications&after={start}");

        var published = await Task.WhenAll(Enumerable.Range(0, 32).Select(async writer =>
        {
            var seqs = new List<long>();
            for (var index = 0; index < 15; index++)
            {
                seqs.Add(await (writer % 2 == 0 ? ada.Client : onB).PublishAsync($"{writer}/{index}"));
            }

            return seqs;
        }));
        var last = await onB.PublishAsync("last");
        var acknowledged = published.SelectMany(seqs => seqs).Append(last).Order().ToList();

        Assert.Equal(acknowledged, (await liveOnA.ChangesAsync(change => change.Seq == last)).Select(change => change.Seq));
        Assert.Equal(acknowledged, (await liveOnB.ChangesAsync(change => change.Seq == last)).Select(change => change.Seq));

        // A position travels: what one node gave, the other goes on from, even before it has read so far itself.
        for (var index = 0; index < 20; index++)
        {
            var seq = await ada.Client.PublishAsync($"travels {index}");
            using var moved = await EventReader.FollowAsync(b.Url, ada.Token, $"?topics=notifications&after={seq}");
            Assert.Equal("ok", moved.Hello!.Resume);
        }
    }

    [Fact]
    public async Task A_revoked_token_ends_its_streams_on_the_other_node_too()
    {
        await using var database = await TestDatabase.PostgresAsync();
        var settings = Settings();
        await using var a = await CarillonServer.StartAsync(database, settings);
        await using var b = await CarillonServer.StartAsync(database, settings);
        var ada = await a.MayorAsync();
        var token = await a.TokenAsync(ada, [Scopes.Read]);
        using var onB = b.WithToken(token.Token);
        using var stream = await EventReader.FollowAsync(b.Url, token.Token);

        using var signedIn = a.WithCookie(ada.Cookie);
        using var revoked = await signedIn.DeleteAsync($"/api/v1/tokens/{token.Id}");
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);

        Assert.Equal("""{"code":"AUTH_EXPIRED"}""", (await stream.ToEndAsync())[^1].Data);
        using var refused = await onB.GetAsync("/api/v1/me");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task A_commit_that_is_held_back_holds_back_what_comes_after_it_and_nothing_is_skipped()
    {
        await using var database = await TestDatabase.PostgresAsync();
        await using var server = await CarillonServer.StartAsync(database);
        var ada = await server.MayorAsync();
        using var stream = await EventReader.FollowAsync(server.Url, ada.Token);
        var me = await ada.Client.GetFromJsonAsync("/api/v1/me", CarillonJson.Default.CurrentPerson);
        var head = await ada.Client.PublishAsync("before");

        // Another writer takes the next seq and does not commit yet.
        await using var source = NpgsqlDataSource.Create(database.Connection!);
        await using var other = await source.OpenConnectionAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await ExecuteAsync(other, $"SELECT pg_advisory_xact_lock({WriteLock})");
        await ExecuteAsync(other, $$"""
            INSERT INTO changes (seq, type, topic, person_id, payload, created_at)
            VALUES ({{head + 1}}, 'held_back', 'tickets', '{{me!.Id}}', '{}', 0)
            """);
        var publishing = Task.WhenAll(Enumerable.Range(0, 10).Select(index => ada.Client.PublishAsync($"{index}")));
        await UntilAsync(source, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted", count => count > 0);
        Assert.False(publishing.IsCompleted);
        await transaction.CommitAsync();

        var seqs = await publishing;
        var seen = await stream.ChangesAsync(12);
        Assert.Equal(Enumerable.Range(0, 12).Select(index => head + index), seen.Select(change => change.Seq));
        Assert.Equal("held_back", seen[1].Event);
        Assert.Equal(seqs.Order(), seen.Skip(2).Select(change => change.Seq));
    }

    [Fact]
    public async Task A_node_whose_doorbell_was_cut_still_delivers_and_gets_its_doorbell_back()
    {
        await using var database = await TestDatabase.PostgresAsync();
        var settings = Settings();
        await using var a = await CarillonServer.StartAsync(database, settings);
        await using var b = await CarillonServer.StartAsync(database, settings);
        var ada = await a.MayorAsync();
        using var onB = b.WithToken(ada.Token);
        using var stream = await EventReader.FollowAsync(b.Url, ada.Token, "?topics=notifications");
        await using var source = NpgsqlDataSource.Create(database.Connection!);
        const string Listening = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
        await UntilAsync(source, $"SELECT count(*) {Listening}", count => count == 2);

        await using (var cut = source.CreateCommand($"SELECT pg_terminate_backend(pid) {Listening}"))
        {
            await cut.ExecuteNonQueryAsync();
        }

        await ada.Client.PublishAsync("no bell rang");
        Assert.Equal("no bell rang", (await stream.ChangeAsync())!.Message);
        await UntilAsync(source, $"SELECT count(*) {Listening}", count => count == 2);
        await ada.Client.PublishAsync("it rings again");
        Assert.Equal("it rings again", (await stream.ChangeAsync())!.Message);
    }

    [Fact]
    public async Task While_PostgreSQL_is_away_the_answer_is_503_and_afterwards_everything_goes_on()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var database = await TestDatabase.NewAsync(postgres);
        await using var server = await CarillonServer.StartAsync(database);
        var ada = await server.MayorAsync();
        var before = await ada.Client.PublishAsync("before");
        using var stream = await EventReader.FollowAsync(server.Url, ada.Token, "?topics=notifications");

        await postgres.StopAsync();
        var away = System.Diagnostics.Stopwatch.StartNew();
        for (var attempt = 0; attempt < 100; attempt++)
        {
            using var refused = await ada.Client.TryPublishAsync("lost");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Equal("UNAVAILABLE", (await refused.Content.ReadFromJsonAsync(CarillonJson.Default.Problem))!.Code);
        }

        using (var list = await ada.Client.GetAsync("/api/v1/notifications"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, list.StatusCode);
        }

        using (var other = await EventReader.OpenAsync(server.Url, ada.Token))
        {
            Assert.Equal(503, other.Status);
        }

        // However many are refused, the log says it once a second, and without its inside.
        Assert.DoesNotContain("   at ", server.Log, StringComparison.Ordinal);
        Assert.InRange(server.Log.Split("The database is unavailable").Length - 1, 1, 2 + (int)away.Elapsed.TotalSeconds);
        await postgres.StartAgainAsync();
        using var patience = new CancellationTokenSource(Patience);
        HttpStatusCode status;
        do
        {
            patience.Token.ThrowIfCancellationRequested();
            using var answer = await ada.Client.TryPublishAsync("after");
            status = answer.StatusCode;
        }
        while (status == HttpStatusCode.ServiceUnavailable);

        Assert.Equal(HttpStatusCode.Created, status);

        // The stream that was open all the time gets it, and nothing that was refused.
        Assert.Equal("after", (await stream.ChangeAsync())!.Message);
        using var replay = await EventReader.FollowAsync(server.Url, ada.Token, $"?topics=notifications&after={before - 1}");
        Assert.Equal(["before", "after"], (await replay.ChangesAsync(2)).Select(change => change.Message));
        using var ready = await server.Anonymous.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    private static Dictionary<string, string?> Settings() => new()
    {
        ["Secret"] = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)),
        ["Changes:Window"] = "16",
    };

    private static async Task UntilAsync(NpgsqlDataSource source, string count, Func<long, bool> isThere)
    {
        using var patience = new CancellationTokenSource(Patience);
        await using var command = source.CreateCommand(count);
        while (!isThere((long)(await command.ExecuteScalarAsync(patience.Token))!))
        {
            patience.Token.ThrowIfCancellationRequested();
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
