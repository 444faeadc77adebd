using Carillon.Protocol;

namespace Carillon.Agents;

/// <summary>The agents that this server can run.</summary>
internal sealed class AgentCatalog(IEnumerable<IAgent> agents)
{
    private readonly List<IAgent> _agents = [.. agents];

    public IAgent? Find(string name) => _agents.Find(agent => agent.Name == name);

    public AgentList List() => new()
    {
        Agents =
        [
            .. _agents.Select(agent => new AgentDescription { Name = agent.Name, Title = agent.Title, Unavailable = agent.Unavailable }),
        ],
    };

    /// <summary>Their names, for people.</summary>
    public string Names => string.Join(", ", _agents.Select(agent => agent.Name));
}
