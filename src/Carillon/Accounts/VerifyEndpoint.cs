using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Accounts;

/// <summary>Answers a reverse proxy that asks whether a request may pass (<c>forward_auth</c>, <c>auth_request</c>).</summary>
internal static class VerifyEndpoint
{
    public static async Task Answer(HttpContext context, Directory directory)
    {
        // Who passes here passes as the person, so a token must be one that reads as the person does, and leads no further than its
        // scopes. What the person is about to do is judged by whoever gets it.
        if (await Access.BindAsync(context) is { BoundProjectId: null } access && access.May(Scopes.Read) && directory.Find(access.PersonId) is { } person)
        {
            context.Response.Headers["X-Forwarded-User"] = person.Name;
            context.Response.Headers["X-Forwarded-Role"] = access.May(Scopes.Admin) ? person.Role : Roles.Member;
            return;
        }

        if (context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
        {
            var wanted = context.Request.Headers["X-Forwarded-Uri"].ToString();
            context.Response.Redirect(Addresses.IsLocalPath(wanted) ? $"/sign-in?return={Uri.EscapeDataString(wanted)}" : "/sign-in");
            return;
        }

        await Problems.SignInRequired.ExecuteAsync(context);
    }
}
