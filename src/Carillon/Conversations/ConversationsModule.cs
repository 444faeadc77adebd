using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Runs;
using Carillon.Sessions;

namespace Carillon.Conversations;

internal static class ConversationsModule
{
    public static void AddConversations(this IServiceCollection services)
    {
        services.AddSingleton<MessageTable>();
        services.AddSingleton<ISessionPart>(provider => provider.GetRequiredService<MessageTable>());
        services.AddSingleton<IRunConversation, RunConversation>();
        services.AddSingleton<MessageArrivals>();
        services.AddSingleton<IAgentsElsewhere, AgentsElsewhere>();
        services.AddSingleton<Handover>();
        services.AddSingleton<SessionLife>();
        services.AddSingleton<FollowedConversations>();
        services.AddHostedService(provider => provider.GetRequiredService<FollowedConversations>());
        services.AddSingleton<ChatSockets>();
        services.AddHostedService(provider => provider.GetRequiredService<ChatSockets>());
    }

    public static void MapConversations(this IEndpointRouteBuilder app)
    {
        // An upgrade is a GET, and a CONNECT over HTTP/2.
        app.MapMethods("/chat/ws", ["GET", "CONNECT"], (RequestDelegate)(context => ChatEndpoint.Open(
                context, context.RequestServices.GetRequiredService<ChatSockets>(), context.RequestServices.GetRequiredService<StreamPlaces>())))
            .Needs(Scopes.Read)
            .ExcludeFromDescription();

        var api = app.MapGroup("/api/v1").WithTags("Chat");
        api.MapPost("/sessions", SessionLifeEndpoints.Begin).RefusesBodyWith(Problems.InvalidSession).Needs(Scopes.Run);
        api.MapPost("/sessions/{id}/stop", SessionLifeEndpoints.Stop).Needs(Scopes.Run);
        api.MapPost("/sessions/{id}/restore", SessionLifeEndpoints.Restore).Needs(Scopes.Run);
        api.MapPatch("/sessions/{id}", SessionLifeEndpoints.Amend).RefusesBodyWith(Problems.InvalidSession)
            .Needs(new ScopeRequirement(Scopes.Run, OtherScope: Scopes.Publish));
        api.MapDelete("/sessions/{id}", SessionLifeEndpoints.Delete).Needs(Scopes.Run);
        api.MapGet("/sessions/{id}/messages", MessageEndpoints.List).Needs(Scopes.Read);

        // An agent elsewhere is told with the scope of its hooks: SessionLife looks.
        api.MapPost("/sessions/{id}/messages", MessageEndpoints.Send).RefusesBodyWith(Problems.InvalidMessage)
            .Needs(new ScopeRequirement(Scopes.Run, OtherScope: Scopes.Publish));
        api.MapDelete("/sessions/{id}/messages/{messageId}", MessageEndpoints.Withdraw).Needs(new ScopeRequirement(Scopes.Run, OtherScope: Scopes.Publish));
        api.MapPost("/sessions/{id}/messages/take", MessageEndpoints.Take).RefusesBodyWith(Problems.InvalidMessage).Needs(Scopes.Publish);
        api.MapPost("/sessions/{id}/messages/delivered", MessageEndpoints.Confirm).RefusesBodyWith(Problems.InvalidMessage).Needs(Scopes.Publish);
    }
}
