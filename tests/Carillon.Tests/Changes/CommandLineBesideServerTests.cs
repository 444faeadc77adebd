using System.Net;
using Carillon.Protocol;

namespace Carillon.Changes;

/// <summary>The command line writes to the database of a running server, and the server notices.</summary>
public sealed class CommandLineBesideServerTests(SharedServerOnSqlite shared)
{
    [Fact]
    public async Task A_person_and_a_token_that_were_added_beside_the_server_work_at_once()
    {
        var server = await shared.ServerAsync();
        var mayor = await server.MayorAsync();
        var name = Town.NewName("added");

        using var added = await server.AddPersonAsync(name);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(added, default));
        await added.PublishAsync("I am here");
        await mayor.Client.PublishAsync("welcome", to: name);
    }

    [Fact]
    public async Task A_token_that_was_revoked_beside_the_server_ends_its_streams_and_its_requests()
    {
        var server = await shared.ServerAsync();
        var ada = await server.PersonAsync();
        var token = await server.TokenAsync(ada, [Scopes.Read]);
        using var client = server.WithToken(token.Token);
        using var stream = await EventReader.FollowAsync(server.Url, token.Token);

        var (code, _, error) = await server.RunAsync(null, "token", "revoke", token.Id, "--user", ada.Name);
        Assert.True(code == 0, error);

        // The stream's end says that the server knows.
        var frames = await stream.ToEndAsync();
        Assert.Equal("""{"code":"AUTH_EXPIRED"}""", frames[^1].Data);
        Assert.True(stream.EndedCleanly);
        using var refused = await client.GetAsync("/api/v1/me");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task Several_commands_at_once_beside_a_busy_server_all_succeed()
    {
        var server = await shared.ServerAsync();
        var ada = await server.PersonAsync();
        var publishing = Task.WhenAll(Enumerable.Range(0, 8).Select(async writer =>
        {
            for (var index = 0; index < 50; index++)
            {
                await ada.Client.PublishAsync($"{writer}/{index}");
            }
        }));

        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => server.RunAsync(null, "token", "create", "--user", ada.Name, "--scope", "read")));

        await publishing;
        Assert.All(results, result => Assert.True(result.ExitCode == 0, result.Error));
        foreach (var result in results)
        {
            using var client = server.WithToken(result.Output.Trim());
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, default));
        }
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, CancellationToken cancel)
    {
        using var me = await client.GetAsync("/api/v1/me", cancel);
        return me.StatusCode;
    }
}
