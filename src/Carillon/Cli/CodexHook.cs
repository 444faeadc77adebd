using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary>
/// What Codex tells: its hooks (hooks.json) the events that Claude Code has too, on standard input; its <c>notify</c> program one JSON
/// object as the last argument.
/// </summary>
internal static class CodexHook
{
    // What a hook of Codex may print is narrower than what one of Claude Code may, so nothing is handed over.
    private static readonly ClaudeCodeHook.Dialect Codex = new("codex", "Codex", IsListening: false);

    /// <summary>The report of an event, or null for an event that changes nothing.</summary>
    /// <exception cref="JsonException">It is no JSON object, or no event.</exception>
    public static HookReport? ToReport(ReadOnlySpan<byte> json) => ToReport(HookInput.Read(json));

    public static HookReport? ToReport(HookInput input) => input["hook_event_name"] is not null ? ClaudeCodeHook.ToReport(input, Codex) : input["type"] switch
    {
        "agent-turn-start" => Report(input, Activities.Working),
        "agent-turn-complete" => Report(input, Activities.Idle) with
        {
            Message = Lines.OrNull(input["last-assistant-message"], HookReport.MessageLimit),
        },
        null => throw new JsonException("The input names no hook_event_name and no type."),
        _ => null,
    };

    private static HookReport Report(HookInput input, string activity) => new()
    {
        Agent = "codex",
        Activity = activity,

        // Earlier versions name no thread; then all work of this person in one folder of this machine is one session.
        SessionId = input["thread-id"] ?? (input["cwd"] is { } folder ? $"codex-{ProjectSlug.Of(folder)}-{Place(folder)}" : null),
        Folder = input["cwd"],
        Prompt = OneLine.OrNull(input["input-messages"], HookReport.TitleLimit),
    };

    // Sessions belong to whoever reported them first: two people with a folder of the same name are two.
    private static string Place(string folder) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{Environment.MachineName}\n{Environment.UserName}\n{folder}")).AsSpan(0, 5));
}
