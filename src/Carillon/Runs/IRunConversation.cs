using Carillon.Agents;
using Carillon.Storage;

namespace Carillon.Runs;

/// <summary>The conversation that runs answer in. The Conversations room keeps it.</summary>
internal interface IRunConversation
{
    /// <summary>What a run is asked, and what was said before that, oldest first.</summary>
    Task<(string Prompt, IReadOnlyList<AgentTurn> History)> ReadAsync(RunRow run, CancellationToken cancel);

    /// <summary>Puts down what a run came to, inside the commit that ends it.</summary>
    void Conclude(WriteScope write, RunRow run, RunOutcome outcome);
}
