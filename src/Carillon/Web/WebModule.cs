namespace Carillon.Web;

internal static class WebModule
{
    /// <param name="actionHosts">The hosts that the page may open, for its own check.</param>
    public static void AddWeb(this IServiceCollection services, Func<IServiceProvider, IReadOnlyList<string>> actionHosts) =>
        services.AddSingleton(provider => new PageFiles(typeof(WebModule).Assembly, actionHosts(provider)));

    /// <summary>Whatever no endpoint answers is the page's, or nothing.</summary>
    /// <remarks>The pattern is written out: the framework's own leaves out whatever looks like a file, and the page has files.</remarks>
    public static void MapWeb(this IEndpointRouteBuilder app) =>
        app.MapFallback("{**path}", (RequestDelegate)(context => context.RequestServices.GetRequiredService<PageFiles>().AnswerAsync(context)));
}
