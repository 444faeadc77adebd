using Carillon.Accounts;
using Carillon.Conversations;
using Carillon.Http;

namespace Carillon.Sessions;

/// <summary>Who reports for a session that the server runs: its owner, and the run that answers in it, through the token that it was given.</summary>
public abstract class SpeakerTests(bool postgres)
{
    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Agents:Command:Program"] = "sh",
        ["Agents:Command:Arguments:0"] = "-c",
        ["Agents:Command:Arguments:1"] = "echo \"token=$CARILLON_TOKEN=\"; exec sleep 600",
        ["Agents:Command:Who"] = "everybody",
    };

    [Fact]
    public async Task Only_the_owner_and_the_runs_own_pass_report_for_a_session_of_the_server()
    {
        await using var house = await House.OpenAsync(postgres ? await TestDatabase.PostgresAsync() : TestDatabase.Embedded, Settings);
        var (ada, bob) = (await house.AddAsync(), await house.AddAsync());
        var project = await ada.ProjectAsync();
        (await ada.Page.CallAsync("PUT", $"/api/v1/projects/{project}/members/{bob.Name}")).Is(204);
        var (session, other) = (await ada.SessionAsync(project, agent: "command"), await ada.SessionAsync(project, agent: "command"));

        // Bob asks, so the run is bob's; it speaks for ada's session all the same.
        using var reader = await ChatReader.OpenAsync(house.Server.Url, bob.Token);
        await reader.AttachedAsync(session);
        await reader.AskAsync("m", session, "begin");
        var said = (string)(await reader.UntilAsync("chunk", frame => ((string)frame["text"]!).Contains("=\n", StringComparison.Ordinal)))["text"]!;
        using var pass = house.Server.WithToken(said.Split('=')[1]);
        Assert.StartsWith("car_", said.Split('=')[1], StringComparison.Ordinal);

        (await ReportAsync(pass, session)).Is(200);
        (await pass.PutAsync(session)).Is(200);
        (await ReportAsync(ada.Token, session)).Is(200);
        (await ReportAsync(bob.Token, session)).IsProblem(403, "SESSION_OWNER_ONLY");
        (await bob.Token.PutAsync(session)).IsProblem(403, "SESSION_OWNER_ONLY");
        (await ReportAsync(pass, other)).IsProblem(403, "SESSION_OWNER_ONLY");
        (await pass.PutAsync(other)).IsProblem(403, "SESSION_OWNER_ONLY");

        // A run of ada's own speaks for no other session either, though ada owns both; a session elsewhere is its person's.
        await reader.StopAsync(session);
        await reader.EndsAsync(session, 1);
        using var owner = await ChatReader.OpenAsync(house.Server.Url, ada.Token);
        await owner.AttachedAsync(session);
        await owner.AskAsync("m2", session, "begin");
        said = (string)(await owner.UntilAsync("chunk", frame => ((string)frame["text"]!).Contains("=\n", StringComparison.Ordinal)))["text"]!;
        using var own = house.Server.WithToken(said.Split('=')[1]);
        (await ReportAsync(own, session)).Is(200);
        (await ReportAsync(own, other)).IsProblem(403, "SESSION_OWNER_ONLY");
        (await ReportAsync(own, $"child-of-{session}")).Is(200);

        // It deletes nothing, not even what it began itself.
        foreach (var id in (string[])[session, other, $"child-of-{session}"])
        {
            (await own.CallAsync("DELETE", $"/api/v1/sessions/{id}")).IsProblem(403, "SCOPE_MISSING");
        }

        await owner.StopAsync(session);
        await owner.EndsAsync(session, 1);

        // It ended with its run.
        (await ReportAsync(own, session)).IsProblem(401, "SIGN_IN_REQUIRED");
    }

    private static Task<Answer> ReportAsync(HttpClient client, string session) =>
        client.PostAsync($"/api/v1/sessions/{session}/activity", """{"activity":"working"}""");
}

public sealed class SpeakerOnSqliteTests() : SpeakerTests(postgres: false);

public sealed class SpeakerOnPostgresTests() : SpeakerTests(postgres: true);
