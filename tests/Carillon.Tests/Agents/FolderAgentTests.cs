using System.Runtime.CompilerServices;
using Carillon.Protocol;

namespace Carillon.Agents;

public sealed class FolderAgentTests : IDisposable
{
    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public async Task It_tells_how_long_the_files_are()
    {
        _workshop.Write("notes.md", "12345");
        var events = await new FolderAgent().AllAsync(_workshop.Task("notes"));
        Assert.Equal("- `notes.md` has 5 characters\n", events.Text());
        Assert.Equal([StepStatuses.Running, StepStatuses.Done], events.OfType<AgentEvent.Step>().Select(step => step.Status));
    }

    [Fact]
    public async Task It_says_what_to_do_when_there_is_none()
    {
        Assert.Equal("No file here has 'notes' in its name. Send another word.", (await new FolderAgent().FailAsync(_workshop.Task("notes"))).Message);
    }

    [Fact]
    public void What_the_documents_show_is_what_is_compiled()
    {
        Assert.Contains($"```csharp\n{InRepository("FolderAgent.cs")}```", InRepository("../../../docs/use/agents.md"), StringComparison.Ordinal);
    }

    private static string InRepository(string path, [CallerFilePath] string here = "") => File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, path));
}
