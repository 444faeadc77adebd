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
        Assert.Equal($$"""{"s-{{open}}":false,"s-{{closed}}":false}""", await StatesAsync(ada, ids));
        Assert.Equal($$"""{"s-{{open}}":false}""", await StatesAsync(bob, ids));

        using var reader = await bob.TokenAsync(null, "read");
        foreach (var _ in new[] { 1, 2 })
        {
            (await reader.CallAsync("PUT", $"/api/v1/sessions/s-{open}/subscription")).Is(204);
        }

        Assert.Equal($$"""{"s-{{open}}":true}""", await StatesAsync(bob, ids));
        Assert.Equal($$"""{"s-{{open}}":false,"s-{{closed}}":false}""", await StatesAsync(ada, ids));
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
    public async Task One_request_asks_about_200_sessions_at_most()
    {
        var ada = await House.AddAsync();
        Assert.Equal("{}", await StatesAsync(ada, ""));
        Assert.Equal("{}", await StatesAsync(ada, string.Join(',', Enumerable.Range(0, 200))));
        (await ada.Token.GetAsync($"/api/v1/sessions/subscriptions?ids={string.Join(',', Enumerable.Range(0, 201))}", [])).IsProblem(400, "INVALID_REQUEST").Names("ids");
        Assert.Equal("""{"subscriptions":{}}""", (await ada.Token.GetAsync("/api/v1/sessions/subscriptions", [])).Is(200).Text);
    }

    private static async Task<string> StatesAsync(Resident person, string ids) =>
        (await person.Token.GetAsync($"/api/v1/sessions/subscriptions?ids={ids}", [])).Is(200).Json["subscriptions"]!.ToJsonString();
}

public sealed class SubscriptionOnSqliteTests(Houses houses) : SubscriptionTests(houses, postgres: false);

public sealed class SubscriptionOnPostgresTests(Houses houses) : SubscriptionTests(houses, postgres: true);
