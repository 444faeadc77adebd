using System.Globalization;
using Carillon.Protocol;

namespace Carillon.Http;

/// <summary>An error answer (RFC 9457). As a value it can be compared, returned from rules, and sent.</summary>
internal sealed record Refusal(int Status, string Code, string Title, string Detail) : IResult, IStatusCodeHttpResult, IValueHttpResult, IValueHttpResult<Problem>
{
    public TimeSpan? RetryAfter { get; init; }

    int? IStatusCodeHttpResult.StatusCode => Status;

    Problem IValueHttpResult<Problem>.Value => Problem;

    object IValueHttpResult.Value => Problem;

    private Problem Problem => new() { Status = Status, Code = Code, Title = Title, Detail = Detail };

    /// <summary>The same error, with what is wrong this time.</summary>
    public Refusal Because(string detail) => this with { Detail = detail };

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        if (RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        await response.WriteAsJsonAsync(Problem, CarillonJson.Default.Problem, "application/problem+json", httpContext.RequestAborted);
    }
}
