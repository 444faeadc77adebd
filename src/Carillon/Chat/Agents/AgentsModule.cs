using Microsoft.Extensions.Options;

namespace Carillon.Chat.Agents;

internal static class AgentsModule
{
    public static void AddAgents(this IServiceCollection services)
    {
        services.AddOptions<AgentsOptions>().BindConfiguration(AgentsOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AgentsOptions>, AgentsOptionsValidator>();

        // In the order in which people choose from them.
        services.AddSingleton<IAgent, DemoAgent>();
        services.AddSingleton<IAgent, ClaudeCodeAgent>();
        services.AddSingleton<IAgent, CommandAgent>();
        services.AddSingleton<IAgent, OpenAIAgent>();
    }

    public static void AddSessionFolders(this IServiceCollection services, string dataFolder) =>
        services.AddSingleton(provider => new SessionFolders(dataFolder, provider.GetRequiredService<IOptions<AgentsOptions>>()));
}
