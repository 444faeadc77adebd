using System.Buffers.Text;
using System.Security.Cryptography;
using Carillon.Accounts;
using Carillon.Http;

namespace Carillon.Conversations;

/// <summary>Two servers on one PostgreSQL: a conversation is the same on both.</summary>
public sealed class ChatClusterTests : IAsyncLifetime
{
    private House? _house;
    private CarillonServer? _other;

    private House A => _house!;

    private CarillonServer B => _other!;

    public async ValueTask InitializeAsync()
    {
        var database = await TestDatabase.PostgresAsync();
        Dictionary<string, string?> settings = new()
        {
            ["Secret"] = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)),
            ["Chat:MaxRuns"] = "2",
            ["Agents:Demo:Pause"] = "00:00:00.01",
        };
        _house = await House.OpenAsync(database, settings);
        _other = await CarillonServer.StartAsync(database, settings);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in new IAsyncDisposable?[] { _house, _other }.OfType<IAsyncDisposable>())
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_run_of_one_node_is_seen_and_stopped_on_the_other_and_both_share_the_places()
    {
        var ada = await A.AddAsync();
        using var onB = B.WithToken(ada.Token.DefaultRequestHeaders.Authorization!.Parameter!);
        var project = await ada.ProjectAsync();
        using var atA = await ChatReader.OpenAsync(A.Server.Url, ada.Token);
        using var atB = await ChatReader.OpenAsync(B.Url, onB);

        // Nobody at B has asked for it before.
        var session = await ada.SessionAsync(project);
        await atA.AttachedAsync(session);
        await atA.AskAsync("m1", session, "count to 100000");
        var run = (string)(await atA.UntilAsync("chunk"))["runId"]!;
        await atB.AttachedAsync(session, 0);
        await atB.UntilAsync("snapshot");
        await atB.UntilAsync("chunk");
        await atB.UntilAsync("chunk");

        // Come again elsewhere: what was shown at A is in the first thing that B says.
        for (var round = 0; round < 5; round++)
        {
            await atA.UntilAsync("chunk");
            await atA.DetachedAsync(session);
            using var moved = await ChatReader.OpenAsync(B.Url, onB, new() { [session] = atA.Of(session) });
            await moved.ResumeAsync(session);
            await moved.UntilAsync("snapshot");
            moved.Cut();
            await atA.ResumeAsync(session);
        }

        // The second place goes to B, and the third run waits for either.
        var second = await SessionAsync(onB, project, "count to 100000");
        var third = await SessionAsync(onB, project, "count to 30");
        await ada.Token.UntilAsync($"/api/v1/sessions/{second}", one => (string)one["session"]!["activity"]! == "working");
        Assert.Equal(1, (int)(await ada.Token.GetAsync($"/api/v1/sessions/{third}", [])).Is(200).Json["session"]!["queuePosition"]!);
        await atB.AttachedAsync(third, 0);
        await atA.AttachedAsync(third, 0);

        await atB.StopAsync(session);
        foreach (var reader in (ChatReader[])[atA, atB])
        {
            await reader.EndsAsync(session, 1);
            Assert.Equal("stopped", reader.Of(session).Ends[0].Status);
            Assert.Equal(atA.TextOf(run), reader.TextOf(run));
        }

        await atA.EndsAsync(third, 1);
        await atB.EndsAsync(third, 1);
        Assert.Equal(atA.TextOf(atA.Of(third).Ends[0].Run), atB.TextOf(atB.Of(third).Ends[0].Run));
        await atA.StopAsync(second);
        await ada.Token.UntilAsync($"/api/v1/sessions/{second}", one => (string)one["session"]!["activity"]! == "idle");
    }

    [Fact]
    public async Task A_node_that_was_killed_leaves_its_runs_to_the_other_and_what_was_shown_stands()
    {
        var ada = await A.AddAsync();
        using var onB = B.WithToken(ada.Token.DefaultRequestHeaders.Authorization!.Parameter!);
        var project = await ada.ProjectAsync();
        var session = await ada.SessionAsync(project);
        using var atA = await ChatReader.OpenAsync(A.Server.Url, ada.Token);
        using var atB = await ChatReader.OpenAsync(B.Url, onB);
        await atA.AttachedAsync(session);
        await atB.AttachedAsync(session);
        await atA.AskAsync("m1", session, "count to 100000");
        await atA.AskAsync("m2", session, "count to 5");
        var run = (string)(await atA.UntilAsync("chunk"))["runId"]!;
        await atB.UntilAsync("chunk");
        await A.Server.KillAsync();
        await atA.ClosedAsync();

        // Its lease would run out within 30 seconds.
        A.InDatabase(sql => sql.Execute("UPDATE runs SET lease_until = 1 WHERE status = 'running' AND ended_at IS NULL"));
        await atB.EndsAsync(session, 2);
        Assert.Equal(["failed", "completed"], atB.Of(session).Ends.Select(end => end.Status));
        Assert.StartsWith(atA.TextOf(run), atB.TextOf(run), StringComparison.Ordinal);
        Assert.Equal("1 2 3 4 5", atB.TextOf(atB.Of(session).Ends[1].Run).Trim());

        // Whoever was at A goes on at B.
        using var moved = await ChatReader.OpenAsync(B.Url, onB, new() { [session] = atA.Of(session) });
        await moved.ResumeAsync(session);
        await moved.EndsAsync(session, 2);
        Assert.Equal(atB.Of(session).Messages.Keys, moved.Of(session).Messages.Keys);
    }

    [Fact]
    public async Task An_agent_elsewhere_that_waits_at_one_node_is_handed_what_is_said_at_the_other_and_nobody_else_is()
    {
        var ada = await A.AddAsync();
        using var onB = B.WithToken(ada.Token.DefaultRequestHeaders.Authorization!.Parameter!);
        var project = await ada.ProjectAsync();
        await ada.ReportAsync($"s-{project}", "idle", $"\"projectId\":\"{project}\"");
        var path = $"/api/v1/sessions/s-{project}/messages";
        using var atA = await ChatReader.OpenAsync(A.Server.Url, ada.Token);
        await atA.AttachedAsync($"s-{project}");
        var waiting = onB.PostAsync($"{path}/take", """{"wait":25}""");
        (await ada.Token.PostAsync(path, """{"id":"m","message":"go on"}""")).Is(201);
        var message = Assert.Single((await waiting).Is(200).Json["messages"]!.AsArray())!;
        Assert.Empty((await ada.Token.PostAsync($"{path}/take", "{}")).Is(200).Json["messages"]!.AsArray());
        (await onB.PostAsync($"{path}/delivered", $$"""{"ids":["{{message["id"]}}"]}""")).Is(200);
        Assert.Equal((string)message["id"]!, (string)(await atA.UntilAsync("delivered"))["messageId"]!);
    }

    private static async Task<string> SessionAsync(HttpClient with, string project, string message) =>
        (string)(await with.PostAsync("/api/v1/sessions", $$"""{"projectId":"{{project}}","agent":"demo","message":"{{message}}"}""")).Is(201).Json["session"]!["id"]!;
}
