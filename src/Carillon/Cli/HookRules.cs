using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary>What an event means after what was said before.</summary>
internal static class HookRules
{
    /// <summary>What is to be reported; null when the event says nothing new.</summary>
    /// <param name="report">What the event means without regard to earlier ones.</param>
    /// <param name="said">What the session's hooks said last; null when that cannot be known here.</param>
    public static HookReport? Settled(HookReport report, HookState? said) => report.Kind switch
    {
        // What a subagent begins says nothing about who the session waits for.
        HookKind.ToolBegins when report.Subagent is not null => null,
        HookKind.ToolRan when report.Subagent is { } agent => said switch
        {
            null => null,
            { Activity: Activities.Blocked or Activities.WaitingInput } => said.Waiter == agent ? report : null,
            { Activity: Activities.Idle or Activities.Stuck } => null,
            { Note: HookState.InBackground } => report with { IsInBackground = true, Tool = said.Tool },
            _ => report,
        },

        HookKind.Prompt when said is { Note: HookState.Requested, Activity: Activities.Blocked or Activities.WaitingInput } => null,
        HookKind.Reminder => said switch
        {
            { Activity: Activities.Idle } => null,

            // Nothing has woken it for a while: the turn is somebody's after all, and nothing was asked.
            { Note: HookState.InBackground } => report with { Activity = Activities.Idle },
            _ => report,
        },

        // It may be a copy, and nothing that it does is about the session that it was made of.
        HookKind.Resumption when said?.Activity is not null => null,
        _ => report,
    };

    /// <summary>True when the server has to hear it sooner or later; false for "still working", which the next event says again.</summary>
    public static bool Matters(HookReport report, HookState? said) =>
        report.Kind is not (HookKind.ToolBegins or HookKind.ToolRan) || said?.Activity != Activities.Working;
}
