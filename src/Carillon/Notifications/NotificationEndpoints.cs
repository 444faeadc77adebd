using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Carillon.Notifications;

internal static class NotificationEndpoints
{
    /// <summary>The inbox, newest first, with the unread count and the position from which a stream goes on.</summary>
    public static async Task<Results<Ok<NotificationList>, Refusal>> List(
        Access access, NotificationTable notifications, Membership membership, FindSessionSubject findSession, CancellationToken cancel,
        string? projectId = null, string? sessionId = null, bool unreadOnly = false, bool includeArchived = false, bool unresolvedOnly = false,
        PageSize? limit = null, long? beforeSeq = null)
    {
        if (projectId is not null && await membership.FindVisibleAsync(access, projectId, cancel) is null)
        {
            return Problems.ProjectNotFound;
        }

        return TypedResults.Ok(await notifications.ListAsync(new InboxQuery(access.PersonId, access.BoundProjectId)
        {
            ProjectId = projectId,
            SessionId = await PublicIdAsync(sessionId, access, findSession, cancel),
            UnreadOnly = unreadOnly,
            IncludeArchived = includeArchived,
            UnresolvedOnly = unresolvedOnly,
            Limit = limit?.Rows ?? PageSize.Default,
            BeforeSeq = beforeSeq,
        }, cancel));
    }

    /// <summary>One notification. Somebody else's answers like one that does not exist.</summary>
    public static async Task<Results<Ok<NotificationAnswer>, Refusal>> Get(
        string id, Access access, NotificationTable notifications, CancellationToken cancel) =>
        await notifications.FindAsync(id, access, cancel) is { } row
            ? TypedResults.Ok(new NotificationAnswer { Notification = row.View() })
            : Problems.NotificationNotFound;

    /// <summary>Marks a notification read, seen or archived, or not. Repeating it changes nothing.</summary>
    public static async Task<Results<Ok<NotificationAnswer>, Refusal>> Update(
        string id, NotificationUpdate request, Access access, NotificationTable notifications, CancellationToken cancel)
    {
        if (request is { Read: null, Archived: null, Seen: null })
        {
            return Problems.InvalidNotificationUpdate;
        }

        if (request.Seen is false)
        {
            return Problems.InvalidNotificationUpdate.Because("seen can only become true: what was shown was shown.");
        }

        return await notifications.UpdateAsync(id, request, access, cancel) is { } row
            ? TypedResults.Ok(new NotificationAnswer { Notification = row.View() })
            : Problems.NotificationNotFound;
    }

    /// <summary>Marks many notifications read. With read:false, the named ones become unread again, in one commit.</summary>
    public static async Task<Results<Ok<UpdatedCount>, Refusal>> ReadAll(
        ReadAllNotifications request, Access access, NotificationTable notifications, Membership membership, FindSessionSubject findSession,
        CancellationToken cancel)
    {
        if (request.Ids is { Count: > NotificationTable.MostIds })
        {
            return Problems.InvalidNotificationUpdate.Because($"ids names at most {NotificationTable.MostIds} rows.");
        }

        if (request.Ids?.All(id => id is not null && PlainText.Is(id, NotificationRules.LongestId)) is false)
        {
            return Problems.InvalidNotificationUpdate.Because("ids holds ids of notifications.");
        }

        if (request is { Read: false, Ids: null })
        {
            return Problems.InvalidNotificationUpdate.Because("read:false needs ids: name the rows that become unread again.");
        }

        if (request.SessionId is { } session && !PlainText.Is(session, NotificationRules.LongestId))
        {
            return Problems.InvalidNotificationUpdate.Because($"sessionId has 1 to {NotificationRules.LongestId} characters.");
        }

        if (request.ProjectId is { } project && await membership.FindVisibleAsync(access, project, cancel) is null)
        {
            return Problems.ProjectNotFound;
        }

        var wanted = request with { SessionId = await PublicIdAsync(request.SessionId, access, findSession, cancel) };
        return TypedResults.Ok(new UpdatedCount { Updated = await notifications.ReadAllAsync(wanted, access, cancel) });
    }

    // Rows carry public ids; a program may name its own session as it calls it. What nobody knows is looked for as it is.
    private static async ValueTask<string?> PublicIdAsync(string? sessionId, Access access, FindSessionSubject findSession, CancellationToken cancel) =>
        sessionId is null ? null : (await findSession(sessionId, access, cancel))?.Id ?? sessionId;

    /// <summary>Publishes a notification. 201 means that the server has stored it.</summary>
    public static async Task<Results<Created<PublishedNotification>, Refusal>> Publish(
        PublishNotification request, [FromHeader(Name = WellKnown.IdempotencyKeyHeader)] string? idempotencyKey, Access access, Publishing publishing,
        CancellationToken cancel)
    {
        var outcome = await publishing.PublishAsync(request, idempotencyKey, access, cancel);
        return outcome.Answer(published => TypedResults.Created($"/api/v1/notifications/{published.Notification.Id}", published));
    }

    /// <summary>Resolves the notifications of a cause, wherever they are shown.</summary>
    public static async Task<Results<Ok<UpdatedCount>, Refusal>> Resolve(
        ResolveNotifications request, Access access, Publishing publishing, CancellationToken cancel)
    {
        return (await publishing.ResolveAsync(request, access, cancel)).Answer(TypedResults.Ok);
    }

    /// <summary>A token for performing actions with this sign-in.</summary>
    public static Ok<ActionToken> Token(Access access, ActionTokens tokens) => TypedResults.Ok(tokens.Issue(access));

    /// <summary>Performs an action that a notification offers.</summary>
    public static async Task<Results<Ok<ActionAnswer>, Refusal>> Execute(
        string id, string actionId, ActionRequest request, [FromHeader(Name = WellKnown.ActionTokenHeader)] string? actionToken, Access access, Actor by,
        ActionTokens tokens, ActionExecution execution, CancellationToken cancel)
    {
        if (!tokens.IsValid(access, actionToken))
        {
            return Problems.ActionNotAllowed;
        }

        return (await execution.ExecuteAsync(id, actionId, request, access, by, cancel)).Answer(TypedResults.Ok);
    }
}
