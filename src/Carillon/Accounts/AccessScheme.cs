using System.Text.Encodings.Web;
using Carillon.Http;
using Carillon.Protocol;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.Extensions.Options;

namespace Carillon.Accounts;

/// <summary>The one way in: a bearer token, or the cookie of a sign-in. A request that carries both is judged by its token.</summary>
internal sealed class AccessScheme(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, AccessTable accesses)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Name = "Carillon";

    private static readonly AuthenticateResult Nobody = AuthenticateResult.NoResult();
    private bool _isCrossSite;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // Another scheme may be meant for a proxy in front; the cookie still counts then.
        if (Request.Headers.Authorization is [{ } header] && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return await accesses.FindAsync(AccessKind.Token, header[7..].Trim(), Context.RequestAborted) is { } token
                ? token.Authenticated
                : Nobody;
        }

        if (SignInCookie.Read(Request) is not { } cookie
            || await accesses.FindAsync(AccessKind.SignIn, cookie, Context.RequestAborted) is not { } signIn)
        {
            return Nobody;
        }

        // A browser sends the cookie whoever asks it to, so what changes something has to come from our own page.
        if (!CrossSite.MayUseCookie(Request))
        {
            _isCrossSite = true;
            return Nobody;
        }

        return signIn.Authenticated;
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return (_isCrossSite ? Problems.CrossSite : Problems.SignInRequired).ExecuteAsync(Context);
    }
}

/// <summary>What an endpoint asks of an access.</summary>
/// <param name="OtherScope">One that will do as well; what the request is about decides whether it does.</param>
internal sealed record ScopeRequirement(string Scope, bool AdminsOnly = false, bool WholeAccount = false, string? OtherScope = null)
    : IAuthorizationRequirement, IScoped;

internal sealed class ScopeHandler(Membership membership) : AuthorizationHandler<ScopeRequirement>
{
    protected override async Task HandleRequirementAsync(AuthorizationHandlerContext context, ScopeRequirement requirement)
    {
        if (context.Resource is not HttpContext http || await Access.BindAsync(http) is not { } access)
        {
            return;
        }

        if (!access.May(requirement.Scope) && !(requirement.OtherScope is { } other && access.May(other)))
        {
            context.Fail(new AuthorizationFailureReason(this, $"The token needs the scope {requirement.Scope}. Create one that has it."));
        }
        else if (requirement.WholeAccount && access.BoundProjectId is { } bound)
        {
            context.Fail(new AuthorizationFailureReason(this, $"The token is bound to the project {bound}. Use one that is not."));
        }
        else if (requirement.AdminsOnly && !await membership.IsAdminAsync(access.PersonId, http.RequestAborted))
        {
            context.Fail();
        }
        else
        {
            context.Succeed(requirement);
        }
    }
}

/// <summary>What endpoints can ask for.</summary>
internal static class Policies
{
    /// <summary>
    /// The person's own account: a sign-in, or a token with the widest scope. Not one that is bound to a project: it could make
    /// itself a free one.
    /// </summary>
    public static ScopeRequirement Account { get; } = new(Scopes.Admin, WholeAccount: true);

    /// <summary>People: an administrator's sign-in, or such a token of one.</summary>
    public static ScopeRequirement Administration { get; } = new(Scopes.Admin, AdminsOnly: true, WholeAccount: true);

    public static TBuilder Needs<TBuilder>(this TBuilder endpoints, string scope)
        where TBuilder : IEndpointConventionBuilder => endpoints.Needs(new ScopeRequirement(scope));

    public static TBuilder Needs<TBuilder>(this TBuilder endpoints, ScopeRequirement requirement)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.RequireAuthorization(policy => policy.AddAuthenticationSchemes(AccessScheme.Name).RequireAuthenticatedUser().AddRequirements(requirement));
}

/// <summary>Refusals that say what is missing.</summary>
internal sealed class AccessRefusals : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _framework = new();

    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (!authorizeResult.Forbidden)
        {
            return _framework.HandleAsync(next, context, policy, authorizeResult);
        }

        return authorizeResult.AuthorizationFailure?.FailureReasons.FirstOrDefault() is { } reason
            ? Problems.ScopeMissing.Because(reason.Message).ExecuteAsync(context)
            : Problems.AdminOnly.ExecuteAsync(context);
    }
}
