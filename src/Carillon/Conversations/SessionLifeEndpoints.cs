using Carillon.Accounts;
using Carillon.Agents;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Sessions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Carillon.Conversations;

/// <summary>Sessions that run here, from their beginning to their end.</summary>
internal static class SessionLifeEndpoints
{
    /// <summary>Starts a session. With a message, its agent starts to answer, or the session queues.</summary>
    public static async Task<Results<Created<SessionAnswer>, Refusal>> Begin(
        NewSession request, [FromHeader(Name = WellKnown.IdempotencyKeyHeader)] string? idempotencyKey, Access access, Actor by, SessionLife life, SessionTable sessions,
        AgentCatalog agents, SessionFolders folders, Membership membership, CancellationToken cancel)
    {
        if (await membership.FindVisibleAsync(access, request.ProjectId, cancel) is null)
        {
            return Problems.ProjectNotFound;
        }

        var folder = request.Folder is { } wanted ? folders.Find(wanted, out var objection) : Without(out objection);
        objection ??= Objection(request, idempotencyKey, agents);
        if (objection is not null)
        {
            return Problems.InvalidSession.Because(objection);
        }

        if (request.ParentSessionId is { } parentId
            && (await sessions.FindAsync(parentId, access, cancel) is not { } parent || parent.ProjectId != request.ProjectId))
        {
            return Problems.SessionNotFound.Because("parentSessionId names no session of that project.");
        }

        var begun = await life.BeginAsync(request, folder, idempotencyKey, access, by, cancel);
        return begun.Answer(session => TypedResults.Created($"/api/v1/sessions/{session.Id}", new SessionAnswer { Session = session }));
    }

    /// <summary>Ends a session: its answer, what is queued, and its programs. The conversation stays.</summary>
    public static async Task<Results<Ok<SessionAnswer>, Refusal>> Stop(string id, Access access, SessionLife life, CancellationToken cancel) =>
        Answer(await life.EndAsync(id, access, cancel));

    /// <summary>Restores a session that ended. A message whose answer failed is asked again.</summary>
    public static async Task<Results<Ok<SessionAnswer>, Refusal>> Restore(
        string id, Access access, Actor by, SessionLife life, CancellationToken cancel) =>
        Answer(await life.RestoreAsync(id, access, by, cancel));

    /// <summary>Renames or archives a session. An archived one is listed again when something happens in it.</summary>
    public static async Task<Results<Ok<SessionAnswer>, Refusal>> Amend(
        string id, SessionUpdate request, Access access, SessionLife life, CancellationToken cancel) =>
        request is { Title: null, Archived: null } ? Problems.InvalidSession.Because("Send title, archived, or both.")
        : request.Title is { } title && !PlainText.Is(title, MessageRules.LongestTitle)
            ? Problems.InvalidSession.Because($"title has 1 to {MessageRules.LongestTitle} characters, all of them printable.")
        : Answer(await life.AmendAsync(id, request, access, cancel));

    /// <summary>Deletes a session with its conversation and all notifications of it. This cannot be undone.</summary>
    /// <remarks>By its owner, or an administrator. While its agent answers or a message waits for it: 409.</remarks>
    public static async Task<Results<NoContent, Refusal>> Delete(string id, Access access, Actor by, SessionLife life, CancellationToken cancel) =>
        await life.DeleteAsync(id, access, by, cancel) is { } refusal ? refusal : TypedResults.NoContent();

    private static Results<Ok<SessionAnswer>, Refusal> Answer(Outcome<Session> outcome) =>
        outcome.Answer(session => TypedResults.Ok(new SessionAnswer { Session = session }));

    private static string? Without(out string? objection)
    {
        objection = null;
        return null;
    }

    private static string? Objection(NewSession wanted, string? key, AgentCatalog agents) =>
        agents.Find(wanted.Agent) is null ? $"There is no agent '{wanted.Agent}' here. Agents are {agents.Names}."
        : wanted.Title is { } title && !PlainText.Is(title, MessageRules.LongestTitle) ? $"title has 1 to {MessageRules.LongestTitle} characters, all of them printable."
        : key is not null && !PlainText.Is(key, MessageRules.LongestId) ? $"{WellKnown.IdempotencyKeyHeader} has 1 to {MessageRules.LongestId} characters, all of them printable."
        : wanted.Message is { } message ? MessageRules.TextObjection(message)
        : null;
}
