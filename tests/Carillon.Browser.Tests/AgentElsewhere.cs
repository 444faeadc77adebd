using Carillon.Protocol;

namespace Carillon;

/// <summary>A Claude Code in somebody's terminal, as far as the server sees it: the programs that its hooks start.</summary>
internal sealed class AgentElsewhere : IDisposable
{
    private readonly string _memory = Directory.CreateTempSubdirectory("carillon-hooks-").FullName;
    private readonly string _session;
    private readonly Dictionary<string, string?> _environment;

    private AgentElsewhere(string session, Uri server, string token) => (_session, _environment) = (session, new()
    {
        ["CARILLON_URL"] = server.ToString(),
        ["CARILLON_TOKEN"] = token,
        ["XDG_CACHE_HOME"] = _memory,
    });

    public static async Task<AgentElsewhere> OfAsync(CarillonServer server, Person owner, string session) =>
        new(session, server.Url, await server.CreateTokenAsync(owner.Name, Scopes.Publish));

    /// <summary>One hook event; returns what its program printed for the agent to read.</summary>
    public async Task<string> HookAsync(string hookEvent, string members = "")
    {
        // A hook gives up in time rather than hold up its agent; on a machine that is busy with tests it may have to.
        var (code, output, error) = (0, string.Empty, "No answer within");
        for (var attempt = 0; attempt < 20 && error.Contains("No answer within", StringComparison.OrdinalIgnoreCase); attempt++)
        {
            (code, output, error) = await CarillonServer.RunProgramAsync(Event(hookEvent, members), _environment, "hook", "claude-code");
        }

        Assert.Equal((0, string.Empty), (code, error));
        return output;
    }

    /// <summary>The same hook event until its program prints some words: one that had no time left to fetch them leaves them to the next.</summary>
    public async Task HearAsync(string words, string hookEvent, string members = "")
    {
        var heard = string.Empty;
        for (var attempt = 0; attempt < 20 && !heard.Contains(words, StringComparison.Ordinal); attempt++)
        {
            heard = await HookAsync(hookEvent, members);
        }

        Assert.Contains(words, heard, StringComparison.Ordinal);
    }

    /// <summary>It stops, and sleeps until somebody writes; returns what it is woken with.</summary>
    public async Task<string> StopAndSleepAsync(string lastWords)
    {
        var (code, output, error) = await CarillonServer.RunProgramAsync(
            Event("Stop", $"\"last_assistant_message\":\"{lastWords}\""), _environment, "wake", "claude-code", "--for", "5");
        Assert.Equal((2, string.Empty), (code, output));
        return error;
    }

    public void Dispose() => Directory.Delete(_memory, recursive: true);

    private string Event(string hookEvent, string members) =>
        $$"""{"session_id":"{{_session}}","transcript_path":"/t.jsonl","cwd":"/home/ada/harbour","permission_mode":"default","hook_event_name":"{{hookEvent}}"{{(members.Length > 0 ? "," : "")}}{{members}}}""";
}
