using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Sessions.Forges;
using Microsoft.Extensions.Options;

namespace Carillon.Sessions;

internal static class SessionsModule
{
    public static void AddSessions(this IServiceCollection services)
    {
        services.AddOptions<SessionsOptions>().BindConfiguration(SessionsOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SessionsOptions>, SessionsOptionsValidator>();
        services.AddSingleton<SessionTable>();
        services.AddSingleton<SessionLimits>();
        services.AddSingleton<ReportKeyTable>();
        services.AddSingleton<IRetained>(provider => provider.GetRequiredService<ReportKeyTable>());
        services.AddSingleton<IErased>(provider => provider.GetRequiredService<ReportKeyTable>());
        services.AddSingleton<SessionReports>();
        services.AddSingleton<PullRequestTable>();
        services.AddSingleton<Subscriptions>();
        services.AddSingleton<StandingFacts>();
        services.AddHostedService<StuckWatch>();
        services.AddOptions<ForgesOptions>().BindConfiguration(ForgesOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ForgesOptions>, ForgesOptionsValidator>();
        services.AddSingleton<IForge, GitHubForge>();
        services.AddSingleton<IForge, GitLabForge>();
        services.AddSingleton<MergePullRequest>();
    }

    public static void MapSessions(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1/sessions").WithTags("Sessions");
        api.MapGet("/", SessionEndpoints.List).Needs(Scopes.Read);
        api.MapGet("/{id}", SessionEndpoints.Get).Needs(Scopes.Read);
        api.MapPost("/{id}/activity", SessionEndpoints.Report).RefusesBodyWith(Problems.InvalidActivity).Needs(Scopes.Publish);

        // A person's own bell: whoever may read of a session may be told of it.
        api.MapGet("/subscriptions", SubscriptionEndpoints.States).Needs(Scopes.Read);
        api.MapPut("/{id}/subscription", SubscriptionEndpoints.Subscribe).MayHaveBody<BellChoice>().Needs(Scopes.Read);
        api.MapDelete("/{id}/subscription", SubscriptionEndpoints.Unsubscribe).Needs(Scopes.Read);

        api.MapGet("/{id}/pull-requests", PullRequestEndpoints.List).Needs(Scopes.Read);
        api.MapPut("/{id}/pull-requests/{provider}/{owner}/{repo}/{number}", PullRequestEndpoints.Put)
            .RefusesBodyWith(Problems.InvalidPullRequest).Needs(Scopes.Publish);
    }
}
