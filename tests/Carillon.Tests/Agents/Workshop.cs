using Microsoft.Extensions.Options;

namespace Carillon.Agents;

/// <summary>A folder in which an agent works, with the scripts that stand in for real programs.</summary>
internal sealed class Workshop : IDisposable
{
    // Long enough for a machine under load; nothing waits for it unless something is broken.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public string Folder { get; } = Directory.CreateTempSubdirectory("carillon-agent-").FullName;

    public AgentsOptions Settings { get; } = new();

    public IOptions<AgentsOptions> Options => Microsoft.Extensions.Options.Options.Create(Settings);

    public string RunId { get; } = $"run_{Guid.NewGuid():N}";

    /// <summary>A command agent that runs these lines of shell.</summary>
    public CommandAgent Command(string script)
    {
        Settings.Command.Program = "sh";
        Settings.Command.Arguments = [Write("script.sh", script)];
        return new CommandAgent(Options, TimeProvider.System);
    }

    public AgentTask Task(string prompt = "", string? state = null, Dictionary<string, string>? environment = null, params AgentTurn[] history) => new()
    {
        RunId = RunId,
        SessionId = "ses_1",
        Prompt = prompt,
        History = history,
        State = state,
        Folder = Folder,
        Environment = environment ?? [],
    };

    public string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    public string Read(string name) => File.ReadAllText(Path.Combine(Folder, name));

    /// <summary>The process that a script has written the id of.</summary>
    public async Task<int> ProcessAsync(string name)
    {
        var id = 0;
        await UntilAsync(() => File.Exists(Path.Combine(Folder, name)) && Read(name).EndsWith('\n') && int.TryParse(Read(name), out id));
        return id;
    }

    public static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!condition())
        {
            await look.WaitForNextTickAsync(patience.Token);
        }
    }

    /// <summary>True while the process runs; one that has ended and that nobody has asked about does not.</summary>
    public static bool IsRunning(int process)
    {
        try
        {
            var state = File.ReadAllText($"/proc/{process}/stat");
            return state[(state.LastIndexOf(')') + 2)..][0] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>What an agent did, gathered.</summary>
internal static class Gathered
{
    public static async Task<List<AgentEvent>> AllAsync(this IAgent agent, AgentTask task, CancellationToken cancel = default)
    {
        List<AgentEvent> events = [];
        await foreach (var happened in agent.RunAsync(task, cancel))
        {
            events.Add(happened);
        }

        return events;
    }

    /// <summary>What it did before it failed, and what it said then.</summary>
    public static async Task<(List<AgentEvent> Events, string Message)> FailAsync(this IAgent agent, AgentTask task)
    {
        List<AgentEvent> events = [];
        var failure = await Assert.ThrowsAsync<AgentFailedException>(async () =>
        {
            await foreach (var happened in agent.RunAsync(task, CancellationToken.None))
            {
                events.Add(happened);
            }
        });
        return (events, failure.Message);
    }

    /// <summary>What stands in the end.</summary>
    public static string Text(this IEnumerable<AgentEvent> events)
    {
        var text = new System.Text.StringBuilder();
        foreach (var happened in events)
        {
            text.Length -= happened is AgentEvent.TakeBack back ? back.Length : 0;
            text.Append((happened as AgentEvent.Text)?.Value);
        }

        return text.ToString();
    }
}
