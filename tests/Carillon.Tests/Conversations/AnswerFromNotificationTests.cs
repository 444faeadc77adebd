using Carillon.Accounts;
using Carillon.Http;

namespace Carillon.Conversations;

/// <summary>The bell rings, the person answers from the alert, and the alert takes itself back.</summary>
public abstract class AnswerFromNotificationTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    [Fact]
    public async Task A_question_is_answered_from_its_alert_which_then_resolves_by_itself()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var session = await ada.SessionAsync(project, "\"message\":\"ask\"");
        var alert = await ada.AlertAsync("session.needs_input", resolved: false);
        Assert.Equal(("urgent", session), ((string)alert["event"]!["priority"]!, (string)alert["event"]!["sessionId"]!));
        Assert.Equal(["open-session", "send-message"], alert["actions"]!.AsArray().Select(action => (string)action!["kind"]!));

        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        var answer = (await ada.PressAsync(alert, "send-message", """{"text":"count to 3"}""")).Is(200);
        Assert.Equal($"/projects/{project}/sessions/{session}", (string)answer.Json["result"]!["route"]!);
        var said = await reader.UntilAsync("message");
        Assert.Equal(("person", "count to 3", ada.Name), ((string)said["role"]!, (string)said["text"]!, (string)said["by"]!));
        await ada.AlertAsync("session.needs_input", resolved: true);
        await reader.UntilAsync("complete");

        // Pressed twice, or repeated by a network: one answer.
        (await ada.PressAsync(alert, "send-message", """{"text":"count to 3"}""")).Is(200);
        var listed = (await ada.Token.GetAsync($"/api/v1/sessions/{session}/messages", [])).Is(200).Json["messages"]!.AsArray();
        Assert.Single(listed, message => (string)message!["text"]! == "count to 3");
    }

    [Fact]
    public async Task An_agent_that_failed_is_restored_from_its_alert()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync(), "\"message\":\"fail\"");
        var alert = await ada.AlertAsync("session.exited", resolved: false);
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        (await ada.PressAsync(alert, "restore-session", "{}")).Is(200);
        Assert.Equal("failed", (string)(await reader.UntilAsync("complete"))["status"]!);
    }

    [Fact]
    public async Task An_answer_is_told_of_in_plain_words()
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync(), "\"message\":\"**Hello**, `snake_case`\"");
        var alert = await ada.AlertAsync("run.finished", resolved: false);
        Assert.StartsWith(
            "Agent is idle — your turn: You said: Hello, snake_case I am the demo agent. I need no key", (string)alert["event"]!["message"]!, StringComparison.Ordinal);
        var words = (string)(await ada.Token.GetAsync($"/api/v1/sessions/{session}", [])).Is(200).Json["session"]!["message"]!;
        Assert.StartsWith("You said:\n\nHello, snake_case\n\nI am the demo agent.", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_who_may_talk_to_agents_answers_them()
    {
        var ada = await House.AddAsync();
        await ada.SessionAsync(await ada.ProjectAsync(), "\"message\":\"ask\"");
        var alert = await ada.AlertAsync("session.needs_input", resolved: false);
        using var reading = await ada.TokenAsync(scopes: "read");
        (await ada.PressAsync(alert, "send-message", """{"text":"yes"}""", reading)).IsProblem(403, "SCOPE_MISSING");
        (await ada.PressAsync(alert, "send-message", "{}")).IsProblem(400, "INVALID_REQUEST");
        (await ada.PressAsync(alert, "send-message", """{"text":"  "}""")).IsProblem(400, "INVALID_REQUEST");
    }
}

public sealed class AnswerFromNotificationTestsOnSqlite(Houses houses) : AnswerFromNotificationTests(houses, postgres: false);

public sealed class AnswerFromNotificationTestsOnPostgres(Houses houses) : AnswerFromNotificationTests(houses, postgres: true);
