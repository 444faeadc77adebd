using Carillon.Accounts;
using Carillon.Protocol;
using Microsoft.Extensions.Options;

namespace Carillon.Agents;

internal static class AgentsModule
{
    public static void AddAgents(this IServiceCollection services, string dataFolder)
    {
        services.AddOptions<AgentsOptions>().BindConfiguration(AgentsOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AgentsOptions>, AgentsOptionsValidator>();

        // In the order in which people choose from them.
        services.AddSingleton<IAgent, DemoAgent>();
        services.AddSingleton<IAgent, ClaudeCodeAgent>();
        services.AddSingleton<IAgent, CommandAgent>();
        services.AddSingleton<IAgent, OpenAIAgent>();
        services.AddSingleton<AgentCatalog>();
        services.AddSingleton(provider => new SessionFolders(dataFolder, provider.GetRequiredService<IOptions<AgentsOptions>>()));
    }

    public static void MapAgents(this IEndpointRouteBuilder app) =>
        app.MapGroup("/api/v1").WithTags("Chat").MapGet("/agents", AgentEndpoints.List).Needs(Scopes.Read);
}
