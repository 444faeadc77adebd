using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Carillon.Protocol;

/// <summary>How both clients read what the server answers.</summary>
internal static class Answers
{
    /// <summary>The longest answer that is read: the largest answers of the API, with room. What is longer is not Carillon's.</summary>
    private const int Limit = 16 * 1024 * 1024;

    /// <summary>An hour: a wrong clock or a joke must not silence a client for days.</summary>
    private static readonly TimeSpan s_longestWait = TimeSpan.FromHours(1);

    public static async Task<T> ReadAsync<T>(
        HttpResponseMessage response, JsonTypeInfo<T> shape, TimeProvider time, CancellationToken cancel)
        where T : class
    {
        if (!response.IsSuccessStatusCode)
        {
            throw await ProblemAsync(response, time, cancel).ConfigureAwait(false);
        }

        try
        {
            var body = await BodyAsync(response, cancel).ConfigureAwait(false);
            if (JsonSerializer.Deserialize(body, shape) is { } answer)
            {
                return answer;
            }
        }
        catch (JsonException)
        {
            // Said below, in words that help.
        }

        throw Unexpected(response, time);
    }

    public static async Task<CarillonProblemException> ProblemAsync(
        HttpResponseMessage response, TimeProvider time, CancellationToken cancel)
    {
        if (response.Content.Headers.ContentType?.MediaType == "application/problem+json")
        {
            try
            {
                var body = await BodyAsync(response, cancel).ConfigureAwait(false);
                if (JsonSerializer.Deserialize(body, CarillonJson.Lenient.Problem) is { } problem)
                {
                    return new CarillonProblemException(
                        response.StatusCode, problem.Code, problem.Title, problem.Detail, RetryAfter(response, time));
                }
            }
            catch (Exception error) when (error is JsonException or HttpRequestException or IOException)
            {
                // The status says enough.
            }
        }

        return Unexpected(response, time);
    }

    /// <summary>The wait that a 429 or 503 asks for, as seconds or as a date.</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider time)
    {
        var wait = response.Headers.RetryAfter switch
        {
            RetryConditionHeaderValue { Delta: { } delta } => delta,
            RetryConditionHeaderValue { Date: { } date } => date - time.GetUtcNow(),
            _ => (TimeSpan?)null,
        };
        return wait is { } some ? TimeSpan.FromTicks(Math.Clamp(some.Ticks, 0, s_longestWait.Ticks)) : null;
    }

    private static async Task<byte[]> BodyAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        await response.Content.LoadIntoBufferAsync(Limit, cancel).ConfigureAwait(false);
        return await response.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false);
    }

    private static CarillonProblemException Unexpected(HttpResponseMessage response, TimeProvider time)
    {
        var status = (int)response.StatusCode;
        var detail = status is >= 300 and < 400 && response.Headers.Location is { } location
            ? $"The address redirects to {location}: use the server's own address."
            : $"Something that is not Carillon answered {status}: check the server's address.";
        return new CarillonProblemException(
            response.StatusCode, CarillonProblemException.UnexpectedAnswer, $"Unexpected answer {status}", detail, RetryAfter(response, time));
    }
}
