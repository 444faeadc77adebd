namespace Carillon.Web;

internal static class WebModule
{
    public static void AddWeb(this IServiceCollection services) => services.AddSingleton<PageFiles>();

    /// <summary>Whatever no endpoint answers is the page's, or nothing.</summary>
    public static void MapWeb(this IEndpointRouteBuilder app) =>
        app.MapFallback((RequestDelegate)(context => context.RequestServices.GetRequiredService<PageFiles>().AnswerAsync(context)))
            .WithMetadata(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));
}
