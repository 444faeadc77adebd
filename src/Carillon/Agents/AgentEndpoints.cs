using Carillon.Protocol;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Carillon.Agents;

internal static class AgentEndpoints
{
    /// <summary>The agents that this server can run.</summary>
    public static Ok<AgentList> List(AgentCatalog agents) => TypedResults.Ok(agents.List());
}
