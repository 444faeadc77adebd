using Carillon.Accounts;
using Carillon.Http;

namespace Carillon.Sessions;

public abstract class SubscriptionTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    [Fact]
    public async Task A_bell_is_rung_on_and_off_by_whoever_sees_the_session()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var (open, closed) = (await ada.ProjectAsync(), await ada.ProjectAsync(closed: true));
        await ada.ReportAsync($"s-{open}", "working", $"\"projectId\":\"{open}\"");
        await ada.ReportAsync($"s-{closed}", "working", $"\"projectId\":\"{closed}\"");
        var ids = $"s-{open},s-{closed},nothing";
        Assert.Equal($$"""{"s-{{open}}":true,"s-{{closed}}":true}""", await StatesAsync(ada, ids));
        Assert.Equal($$"""{"s-{{open}}":false}""", await StatesAsync(bob, ids));

        using var reader = await bob.TokenAsync(null, "read");
        foreach (var _ in new[] { 1, 2 })
        {
            (await reader.CallAsync("PUT", $"/api/v1/sessions/s-{open}/subscription")).Is(204);
        }

        Assert.Equal($$"""{"s-{{open}}":true}""", await StatesAsync(bob, ids));
        Assert.Equal($$"""{"s-{{open}}":true,"s-{{closed}}":true}""", await StatesAsync(ada, ids));
        foreach (var _ in new[] { 1, 2 })
        {
            (await bob.Page.CallAsync("DELETE", $"/api/v1/sessions/s-{open}/subscription")).Is(204);
        }

        Assert.Equal($$"""{"s-{{open}}":false}""", await StatesAsync(bob, ids));
        var hidden = (await bob.Token.CallAsync("PUT", $"/api/v1/sessions/s-{closed}/subscription")).IsProblem(404, "SESSION_NOT_FOUND");
        Assert.Equal(hidden.Text, (await bob.Token.CallAsync("PUT", "/api/v1/sessions/nothing/subscription")).Text);
        (await bob.Token.CallAsync("DELETE", $"/api/v1/sessions/s-{closed}/subscription")).IsProblem(404, "SESSION_NOT_FOUND");
        (await House.Server.Anonymous.CallAsync("PUT", $"/api/v1/sessions/s-{open}/subscription")).IsProblem(401, "SIGN_IN_REQUIRED");
    }

    [Fact]
    public async Task Everybody_chooses_what_they_are_told_and_an_owner_who_does_not_is_told_everything()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var session = $"s-{await ada.ProjectAsync()}";
        await ada.ReportAsync(session, "working", $"\"projectId\":\"{session[2..]}\"");
        var path = $"/api/v1/sessions/{session}/subscription";
        await ModesAreAsync("all", "off");
        foreach (var person in new[] { ada, bob })
        {
            foreach (var (body, mode) in new[] { ("""{"mode":"needs_me"}""", "needs_me"), ("""{"mode":"all"}""", "all"), ("""{"mode":"needs_me"}""", "needs_me"), ("{}", "all"), (null, "off"), ("", "all") })
            {
                (body is null ? await person.Token.CallAsync("DELETE", path) : await person.Token.CallAsync("PUT", path, body.Length == 0 ? null : body)).Is(204);
                Assert.Equal(mode, await ModeAsync(person));
            }
        }

        (await ada.Token.CallAsync("DELETE", path)).Is(204);
        (await bob.Token.CallAsync("PUT", path, """{"mode":"needs_me"}""")).Is(204);
        foreach (var wrong in new[] { "off", "ALL", "", "loud" })
        {
            (await bob.Token.CallAsync("PUT", path, $$"""{"mode":"{{wrong}}"}""")).IsProblem(400, "INVALID_BELL_MODE").Names("\"all\" or \"needs_me\"");
        }

        (await bob.Token.CallAsync("PUT", path, """{"mode":7}""")).IsProblem(400, "INVALID_REQUEST").Names("mode");
        (await bob.Token.CallAsync("PUT", path, """{"mode":"all","loud":true}""")).IsProblem(400, "INVALID_REQUEST").Names("loud");
        using var words = new StringContent("all");
        (await bob.Token.SendAsync("PUT", path, words)).IsProblem(415, "NOT_JSON");
        using var nothing = new StringContent("", null, "application/json");
        (await ada.Token.SendAsync("PUT", path, nothing)).Is(204);
        (await ada.Token.CallAsync("DELETE", path)).Is(204);
        await ModesAreAsync("off", "needs_me");
        Assert.Equal($$"""{"{{session}}":false}""", await StatesAsync(ada, session));
        Assert.Equal($$"""{"{{session}}":true}""", await StatesAsync(bob, session));

        // A row of before there was a choice.
        House.InDatabase(sql => sql.Execute("DELETE FROM subscriptions WHERE session_id = $1", session));
        House.InDatabase(sql => sql.Execute("INSERT INTO subscriptions (session_id, user_id) VALUES ($1, $2)", session, bob.Id));
        await ModesAreAsync("all", "all");

        async Task<string?> ModeAsync(Resident person) =>
            (string?)(await person.Token.GetAsync($"/api/v1/sessions/subscriptions?ids={session}", [])).Is(200).Json["modes"]![session];

        async Task ModesAreAsync(string ofOwner, string ofOther) => Assert.Equal((ofOwner, ofOther), (await ModeAsync(ada), await ModeAsync(bob)));
    }

    [Fact]
    public async Task One_request_asks_about_200_sessions_at_most()
    {
        var ada = await House.AddAsync();
        Assert.Equal("{}", await StatesAsync(ada, ""));
        Assert.Equal("{}", await StatesAsync(ada, string.Join(',', Enumerable.Range(0, 200))));
        (await ada.Token.GetAsync($"/api/v1/sessions/subscriptions?ids={string.Join(',', Enumerable.Range(0, 201))}", [])).IsProblem(400, "INVALID_REQUEST").Names("ids");
        Assert.Equal("""{"subscriptions":{},"modes":{}}""", (await ada.Token.GetAsync("/api/v1/sessions/subscriptions", [])).Is(200).Text);
    }

    private static async Task<string> StatesAsync(Resident person, string ids) =>
        (await person.Token.GetAsync($"/api/v1/sessions/subscriptions?ids={ids}", [])).Is(200).Json["subscriptions"]!.ToJsonString();
}

public sealed class SubscriptionOnSqliteTests(Houses houses) : SubscriptionTests(houses, postgres: false);

public sealed class SubscriptionOnPostgresTests(Houses houses) : SubscriptionTests(houses, postgres: true);
