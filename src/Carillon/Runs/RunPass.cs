using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Sessions;

namespace Carillon.Runs;

/// <summary>
/// Lets the programs of a run report to this server: a token that can publish in the one project, belongs to the person who asked,
/// and ends with the run.
/// </summary>
internal sealed class RunPass(AccessTable accesses, OwnAddress address, TimeProvider time)
{
    public async Task<(IReadOnlyDictionary<string, string> Environment, Func<Task> End)> IssueAsync(
        RunRow run, SessionRow session, TimeSpan? lifetime, CancellationToken cancel)
    {
        var environment = new Dictionary<string, string>
        {
            ["CARILLON_SESSION"] = session.Id,
            ["CARILLON_PROJECT"] = session.ProjectId,
            ["CARILLON_URL"] = address.ToString(),
        };
        if (lifetime is null)
        {
            return (environment, static () => Task.CompletedTask);
        }

        var token = await accesses.CreatePassAsync(run.PersonId, new NewToken
        {
            Name = $"Run of {session.Id}",
            Scopes = [Scopes.Publish],
            ProjectId = session.ProjectId,
            ExpiresAt = time.GetUtcNow() + lifetime,
        }, session.Id, cancel);
        environment["CARILLON_TOKEN"] = token.Token;
        return (environment, () => accesses.EndPassAsync(run.PersonId, token.Id));
    }
}
