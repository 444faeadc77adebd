using System.Reflection;
using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Conversations;

/// <summary>
/// Every door through which an agent of this server can be started, told something, stopped or brought back. Whoever adds one lists it here
/// and says whether it leads there; those that do take a token with <c>run</c>, a member of the project, and a person who may use the agent.
/// </summary>
public abstract class RunDoorTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    private const bool Leads = true;

    private static readonly Dictionary<string, bool> Requests = new()
    {
        ["POST /api/v1/sessions"] = Leads,
        ["POST /api/v1/sessions/{id}/stop"] = Leads,
        ["POST /api/v1/sessions/{id}/restore"] = Leads,
        ["POST /api/v1/sessions/{id}/messages"] = Leads,
        ["PATCH /api/v1/sessions/{id}"] = false,
        ["DELETE /api/v1/sessions/{id}"] = false,
        ["POST /api/v1/sessions/{id}/messages/take"] = false,
        ["POST /api/v1/sessions/{id}/messages/delivered"] = false,
        // Takes back the caller's own words, which is no more than never to have written them.
        ["DELETE /api/v1/sessions/{id}/messages/{messageId}"] = false,
        ["POST /api/v1/sessions/{id}/activity"] = false,
        ["PUT /api/v1/sessions/{id}/subscription"] = false,
        ["DELETE /api/v1/sessions/{id}/subscription"] = false,
        ["PUT /api/v1/sessions/{id}/pull-requests/{provider}/{owner}/{repo}/{number}"] = false,
    };

    private static readonly Dictionary<string, bool> Frames = new()
    {
        [ChatRequests.Attach] = false,
        [ChatRequests.Detach] = false,
        [ChatRequests.Send] = Leads,
        [ChatRequests.Stop] = Leads,
        [ChatRequests.Ping] = false,
    };

    private static readonly Dictionary<string, bool> Actions = new()
    {
        [ActionKinds.OpenSession] = false,
        [ActionKinds.OpenPullRequest] = false,
        [ActionKinds.OpenReview] = false,
        [ActionKinds.OpenChecks] = false,
        [ActionKinds.RestoreSession] = Leads,
        [ActionKinds.SendMessage] = Leads,
        [ActionKinds.MergePullRequest] = false,
        [ActionKinds.MarkRead] = false,
        [ActionKinds.Dismiss] = false,
    };

    [Fact]
    public async Task Every_door_is_listed()
    {
        var paths = (await House.Server.Anonymous.GetAsync("/openapi/v1.json", [])).Is(200).Json["paths"]!.AsObject();
        Assert.Equal(
            Requests.Keys.Order(),
            paths.Where(path => path.Key.StartsWith("/api/v1/sessions", StringComparison.Ordinal))
                .SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}"))
                .Where(operation => !operation.StartsWith("GET ", StringComparison.Ordinal)).Order());
        Assert.Equal(
            Frames.Keys.Order(),
            typeof(ChatRequests).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.Name != nameof(ChatRequests.Subprotocol))
                .Select(field => (string)field.GetRawConstantValue()!).Order());
        Assert.Equal(Actions.Keys.Order(), ActionKinds.All.Order());
    }

    [Fact]
    public async Task A_token_that_only_publishes_opens_none_of_them()
    {
        var ada = await House.AddAsync();
        using var hook = await ada.TokenAsync(scopes: [Scopes.Read, Scopes.Publish, Scopes.Tickets]);
        await RefusesAsync(ada, hook, ada, "SCOPE_MISSING");
        (await hook.PostAsync("/api/v1/sessions", $$"""{"projectId":"{{await ada.ProjectAsync()}}","agent":"demo"}""")).IsProblem(403, "SCOPE_MISSING").Names("run");
    }

    [Fact]
    public async Task Who_is_no_member_opens_none_of_them_in_somebody_elses_session()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        await RefusesAsync(ada, bob.Token, bob, "MEMBERS_ONLY");

        // A member may, also without being the owner.
        var session = await ada.SessionAsync(await ada.ProjectWithAsync(bob));
        (await bob.Token.PostAsync($"/api/v1/sessions/{session}/messages", """{"id":"m1","message":"count to 2"}""")).Is(201);
        (await bob.Token.PostAsync($"/api/v1/sessions/{session}/stop", "{}")).Is(200);
        (await bob.Token.PostAsync($"/api/v1/sessions/{session}/restore", "{}")).Is(200);
    }

    [Fact]
    public async Task An_agent_elsewhere_is_told_with_the_scope_of_its_hooks()
    {
        var ada = await House.AddAsync();
        using var hook = await ada.TokenAsync(scopes: [Scopes.Publish]);
        using var runner = await ada.TokenAsync(scopes: [Scopes.Run]);
        var session = House.NewName("elsewhere");
        await ada.ReportAsync(session, "idle", $"\"projectId\":\"{await ada.ProjectAsync()}\"");
        (await hook.PostAsync($"/api/v1/sessions/{session}/messages", """{"id":"m1","message":"Hello"}""")).Is(201);
        (await runner.PostAsync($"/api/v1/sessions/{session}/messages", """{"id":"m2","message":"Hello"}""")).IsProblem(403, "SCOPE_MISSING").Names("publish");
    }

    /// <summary>Tries every door that leads to an agent; none opens, and nothing has happened.</summary>
    private async Task RefusesAsync(Resident owner, HttpClient token, Resident addressee, string code)
    {
        var project = await owner.ProjectAsync();
        var (session, ended) = (await owner.SessionAsync(project), await owner.SessionAsync(project));
        (await owner.Token.PostAsync($"/api/v1/sessions/{ended}/stop", "{}")).Is(200);
        using var talk = await ChatReader.OpenAsync(House.Server.Url, owner.Token);
        await talk.AttachedAsync(session);
        await talk.AskAsync("m1", session, "count to 100000");
        await talk.UntilAsync("chunk");
        var before = Runs(project);

        foreach (var (request, _) in Requests.Where(request => request.Value == Leads && request.Key != "POST /api/v1/sessions"))
        {
            var at = request.EndsWith("restore", StringComparison.Ordinal) ? ended : session;
            var refused = await token.PostAsync(
                request.Split(' ')[1].Replace("{id}", at, StringComparison.Ordinal), request.EndsWith("messages", StringComparison.Ordinal) ? """{"id":"x1","message":"Hi"}""" : "{}");
            refused.IsProblem(403, code);
        }

        using (var socket = await ChatReader.OpenAsync(House.Server.Url, token))
        {
            await socket.AttachedAsync(session);
            foreach (var (frame, _) in Frames.Where(frame => frame.Value == Leads))
            {
                await socket.SendAsync($$"""{"type":"{{frame}}","id":"x2","sessionId":"{{session}}"{{(frame == ChatRequests.Send ? ",\"message\":\"Hi\"" : "")}}}""");
                Assert.Equal(code, (string)(await socket.UntilAsync("error"))["code"]!);
            }
        }

        foreach (var (kind, _) in Actions.Where(action => action.Value == Leads))
        {
            var published = (await owner.Token.PostAsync(
                "/api/v1/notifications",
                $$"""
                {"type":"t","priority":"action","message":"m","to":["{{addressee.Name}}"],"projectId":"{{project}}",
                 "sessionId":"{{(kind == ActionKinds.RestoreSession ? ended : session)}}","actions":[{"id":"do","kind":"{{kind}}","label":"Do it"}]}
                """)).Is(201).Json;
            var alert = published["notification"] ?? published["notifications"]![0]!;
            (await addressee.PressAsync(alert, "do", kind == ActionKinds.SendMessage ? """{"text":"Hi"}""" : "{}", token)).IsProblem(403, code);
        }

        Assert.Equal(before, Runs(project));
        Assert.Equal("working", await ActivityAsync(owner, session));
        Assert.Equal("killed", await ActivityAsync(owner, ended));
        (await owner.Token.PostAsync($"/api/v1/sessions/{session}/stop", "{}")).Is(200);
    }

    private long Runs(string project) => House.InDatabase(sql => sql.Number(
        "SELECT count(*) FROM runs WHERE session_id IN (SELECT id FROM sessions WHERE project_id = $1)", project));

    private static async Task<string> ActivityAsync(Resident owner, string session) =>
        (string)(await owner.Token.GetAsync($"/api/v1/sessions/{session}", [])).Is(200).Json["session"]!["activity"]!;
}

public sealed class RunDoorTestsOnSqlite(Houses houses) : RunDoorTests(houses, postgres: false);

public sealed class RunDoorTestsOnPostgres(Houses houses) : RunDoorTests(houses, postgres: true);

/// <summary>Agents that run programs are for administrators, unless an operator says otherwise.</summary>
public sealed class AgentAudienceTests : IAsyncLifetime
{
    private House? _house;

    private House House => _house!;

    public async ValueTask InitializeAsync() => _house = await House.OpenAsync(TestDatabase.Embedded, new()
    {
        ["Agents:Command:Program"] = "cat",
        ["Agents:ClaudeCode:Program"] = "cat",
        ["Agents:ClaudeCode:Who"] = "everybody",
        ["Agents:Demo:Who"] = "Administrators",
    });

    public ValueTask DisposeAsync() => House.DisposeAsync();

    [Fact]
    public async Task The_list_says_who_may_use_which()
    {
        var (ada, root) = (await House.AddAsync(), await House.AddAsync(Roles.Admin));
        var hers = await AgentsAsync(ada.Token);
        Assert.Contains("is for administrators here", hers["demo"], StringComparison.Ordinal);
        Assert.Contains("is for administrators here", hers["command"], StringComparison.Ordinal);
        Assert.Null(hers["claude-code"]);
        Assert.Null((await AgentsAsync(root.Token))["command"]);
    }

    [Fact]
    public async Task Whoever_may_not_use_an_agent_neither_starts_nor_tells_nor_restores_it()
    {
        var (ada, root) = (await House.AddAsync(), await House.AddAsync(Roles.Admin));
        var project = await root.ProjectWithAsync(ada);
        (await ada.Page.PostAsync("/api/v1/sessions", $$"""{"projectId":"{{project}}","agent":"command"}""")).IsProblem(403, "AGENT_NOT_ALLOWED");
        (await ada.Token.PostAsync("/api/v1/sessions", $$"""{"projectId":"{{project}}","agent":"claude-code"}""")).Is(201);

        var session = await root.SessionAsync(project, agent: "command");
        (await ada.Page.PostAsync($"/api/v1/sessions/{session}/messages", """{"id":"m1","message":"Hi"}""")).IsProblem(403, "AGENT_NOT_ALLOWED");
        using var socket = await ChatReader.OpenAsync(House.Server.Url, ada.Token);
        await socket.AttachedAsync(session);
        await socket.AskAsync("m2", session, "Hi");
        Assert.Equal("AGENT_NOT_ALLOWED", (string)(await socket.UntilAsync("error"))["code"]!);

        // To stop it is no harm.
        (await ada.Page.PostAsync($"/api/v1/sessions/{session}/stop", "{}")).Is(200);
        (await ada.Page.PostAsync($"/api/v1/sessions/{session}/restore", "{}")).IsProblem(403, "AGENT_NOT_ALLOWED");
        Assert.Equal(0, House.InDatabase(sql => sql.Number("SELECT count(*) FROM runs WHERE session_id = $1", session)));
    }

    [Fact]
    public async Task Who_was_an_administrator_when_it_was_asked_is_refused_when_it_begins()
    {
        var root = await House.AddAsync(Roles.Admin);
        var session = await root.SessionAsync(await root.ProjectAsync(), agent: "command");
        (await House.Admin.PatchAsync($"/api/v1/users/{root.Name}", """{"role":"member"}""")).Is(200);
        (await root.Token.PostAsync($"/api/v1/sessions/{session}/messages", """{"id":"m1","message":"Hi"}""")).IsProblem(403, "AGENT_NOT_ALLOWED");

        // One that waited in the queue meanwhile.
        House.InDatabase(sql =>
        {
            sql.Execute(
                "INSERT INTO messages (seq, id, session_id, role, text, person_id, run_id, created_at) SELECT max(seq) + 1, 'msg_q', $1, 'person', 'Hi', owner_id, 'run_q', 0 FROM changes, sessions WHERE sessions.id = $1", session);
            return sql.Execute(
                "INSERT INTO runs (id, seq, session_id, message_id, person_id, status, created_at) SELECT 'run_q', 1, id, 'msg_q', owner_id, 'queued', 0 FROM sessions WHERE id = $1", session);
        });
        await root.Token.UntilAsync(
            $"/api/v1/sessions/{session}/messages",
            list => list["messages"]!.AsArray().Any(message => ((string)message!["text"]!).Contains("is for administrators here", StringComparison.Ordinal)));
    }

    private static async Task<Dictionary<string, string?>> AgentsAsync(HttpClient client) =>
        (await client.GetAsync("/api/v1/agents", [])).Is(200).Json["agents"]!.AsArray().ToDictionary(agent => (string)agent!["name"]!, agent => (string?)agent!["unavailable"]);
}
