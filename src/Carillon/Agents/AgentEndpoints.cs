using Carillon.Accounts;
using Carillon.Protocol;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Carillon.Agents;

internal static class AgentEndpoints
{
    /// <summary>The agents that this server can run, and what keeps the asking person from using some of them.</summary>
    public static Ok<AgentList> List(Access access, AgentCatalog agents, Membership membership) =>
        TypedResults.Ok(agents.List(membership.Find(access.PersonId)));
}
