using Carillon.Http;
using Carillon.Protocol;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Carillon.Accounts;

internal static class TokenEndpoints
{
    /// <summary>The person's tokens, without their secrets.</summary>
    public static async Task<Ok<TokenList>> List(Access access, AccessTable accesses, CancellationToken cancel) =>
        TypedResults.Ok(await accesses.TokensAsync(access.PersonId, cancel));

    /// <summary>Creates a token. Its secret is in this answer and is never shown again.</summary>
    public static async Task<Results<Created<CreatedToken>, Refusal>> Create(
        NewToken request, Access access, Actor by, AccessTable accesses, Membership membership, TimeProvider time, CancellationToken cancel)
    {
        if (Objection(request, time.GetUtcNow()) is { } objection)
        {
            return Problems.InvalidRequest.Because(objection);
        }

        if (request.ProjectId is { } project && await membership.FindVisibleAsync(access, project, cancel) is null)
        {
            return Problems.ProjectNotFound;
        }

        var created = await accesses.CreateTokenAsync(access.PersonId, request, by, cancel);
        return TypedResults.Created($"/api/v1/tokens/{created.Id}", created);
    }

    /// <summary>Revokes a token. Streams and sockets that it opened end.</summary>
    public static async Task<Results<NoContent, Refusal>> Revoke(string id, Access access, Actor by, AccessTable accesses, CancellationToken cancel) =>
        await accesses.RevokeTokenAsync(access.PersonId, id, by, cancel) ? TypedResults.NoContent() : Problems.TokenNotFound;

    /// <summary>What is wrong with the wanted token; null when it will do.</summary>
    public static string? Objection(NewToken wanted, DateTimeOffset now) =>
        !PlainText.Is(wanted.Name, 60) ? "A token's name has 1 to 60 characters, all of them printable."
        : wanted.Scopes.Count == 0 ? $"A token needs at least one scope of {string.Join(", ", Scopes.All)}."
        : wanted.Scopes.Where(scope => !Scopes.All.Contains(scope)).ToList() is [var unknown, ..] ? $"scopes: '{unknown ?? "null"}' is not a scope. Scopes are {string.Join(", ", Scopes.All)}."
        : wanted.ExpiresAt <= now ? "expiresAt lies in the past."
        : null;
}
