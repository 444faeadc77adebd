using System.Diagnostics;
using System.Text.Json.Nodes;
using Carillon.Accounts;
using Carillon.Http;

namespace Carillon.Conversations;

/// <summary>Agents that run elsewhere: they fetch what their owner says to them.</summary>
public abstract class ElsewhereTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    [Fact]
    public async Task What_an_agent_asks_is_answered_from_its_alert_and_reaches_it_once()
    {
        var ada = await House.AddAsync();
        var session = await SessionAsync(ada, "working");
        using var reader = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await reader.AttachedAsync(session);
        await ada.ReportAsync(session, "waiting_input", "\"message\":\"Deploy to production?\"");
        var asked = await reader.UntilAsync("message");
        Assert.Equal(("agent", "Deploy to production?"), ((string)asked["role"]!, (string)asked["text"]!));

        var alert = await ada.AlertAsync("session.needs_input", resolved: false);
        Assert.Equal(["open-session", "send-message"], alert["actions"]!.AsArray().Select(action => (string)action!["kind"]!));
        (await ada.PressAsync(alert, "send-message", """{"text":"yes"}""")).Is(200);
        var said = await reader.UntilAsync("message");
        Assert.Equal(("person", "yes", ada.Name, "waiting", null), ((string)said["role"]!, (string)said["text"]!, (string)said["by"]!, (string)said["status"]!, (string?)said["runId"]));
        Assert.Equal(1, (int)(await ReportAsync(ada, session, "waiting_input"))["messagesWaiting"]!);

        var taken = await TakeAsync(ada, session);
        Assert.Equal(("waiting_input", "yes"), ((string)taken["activity"]!, (string)Assert.Single(taken["messages"]!.AsArray())!["text"]!));
        Assert.Empty((await TakeAsync(ada, session))["messages"]!.AsArray());

        // Nothing but the agent's word resolves the alert.
        Assert.Null((await ada.AlertAsync("session.needs_input", resolved: false))["resolvedAt"]);
        var answer = await ConfirmAsync(ada, session, (string)said["id"]!);
        Assert.Equal(("working", 0), ((string)answer["session"]!["activity"]!, (int)answer["messagesWaiting"]!));
        Assert.Equal((string)said["id"]!, (string)(await reader.UntilAsync("delivered"))["messageId"]!);
        await ada.AlertAsync("session.needs_input", resolved: true);

        // Twice is once, and what was never said is passed over.
        await ada.ReportAsync(session, "idle");
        Assert.Equal("idle", (string)(await ConfirmAsync(ada, session, (string)said["id"]!, "msg_of_nobody"))["session"]!["activity"]!);
        var listed = await MessagesAsync(ada, session);
        Assert.Equal([null, "delivered"], listed.Select(message => (string?)message!["status"]));
    }

    [Fact]
    public async Task What_was_fetched_and_not_acknowledged_is_handed_out_again()
    {
        var ada = await House.AddAsync();
        var session = await SessionAsync(ada, "idle");
        await SayAsync(ada, session, "m1", "first");
        await SayAsync(ada, session, "m1", "first");
        await SayAsync(ada, session, "m2", "second");
        var first = (await TakeAsync(ada, session))["messages"]!.AsArray();
        Assert.Equal(["first", "second"], first.Select(message => (string)message!["text"]!));
        await ConfirmAsync(ada, session, (string)first[0]!["id"]!);
        Assert.Empty((await TakeAsync(ada, session))["messages"]!.AsArray());

        // As if ten seconds had passed.
        House.InDatabase(sql => sql.Execute("UPDATE messages SET offered_until = 1 WHERE session_id = $1", session));
        Assert.Equal(["second"], (await TakeAsync(ada, session))["messages"]!.AsArray().Select(message => (string)message!["text"]!));
    }

    [Fact]
    public async Task Many_who_fetch_at_once_get_each_message_once_between_them_and_in_order()
    {
        var ada = await House.AddAsync();
        var session = await SessionAsync(ada, "working");
        for (var number = 0; number < 50; number++)
        {
            await SayAsync(ada, session, $"m{number}", $"{number}");
        }

        var got = new List<string>();
        while (got.Count < 50)
        {
            // Whoever has nothing was told that somebody else has it in hand.
            var taken = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => TakeAsync(ada, session)));
            var messages = Assert.Single(taken, one => one["messages"]!.AsArray().Count > 0)["messages"]!.AsArray();
            got.AddRange(messages.Select(message => (string)message!["text"]!));
            await ConfirmAsync(ada, session, [.. messages.Select(message => (string)message!["id"]!)]);
        }

        Assert.Equal(Enumerable.Range(0, 50).Select(number => $"{number}"), got);
    }

    [Fact]
    public async Task Whoever_waits_is_answered_as_soon_as_something_is_said()
    {
        var ada = await House.AddAsync();
        var session = await SessionAsync(ada, "idle");
        var other = await SessionAsync(ada, "idle");
        var waiting = TakeAsync(ada, session, wait: 25);
        await SayAsync(ada, other, "o", "not for you");
        await SayAsync(ada, session, "m", "for you");
        Assert.Equal("for you", (string)Assert.Single((await waiting)["messages"]!.AsArray())!["text"]!);

        // Nothing newer is handed to anybody while this is on its way, and whoever waits for it has it as soon as it is confirmed.
        await SayAsync(ada, session, "n", "and this");
        Assert.Empty((await TakeAsync(ada, session))["messages"]!.AsArray());
        waiting = TakeAsync(ada, session, wait: 25);
        await ConfirmAsync(ada, session, [.. (await MessagesAsync(ada, session)).Where(message => (string)message!["text"]! == "for you").Select(message => (string)message!["id"]!)]);
        var next = await waiting;
        if (next["messages"]!.AsArray().Count == 0)
        {
            // It was told that the session works now.
            Assert.Equal("working", (string)next["activity"]!);
            next = await TakeAsync(ada, session);
        }

        Assert.Equal("and this", (string)Assert.Single(next["messages"]!.AsArray())!["text"]!);

        // What it does meanwhile is told at once too.
        waiting = TakeAsync(ada, other, wait: 25);
        var foreign = Assert.Single((await waiting)["messages"]!.AsArray())!;
        Assert.Equal("not for you", (string)foreign["text"]!);

        // What is not confirmed comes again after a while, which on a busy machine is soon.
        await ConfirmAsync(ada, other, (string)foreign["id"]!);
        waiting = TakeAsync(ada, other, wait: 25);
        await ada.ReportAsync(other, "exited");
        var told = await waiting;
        Assert.Equal((0, "exited"), (told["messages"]!.AsArray().Count, (string)told["activity"]!));

        var began = Stopwatch.GetTimestamp();
        Assert.Empty((await TakeAsync(ada, session, wait: 1))["messages"]!.AsArray());
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0.9, 60);
        (await ada.Token.PostAsync($"/api/v1/sessions/{session}/messages/take", """{"wait":26}""")).IsProblem(400, "INVALID_MESSAGE");
        (await ada.Token.PostAsync($"/api/v1/sessions/{session}/messages/take", """{"wait":-1}""")).IsProblem(400, "INVALID_MESSAGE");
        (await ada.Token.PostAsync($"/api/v1/sessions/{session}/messages/delivered", """{"ids":[]}""")).IsProblem(400, "INVALID_MESSAGE");
    }

    [Fact]
    public async Task Whoever_loses_the_token_while_waiting_is_handed_nothing()
    {
        var ada = await House.AddAsync();
        var session = await SessionAsync(ada, "idle");
        var lost = await ada.NewTokenAsync(null, null, "publish");
        using var thief = House.Server.WithToken((string)lost["token"]!);
        var waiting = thief.PostAsync($"/api/v1/sessions/{session}/messages/take", """{"wait":25}""");
        (await ada.Page.CallAsync("DELETE", $"/api/v1/tokens/{lost["id"]}")).Is(204);
        await SayAsync(ada, session, "m", "a secret");
        (await waiting).IsProblem(401, "SIGN_IN_REQUIRED");
        Assert.Single((await TakeAsync(ada, session))["messages"]!.AsArray());
    }

    [Theory]
    [InlineData("exited")]
    [InlineData("killed")]
    [InlineData("blocked")]
    public async Task What_a_message_does_not_change_stays_as_it_is(string activity)
    {
        var ada = await House.AddAsync();
        var session = await SessionAsync(ada, activity);
        await SayAsync(ada, session, "m", "go on");
        var taken = (await TakeAsync(ada, session))["messages"]!.AsArray();
        Assert.Equal(activity, (string)(await ConfirmAsync(ada, session, (string)taken[0]!["id"]!))["session"]!["activity"]!);
    }

    [Fact]
    public async Task Nobody_but_its_owner_tells_an_agent_on_another_machine_what_to_do()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var session = await SessionAsync(ada, "waiting_input");
        var path = $"/api/v1/sessions/{session}/messages";
        (await bob.Token.PostAsync(path, """{"id":"m","message":"rm -rf"}""")).IsProblem(403, "SESSION_OWNER_ONLY");
        (await bob.Token.PostAsync($"{path}/take", "{}")).IsProblem(403, "SESSION_OWNER_ONLY");
        (await bob.Token.PostAsync($"{path}/delivered", """{"ids":["m"]}""")).IsProblem(403, "SESSION_OWNER_ONLY");
        using var outsider = await ChatReader.OpenAsync(House.Server.Url, bob.Token);
        await outsider.AskAsync("m", session, "rm -rf");
        Assert.Equal("SESSION_OWNER_ONLY", (string)(await outsider.NextAsync("error"))["code"]!);
        using var reading = await ada.TokenAsync(scopes: "read");
        (await reading.PostAsync($"{path}/take", "{}")).IsProblem(403, "SCOPE_MISSING");

        // Hidden is unknown, and what the server runs it tells itself.
        var hidden = await SessionAsync(ada, "idle", closed: true);
        var unknown = (await bob.Token.PostAsync("/api/v1/sessions/nothing/messages/take", "{}")).IsProblem(404, "SESSION_NOT_FOUND");
        Assert.Equal(unknown.Text, (await bob.Token.PostAsync($"/api/v1/sessions/{hidden}/messages/take", "{}")).IsProblem(404, "SESSION_NOT_FOUND").Text);
        var hosted = await ada.SessionAsync(await ada.ProjectAsync());
        (await ada.Token.PostAsync($"/api/v1/sessions/{hosted}/messages/take", "{}")).IsProblem(409, "SESSION_HOSTED");
        Assert.Equal(0, (int)(await ReportAsync(ada, hosted, "idle"))["messagesWaiting"]!);
        await SayAsync(ada, session, "m", "only mine");
        Assert.Single((await TakeAsync(ada, session))["messages"]!.AsArray());
    }

    [Fact]
    public async Task What_an_agent_says_when_it_stops_stands_in_its_conversation()
    {
        var ada = await House.AddAsync();
        var session = await SessionAsync(ada, "starting", "Setting up");
        await ada.ReportAsync(session, "working", "\"message\":\"Reading files\"");
        await ada.ReportAsync(session, "blocked", "\"message\":\"Claude needs your permission to use Bash\"");
        await ada.ReportAsync(session, "blocked", "\"message\":\"Claude needs your permission to use Bash\"");
        await ada.ReportAsync(session, "working");
        await ada.ReportAsync(session, "idle", "\"message\":\"All done.\"");
        await ada.ReportAsync(session, "idle");
        await ada.ReportAsync(session, "exited");
        var listed = (await ada.Token.GetAsync($"/api/v1/sessions/{session}/messages", [])).Is(200).Json["messages"]!.AsArray();
        Assert.Equal(
            [("system", "Claude needs your permission to use Bash"), ("agent", "All done.")],
            listed.Select(message => ((string)message!["role"]!, (string)message["text"]!)));

        // A permission is given where it is asked for.
        var inbox = (await ada.InboxAsync())["notifications"]!.AsArray().Single(row => (string)row!["event"]!["type"]! == "session.blocked")!;
        Assert.Equal(["open-session"], inbox["actions"]!.AsArray().Select(action => (string)action!["kind"]!));

        // What runs here is not heard twice: its answers are messages already.
        var hosted = await ada.SessionAsync(await ada.ProjectAsync());
        await ada.ReportAsync(hosted, "waiting_input", "\"message\":\"Which one?\"");
        Assert.Empty((await ada.Token.GetAsync($"/api/v1/sessions/{hosted}/messages", [])).Is(200).Json["messages"]!.AsArray());
    }

    [Fact]
    public async Task The_command_asks_and_prints_what_the_person_answers()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var environment = new Dictionary<string, string?>
        {
            ["CARILLON_URL"] = House.Server.Url.ToString(),
            ["CARILLON_TOKEN"] = ada.Token.DefaultRequestHeaders.Authorization!.Parameter,
            ["CARILLON_PROJECT"] = project,
            ["CARILLON_SESSION"] = null,
        };
        var asking = CarillonServer.RunProgramAsync(null, environment, "ask", "Deploy to production?");
        var alert = await ada.AlertAsync("session.needs_input", resolved: false);
        Assert.Equal(
            ("Deploy to production?", "Agent needs input to continue.", project),
            ((string)alert["event"]!["title"]!, (string)alert["event"]!["message"]!, (string)alert["event"]!["projectId"]!));
        (await ada.PressAsync(alert, "send-message", """{"text":"Not today,\nit is Friday."}""")).Is(200);
        Assert.Equal((0, "Not today,\nit is Friday.\n", string.Empty), await asking);
        await ada.AlertAsync("session.needs_input", resolved: true);
        var session = (await ada.Token.GetAsync($"/api/v1/sessions?projectId={project}", [])).Is(200).Json["sessions"]!.AsArray().Single()!;
        Assert.Equal(("exited", "Deploy to production?"), ((string)session["activity"]!, (string)session["title"]!));
        Assert.Single((await ada.InboxAsync($"?projectId={project}"))["notifications"]!.AsArray());
    }

    [Fact]
    public async Task A_question_that_has_ended_takes_no_more_words()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var session = $"s-{project}";
        var path = $"/api/v1/sessions/{session}/messages";
        await ada.ReportAsync(session, "waiting_input", $"\"projectId\":\"{project}\",\"agent\":\"carillon ask\",\"title\":\"**Deploy** now?\",\"message\":\"**Deploy**\\nnow?\"");
        var alert = await ada.AlertAsync("session.needs_input", resolved: false);
        Assert.Equal(("Deploy now?", "Agent needs input to continue."), ((string)alert["event"]!["title"]!, (string)alert["event"]!["message"]!));
        await SayAsync(ada, session, "m1", "yes");
        await ada.ReportAsync(session, "exited");
        (await ada.Token.PostAsync(path, """{"id":"m2","message":"too late"}""")).IsProblem(409, "QUESTION_ENDED");

        // What was said before may be repeated by a network.
        (await ada.Token.PostAsync(path, """{"id":"m1","message":"yes"}""")).Is(201);
    }

    [Fact]
    public async Task Titles_and_alerts_are_plain_text_and_the_conversation_keeps_the_Markdown()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var session = $"s-{project}";
        await ada.ReportAsync(session, "waiting_input", $"\"projectId\":\"{project}\",\"title\":\"Fix `crane.ts`\",\"message\":\"Is **this** right?\"");
        var known = (await ada.Token.GetAsync($"/api/v1/sessions/{session}", [])).Is(200).Json["session"]!;
        Assert.Equal(("Fix crane.ts", "Is this right?"), ((string)known["title"]!, (string)known["message"]!));
        Assert.Equal("Is **this** right?", (string)(await MessagesAsync(ada, session)).Single()!["text"]!);

        var published = (await ada.Token.PostAsync("/api/v1/notifications", """{"type":"x.y","priority":"info","title":"**Build** `12`","message":"See [the log](https://x.example/) of *main*."}""")).Is(201).Json["notification"]!;
        Assert.Equal(("Build 12", "See the log of main."), ((string)published["event"]!["title"]!, (string)published["event"]!["message"]!));
        Assert.Equal("**", (string)(await ada.Token.PostAsync("/api/v1/notifications", """{"type":"x.y","priority":"info","message":"**"}""")).Is(201).Json["notification"]!["event"]!["message"]!);

        var hosted = await ada.SessionAsync(project, "\"message\":\"# Count `3`\"");
        Assert.Equal("Count 3", (string)(await ada.Token.GetAsync($"/api/v1/sessions/{hosted}", [])).Is(200).Json["session"]!["title"]!);
    }

    private static async Task<string> SessionAsync(Resident owner, string activity, string? message = null, bool closed = false)
    {
        var project = await owner.ProjectAsync(closed);
        await owner.ReportAsync($"s-{project}", activity, $"\"projectId\":\"{project}\"{(message is null ? "" : $",\"message\":\"{message}\"")}");
        return $"s-{project}";
    }

    private static async Task<JsonNode> ReportAsync(Resident owner, string session, string activity) =>
        (await owner.Token.PostAsync($"/api/v1/sessions/{session}/activity", $$"""{"activity":"{{activity}}"}""")).Is(200).Json;

    private static async Task SayAsync(Resident owner, string session, string id, string text) =>
        (await owner.Token.PostAsync($"/api/v1/sessions/{session}/messages", $$"""{"id":"{{id}}","message":"{{text}}"}""")).Is(201);

    private static async Task<JsonArray> MessagesAsync(Resident owner, string session) =>
        (await owner.Token.GetAsync($"/api/v1/sessions/{session}/messages", [])).Is(200).Json["messages"]!.AsArray();

    private static async Task<JsonNode> TakeAsync(Resident owner, string session, int wait = 0) =>
        (await owner.Token.PostAsync($"/api/v1/sessions/{session}/messages/take", $$"""{"wait":{{wait}}}""")).Is(200).Json;

    private static async Task<JsonNode> ConfirmAsync(Resident owner, string session, params string[] ids) =>
        (await owner.Token.PostAsync($"/api/v1/sessions/{session}/messages/delivered", $$"""{"ids":["{{string.Join("\",\"", ids)}}"]}""")).Is(200).Json;
}

[AlsoNative]
public sealed class ElsewhereTestsOnSqlite(Houses houses) : ElsewhereTests(houses, postgres: false);

public sealed class ElsewhereTestsOnPostgres(Houses houses) : ElsewhereTests(houses, postgres: true);
