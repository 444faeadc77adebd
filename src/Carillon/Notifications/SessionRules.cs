using Carillon.Protocol;

namespace Carillon.Notifications;

/// <summary>The part of the table that is about sessions.</summary>
internal static class SessionRules
{
    private static readonly NotifierRule NeedsInput = new("session.needs_input", Priorities.Urgent, "Agent needs input to continue.", TimeSpan.FromSeconds(60))
    {
        UsesOwnWords = true,
        NeedsSomebody = true,
        IsQuestion = true,
        Actions = [ActionKinds.OpenSession, ActionKinds.SendMessage],
    };

    private static readonly NotifierRule Blocked = new("session.blocked", Priorities.Urgent, "Agent is blocked until you decide.", TimeSpan.FromSeconds(60))
    {
        UsesOwnWords = true,
        NeedsSomebody = true,
        IsQuestion = true,
        Actions = [ActionKinds.OpenSession, ActionKinds.SendMessage],
    };

    private static readonly NotifierRule Stuck = new("session.stuck", Priorities.Action, "Agent is making no progress.", TimeSpan.FromMinutes(10))
    {
        // Of an agent elsewhere nothing is known but that its hooks are silent; a run of ours that hangs keeps a place from others.
        PriorityHere = Priorities.Urgent,
        UsesOwnWords = true,
        NeedsSomebody = true,
    };

    private static readonly NotifierRule Exited = new("session.exited", Priorities.Urgent, "Agent ended unexpectedly.", TimeSpan.FromSeconds(60))
    {
        UsesOwnWords = true,
        Actions = [ActionKinds.OpenSession, ActionKinds.RestoreSession],
    };

    private static readonly NotifierRule Finished = new("run.finished", Priorities.Info, "Agent is idle — your turn", TimeSpan.FromSeconds(30))
    {
        QuotesLastWords = true,
        TellsAsker = true,
    };

    public static IReadOnlyList<NotifierRule> All { get; } = [NeedsInput, Blocked, Stuck, Exited, Finished];

    /// <summary>The rule for what happened to a session; null when that is nobody's business.</summary>
    public static NotifierRule? Raised(SessionChange change) => change switch
    {
        // Who stopped it knows, and an agent that had nothing to say hands no turn over.
        { Run.Status: RunStatuses.Stopped } => null,
        { Run: { Status: RunStatuses.Completed, Silent: true }, Session.Activity: Activities.Idle } => null,
        { Run.Status: RunStatuses.Completed, Session.Activity: Activities.Idle } => Finished,

        // A run that failed is told of whatever the session was doing, unless a person ended the session.
        { Run.Status: RunStatuses.Failed, Session.Activity: not Activities.Killed } => Exited,
        { Reworded: true, Session.Activity: Activities.WaitingInput or Activities.Blocked or Activities.Idle } => Standing(change.Session.Activity),
        { ActivityBefore: var before, Session.Activity: var after } => before == after ? null : Raised(before, after),
    };

    /// <summary>The rule whose notification stands for as long as a session is like this; null when there is none.</summary>
    public static NotifierRule? Standing(string activity) => activity switch
    {
        Activities.WaitingInput => NeedsInput,
        Activities.Blocked => Blocked,
        Activities.Stuck => Stuck,
        Activities.Exited => Exited,
        Activities.Idle => Finished,
        _ => null,
    };

    /// <summary>One cause for each session and kind of fact.</summary>
    public static string Cause(string sessionId, NotifierRule rule) => $"session:{sessionId}:{rule.Type}";

    private static NotifierRule? Raised(string? before, string after) => (before, after) switch
    {
        (_, Activities.WaitingInput) => NeedsInput,
        (_, Activities.Blocked) => Blocked,
        (_, Activities.Stuck) => Stuck,

        // An agent that ends while the turn is the person's was closed. SessionTable draws the same line for `failed`.
        (Activities.Starting or Activities.Working or Activities.Stuck, Activities.Exited) => Exited,
        (Activities.Working or Activities.Stuck, Activities.Idle) => Finished,
        _ => null,
    };
}
