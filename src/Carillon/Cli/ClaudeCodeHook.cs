using System.Text.Json;
using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary>What the hook events of Claude Code mean. Input as documented at https://code.claude.com/docs/en/hooks.</summary>
internal static class ClaudeCodeHook
{
    private const string Question = "Claude has a question for you.";
    private const string Plan = "Claude has a plan for you to approve.";

    /// <summary>The report of an event, or null for an event that changes nothing.</summary>
    /// <param name="json">The JSON of standard input; if it was cut off, what there is of it.</param>
    /// <exception cref="JsonException">It is no JSON object, or no event.</exception>
    public static HookReport? ToReport(ReadOnlySpan<byte> json) => ToReport(HookInput.Read(json));

    public static HookReport? ToReport(HookInput input) => input["hook_event_name"] switch
    {
        // Compaction happens in the middle of the work.
        "SessionStart" => input["source"] is "compact" ? null : Report(input, Activities.Idle),

        "UserPromptSubmit" => Report(input, Activities.Working) with
        {
            Prompt = OneLine.OrNull(input["prompt"], HookReport.TitleLimit),
            Hand = ClaudeCodeWords.AsContext("UserPromptSubmit"),
        },

        // What a subagent begins says nothing about who the session waits for.
        "PreToolUse" when input["agent_id"] is not null => null,
        "PreToolUse" => input["tool_name"] switch
        {
            "AskUserQuestion" => Report(input, Activities.WaitingInput, Question),
            "ExitPlanMode" => Report(input, Activities.WaitingInput, Plan),
            _ => Report(input, Activities.Working) with { Routine = true },
        },

        // A tool that ran, also a subagent's, was permitted: nobody is asked for permission any more.
        "PostToolUse" or "PostToolUseFailure" => Report(input, Activities.Working) with
        {
            Routine = true,

            // What a subagent is told stays with it.
            Hand = input["agent_id"] is null ? ClaudeCodeWords.AsContext(input["hook_event_name"]!) : null,
        },

        "Notification" => Notification(input),

        // stop_hook_active only says that a stop hook made it go on before: it stops now.
        "Stop" => Report(input, Activities.Idle) with
        {
            Message = Lines.OrNull(input["last_assistant_message"], HookReport.MessageLimit),
            Hand = ClaudeCodeWords.AsNextStep,
        },

        "StopFailure" => Report(input, Activities.Stuck, input["last_assistant_message"] ?? input["error_details"] ?? input["error"]),

        // The session goes on, or waits as it did: nothing that anybody has to know.
        "SubagentStop" => null,

        // After /clear and /resume the program goes on, with another session.
        "SessionEnd" => input["reason"] switch
        {
            "clear" or "resume" => null,
            "logout" => Report(input, Activities.Exited, "Signed out of Claude Code."),
            "prompt_input_exit" => Report(input, Activities.Exited, "Closed at the prompt."),
            _ => Report(input, Activities.Exited),
        },

        null => throw new JsonException("The input names no hook_event_name."),
        _ => null,
    };

    private static HookReport? Notification(HookInput input)
    {
        var text = input["message"] ?? input["title"];
        return input["notification_type"] switch
        {
            "permission_prompt" => Permission(input, text),
            "elicitation_dialog" or "elicitation_url_dialog" or "agent_needs_input" => Report(input, Activities.WaitingInput, text),

            // That it waits for input is all that it says here.
            "idle_prompt" => Report(input, Activities.WaitingInput),
            "elicitation_complete" or "elicitation_response" => Report(input, Activities.Working),

            // Earlier versions sent no type. Then the text tells, and in doubt somebody is asked for.
            null when Speaks(text, "permission", "approv") => Permission(input, text),
            null when text is not null => Report(input, Activities.WaitingInput, text),

            _ => null,
        };
    }

    private static HookReport Permission(HookInput input, string? text) =>
        Speaks(text, "AskUserQuestion") ? Report(input, Activities.WaitingInput, Question)
        : Speaks(text, "ExitPlanMode") ? Report(input, Activities.WaitingInput, Plan)
        : Report(input, Activities.Blocked, text);

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

    private static HookReport Report(HookInput input, string activity, string? message = null) => new()
    {
        Agent = "claude-code",
        Activity = activity,
        SessionId = input["session_id"],
        Folder = input["cwd"],
        Message = OneLine.OrNull(message, HookReport.MessageLimit),
        Title = OneLine.OrNull(input["session_title"], HookReport.TitleLimit),
    };
}
