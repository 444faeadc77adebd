using System.Net;

namespace Carillon.Protocol;

/// <summary>The server refused: what its problem answer said (RFC 9457, with a code that never changes its meaning).</summary>
public sealed class CarillonProblemException : Exception
{
    /// <summary>The code of an answer that is not a problem of Carillon's, for example a proxy's error page.</summary>
    public const string UnexpectedAnswer = "UNEXPECTED_ANSWER";

    /// <summary>Makes the exception of a refused request.</summary>
    /// <param name="status">The HTTP status of the answer.</param>
    /// <param name="code">The problem's code, or <see cref="UnexpectedAnswer"/>.</param>
    /// <param name="title">What is wrong, in a few words.</param>
    /// <param name="detail">What to do about it, if the server said.</param>
    /// <param name="retryAfter">How long the server asked to wait, if it did.</param>
    public CarillonProblemException(HttpStatusCode status, string code, string title, string? detail = null, TimeSpan? retryAfter = null)
        : base(detail ?? title)
    {
        (Status, Code, Title, Detail, RetryAfter) = (status, code, title, detail, retryAfter);
    }

    /// <summary>The HTTP status of the answer.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>An upper-case word such as <c>PROJECT_NOT_FOUND</c>, or <see cref="UnexpectedAnswer"/>.</summary>
    public string Code { get; }

    /// <summary>What is wrong, in a few words.</summary>
    public string Title { get; }

    /// <summary>What to do about it, if the server said.</summary>
    public string? Detail { get; }

    /// <summary>How long the server asked to wait before trying again, if it did; never negative.</summary>
    public TimeSpan? RetryAfter { get; }
}
