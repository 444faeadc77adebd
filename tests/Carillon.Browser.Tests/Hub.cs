using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Carillon.Protocol;

namespace Carillon;

/// <summary>The server of one test class, and the administrator who set it up. Each test brings people of its own.</summary>
public partial class Hub : IAsyncLifetime
{
    private int _count;

    internal CarillonServer Server { get; private set; } = null!;

    internal Person Admin { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        await StartAsync();
        using var answer = await Server.Anonymous.PostAsJsonAsync(
            "/api/v1/setup",
            new SetupRequest { Code = SetupLink(Server).Fragment[1..], Name = "mayor", Password = "password-of-mayor" },
            CarillonJson.Default.SetupRequest);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Admin = Enter("mayor", answer);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>The link that a server without people prints.</summary>
    internal static Uri SetupLink(CarillonServer server) => new(SetupLinkPattern().Match(server.Log).Value);

    /// <summary>A name that no other test of the class uses.</summary>
    internal string NewName(string stem) => string.Create(CultureInfo.InvariantCulture, $"{stem}-{Interlocked.Increment(ref _count)}");

    internal async Task<Person> PersonAsync(string? name = null)
    {
        name ??= NewName("ada");
        await Admin.SendAsync(HttpMethod.Post, "users", new NewUser { Name = name, Password = $"password-of-{name}" }, CarillonJson.Default.NewUser);
        return await SignInAsync(name);
    }

    /// <summary>Another sign-in of somebody.</summary>
    internal async Task<Person> SignInAsync(string name, string? password = null)
    {
        using var answer = await Server.Anonymous.PostAsJsonAsync(
            "/api/v1/sign-in", new SignInRequest { Name = name, Password = password ?? $"password-of-{name}" }, CarillonJson.Default.SignInRequest);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        return Enter(name, answer);
    }

    /// <summary>Signs the administrator in again, after a test that ended the sign-in.</summary>
    internal async Task RenewAdminAsync() => Admin = await SignInAsync(Admin.Name);

    /// <summary>What this server is told besides what it does by itself.</summary>
    private protected virtual Dictionary<string, string?> Settings => [];

    private protected async Task StartAsync() => Server = await CarillonServer.StartAsync(TestDatabase.Embedded, Settings);

    private Person Enter(string name, HttpResponseMessage answer)
    {
        var cookie = answer.Headers.GetValues("Set-Cookie").First().Split(';')[0];
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = new Uri(Server.Url, "/api/v1/") };
        client.DefaultRequestHeaders.Add("Cookie", cookie);
        client.DefaultRequestHeaders.Add("Origin", Server.Url.GetLeftPart(UriPartial.Authority));
        return new Person(name, cookie, client);
    }

    [GeneratedRegex(@"http\S+/setup#\S+")]
    private static partial Regex SetupLinkPattern();
}

/// <summary>A server that nobody has set up yet.</summary>
public sealed class FreshHub : Hub
{
    public override async ValueTask InitializeAsync() => await StartAsync();
}

/// <summary>A server whose <c>command</c> agent repeats what it is told, letter by letter, and whose <c>demo</c> agent speaks slowly: a page finds it in mid-word.</summary>
public sealed class EchoHub : Hub
{
    private protected override Dictionary<string, string?> Settings => new() { ["Agents:Command:Program"] = "cat", ["Agents:Command:Who"] = "everybody", ["Agents:Demo:Pause"] = "00:00:00.075" };
}

/// <summary>A server that lets one agent work at a time.</summary>
public sealed class NarrowHub : Hub
{
    private protected override Dictionary<string, string?> Settings => new() { ["Chat:MaxRuns"] = "1" };
}

/// <summary>A server that takes two messages of a person in an hour.</summary>
public sealed class StrictHub : Hub
{
    private protected override Dictionary<string, string?> Settings => new() { ["Chat:MessagesPerHour"] = "2" };
}

/// <summary>Somebody who is signed in, and what they or their programs do besides looking at the page.</summary>
internal sealed record Person(string Name, string Cookie, HttpClient Client)
{
    public string Password => $"password-of-{Name}";

    public async Task<HttpResponseMessage> SendAsync<T>(HttpMethod method, string path, T body, JsonTypeInfo<T> type)
    {
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body, type) };
        var answer = await Client.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {await answer.Content.ReadAsStringAsync()}");
        return answer;
    }

    public Task<Notification> PublishAsync(string title, string priority = Priorities.Info, params NotificationAction[] actions) =>
        PublishAsync(new PublishNotification
        {
            Type = "test.happened",
            Priority = priority,
            Title = title,
            Message = $"About {title}",
            Actions = actions is [] ? null : actions,
        });

    /// <summary>Publishes what an agent asks that this server does not know, with a place for the answer.</summary>
    public Task<Notification> AskAsync(string project, string title, params NotificationAction[] more) =>
        PublishAsync(new PublishNotification
        {
            Type = "test.asked",
            Priority = Priorities.Urgent,
            Title = title,
            Message = $"About {title}",
            ProjectId = project,
            SessionId = $"{project}-elsewhere",
            Actions = [new NotificationAction { Id = "answer", Kind = ActionKinds.SendMessage, Label = "Reply" }, .. more],
        });

    public async Task<Notification> PublishAsync(PublishNotification what)
    {
        using var answer = await SendAsync(HttpMethod.Post, "notifications", what, CarillonJson.Default.PublishNotification);
        return (await answer.Content.ReadFromJsonAsync(CarillonJson.Default.PublishedNotification))!.Notification;
    }

    /// <summary>Publishes <c>Row 1</c> … <c>Row n</c>, in this order.</summary>
    public async Task PublishManyAsync(int count)
    {
        for (var number = 1; number <= count; number++)
        {
            await PublishAsync($"Row {number}");
        }
    }

    public Task ResolveAsync(string causeKey) =>
        SendAsync(HttpMethod.Post, "notifications/resolve", new ResolveNotifications { CauseKey = causeKey }, CarillonJson.Default.ResolveNotifications);

    public Task MarkAsync(Notification notification, NotificationUpdate update) =>
        SendAsync(HttpMethod.Patch, $"notifications/{notification.Id}", update, CarillonJson.Default.NotificationUpdate);

    public async Task<Notification> ReadAsync(Notification notification) =>
        (await Client.GetFromJsonAsync($"notifications/{notification.Id}", CarillonJson.Default.NotificationAnswer))!.Notification;

    public async Task<NotificationList> InboxAsync() =>
        (await Client.GetFromJsonAsync("notifications?limit=500&includeArchived=true", CarillonJson.Default.NotificationList))!;

    public async Task<string> ProjectAsync(string id, string? name = null, bool closed = false)
    {
        await SendAsync(HttpMethod.Post, "projects", new NewProject { Id = id, Name = name ?? id, Closed = closed }, CarillonJson.Default.NewProject);
        return id;
    }

    /// <summary>What an agent of theirs reports.</summary>
    public Task ReportAsync(string projectId, string sessionId, string activity, string? message = null, string? title = null, string agent = "claude-code") =>
        SendAsync(
            HttpMethod.Post, $"sessions/{sessionId}/activity",
            new ActivityReport { Activity = activity, ProjectId = projectId, Message = message, Title = title, Agent = agent },
            CarillonJson.Default.ActivityReport);

    /// <summary>Starts a session whose agent the server runs.</summary>
    public async Task<Session> SessionAsync(string projectId, string? message = null, string? title = null, string agent = "demo")
    {
        using var answer = await SendAsync(
            HttpMethod.Post, "sessions",
            new NewSession { ProjectId = projectId, Agent = agent, Message = message, Title = title ?? (message is null ? "Talk" : null) },
            CarillonJson.Default.NewSession);
        return (await answer.Content.ReadFromJsonAsync(CarillonJson.Default.SessionAnswer))!.Session;
    }

    /// <summary>What was said in a session, as the server has it.</summary>
    public async Task<IReadOnlyList<ChatMessage>> MessagesAsync(Session session) =>
        (await Client.GetFromJsonAsync($"sessions/{session.Id}/messages?limit=100", CarillonJson.Default.MessageList))!.Messages;

    /// <summary>Reports a pull request at GitHub, whose name is in its address.</summary>
    public Task PullRequestAsync(Session session, PullRequestReport report)
    {
        var name = new Uri(report.Url).AbsolutePath.Replace("/pull/", "/", StringComparison.Ordinal);
        return SendAsync(HttpMethod.Put, $"sessions/{session.Id}/pull-requests/github{name}", report, CarillonJson.Default.PullRequestReport);
    }

    public async Task<IReadOnlyList<Session>> SessionsAsync(string projectId) =>
        (await Client.GetFromJsonAsync($"sessions?projectId={projectId}", CarillonJson.Default.SessionList))!.Sessions;

    public async Task EndAsync(Session session)
    {
        using var answer = await Client.PostAsync(new Uri($"sessions/{session.Id}/stop", UriKind.Relative), null);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}
