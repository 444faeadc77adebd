using Carillon.Accounts;
using Carillon.Agents;
using Carillon.Changes;
using Carillon.Conversations;
using Carillon.Events;
using Carillon.Http;
using Carillon.Notifications;
using Carillon.Runs;
using Carillon.Sessions;
using Carillon.Storage;
using Carillon.Web;

namespace Carillon;

/// <summary>The table of contents: which rooms there are, and how they are put together.</summary>
internal static class CarillonApp
{
    public static WebApplication Build(DataFolder folder, string[] settings, bool quiet)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            // No watch on settings files: it would be woken by every write of the database beside them.
            Args = ["--hostBuilder:reloadConfigOnChange=false", .. settings],
            ContentRootPath = AppContext.BaseDirectory,
        });
        folder.Configure(builder, settings, quiet);
        builder.AddTelemetry();
        builder.AddHttp(TakenConnection.Around);

        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddStorage(folder.OpenDialect(builder.Configuration));
        services.AddChanges();
        services.AddAccounts(ServerSecret.Open(builder.Configuration["Secret"], folder.Path));
        services.AddNotifications();
        services.AddSessions();
        services.AddAgents(folder.Path);
        services.AddRuns(folder.Path);
        services.AddConversations();
        services.AddWeb(actionHosts: provider => provider.GetRequiredService<Addresses>().Hosts);
        services.AddDescription();

        // Where two rooms meet: Notifications asks how to name a session, what happened and how things are, Sessions knows.
        services.AddSingleton<FindSessionSubject>(provider => provider.GetRequiredService<SessionTable>().FindSubjectAsync);
        services.AddSingleton<IFactSource, SessionFacts>();
        services.AddSingleton<IFactSource, PullRequestFacts>();
        services.AddSingleton<ISessionPart, SessionAlerts>();
        services.AddSingleton<TellOutage>(provider => provider.GetRequiredService<OutageLog>().Tell);
        services.AddActionFulfilments();

        var app = builder.Build();
        app.UseHttp();
        app.UseWebSockets();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapHealth();
        app.MapAccounts();
        app.MapNotifications();
        app.MapSessions();
        app.MapAgents();
        app.MapConversations();
        app.MapEvents();
        app.MapDescription();
        app.MapWeb();
        return app;
    }

    /// <summary>Brings the database up to date and opens the log, before the first request.</summary>
    public static async Task OpenAsync(IServiceProvider services, DataFolder folder, CancellationToken cancel, bool anySecret = false)
    {
        StoredJson.LogTo(services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(StoredJson)));
        services.GetRequiredService<Migrations>().Run();
        if (!anySecret)
        {
            await services.GetRequiredService<SecretBond>().CheckAsync(cancel);
        }

        await services.GetRequiredService<LogStart>().OpenAsync(folder.Path, cancel);
        services.GetRequiredService<Accounts.Membership>().Open();
    }
}
