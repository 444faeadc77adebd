using Microsoft.OpenApi;

namespace Carillon.Http;

/// <summary>The OpenAPI document, made from the endpoints themselves. The page's types come from it.</summary>
internal static class Description
{
    public static void AddDescription(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Carillon";
            document.Info.Version = "v1";
            document.Info.Description = "Where agents reach people. Errors are application/problem+json with a stable code.";

            // The address of whoever asks says nothing about the interface, and would differ in every copy.
            document.Servers?.Clear();
            return Task.CompletedTask;
        });
    });

    public static void MapDescription(this IEndpointRouteBuilder app) => app.MapOpenApi("/openapi/{documentName}.json");
}
