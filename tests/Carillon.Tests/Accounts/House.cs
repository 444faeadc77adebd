using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Accounts;

/// <summary>A running server with an administrator, shared by tests that make people and projects of their own.</summary>
internal sealed class House : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private static int _count;

    private House(CarillonServer server, TestDatabase database, HttpClient admin)
    {
        Server = server;
        _database = database;
        Admin = admin;
    }

    public CarillonServer Server { get; }

    /// <summary>The first administrator, with a token that may do everything.</summary>
    public HttpClient Admin { get; }

    public static async Task<House> OpenAsync(TestDatabase database, Dictionary<string, string?>? settings = null, string? folder = null)
    {
        var server = await CarillonServer.StartAsync(database, settings, folder);
        return new House(server, database, (await server.MayorAsync("root")).Client);
    }

    public static string NewName(string like) => string.Create(CultureInfo.InvariantCulture, $"{like}-{Interlocked.Increment(ref _count)}");

    /// <summary>Somebody new, signed in in a browser and with a token that reads, publishes and runs.</summary>
    public async Task<Resident> AddAsync(string role = Roles.Member)
    {
        var name = NewName("ada");
        var added = (await Admin.PostAsync("/api/v1/users", $$"""{"name":"{{name}}","password":"password-of-{{name}}","role":"{{role}}"}""")).Is(201);
        var page = await SignInAsync(name);
        var me = (await page.GetAsync("/api/v1/me", [])).Is(200).Json;
        var resident = new Resident(this, name, (string)added.Json["user"]!["id"]!, (string)me["pushId"]!, page);
        return resident with { Token = await resident.TokenAsync(scopes: [Scopes.Read, Scopes.Publish, Scopes.Run]) };
    }

    /// <summary>Signs in from an address of its own: attempts that are under way count for their address until they succeed.</summary>
    public async Task<HttpClient> SignInAsync(string name, string? password = null)
    {
        var number = Interlocked.Increment(ref _count);
        using var client = From(string.Create(CultureInfo.InvariantCulture, $"10.0.{number / 256}.{number % 256}"));
        var answer = (await client.PostAsync("/api/v1/sign-in", $$"""{"name":"{{name}}","password":"{{password ?? $"password-of-{name}"}}"}""")).Is(204);
        var page = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = Server.Url };
        page.DefaultRequestHeaders.Add("Cookie", answer.Header("Set-Cookie")!.Split(';')[0]);
        page.DefaultRequestHeaders.Add("Origin", Server.Url.GetLeftPart(UriPartial.Authority));
        return page;
    }

    /// <summary>A client whose failures count for an address of its own.</summary>
    public HttpClient From(string address)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = Server.Url };
        client.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        return client;
    }

    /// <summary>Looks into the database itself.</summary>
    public T InDatabase<T>(Func<Statements, T> work)
    {
        var dialect = Dialect.For(_database.Connection ?? "Data Source=carillon.db", Server.Folder);
        using var connection = dialect.CreateWriter();
        connection.Open();
        using var statements = new Statements(connection, dialect);
        return work(statements);
    }

    /// <summary>Appends a change as another node would: under the lock of all writers.</summary>
    public void Append(string type, string topic, string projectId, string sessionId, byte[] payload) => InDatabase(sql =>
    {
        sql.Execute(Dialect.For(_database.Connection ?? "Data Source=carillon.db", Server.Folder).BeginWrite);
        sql.Execute(
            "INSERT INTO changes (seq, type, topic, project_id, session_id, payload, created_at) SELECT max(seq) + 1, $1, $2, $3, $4, $5, $6 FROM changes",
            type, topic, projectId, sessionId, payload, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        return sql.Execute("COMMIT");
    });

    public ValueTask DisposeAsync()
    {
        Admin.Dispose();
        return Server.DisposeAsync();
    }
}

/// <summary>A person of a house.</summary>
internal sealed record Resident(House House, string Name, string Id, string PushId, HttpClient Page)
{
    public HttpClient Token { get; init; } = Page;

    public string Password => $"password-of-{Name}";

    public async Task<HttpClient> TokenAsync(string? project = null, params string[] scopes) => House.Server.WithToken((string)(await NewTokenAsync(project, null, scopes))["token"]!);

    public async Task<JsonNode> NewTokenAsync(string? project, DateTimeOffset? expiresAt, params string[] scopes)
    {
        var wanted = new JsonObject
        {
            ["name"] = "test",
            ["scopes"] = new JsonArray([.. scopes.Select(scope => (JsonNode)scope)]),
            ["projectId"] = project,
            ["expiresAt"] = expiresAt is { } end ? UtcTimeConverter.Text(end) : null,
        };
        return (await Page.PostAsync("/api/v1/tokens", wanted.ToJsonString())).Is(201).Json;
    }

    public async Task<string> ProjectAsync(bool closed = false)
    {
        var id = House.NewName("project");
        (await Token.PostAsync("/api/v1/projects", $$"""{"id":"{{id}}","name":"The {{id}}","closed":{{(closed ? "true" : "false")}}}""")).Is(201);
        return id;
    }

    /// <summary>Begins a session that runs on the server; returns its id.</summary>
    /// <summary>An open project that these are members of too.</summary>
    public async Task<string> ProjectWithAsync(params Resident[] others)
    {
        var project = await ProjectAsync();
        foreach (var other in others)
        {
            (await Page.CallAsync("PUT", $"/api/v1/projects/{project}/members/{other.Name}")).Is(204);
        }

        return project;
    }

    public async Task<string> SessionAsync(string project, string members = "", string agent = "demo") =>
        (string)(await Token.PostAsync("/api/v1/sessions", $$"""{"projectId":"{{project}}","agent":"{{agent}}"{{(members.Length > 0 ? "," : "")}}{{members}}}"""))
            .Is(201).Json["session"]!["id"]!;

    public async Task<JsonNode> PublishAsync(string members = "", HttpClient? with = null) =>
        (await (with ?? Token).PostAsync("/api/v1/notifications", $$"""{"type":"build.failed","priority":"action","message":"It broke"{{(members.Length > 0 ? "," : "")}}{{members}}}"""))
            .Is(201).Json["notification"]!;

    public async Task<JsonNode> InboxAsync(string query = "") => (await Token.GetAsync($"/api/v1/notifications{query}", [])).Is(200).Json;

    /// <summary>Waits for an alert of this type by the stream, as every surface does.</summary>
    public async Task<JsonNode> AlertAsync(string type, bool resolved)
    {
        using var stream = await EventReader.OpenAsync(House.Server.Url, Token.DefaultRequestHeaders.Authorization!.Parameter!, "?after=0&topics=notifications");
        while (true)
        {
            var alert = JsonNode.Parse((await stream.ChangeAsync())!.Data!)!["payload"]!["notification"]!;
            if ((string)alert["event"]!["type"]! == type && alert["resolvedAt"] is not null == resolved)
            {
                return alert;
            }
        }
    }

    /// <summary>Presses one of an alert's buttons.</summary>
    public async Task<Answer> PressAsync(JsonNode alert, string action, string body, HttpClient? with = null)
    {
        var token = (string)(await (with ?? Token).GetAsync("/api/v1/action-token", [])).Is(200).Json["token"]!;
        return await (with ?? Token).PostAsync($"/api/v1/notifications/{alert["id"]}/actions/{action}", body, (WellKnown.ActionTokenHeader, token));
    }

    public async Task ReportAsync(string session, string activity, string members = "") =>
        (await Token.PostAsync($"/api/v1/sessions/{session}/activity", $$"""{"activity":"{{activity}}"{{(members.Length > 0 ? "," : "")}}{{members}}}""")).Is(200);
}

/// <summary>One house for each database, for all classes that share it.</summary>
public sealed class Houses : IAsyncLifetime
{
    // Tests that run at the same time share the places for runs.
    private static readonly Dictionary<string, string?> Settings = new() { ["Chat:MaxRuns"] = "32" };

    private readonly SemaphoreSlim _building = new(1);
    private House? _embedded;
    private House? _postgres;

    internal async Task<House> OnAsync(bool postgres)
    {
        await _building.WaitAsync();
        try
        {
            return postgres
                ? _postgres ??= await House.OpenAsync(await TestDatabase.PostgresAsync(), Settings)
                : _embedded ??= await House.OpenAsync(TestDatabase.Embedded, Settings);
        }
        finally
        {
            _building.Release();
        }
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _building.Dispose();
        foreach (var house in new[] { _embedded, _postgres }.OfType<House>())
        {
            await house.DisposeAsync();
        }
    }
}

/// <summary>What tests of a house have at hand.</summary>
public abstract class InHouse(Houses houses, bool postgres) : IAsyncLifetime
{
    private House? _house;

    internal House House => _house!;

    public async ValueTask InitializeAsync() => _house = await houses.OnAsync(postgres);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
