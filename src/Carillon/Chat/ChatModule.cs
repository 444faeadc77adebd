using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Chat.Agents;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Sessions;
using Microsoft.Extensions.Options;

namespace Carillon.Chat;

internal static class ChatModule
{
    public static void AddChat(this IServiceCollection services, string dataFolder)
    {
        services.AddOptions<ChatOptions>().BindConfiguration(ChatOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ChatOptions>, ChatOptionsValidator>();
        services.AddAgents();
        services.AddSessionFolders(dataFolder);
        services.AddSingleton<AgentCatalog>();
        services.AddSingleton<ChatLimits>();
        services.AddSingleton<MessageRecords>();
        services.AddSingleton<MessageStore>();
        services.AddSingleton<MessageArrivals>();
        services.AddSingleton<IAgentsElsewhere, AgentsElsewhere>();
        services.AddSingleton<Handover>();
        services.AddSingleton<RunQueue>();
        services.AddSingleton<IHostedRuns>(provider => provider.GetRequiredService<RunQueue>());
        services.AddSingleton<RunPass>();
        services.AddSingleton<RunTasks>();
        services.AddSingleton<LiveRuns>();
        services.AddSingleton<Runner>();
        services.AddHostedService(provider => provider.GetRequiredService<Runner>());
        services.AddSingleton<ChatStore>();
        services.AddSingleton<Conversations>();
        services.AddHostedService(provider => provider.GetRequiredService<Conversations>());
        services.AddSingleton<ChatSockets>();
        services.AddHostedService(provider => provider.GetRequiredService<ChatSockets>());
    }

    public static void MapChat(this IEndpointRouteBuilder app)
    {
        // An upgrade is a GET, and a CONNECT over HTTP/2.
        app.MapMethods("/chat/ws", ["GET", "CONNECT"], (RequestDelegate)(context => ChatEndpoint.Open(
                context, context.RequestServices.GetRequiredService<ChatSockets>(), context.RequestServices.GetRequiredService<StreamPlaces>())))
            .Needs(Scopes.Read)
            .ExcludeFromDescription();

        var api = app.MapGroup("/api/v1").WithTags("Chat");
        api.MapGet("/agents", SessionLifeEndpoints.Agents).Needs(Scopes.Read);
        api.MapPost("/sessions", SessionLifeEndpoints.Begin).RefusesBodyWith(Problems.InvalidSession).Needs(Scopes.Publish);
        api.MapPost("/sessions/{id}/stop", SessionLifeEndpoints.Stop).Needs(Scopes.Publish);
        api.MapPost("/sessions/{id}/restore", SessionLifeEndpoints.Restore).Needs(Scopes.Publish);
        api.MapGet("/sessions/{id}/messages", MessageEndpoints.List).Needs(Scopes.Read);
        api.MapPost("/sessions/{id}/messages", MessageEndpoints.Send).RefusesBodyWith(Problems.InvalidMessage).Needs(Scopes.Publish);
        api.MapPost("/sessions/{id}/messages/take", MessageEndpoints.Take).RefusesBodyWith(Problems.InvalidMessage).Needs(Scopes.Publish);
        api.MapPost("/sessions/{id}/messages/delivered", MessageEndpoints.Confirm).RefusesBodyWith(Problems.InvalidMessage).Needs(Scopes.Publish);
    }
}
