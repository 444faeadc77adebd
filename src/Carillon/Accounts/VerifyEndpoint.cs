using Carillon.Http;
using Microsoft.AspNetCore.Authentication;

namespace Carillon.Accounts;

/// <summary>Answers a reverse proxy that asks whether a request may pass (<c>forward_auth</c>, <c>auth_request</c>).</summary>
internal static class VerifyEndpoint
{
    public static async Task Answer(HttpContext context, Directory directory)
    {
        // The proxy's own question is a GET; what the person is about to do is judged by whoever gets it.
        await context.AuthenticateAsync(AccessScheme.Name);
        if (await Access.BindAsync(context) is { } access && directory.Find(access.PersonId) is { } person)
        {
            context.Response.Headers["X-Forwarded-User"] = person.Name;
            context.Response.Headers["X-Forwarded-Role"] = person.Role;
            return;
        }

        if (context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
        {
            var wanted = context.Request.Headers["X-Forwarded-Uri"].ToString();
            context.Response.Redirect(IsLocalPath(wanted) ? $"/sign-in?return={Uri.EscapeDataString(wanted)}" : "/sign-in");
            return;
        }

        await Problems.SignInRequired.ExecuteAsync(context);
    }

    /// <summary>One slash at the beginning, and nothing that a browser would take for another host or a line break.</summary>
    public static bool IsLocalPath(string path) =>
        path is ['/', ..] && path is not (['/', '/' or '\\', ..]) && !path.Any(char.IsControl) && !path.Contains('\\', StringComparison.Ordinal);
}
