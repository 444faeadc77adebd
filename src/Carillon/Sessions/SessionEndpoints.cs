using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Carillon.Sessions;

internal static class SessionEndpoints
{
    // Each of its words is looked for in thousands of sessions.
    private const int LongestSearch = 200;

    /// <summary>Sessions that the asking person sees, most recently changed first.</summary>
    /// <remarks>
    /// With <c>q</c> those in whose title, agent, owner or project all its words occur. One answer looks through some thousands of
    /// sessions at most; <c>nextBefore</c> goes on from there, also when nothing was found.
    /// </remarks>
    public static async Task<Results<Ok<SessionList>, Refusal>> List(
        Access access, SessionTable sessions, Membership membership, CancellationToken cancel,
        string? projectId = null, PageSize? limit = null, string? before = null, string? q = null, bool includeArchived = false)
    {
        if (projectId is not null && await membership.FindVisibleAsync(access, projectId, cancel) is null)
        {
            return Problems.ProjectNotFound;
        }

        if (q?.Length > LongestSearch)
        {
            return Problems.InvalidRequest.Because($"q has at most {LongestSearch} characters.");
        }

        SessionPage? from = null;
        if (before is not null)
        {
            if (!SessionPage.TryParse(before, out var page))
            {
                return Problems.InvalidRequest.Because("before is not a nextBefore of an earlier answer.");
            }

            from = page;
        }

        return TypedResults.Ok(await sessions.ListAsync(access, projectId ?? access.BoundProjectId, limit?.Rows ?? PageSize.Default, from, q ?? string.Empty, includeArchived, cancel));
    }

    /// <summary>One session.</summary>
    public static async Task<Results<Ok<SessionAnswer>, Refusal>> Get(string id, Access access, SessionTable sessions, CancellationToken cancel) =>
        await sessions.FindAsync(id, access, cancel) is { } session
            ? TypedResults.Ok(new SessionAnswer { Session = session })
            : Problems.SessionNotFound;

    /// <summary>Reports what an agent is doing. The first report of a session makes it.</summary>
    /// <remarks>The same <c>Idempotency-Key</c> counts once; the answer to a repeat is the session as it is now.</remarks>
    public static async Task<Results<Ok<ActivityAnswer>, Refusal>> Report(
        string id, ActivityReport request, [FromHeader(Name = WellKnown.IdempotencyKeyHeader)] string? idempotencyKey, Access access, SessionReports reports, CancellationToken cancel)
    {
        if (Objection(id, request, idempotencyKey) is { } objection)
        {
            return Problems.InvalidActivity.Because(objection);
        }

        return (await reports.ReportAsync(id, request, idempotencyKey, access, cancel)).Answer(TypedResults.Ok);
    }

    private static string? Objection(string id, ActivityReport report, string? key) =>
        SessionIds.Objection(id) is { } wrong ? wrong
        : !Activities.All.Contains(report.Activity) ? $"'{report.Activity}' is not an activity. Activities are {string.Join(", ", Activities.All)}."
        : report.Message is { } message && (message.Length > 1_000 || !PlainText.CanBeShown(message, lineBreaks: true)) ? "message has at most 1,000 characters, all of them printable."
        : report.Title is { } title && !PlainText.Is(title, 80) ? "title has 1 to 80 characters, all of them printable."
        : report.Agent is { } agent && !PlainText.Is(agent, 40) ? "agent has 1 to 40 characters, all of them printable."
        : report.ParentSessionId is { } parent && !PlainText.Is(parent, SessionIds.Longest) ? $"parentSessionId has 1 to {SessionIds.Longest} characters, all of them printable."
        : report.Tool is { } tool && !PlainText.Is(tool, 80) ? "tool has 1 to 80 characters, all of them printable."
        : key is not null && !PlainText.Is(key, 200) ? $"{WellKnown.IdempotencyKeyHeader} has 1 to 200 characters, all of them printable."
        : null;
}
