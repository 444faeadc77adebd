using Carillon.Accounts;
using Carillon.Http;

namespace Carillon.Conversations;

/// <summary>Messages that are taken back, and stops that leave nothing behind.</summary>
public abstract class WithdrawTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    [Fact]
    public async Task A_message_that_waits_for_its_turn_is_taken_back_and_never_answered()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        await reader.AskAsync("m1", session, "count to 100000");
        await reader.UntilAsync("chunk");
        await reader.AskAsync("m2", session, "count to 2");
        var waits = (string)(await reader.UntilAsync("message", frame => (string)frame["text"]! == "count to 2"))["id"]!;
        await reader.AskAsync("m3", session, "count to 3");
        await reader.UntilAsync("message", frame => (string)frame["text"]! == "count to 3");

        (await ada.Token.CallAsync("DELETE", $"/api/v1/sessions/{session}/messages/{waits}")).Is(204);
        Assert.Equal(waits, (string)(await reader.UntilAsync("withdrawn"))["messageId"]!);
        (await ada.Token.CallAsync("DELETE", $"/api/v1/sessions/{session}/messages/{waits}")).Is(204);

        // The network may repeat what was sent: it stays taken back.
        var again = (await ada.Token.PostAsync($"/api/v1/sessions/{session}/messages", """{"id":"m2","message":"count to 2"}""")).Is(201).Json["message"]!;
        Assert.Equal((waits, "withdrawn", ""), ((string)again["id"]!, (string)again["status"]!, (string)again["text"]!));
        await reader.StopAsync(session);
        await reader.UntilAsync("complete");
        await reader.UntilAsync("complete");
        Assert.Equal(["count to 100000", "count to 3"], await AskedAsync(ada, session));
        Assert.Equal("idle", (string)(await ada.Token.GetAsync($"/api/v1/sessions/{session}", [])).Is(200).Json["session"]!["activity"]!);
    }

    [Fact]
    public async Task Only_its_author_takes_a_message_back_and_only_until_the_agent_has_it()
    {
        var ada = await House.AddAsync();
        var bob = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectWithAsync(bob));
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        await reader.AskAsync("m1", session, "count to 100000");
        var runs = (string)(await reader.UntilAsync("message"))["id"]!;
        await reader.UntilAsync("chunk");
        await reader.AskAsync("m2", session, "count to 2");
        var waits = (string)(await reader.UntilAsync("message"))["id"]!;
        var path = $"/api/v1/sessions/{session}/messages";
        (await ada.Token.CallAsync("DELETE", $"{path}/{runs}")).IsProblem(409, "MESSAGE_TAKEN");
        (await bob.Token.CallAsync("DELETE", $"{path}/{waits}")).IsProblem(403, "MESSAGE_AUTHOR_ONLY");
        (await ada.Token.CallAsync("DELETE", $"{path}/msg_unknown")).IsProblem(404, "MESSAGE_NOT_FOUND");
        (await ada.Token.CallAsync("DELETE", $"/api/v1/sessions/{await ada.SessionAsync(await ada.ProjectAsync())}/messages/{waits}")).IsProblem(404, "MESSAGE_NOT_FOUND");
        await reader.SendAsync($$"""{"type":"stop","sessionId":"{{session}}","everything":true}""");
        await reader.EndsAsync(session, 2);
        await reader.PingAsync();
        Assert.All(reader.Of(session).Ends, end => Assert.Equal("stopped", end.Status));
        Assert.Equal(["count to 100000", "count to 2"], await AskedAsync(ada, session));
        await ada.Token.UntilAsync($"/api/v1/sessions/{session}", one => (string)one["session"]!["activity"]! == "idle");
    }

    [Fact]
    public async Task A_message_that_is_taken_back_while_its_turn_comes_is_either_gone_or_answered()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        var kept = 0;
        for (var round = 0; round < 12; round++)
        {
            await reader.AskAsync($"long{round}", session, "count to 100000");
            await reader.UntilAsync("chunk");
            await reader.AskAsync($"short{round}", session, "count to 2");
            var waits = (string)(await reader.UntilAsync("message", frame => (string)frame["text"]! == "count to 2"))["id"]!;
            await reader.StopAsync(session);
            var taken = await ada.Token.CallAsync("DELETE", $"/api/v1/sessions/{session}/messages/{waits}");
            kept += taken.Status == 204 ? 0 : 1;
            if (taken.Status != 204)
            {
                taken.IsProblem(409, "MESSAGE_TAKEN");
            }

            await reader.EndsAsync(session, round + 1 + kept);
            await ada.Token.UntilAsync($"/api/v1/sessions/{session}", one => (string)one["session"]!["activity"]! == "idle");
        }

        await reader.PingAsync();
        Assert.Equal(kept, reader.Of(session).Ends.Count(end => end.Status == "completed"));
        Assert.Equal(kept, (await AskedAsync(ada, session)).Count(text => text == "count to 2"));
    }

    [Fact]
    public async Task A_message_to_an_agent_elsewhere_is_taken_back_until_it_is_on_offer()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var path = $"/api/v1/sessions/s-{project}";
        await ada.ReportAsync($"s-{project}", "idle", $"\"projectId\":\"{project}\"");
        var first = await SayAsync("m1", "first");
        (await ada.Token.CallAsync("DELETE", $"{path}/messages/{first}")).Is(204);
        Assert.Empty((await ada.Token.PostAsync($"{path}/messages/take", "{}")).Is(200).Json["messages"]!.AsArray());
        var second = await SayAsync("m2", "second");
        Assert.Single((await ada.Token.PostAsync($"{path}/messages/take", "{}")).Is(200).Json["messages"]!.AsArray());
        (await ada.Token.CallAsync("DELETE", $"{path}/messages/{second}")).IsProblem(409, "MESSAGE_TAKEN");
        (await ada.Token.PostAsync($"{path}/messages/delivered", $$"""{"ids":["{{second}}"]}""")).Is(200);
        (await ada.Token.CallAsync("DELETE", $"{path}/messages/{second}")).IsProblem(409, "MESSAGE_TAKEN");

        async Task<string> SayAsync(string id, string text) =>
            (string)(await ada.Token.PostAsync($"{path}/messages", $$"""{"id":"{{id}}","message":"{{text}}"}""")).Is(201).Json["message"]!["id"]!;
    }

    private static async Task<IEnumerable<string>> AskedAsync(Resident who, string session) =>
        (await who.Token.GetAsync($"/api/v1/sessions/{session}/messages", [])).Is(200).Json["messages"]!.AsArray()
            .Where(message => (string)message!["role"]! == "person").Select(message => (string)message!["text"]!);
}

public sealed class WithdrawOnSqliteTests(Houses houses) : WithdrawTests(houses, postgres: false);

public sealed class WithdrawOnPostgresTests(Houses houses) : WithdrawTests(houses, postgres: true);
