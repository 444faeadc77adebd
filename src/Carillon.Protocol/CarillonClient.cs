using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Carillon.Protocol;

/// <summary>The part of the REST interface that agents and scripts use, typed.</summary>
/// <remarks>
/// The <see cref="HttpClient"/> is the caller's: its <see cref="HttpClient.BaseAddress"/> is the server's address and ends in <c>/</c>,
/// and its default headers carry the bearer token. Every method throws <see cref="CarillonProblemException"/> when the server refuses,
/// <see cref="HttpRequestException"/> when it cannot be reached and <see cref="OperationCanceledException"/> when cancelled or when the
/// client's timeout passed. Nothing is repeated by itself.
/// </remarks>
public sealed class CarillonClient
{
    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    /// <summary>Makes a client.</summary>
    /// <param name="http">With base address and token set; not disposed by this client.</param>
    /// <param name="time">The clock; the system's if absent.</param>
    /// <exception cref="ArgumentException"><paramref name="http"/> has no base address that ends in <c>/</c>.</exception>
    public CarillonClient(HttpClient http, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        RequireBase(http);
        _http = http;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Publishes a notification: <c>POST /api/v1/notifications</c>, scope <c>publish</c>.</summary>
    /// <param name="notification">What to say and to whom.</param>
    /// <param name="idempotencyKey">The same key gets the same answer and adds nothing; absent means that each call adds.</param>
    /// <param name="cancel">Gives up waiting; the notification may have been stored nevertheless.</param>
    /// <returns>The stored row and how many people were addressed. It is on disk by then.</returns>
    /// <exception cref="CarillonProblemException">The server refused.</exception>
    /// <exception cref="HttpRequestException">The server could not be reached.</exception>
    public Task<PublishedNotification> PublishAsync(
        PublishNotification notification, string? idempotencyKey = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(notification);
        return PostAsync("api/v1/notifications", notification, CarillonJson.Default.PublishNotification,
            CarillonJson.Lenient.PublishedNotification, idempotencyKey, cancel);
    }

    /// <summary>Takes back every alert of a cause: <c>POST /api/v1/notifications/resolve</c>, scope <c>publish</c>.</summary>
    /// <param name="causeKey">The <c>causeKey</c> of the notifications.</param>
    /// <param name="cancel">Gives up waiting.</param>
    /// <returns>How many rows were resolved by this call; 0 when none was open.</returns>
    /// <exception cref="CarillonProblemException">The server refused.</exception>
    /// <exception cref="HttpRequestException">The server could not be reached.</exception>
    public async Task<int> ResolveAsync(string causeKey, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(causeKey);
        var answer = await PostAsync("api/v1/notifications/resolve", new ResolveNotifications { CauseKey = causeKey },
            CarillonJson.Default.ResolveNotifications, CarillonJson.Lenient.UpdatedCount, null, cancel).ConfigureAwait(false);
        return answer.Updated;
    }

    /// <summary>Says what an agent is doing: <c>POST /api/v1/sessions/{id}/activity</c>, scope <c>publish</c>.</summary>
    /// <param name="sessionId">The session; one not heard of before is made when the report names its project.</param>
    /// <param name="report">What it is doing.</param>
    /// <param name="idempotencyKey">The same key counts once; absent means that each call counts.</param>
    /// <param name="cancel">Gives up waiting; the report may have been taken nevertheless.</param>
    /// <returns>The session as it is now, and how many messages wait for its agent.</returns>
    /// <exception cref="CarillonProblemException">The server refused, for example with <c>PROJECT_NOT_FOUND</c>.</exception>
    /// <exception cref="HttpRequestException">The server could not be reached.</exception>
    public Task<ActivityAnswer> ReportActivityAsync(
        string sessionId, ActivityReport report, string? idempotencyKey = null, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(sessionId);
        ArgumentNullException.ThrowIfNull(report);
        return PostAsync($"api/v1/sessions/{Uri.EscapeDataString(sessionId)}/activity", report,
            CarillonJson.Default.ActivityReport, CarillonJson.Lenient.ActivityAnswer, idempotencyKey, cancel);
    }

    /// <summary>Fetches what people said to an agent that runs elsewhere: <c>POST /api/v1/sessions/{id}/messages/take</c>, scope <c>publish</c>.</summary>
    /// <param name="sessionId">A session of the token's owner that the server does not run itself.</param>
    /// <param name="wait">When nothing waits, how long the server may wait for something; 0 to 25 seconds, rounded up to whole ones.</param>
    /// <param name="cancel">Gives up waiting. What was handed out meanwhile is handed out again after 10 seconds.</param>
    /// <returns>The messages, oldest first; none when nothing came in time. Acknowledge them with <see cref="ConfirmMessagesAsync"/>.</returns>
    /// <exception cref="CarillonProblemException">The server refused, for example with <c>SESSION_HOSTED</c>.</exception>
    /// <exception cref="HttpRequestException">The server could not be reached.</exception>
    public Task<TakenMessages> TakeMessagesAsync(string sessionId, TimeSpan wait = default, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(sessionId);
        return PostAsync($"api/v1/sessions/{Uri.EscapeDataString(sessionId)}/messages/take", new TakeMessages { Wait = (int)Math.Ceiling(wait.TotalSeconds) },
            CarillonJson.Default.TakeMessages, CarillonJson.Lenient.TakenMessages, null, cancel);
    }

    /// <summary>Says that the agent has these messages: <c>POST /api/v1/sessions/{id}/messages/delivered</c>, scope <c>publish</c>.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="ids">The messages, at most 100. Those that are delivered already stay so.</param>
    /// <param name="cancel">Gives up waiting.</param>
    /// <exception cref="CarillonProblemException">The server refused.</exception>
    /// <exception cref="HttpRequestException">The server could not be reached.</exception>
    public Task<ActivityAnswer> ConfirmMessagesAsync(string sessionId, IReadOnlyList<string> ids, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(sessionId);
        return PostAsync($"api/v1/sessions/{Uri.EscapeDataString(sessionId)}/messages/delivered", new DeliveredMessages { Ids = ids },
            CarillonJson.Default.DeliveredMessages, CarillonJson.Lenient.ActivityAnswer, null, cancel);
    }

    /// <summary>Makes a project: <c>POST /api/v1/projects</c>, scope <c>publish</c>.</summary>
    /// <param name="project">Its id and name.</param>
    /// <param name="cancel">Gives up waiting.</param>
    /// <returns>The project.</returns>
    /// <exception cref="CarillonProblemException">The server refused, for example with <c>PROJECT_EXISTS</c>.</exception>
    /// <exception cref="HttpRequestException">The server could not be reached.</exception>
    public async Task<Project> CreateProjectAsync(NewProject project, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(project);
        var answer = await PostAsync("api/v1/projects", project,
            CarillonJson.Default.NewProject, CarillonJson.Lenient.ProjectAnswer, null, cancel).ConfigureAwait(false);
        return answer.Project;
    }

    internal static void RequireBase(HttpClient http)
    {
        // Without the last slash a relative address would replace the last part of the path instead of extending it.
        if (http.BaseAddress is not { IsAbsoluteUri: true } address || !address.AbsolutePath.EndsWith('/'))
        {
            throw new ArgumentException("The client needs a base address that ends in /", nameof(http));
        }
    }

    private async Task<TAnswer> PostAsync<TBody, TAnswer>(string path, TBody body, JsonTypeInfo<TBody> bodyShape,
        JsonTypeInfo<TAnswer> answerShape, string? idempotencyKey, CancellationToken cancel)
        where TAnswer : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative))
        {
            Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, bodyShape)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (idempotencyKey is not null)
        {
            request.Headers.TryAddWithoutValidation(WellKnown.IdempotencyKeyHeader, idempotencyKey);
        }

        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
        return await Answers.ReadAsync(response, answerShape, _time, cancel).ConfigureAwait(false);
    }
}
