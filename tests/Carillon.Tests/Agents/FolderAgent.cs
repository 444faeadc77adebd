using System.Runtime.CompilerServices;
using Carillon.Protocol;

namespace Carillon.Agents;

/// <summary>Tells what is in the session's folder. The example of docs/use/agents.md.</summary>
internal sealed class FolderAgent : IAgent
{
    public string Name => "folder";

    public string Title => "What is in the folder";

    public string? Unavailable => null;

    public async IAsyncEnumerable<AgentEvent> RunAsync(AgentTask task, [EnumeratorCancellation] CancellationToken cancel)
    {
        var step = new AgentEvent.Step("look", "Look", $"for {task.Prompt}", StepStatuses.Running);
        yield return step;
        var files = Directory.GetFiles(task.Folder).Where(file => Path.GetFileName(file).Contains(task.Prompt, StringComparison.Ordinal)).Order().ToList();
        if (files is [])
        {
            yield return step with { Status = StepStatuses.Failed };
            throw new AgentFailedException($"No file here has '{task.Prompt}' in its name. Send another word.");
        }

        yield return step with { Status = StepStatuses.Done };
        foreach (var file in files)
        {
            var text = await File.ReadAllTextAsync(file, cancel);
            yield return new AgentEvent.Text($"- `{Path.GetFileName(file)}` has {text.Length} characters\n");
        }
    }
}
