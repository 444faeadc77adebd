using Carillon.Accounts;
using Carillon.Protocol;

namespace Carillon.Events;

internal static class EventsModule
{
    public static void MapEvents(this IEndpointRouteBuilder app) =>
        app.MapGet("/events", (RequestDelegate)(context => EventsEndpoint.Stream(
                context, context.RequestServices.GetRequiredService<Changes.LiveStreams>(), context.RequestServices.GetRequiredService<Changes.StreamPlaces>(),
                context.RequestServices.GetRequiredService<Accounts.Membership>())))
            .Needs(Scopes.Read)
            .ExcludeFromDescription();
}
