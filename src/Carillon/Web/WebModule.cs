namespace Carillon.Web;

internal static class WebModule
{
    /// <param name="actionHosts">The hosts that the page may open, for its own check.</param>
    public static void AddWeb(this IServiceCollection services, Func<IServiceProvider, IReadOnlyList<string>> actionHosts) =>
        services.AddSingleton(provider => new PageFiles(actionHosts(provider)));

    /// <summary>Whatever no endpoint answers is the page's, or nothing.</summary>
    public static void MapWeb(this IEndpointRouteBuilder app) =>
        app.MapFallback("{*path}", (RequestDelegate)(context => context.RequestServices.GetRequiredService<PageFiles>().AnswerAsync(context)))
            .WithMetadata(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));
}
