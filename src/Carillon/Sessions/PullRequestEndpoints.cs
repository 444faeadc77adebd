using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Carillon.Sessions;

internal static class PullRequestEndpoints
{
    private const int LongestTitle = 300;
    private const int ShortestSha = 7;
    private const int LongestSha = 64;

    /// <summary>The pull requests of a session, newest first.</summary>
    public static async Task<Results<Ok<PullRequestList>, Refusal>> List(
        string id, Access access, PullRequestTable pullRequests, CancellationToken cancel) =>
        await pullRequests.ListAsync(id, access, cancel) is { } list ? TypedResults.Ok(list) : Problems.SessionNotFound;

    /// <summary>Reports a pull request of a session, or how it stands now. Repeating it changes nothing.</summary>
    public static async Task<Results<Ok<PullRequestAnswer>, Refusal>> Put(
        string id, string provider, string owner, string repo, long number, PullRequestReport request, Access access, PullRequestTable pullRequests,
        Addresses addresses, CancellationToken cancel)
    {
        var name = PullRequestName.FromPath(provider, owner, repo, number);
        if ((name.Objection() ?? Objection(name, request, addresses)) is { } objection)
        {
            return Problems.InvalidPullRequest.Because(objection);
        }

        var outcome = await pullRequests.PutAsync(id, name, request with { Title = Markdown.Line(request.Title) }, access, cancel);
        return outcome.Answer(pullRequest => TypedResults.Ok(new PullRequestAnswer { PullRequest = pullRequest }));
    }

    private static string? Objection(PullRequestName name, PullRequestReport report, Addresses addresses) =>
        !PlainText.Is(report.Title, LongestTitle) ? $"title has 1 to {LongestTitle} characters and no control characters."
        : !addresses.IsAllowedUrl(report.Url) ? addresses.Rule
        : !Addresses.IsPullRequest(report.Url, name.Owner, name.Repo, name.Number) ? $"url is not the page of {name}: it names another repository or another number."
        : report.HeadSha.Length is < ShortestSha or > LongestSha || !report.HeadSha.All(char.IsAsciiHexDigit)
            ? $"headSha has {ShortestSha} to {LongestSha} hexadecimal digits."
        : !PullRequestStates.All.Contains(report.State) ? $"state is one of {string.Join(", ", PullRequestStates.All)}."
        : !CheckStates.All.Contains(report.Checks) ? $"checks is one of {string.Join(", ", CheckStates.All)}."
        : !ReviewStates.All.Contains(report.Review) ? $"review is one of {string.Join(", ", ReviewStates.All)}."
        : null;
}
