using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Conversations;

/// <summary>What is sent twice happens once.</summary>
public abstract class RepeatTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    [Fact]
    public async Task The_same_id_from_everywhere_at_once_is_one_message_and_one_run()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync());
        var path = $"/api/v1/sessions/{session}/messages";
        var readers = await Task.WhenAll(Enumerable.Range(0, 4).Select(index => ChatReader.OpenAsync(House.Server.Url, index % 2 == 0 ? ada.Token : ada.Page)));
        foreach (var reader in readers)
        {
            await reader.AttachedAsync(session);
        }

        for (var round = 0; round < 5; round++)
        {
            var id = $"same-{round}";
            var byHttp = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ada.Token.PostAsync(path, $$"""{"id":"{{id}}","message":"count to 2"}""")));
            var bySocket = Task.WhenAll(readers.Select(async reader =>
            {
                await reader.AskAsync(id, session, "count to 2");
                return (string)(await reader.UntilAsync("accepted", frame => (string)frame["id"]! == id))["messageId"]!;
            }));
            var ids = (await bySocket).Concat((await byHttp).Select(answer => (string)answer.Is(201).Json["message"]!["id"]!));
            Assert.Single(ids.Distinct());
        }

        foreach (var reader in readers)
        {
            await reader.EndsAsync(session, 5);
            await reader.PingAsync();
            Assert.Equal(10, reader.Of(session).Messages.Count);
            reader.Dispose();
        }

        var listed = (await ada.Token.GetAsync(path, [])).Is(200).Json["messages"]!.AsArray();
        Assert.Equal(10, listed.Count);
        Assert.Equal(5, House.InDatabase(sql => sql.Number("SELECT count(*) FROM runs WHERE session_id = $1", session)));
    }

    [Fact]
    public async Task An_id_belongs_to_its_person_and_its_session_and_keeps_its_first_words()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var project = await ada.ProjectWithAsync(bob);
        var (session, other) = (await ada.SessionAsync(project), await ada.SessionAsync(project));
        var first = await SayAsync(ada, session, "count to 1");
        var again = await SayAsync(ada, session, "other words");
        Assert.Equal(first.Text, again.Text);
        string[] ids = [Id(first), Id(await SayAsync(bob, session, "count to 1")), Id(await SayAsync(ada, other, "count to 1"))];
        Assert.Equal(3, ids.Distinct().Count());
        await ada.Token.UntilAsync($"/api/v1/sessions/{session}/messages", list => list["messages"]!.AsArray().Count == 4);

        // Its answer does not make it another.
        var late = await SayAsync(ada, session, "count to 1");
        Assert.Equal(ids[0], Id(late));

        static Task<Answer> SayAsync(Resident person, string session, string words) =>
            person.Token.PostAsync($"/api/v1/sessions/{session}/messages", $$"""{"id":"one","message":"{{words}}"}""");
        static string Id(Answer answer) => (string)answer.Is(201).Json["message"]!["id"]!;
    }

    [Fact]
    public async Task A_session_that_is_begun_twice_under_one_key_is_one_session()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var project = await ada.ProjectAsync();
        var begun = await Task.WhenAll(Enumerable.Range(0, 8).Select(index => BeginAsync(index % 2 == 0 ? ada.Token : ada.Page, "key")));
        var session = Assert.Single(begun.Select(Id).Distinct());
        await ada.Token.UntilAsync($"/api/v1/sessions/{session}/messages", list => list["messages"]!.AsArray().Count == 2);
        Assert.Equal(session, Id(await BeginAsync(ada.Token, "key")));
        Assert.NotEqual(session, Id(await BeginAsync(ada.Token, "another")));
        Assert.NotEqual(session, Id(await BeginAsync(bob.Token, "key")));
        Assert.NotEqual(Id(await BeginAsync(ada.Token, null)), Id(await BeginAsync(ada.Token, null)));
        Assert.Equal(5, (await ada.Token.GetAsync($"/api/v1/sessions?projectId={project}", [])).Json["sessions"]!.AsArray().Count);
        Assert.Equal(1, House.InDatabase(sql => sql.Number("SELECT count(*) FROM runs WHERE session_id = $1", session)));
        (await BeginAsync(ada.Token, new string('x', 129))).IsProblem(400, "INVALID_SESSION").Names("Idempotency-Key");
        (await BeginAsync(ada.Token, "")).IsProblem(400, "INVALID_SESSION").Names("Idempotency-Key");

        // A key stands for what was asked first, and a token of one project has keys of its own.
        (await BeginAsync(ada.Token, "key", "count to 3")).IsProblem(409, "IDEMPOTENCY_KEY_REUSED");
        using var bound = await ada.TokenAsync(project, Scopes.Read, Scopes.Run);
        Assert.NotEqual(session, Id(await BeginAsync(bound, "key")));

        Task<Answer> BeginAsync(HttpClient with, string? key, string message = "count to 2") => with.PostAsync(
            "/api/v1/sessions", $$"""{"projectId":"{{project}}","agent":"demo","message":"{{message}}"}""", key is null ? [] : [(WellKnown.IdempotencyKeyHeader, key)]);
        static string Id(Answer answer) => (string)answer.Is(201).Json["session"]!["id"]!;
    }
}

public sealed class RepeatTestsOnSqlite(Houses houses) : RepeatTests(houses, postgres: false);

public sealed class RepeatTestsOnPostgres(Houses houses) : RepeatTests(houses, postgres: true);
