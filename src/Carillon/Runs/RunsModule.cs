using Carillon.Changes;
using Carillon.Sessions;
using Microsoft.Extensions.Options;

namespace Carillon.Runs;

internal static class RunsModule
{
    public static void AddRuns(this IServiceCollection services, string dataFolder)
    {
        services.AddSingleton(_ => NodeId.Open(dataFolder));
        services.AddOptions<ChatOptions>().BindConfiguration(ChatOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ChatOptions>, ChatOptionsValidator>();
        services.AddSingleton<ChatLimits>();
        services.AddSingleton<RunQueue>();
        services.AddSingleton<IHostedRuns>(provider => provider.GetRequiredService<RunQueue>());
        services.AddSingleton<DeletedRuns>();
        services.AddSingleton<ISessionPart>(provider => provider.GetRequiredService<DeletedRuns>());
        services.AddSingleton<IRetained>(provider => provider.GetRequiredService<DeletedRuns>());
        services.AddHostedService<DeletedFolders>();
        services.AddSingleton<RunPass>();
        services.AddSingleton<RunTasks>();
        services.AddSingleton<LiveRuns>();
        services.AddSingleton<Runner>();
        services.AddHostedService(provider => provider.GetRequiredService<Runner>());
    }
}
