using Carillon.Changes;
using Carillon.Protocol;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace Carillon.Accounts;

internal static class AccountsModule
{
    public static void AddAccounts(this IServiceCollection services, ServerSecret secret)
    {
        services.AddSingleton(secret);
        services.AddSingleton<SecretBond>();
        services.AddSingleton<Membership>();
        services.AddSingleton<IVisibility>(provider => provider.GetRequiredService<Membership>());
        services.AddSingleton<AuditTable>();
        services.AddSingleton<AccessTable>();

        // In this order: who a person is comes before what that person holds.
        services.AddSingleton<IFirstReader>(provider => provider.GetRequiredService<Membership>());
        services.AddSingleton<IFirstReader>(provider => provider.GetRequiredService<AccessTable>());
        services.AddSingleton<UserTable>();
        services.AddSingleton<IRetained, RetainedAccesses>();
        services.AddSingleton<IRetained, RetainedAudit>();
        services.AddSingleton<Erasing>();
        services.AddSingleton<IRetained>(provider => provider.GetRequiredService<Erasing>());
        services.AddOptions<ProjectsOptions>().BindConfiguration(ProjectsOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ProjectsOptions>, ProjectsOptionsValidator>();
        services.AddSingleton<ProjectTable>();
        services.AddSingleton<Passwords>();
        services.AddOptions<TokensOptions>().BindConfiguration(TokensOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TokensOptions>, TokensOptionsValidator>();
        services.AddSingleton<TokenQuota>();
        services.AddSingleton<FailedAttempts>();
        services.AddSingleton<KnownBrowsers>();
        services.AddSingleton<SetupCode>();

        // The core alone: the rest would bring key files for cookies that are not used here.
        services.AddAuthenticationCore(authentication =>
        {
            authentication.DefaultScheme = AccessScheme.Name;
            authentication.AddScheme<AccessScheme>(AccessScheme.Name, displayName: null);
        });
        services.AddWebEncoders();
        services.AddTransient<AccessScheme>();
        services.AddAuthorization();
        services.AddSingleton<IAuthorizationHandler, ScopeHandler>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AccessRefusals>();
    }

    public static void MapAccounts(this IEndpointRouteBuilder app)
    {
        app.MapGet("/auth/verify", VerifyEndpoint.Answer).ExcludeFromDescription();

        var api = app.MapGroup("/api/v1").WithTags("Accounts");
        api.MapGet("/setup", SignInEndpoints.Setup);
        api.MapPost("/setup", SignInEndpoints.SetUp);
        api.MapPost("/sign-in", SignInEndpoints.SignIn);
        api.MapPost("/sign-ins", SignInEndpoints.SignIn);
        api.MapPost("/sign-out", SignInEndpoints.SignOut).RequireAuthorization();
        api.MapGet("/me", SignInEndpoints.Me).RequireAuthorization();
        api.MapGet("/sign-ins", SignInEndpoints.List).Needs(Policies.Account);
        api.MapDelete("/sign-ins/{id}", SignInEndpoints.End).Needs(Policies.Account);

        api.MapGet("/tokens", TokenEndpoints.List).Needs(Policies.Account);
        api.MapPost("/tokens", TokenEndpoints.Create).Needs(Policies.Account);
        api.MapDelete("/tokens/{id}", TokenEndpoints.Revoke).Needs(Policies.Account);

        api.MapGet("/users", UserEndpoints.List).Needs(Policies.Administration);
        api.MapPost("/users", UserEndpoints.Add).Needs(Policies.Administration);
        api.MapPatch("/users/{name}", UserEndpoints.Update).Needs(Policies.Account);
        api.MapDelete("/users/{name}", UserEndpoints.Remove).Needs(Policies.Administration);

        api.MapGet("/audit", AuditEndpoints.List).Needs(Policies.Administration);
        api.MapGet("/audit/export", AuditEndpoints.Export).Produces<AuditEntry>(StatusCodes.Status200OK, AuditEndpoints.Lines).Needs(Policies.Administration);

        api.MapGet("/projects", ProjectEndpoints.List).Needs(Scopes.Read);
        api.MapPost("/projects", ProjectEndpoints.Add).Needs(Scopes.Publish);
        api.MapGet("/projects/{id}", ProjectEndpoints.Get).Needs(Scopes.Read);
        api.MapPatch("/projects/{id}", ProjectEndpoints.Update).Needs(Scopes.Admin);
        api.MapDelete("/projects/{id}", ProjectEndpoints.Remove).Needs(Scopes.Admin);
        api.MapPut("/projects/{id}/members/{name}", ProjectEndpoints.AddMember).Needs(Scopes.Admin);
        api.MapDelete("/projects/{id}/members/{name}", ProjectEndpoints.RemoveMember).Needs(Scopes.Admin);
    }
}
