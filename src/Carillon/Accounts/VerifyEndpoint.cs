using Carillon.Http;
using Carillon.Protocol;
using Microsoft.AspNetCore.Authentication;

namespace Carillon.Accounts;

/// <summary>Answers a reverse proxy that asks whether a request may pass (<c>forward_auth</c>, <c>auth_request</c>).</summary>
internal static class VerifyEndpoint
{
    public static async Task Answer(HttpContext context, Membership membership)
    {
        // Who passes here passes as the person, so a token must be one that reads as the person does, and leads no further than its
        // scopes. What the person is about to do is judged by whoever gets it.
        if (await Access.BindAsync(context) is { BoundProjectId: null } access && access.May(Scopes.Read) && membership.Find(access.PersonId) is { } person)
        {
            context.Response.Headers["X-Forwarded-User"] = person.Name;
            context.Response.Headers["X-Forwarded-Role"] = access.May(Scopes.Admin) ? person.Role : Roles.Member;
            return;
        }

        if (ShowsPages(context.Request))
        {
            var wanted = context.Request.Headers["X-Forwarded-Uri"].ToString();
            context.Response.Redirect(Addresses.IsLocalPath(wanted) ? $"/sign-in?return={Uri.EscapeDataString(wanted)}" : "/sign-in");
            return;
        }

        // Says which: nobody is signed in, or another site makes the browser of somebody who is open a socket.
        await context.ChallengeAsync(AccessScheme.Name);
    }

    /// <summary>
    /// A browser that goes somewhere says that it takes HTML. Every program says <c>*/*</c>, and a socket shows no page, whatever its
    /// browser says.
    /// </summary>
    public static bool ShowsPages(HttpRequest request) =>
        request.Headers.Upgrade.Count == 0
        && request.GetTypedHeaders().Accept.Any(type => type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase) && type.Quality is not 0);
}
