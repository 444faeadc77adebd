using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Carillon;
using Carillon.Protocol;

[assembly: AssemblyFixture(typeof(SharedServerOnSqlite))]
[assembly: AssemblyFixture(typeof(SharedServerOnPostgres))]

namespace Carillon;

/// <summary>A person of a test's own.</summary>
internal sealed record Somebody(string Name, HttpClient Client, string Token, string Cookie);

/// <summary>
/// A server that tests share, because a start costs a second: each test brings its own people and projects. Its window and its
/// heartbeat are small, so that replay from the database and signs of life are met everywhere.
/// </summary>
public abstract class SharedServer : IAsyncDisposable
{
    private readonly Lazy<Task<CarillonServer>> _server;

    protected SharedServer() => _server = new Lazy<Task<CarillonServer>>(StartAsync);

    internal Task<CarillonServer> ServerAsync() => _server.Value;

    public async ValueTask DisposeAsync()
    {
        if (_server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await _server.Value).DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    private protected abstract Task<TestDatabase> DatabaseAsync();

    private async Task<CarillonServer> StartAsync() => await CarillonServer.StartAsync(await DatabaseAsync(), new()
    {
        ["Changes:Window"] = "16",
        ["Streams:Heartbeat"] = "00:00:00.5",
    });
}

public sealed class SharedServerOnSqlite : SharedServer
{
    private protected override Task<TestDatabase> DatabaseAsync() => Task.FromResult(TestDatabase.Embedded);
}

public sealed class SharedServerOnPostgres : SharedServer
{
    private protected override Task<TestDatabase> DatabaseAsync() => TestDatabase.PostgresAsync();
}

/// <summary>What tests of the log ask of a server, in their own words.</summary>
internal static class Town
{
    private static readonly Lock Making = new();
    private static readonly Dictionary<CarillonServer, Task<Somebody>> Mayors = [];
    private static int _count;

    /// <summary>A name that no other test has.</summary>
    public static string NewName(string stem) => string.Create(CultureInfo.InvariantCulture, $"{stem}-{Interlocked.Increment(ref _count)}");

    /// <summary>The server's first administrator.</summary>
    public static Task<Somebody> MayorAsync(this CarillonServer server, string name = "mayor")
    {
        lock (Making)
        {
            return Mayors.TryGetValue(server, out var mayor) ? mayor : Mayors[server] = MakeAsync();
        }

        async Task<Somebody> MakeAsync()
        {
            // The way a person would: by the link that the log shows.
            var code = server.Log.Split("/setup#")[1].Split('\n')[0].Trim();
            using var setUp = await server.Anonymous.PostAsJsonAsync(
                "/api/v1/setup", new SetupRequest { Code = code, Name = name, Password = $"password-of-{name}" }, CarillonJson.Default.SetupRequest);
            Assert.True(setUp.IsSuccessStatusCode, await setUp.Content.ReadAsStringAsync());
            return await EnterAsync(server, name, [.. Scopes.All]);
        }
    }

    /// <summary>Adds a person by HTTP, which is quicker than by the command line.</summary>
    public static async Task<Somebody> PersonAsync(this CarillonServer server, params string[] scopes)
    {
        var mayor = await server.MayorAsync();
        var name = NewName("person");
        using var added = await mayor.Client.PostAsJsonAsync(
            "/api/v1/users", new NewUser { Name = name, Password = $"password-of-{name}" }, CarillonJson.Default.NewUser);
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        return await EnterAsync(server, name, scopes is [] ? [Scopes.Read, Scopes.Publish, Scopes.Run] : scopes);
    }

    /// <summary>Another token of the same person.</summary>
    public static async Task<CreatedToken> TokenAsync(this CarillonServer server, Somebody person, string[] scopes, string? projectId = null)
    {
        using var signedIn = server.WithCookie(person.Cookie);
        using var created = await signedIn.PostAsJsonAsync(
            "/api/v1/tokens", new NewToken { Name = "test", Scopes = scopes, ProjectId = projectId }, CarillonJson.Default.NewToken);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        return (await created.Content.ReadFromJsonAsync(CarillonJson.Default.CreatedToken))!;
    }

    /// <summary>A client that behaves like the page of this origin.</summary>
    public static HttpClient WithCookie(this CarillonServer server, string cookie)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = server.Url };
        client.DefaultRequestHeaders.Add("Cookie", cookie);
        client.DefaultRequestHeaders.Add("Origin", server.Url.GetLeftPart(UriPartial.Authority));
        return client;
    }

    /// <summary>Adds a project; who adds it is its first member.</summary>
    public static async Task<string> ProjectAsync(this HttpClient client, bool closed = false)
    {
        var id = NewName("project");
        using var added = await client.PostAsJsonAsync(
            "/api/v1/projects", new NewProject { Id = id, Name = id, Closed = closed }, CarillonJson.Default.NewProject);
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        return id;
    }

    /// <summary>Publishes, and returns the seq of the change, which the server has acknowledged.</summary>
    public static async Task<long> PublishAsync(this HttpClient client, string message, string? projectId = null, string? idempotencyKey = null, params string[] to)
    {
        using var answer = await client.TryPublishAsync(message, projectId, idempotencyKey, to);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, body);
        return System.Text.Json.JsonSerializer.Deserialize(body, CarillonJson.Default.PublishedNotification)!.Notification.Seq;
    }

    public static async Task<HttpResponseMessage> TryPublishAsync(
        this HttpClient client, string message, string? projectId = null, string? idempotencyKey = null, params string[] to)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/notifications")
        {
            Content = JsonContent.Create(
                new PublishNotification { Type = "test.happened", Priority = Priorities.Info, Message = message, ProjectId = projectId, To = to is [] ? null : to },
                CarillonJson.Default.PublishNotification),
        };
        if (idempotencyKey is not null)
        {
            request.Headers.Add(WellKnown.IdempotencyKeyHeader, idempotencyKey);
        }

        return await client.SendAsync(request);
    }

    /// <summary>Reports what an agent does: a change for all who see the project.</summary>
    public static async Task ReportAsync(this HttpClient client, string projectId, string sessionId, string activity)
    {
        using var answer = await client.PostAsJsonAsync(
            $"/api/v1/sessions/{sessionId}/activity", new ActivityReport { Activity = activity, ProjectId = projectId, Title = $"{activity}" }, CarillonJson.Default.ActivityReport);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The newest seq, as somebody with an inbox is told it.</summary>
    public static async Task<long> HeadAsync(this HttpClient client) =>
        (await client.GetFromJsonAsync("/api/v1/notifications?limit=1", CarillonJson.Default.NotificationList))!.HeadSeq;

    private static async Task<Somebody> EnterAsync(CarillonServer server, string name, string[] scopes)
    {
        using var answer = await server.Anonymous.PostAsJsonAsync(
            "/api/v1/sign-in", new SignInRequest { Name = name, Password = $"password-of-{name}" }, CarillonJson.Default.SignInRequest);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        var person = new Somebody(name, null!, string.Empty, answer.Headers.GetValues("Set-Cookie").First().Split(';')[0]);
        var token = await server.TokenAsync(person, scopes);
        return person with { Client = server.WithToken(token.Token), Token = token.Token };
    }
}
