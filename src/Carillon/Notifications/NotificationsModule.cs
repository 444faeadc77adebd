using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Http;
using Carillon.Protocol;
using Microsoft.Extensions.Options;

namespace Carillon.Notifications;

internal static class NotificationsModule
{
    public static void AddNotifications(this IServiceCollection services)
    {
        services.AddOptions<NotificationsOptions>().BindConfiguration(NotificationsOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<NotificationsOptions>, NotificationsOptionsValidator>();
        services.AddOptions<NotifierOptions>().BindConfiguration(NotifierOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<NotifierOptions>, NotifierOptionsValidator>();
        services.AddSingleton<ActionTargets>();
        services.AddSingleton<ActionTokens>();
        services.AddSingleton<ActionExecution>();
        services.AddSingleton<NotificationRules>();
        services.AddSingleton<Inbox>();
        services.AddSingleton<NotificationTable>();
        services.AddSingleton<Publishing>();
        services.AddSingleton<IRetained, RetainedNotifications>();
        services.AddSingleton<IRetained, RetainedAnswers>();
        services.AddSingleton<IErased, ErasedInboxes>();
        services.AddSingleton<Alerts>();
        services.AddSingleton<Reconciliation>();
        services.AddHostedService<Notifier>();
    }

    public static void MapNotifications(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1").WithTags("Notifications");
        api.MapGet("/notifications", NotificationEndpoints.List).Needs(Scopes.Read);
        api.MapGet("/notifications/{id}", NotificationEndpoints.Get).Needs(Scopes.Read);
        api.MapPatch("/notifications/{id}", NotificationEndpoints.Update).RefusesBodyWith(Problems.InvalidNotificationUpdate).Needs(Scopes.Read);
        api.MapPost("/notifications/read-all", NotificationEndpoints.ReadAll).RefusesBodyWith(Problems.InvalidNotificationUpdate).Needs(Scopes.Read);
        api.MapPost("/notifications", NotificationEndpoints.Publish).RefusesBodyWith(Problems.InvalidNotification).Needs(Scopes.Publish);
        api.MapPost("/notifications/resolve", NotificationEndpoints.Resolve).RefusesBodyWith(Problems.InvalidNotification).Needs(Scopes.Publish);
        api.MapGet("/action-token", NotificationEndpoints.Token).Needs(Scopes.Read);
        api.MapPost("/notifications/{id}/actions/{actionId}", NotificationEndpoints.Execute).Needs(Scopes.Read);
    }
}
