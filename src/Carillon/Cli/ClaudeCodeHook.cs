using System.Text.Json;
using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary>
/// What the hook events of Claude Code mean. Input as documented at https://code.claude.com/docs/en/hooks. Other agents have taken these
/// events over, with names of their own: <see cref="Dialect"/>.
/// </summary>
internal static class ClaudeCodeHook
{
    private static readonly Dialect ClaudeCode = new("claude-code", "Claude", IsListening: true);

    /// <summary>How much of a command or a path is shown with a permission that is asked for.</summary>
    private const int SubjectLimit = 300;

    /// <summary>Who speaks: the agent, how people call it, and whether it reads what its hooks print.</summary>
    internal sealed record Dialect(string Agent, string Name, bool IsListening);

    /// <summary>The report of an event, or null for an event that changes nothing.</summary>
    /// <param name="json">The JSON of standard input; if it was cut off, what there is of it.</param>
    /// <exception cref="JsonException">It is no JSON object, or no event.</exception>
    public static HookReport? ToReport(ReadOnlySpan<byte> json) => ToReport(HookInput.Read(json));

    public static HookReport? ToReport(HookInput input) => ToReport(input, ClaudeCode);

    public static HookReport? ToReport(HookInput input, Dialect by) => input["hook_event_name"] switch
    {
        // Compaction happens in the middle of the work.
        "SessionStart" => input["source"] switch
        {
            "compact" => null,
            "resume" or "fork" => Report(input, by, Activities.Idle) with { Kind = HookKind.Resumption },
            _ => Report(input, by, Activities.Idle),
        },

        "UserPromptSubmit" => Report(input, by, Activities.Working) with
        {
            Prompt = OneLine.OrNull(input["prompt"], HookReport.TitleLimit),
            Hand = by.IsListening ? ClaudeCodeWords.AsContext("UserPromptSubmit") : null,
        },

        "PreToolUse" => (input["tool_name"], input["agent_id"]) switch
        {
            ("AskUserQuestion", null) => Report(input, by, Activities.WaitingInput, Question(by)),
            ("ExitPlanMode", null) => Report(input, by, Activities.WaitingInput, Plan(by)),
            _ => Report(input, by, Activities.Working) with { Kind = HookKind.ToolBegins, Tool = OneLine.OrNull(input["tool_name"], HookReport.TitleLimit) },
        },

        "PermissionRequest" => Permission(input, by, Wanted(input, by)) with { Kind = HookKind.Request, About = input["tool_name"] },

        "PostToolUse" or "PostToolUseFailure" => Report(input, by, Activities.Working) with
        {
            Kind = HookKind.ToolRan,
            About = input["tool_name"],

            // What a subagent is told stays with it.
            Hand = by.IsListening && input["agent_id"] is null ? ClaudeCodeWords.AsContext(input["hook_event_name"]!) : null,
        },

        "Notification" => Notification(input, by),

        // Running tasks wake the agent when they are done, so it is not the person's turn yet.
        "Stop" when input.HasRunningTasks => Stopped(input, by, Activities.Working) with { IsInBackground = true, Tool = "background tasks" },

        // stop_hook_active only says that a stop hook made it go on before: it stops now.
        "Stop" => Stopped(input, by, Activities.Idle),

        "StopFailure" => Report(input, by, Activities.Stuck, input["last_assistant_message"] ?? input["error_details"] ?? input["error"]),

        // The session goes on, or waits as it did: nothing that anybody has to know.
        "SubagentStop" => null,

        "SessionEnd" => input["reason"] switch
        {
            // The person has gone on to another conversation, with an id of its own: this one is over, and nobody has to know.
            "clear" or "resume" => Report(input, by, Activities.Killed),
            "logout" => Report(input, by, Activities.Exited, $"Signed out of {by.Name} Code."),
            "prompt_input_exit" => Report(input, by, Activities.Exited, "Closed at the prompt."),
            _ => Report(input, by, Activities.Exited),
        },

        null => throw new JsonException("The input names no hook_event_name."),
        _ => null,
    };

    private static HookReport? Notification(HookInput input, Dialect by)
    {
        var text = input["message"] ?? input["title"];
        return input["notification_type"] switch
        {
            "permission_prompt" => Permission(input, by, text) with { Kind = HookKind.Prompt },
            "elicitation_dialog" or "elicitation_url_dialog" or "agent_needs_input" => Report(input, by, Activities.WaitingInput, text),

            // That it waits for input is all that it says here.
            "idle_prompt" => Report(input, by, Activities.WaitingInput) with { Kind = HookKind.Reminder },
            "elicitation_complete" or "elicitation_response" => Report(input, by, Activities.Working),

            // Earlier versions sent no type. Then the text tells, and in doubt somebody is asked for.
            null when Speaks(text, "permission", "approv") => Permission(input, by, text) with { Kind = HookKind.Prompt },
            null when text is not null => Report(input, by, Activities.WaitingInput, text),

            _ => null,
        };
    }

    private static HookReport Permission(HookInput input, Dialect by, string? text) =>
        Speaks(text, "AskUserQuestion") ? Report(input, by, Activities.WaitingInput, Question(by))
        : Speaks(text, "ExitPlanMode") ? Report(input, by, Activities.WaitingInput, Plan(by))
        : Report(input, by, Activities.Blocked, text);

    /// <summary>What is wanted, with the part of it that a person decides by.</summary>
    private static string Wanted(HookInput input, Dialect by)
    {
        var wanted = $"{by.Name} needs your permission to use {input["tool_name"] ?? "a tool"}";
        string?[] subjects =
        [
            input["tool_input.command"], input["tool_input.file_path"], input["tool_input.notebook_path"], input["tool_input.url"], input["tool_input.query"],
        ];
        return OneLine.OrNull(subjects.FirstOrDefault(subject => subject is not null), SubjectLimit) is { } subject ? $"{wanted}: {subject}" : wanted;
    }

    private static HookReport Stopped(HookInput input, Dialect by, string activity) => Report(input, by, activity) with
    {
        Message = Lines.OrNull(input["last_assistant_message"], HookReport.MessageLimit),
        Hand = by.IsListening ? ClaudeCodeWords.AsNextStep : null,
    };

    private static string Question(Dialect by) => $"{by.Name} has a question for you.";

    private static string Plan(Dialect by) => $"{by.Name} has a plan for you to approve.";

    private static bool Speaks(string? text, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (text?.Contains(word, StringComparison.OrdinalIgnoreCase) == true)
            {
                return true;
            }
        }

        return false;
    }

    private static HookReport Report(HookInput input, Dialect by, string activity, string? message = null) => new()
    {
        Agent = by.Agent,
        Activity = activity,
        SessionId = input["session_id"],
        Subagent = input["agent_id"],
        Folder = input["cwd"],
        Message = OneLine.OrNull(message, HookReport.MessageLimit),
        Title = OneLine.OrNull(input["session_title"], HookReport.TitleLimit),
    };
}
