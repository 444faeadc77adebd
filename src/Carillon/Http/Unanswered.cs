using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing.Template;

namespace Carillon.Http;

/// <summary>
/// What no endpoint answers: 405 with <c>Allow</c> where another method would do, 415 or 400 where the body kept the request from
/// its endpoint, else 404. All as problems.
/// </summary>
internal static class Unanswered
{
    public static Task AnswerAsync(HttpContext context)
    {
        var endpoints = context.RequestServices.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => MethodsOf(endpoint).Count > 0 && Matches(endpoint, context.Request.Path)).ToList();
        if (endpoints is [])
        {
            return Problems.NotFound.ExecuteAsync(context);
        }

        if (endpoints.Find(endpoint => MethodsOf(endpoint).Contains(context.Request.Method, StringComparer.OrdinalIgnoreCase)) is not { } wanted)
        {
            context.Response.Headers.Allow = string.Join(", ", endpoints.SelectMany(MethodsOf).Distinct().Order(StringComparer.Ordinal));
            return Problems.MethodNotAllowed.ExecuteAsync(context);
        }

        return context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }
            ? (wanted.Metadata.GetMetadata<BodyRefusal>()?.Refusal ?? Problems.InvalidRequest).Because("The body is empty; a JSON object is needed.").ExecuteAsync(context)
            : Problems.NotJson.ExecuteAsync(context);
    }

    private static IReadOnlyList<string> MethodsOf(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [];

    private static bool Matches(RouteEndpoint endpoint, PathString path) =>
        new TemplateMatcher(new RouteTemplate(endpoint.RoutePattern), []).TryMatch(path, []);
}
