using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;

namespace Carillon.Http;

/// <summary>What an endpoint answers when its body cannot be read, instead of <c>INVALID_REQUEST</c>.</summary>
internal sealed record BodyRefusal(Refusal Refusal);

/// <summary>Turns what the framework throws into answers that say what to do.</summary>
internal sealed partial class BadRequests(ILogger<BadRequests> log) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.Response.HasStarted)
        {
            return false;
        }

        await Answer(httpContext, exception).ExecuteAsync(httpContext);
        return true;
    }

    private Refusal Answer(HttpContext context, Exception exception)
    {
        if (exception is not BadHttpRequestException bad)
        {
            LogFailed(exception, context.Request.Method, context.Request.Path);
            return exception is System.Data.Common.DbException ? Problems.Unavailable : Problems.Internal;
        }

        var invalid = context.GetEndpoint()?.Metadata.GetMetadata<BodyRefusal>()?.Refusal ?? Problems.InvalidRequest;
        return bad switch
        {
            { StatusCode: StatusCodes.Status413PayloadTooLarge } => Problems.BodyTooLarge,
            { StatusCode: StatusCodes.Status415UnsupportedMediaType } => Problems.NotJson,
            { InnerException: JsonException json } => invalid.Because(Explain(json)),
            _ when context.Request.ContentLength is 0 => invalid.Because("The body is empty; a JSON object is needed."),
            _ => invalid.Because(Explain(bad)),
        };
    }

    /// <summary>Names the member; the serializer's own sentence names types of ours, which say nothing to a client.</summary>
    private static string Explain(JsonException error)
    {
        var member = error.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : null;
        var message = error.Message;
        if (message.Contains("could not be mapped", StringComparison.Ordinal))
        {
            return $"The member {Quoted(message) ?? member} is not known here.";
        }

        if (message.Contains("missing required", StringComparison.Ordinal))
        {
            var from = message.IndexOf("following:", StringComparison.Ordinal);
            return from < 0 ? "A required member is missing." : $"Required and missing: {message[(from + 10)..].Trim(' ', '.')}.";
        }

        if (message.Contains("Duplicate property", StringComparison.Ordinal))
        {
            return $"The member {Quoted(message) ?? member} stands there twice.";
        }

        return member is null ? "The body is not a valid JSON object." : $"The member '{member}' has a value of the wrong type or form.";
    }

    private static string Explain(BadHttpRequestException error)
    {
        // "Failed to bind parameter "Int32 limit" from "abc"." names the parameter behind its type.
        var parts = error.Message.Split('"');
        return parts is [_, var parameter, ..] && parameter.Contains(' ', StringComparison.Ordinal)
            ? $"The value of '{parameter[(parameter.LastIndexOf(' ') + 1)..]}' is missing or has the wrong form."
            : "The request could not be read.";
    }

    private static string? Quoted(string message) => message.Split('\'') is [_, var name, ..] ? $"'{name}'" : null;

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void LogFailed(Exception error, string method, PathString path);
}
