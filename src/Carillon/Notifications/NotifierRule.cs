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

    /// <summary>True: whoever asked the agent is told as well, unless they chose otherwise.</summary>
    public bool TellsAsker { get; init; }

    /// <summary>Whether a person has to act, and not only to know. The operator may tell it more or less loudly; that does not change what it is.</summary>
    public bool IsForAction => Priority != Priorities.Info;

    /// <summary>Another priority for an agent that runs here; null for the same.</summary>
    public string? PriorityHere { get; init; }

    /// <summary>True: an agent asks, and waits for the answer. Other words than before ask something else.</summary>
    public bool IsQuestion { get; init; }

    /// <summary>True: a person is needed for as long as the fact stands. The others tell that something happened.</summary>
    public bool NeedsSomebody { get; init; }

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

/// <summary>A wrong word in the table would be noticed only when something happens at night.</summary>
internal sealed class NotifierOptionsValidator(IEnumerable<IFactSource> sources) : IValidateOptions<NotifierOptions>
{
    public ValidateOptionsResult Validate(string? name, NotifierOptions options)
    {
        var known = sources.SelectMany(source => source.Rules).Select(rule => rule.Type).ToList();
        foreach (var (type, rule) in options.Rules)
        {
            if (!known.Contains(type))
            {
                return ValidateOptionsResult.Fail($"Notifier:Rules:{type}: there is no such rule. Rules are {string.Join(", ", known)}.");
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
