using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Diagnostics;

namespace Carillon.Http;

/// <summary>What an endpoint answers when its body cannot be read, instead of <c>INVALID_REQUEST</c>.</summary>
internal sealed record BodyRefusal(Refusal Refusal);

/// <summary>Tells of an outage of the database, a line a second; false when the error says something else. The Storage room answers.</summary>
internal delegate bool TellOutage(Exception error);

/// <summary>Turns what the framework throws into answers that say what to do.</summary>
internal sealed partial class BadRequests(TellOutage tellOutage, ILogger<BadRequests> log) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.Response.HasStarted)
        {
            return false;
        }

        // The handler in front of us has cleared the answer, headers included.
        PageHeaders.SetOn(httpContext.Response);
        await Answer(httpContext, exception).ExecuteAsync(httpContext);
        return true;
    }

    /// <summary>Says what is wrong where the framework answers with a bare status.</summary>
    public static Task CompleteAsync(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status400BadRequest => UnreadableParameter(context) is { } parameter
            ? Problems.InvalidRequest.Because($"The value of '{parameter}' has the wrong form.").ExecuteAsync(context)
            : Invalid(context).Because("The request could not be read.").ExecuteAsync(context),
        StatusCodes.Status404NotFound => Problems.NotFound.ExecuteAsync(context),
        StatusCodes.Status405MethodNotAllowed => Problems.MethodNotAllowed.ExecuteAsync(context),
        StatusCodes.Status413PayloadTooLarge => Problems.BodyTooLarge.ExecuteAsync(context),
        StatusCodes.Status415UnsupportedMediaType => Problems.NotJson.ExecuteAsync(context),
        _ => Task.CompletedTask,
    };

    private static string? UnreadableParameter(HttpContext context) =>
        context.GetEndpoint()?.Metadata.OfType<IParameterBindingMetadata>()
            .Where(parameter => parameter.HasTryParse && context.Request.Query.TryGetValue(parameter.Name, out var value) && !CanBe(parameter.ParameterInfo.ParameterType, value))
            .Select(parameter => parameter.Name).FirstOrDefault();

    private static bool CanBe(Type type, string? value)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(PageSize) ? PageSize.TryParse(value, out _)
            : type == typeof(bool) ? bool.TryParse(value, out _)
            : type != typeof(long) || long.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _);
    }

    // The exception handler takes the endpoint off the request and keeps it for us.
    private static Refusal Invalid(HttpContext context) =>
        (context.Features.Get<IExceptionHandlerFeature>()?.Endpoint ?? context.GetEndpoint())?.Metadata.GetMetadata<BodyRefusal>()?.Refusal ?? Problems.InvalidRequest;

    private Refusal Answer(HttpContext context, Exception exception)
    {
        if (exception is not BadHttpRequestException bad)
        {
            if (!tellOutage(exception))
            {
                LogFailed(exception, context.Request.Method, context.Request.Path);
            }

            return exception is System.Data.Common.DbException ? Problems.Unavailable : Problems.Internal;
        }

        var invalid = Invalid(context);
        return bad switch
        {
            { StatusCode: StatusCodes.Status413PayloadTooLarge } => Problems.BodyTooLarge,
            { StatusCode: StatusCodes.Status415UnsupportedMediaType } => Problems.NotJson,
            { InnerException: JsonException } when context.Request.ContentLength is 0 => invalid.Because("The body is empty; a JSON object is needed."),
            { InnerException: JsonException json } => invalid.Because(Explain(json)),
            _ when bad.Message.EndsWith("from body.", StringComparison.Ordinal) || bad.Message.Contains("no body", StringComparison.Ordinal) =>
                invalid.Because("The body is empty; a JSON object is needed."),
            _ => invalid.Because("The request could not be read."),
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
            var from = message.IndexOf("including:", StringComparison.Ordinal);
            return from < 0 ? "A required member is missing." : $"Required and missing: {message[(from + 10)..].Trim(' ', '.')}.";
        }

        if (message.Contains("Duplicate property", StringComparison.Ordinal))
        {
            return $"The member {Quoted(message) ?? member} stands there twice.";
        }

        return member is null ? "The body is not a valid JSON object." : $"The member '{member}' has a value of the wrong type or form.";
    }

    private static string? Quoted(string message) => message.Split('\'') is [_, var name, ..] ? $"'{name}'" : null;

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void LogFailed(Exception error, string method, PathString path);
}
