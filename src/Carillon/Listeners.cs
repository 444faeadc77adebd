using Carillon.Notifications;
using Carillon.Protocol;
using Carillon.Sessions;
using Carillon.Storage;

namespace Carillon;

/// <summary>Who is told of a session: its owner and others, as their bells say.</summary>
internal static class Listeners
{
    /// <summary>The ids of the people whom the rule tells, each once, those of the owner apart from the others.</summary>
    public static (string[] Owner, string[] Others) Of(WriteScope write, string sessionId, NotifierRule rule, string? ownerId, string? askerId = null)
    {
        var chosen = Subscriptions.Of(write, sessionId);
        var others = chosen.Keys.Append(rule.TellsAsker ? askerId : null).OfType<string>().Where(id => id != ownerId).Distinct();
        return ([.. new[] { ownerId }.OfType<string>().Where(Hears)], [.. others.Where(Hears)]);

        // Who chose nothing and is here is the owner, or asked for what is now done.
        bool Hears(string personId) => Rings(chosen.GetValueOrDefault(personId, BellModes.All), rule);
    }

    /// <summary>Whether a bell with this choice rings for the rule. A word of a newer version rings.</summary>
    public static bool Rings(string mode, NotifierRule rule) => mode switch
    {
        BellModes.Off => false,
        BellModes.NeedsMe => rule.IsForAction,
        _ => true,
    };
}
