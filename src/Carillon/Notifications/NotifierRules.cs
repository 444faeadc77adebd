using Carillon.Http;
using Carillon.Protocol;
using Microsoft.Extensions.Options;

namespace Carillon.Notifications;

/// <summary>What the notifier makes of one kind of fact.</summary>
internal sealed record NotifierRule(string Type, string Priority, string Message, TimeSpan CoolDown)
{
    /// <summary>The report that the fact came with may say it better.</summary>
    public bool UsesOwnWords { get; init; }

    /// <summary>The beginning of the agent's last words follows the message.</summary>
    public bool QuotesLastWords { get; init; }

    public IReadOnlyList<string> Actions { get; init; } = [ActionKinds.OpenSession];
}

/// <summary>What an operator may change in a rule. What is absent stays as it is.</summary>
internal sealed class NotifierRuleOptions
{
    /// <summary>False: no notification of this type.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Another priority.</summary>
    public string? Priority { get; set; }

    /// <summary>Another wording.</summary>
    public string? Message { get; set; }

    /// <summary>For so long after the last time, the same thing joins its row instead of ringing again.</summary>
    public TimeSpan? CoolDown { get; set; }
}

internal sealed class NotifierOptions
{
    public const string Section = "Notifier";

    /// <summary>True: sessions that another session started notify as well.</summary>
    public bool Children { get; set; }

    /// <summary>Changes to the table, by notification type.</summary>
    public Dictionary<string, NotifierRuleOptions> Rules { get; set; } = [];
}

/// <summary>The table: which fact about a session becomes which notification.</summary>
internal static class NotifierTable
{
    private static readonly NotifierRule NeedsInput = new("session.needs_input", Priorities.Urgent, "Agent needs input to continue.", TimeSpan.FromSeconds(60))
    {
        UsesOwnWords = true,
        Actions = [ActionKinds.OpenSession, ActionKinds.SendMessage],
    };

    private static readonly NotifierRule Blocked = new("session.blocked", Priorities.Urgent, "Agent is blocked until you decide.", TimeSpan.FromSeconds(60))
    {
        UsesOwnWords = true,
        Actions = [ActionKinds.OpenSession, ActionKinds.SendMessage],
    };

    private static readonly NotifierRule Stuck = new("session.stuck", Priorities.Urgent, "Agent works but makes no progress.", TimeSpan.FromMinutes(10));

    private static readonly NotifierRule Exited = new("session.exited", Priorities.Urgent, "Agent ended unexpectedly.", TimeSpan.FromSeconds(60));

    private static readonly NotifierRule Finished = new("run.finished", Priorities.Info, "Agent is idle — your turn", TimeSpan.FromSeconds(30))
    {
        QuotesLastWords = true,
    };

    public static IReadOnlyList<NotifierRule> Rules { get; } = [NeedsInput, Blocked, Stuck, Exited, Finished];

    /// <summary>The rule for a session that went from one activity to another; null when that is nobody's business.</summary>
    public static NotifierRule? Find(string? before, string after) => (before, after) switch
    {
        (_, Activities.WaitingInput) when before != Activities.WaitingInput => NeedsInput,
        (_, Activities.Blocked) when before != Activities.Blocked => Blocked,
        (_, Activities.Stuck) when before != Activities.Stuck => Stuck,

        // An agent that ends while the turn is the person's has simply been closed.
        (Activities.Starting or Activities.Working or Activities.Stuck, Activities.Exited) => Exited,
        (Activities.Working, Activities.Idle) => Finished,
        _ => null,
    };

    /// <summary>One cause for each session and kind of fact.</summary>
    public static string Cause(string sessionId, NotifierRule rule) => $"session:{sessionId}:{rule.Type}";
}

/// <summary>A wrong word in the table would be noticed only when something happens at night.</summary>
internal sealed class NotifierOptionsValidator : IValidateOptions<NotifierOptions>
{
    public ValidateOptionsResult Validate(string? name, NotifierOptions options)
    {
        foreach (var (type, rule) in options.Rules)
        {
            if (NotifierTable.Rules.All(known => known.Type != type))
            {
                return ValidateOptionsResult.Fail(
                    $"Notifier:Rules:{type}: there is no such rule. Rules are {string.Join(", ", NotifierTable.Rules.Select(known => known.Type))}.");
            }

            if (rule.Priority is { } priority && !Priorities.All.Contains(priority))
            {
                return ValidateOptionsResult.Fail(
                    $"Notifier:Rules:{type}:Priority is '{priority}'; it is one of {string.Join(", ", Priorities.All)}.");
            }

            if (rule.Message is { } message && !PlainText.Is(message, NotificationRules.LongestMessage))
            {
                return ValidateOptionsResult.Fail($"Notifier:Rules:{type}:Message has 1 to {NotificationRules.LongestMessage} characters.");
            }

            if (rule.CoolDown < TimeSpan.Zero)
            {
                return ValidateOptionsResult.Fail($"Notifier:Rules:{type}:CoolDown is not negative.");
            }
        }

        return ValidateOptionsResult.Success;
    }
}
