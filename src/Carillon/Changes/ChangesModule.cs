using Carillon.Storage;
using Microsoft.Extensions.Options;

namespace Carillon.Changes;

internal static class ChangesModule
{
    public static void AddChanges(this IServiceCollection services)
    {
        services.AddOptions<ChangesOptions>().BindConfiguration(ChangesOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ChangesOptions>, ChangesOptionsValidator>();
        services.AddOptions<StreamsOptions>().BindConfiguration(StreamsOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<StreamsOptions>, StreamsOptionsValidator>();
        services.AddOptions<RetentionOptions>().BindConfiguration(RetentionOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RetentionOptions>, RetentionOptionsValidator>();
        services.AddSingleton<ChangeLog>();
        services.AddSingleton<IJournal>(provider => provider.GetRequiredService<ChangeLog>());
        services.AddSingleton<ChangeTable>();
        services.AddSingleton<FollowedLog>();
        services.AddSingleton<LogStart>();
        services.AddHostedService(provider => provider.GetRequiredService<LogStart>());
        services.AddSingleton<LiveStreams>();
        services.AddSingleton<StreamPlaces>();
        services.AddSingleton<IRetained, RetainedChanges>();
        services.AddSingleton<ChangeFollower>();
        services.AddHostedService(provider => provider.GetRequiredService<ChangeFollower>());
        services.AddSingleton<Retention>();
        services.AddHostedService(provider => provider.GetRequiredService<Retention>());
    }
}
