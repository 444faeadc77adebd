using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Agents;

/// <summary>The agents that this server can run.</summary>
internal sealed class AgentCatalog(IEnumerable<IAgent> agents)
{
    private readonly List<IAgent> _agents = [.. agents];

    public IAgent? Find(string name) => _agents.Find(agent => agent.Name == name);

    /// <summary>All of them, as this person may use them.</summary>
    public AgentList List(Person? person) => new()
    {
        Agents =
        [
            .. _agents.Select(agent => new AgentDescription
            {
                Name = agent.Name,
                Title = agent.Title,
                Unavailable = Objection(agent, person)?.Detail ?? agent.Unavailable,
            }),
        ],
    };

    /// <summary>Why this person may not have the agent do anything; null when they may, or when there is no such agent.</summary>
    public Refusal? Objection(string name, Person? person) => Find(name) is { } agent ? Objection(agent, person) : null;

    private static Refusal? Objection(IAgent agent, Person? person) =>
        person is not null && (agent.Who == Audience.Everybody || person.IsAdmin) ? null
        : Problems.AgentNotAllowed.Because($"{agent.Title} is for administrators here. Choose another agent, or ask one of them.");

    /// <summary>Their names, for people.</summary>
    public string Names => string.Join(", ", _agents.Select(agent => agent.Name));
}
