using Carillon.Protocol;

namespace Carillon.Notifications;

/// <summary>When a row that is called again rings again, and when it is only kept.</summary>
internal static class RingRules
{
    /// <summary>True when the call is to be heard: the row as it was, what is said now, and when.</summary>
    public static bool Rings(NotificationRow row, NewNotification again, DateTimeOffset now)
    {
        if (Loudness(again.Priority) > Loudness(row.Priority))
        {
            return true;
        }

        // The same words never ring while their cause stands, however often. Other words are news to whoever has seen the former.
        var saysElse = (again.Title, again.Message) != (row.Title, row.Message) && (row.SeenAt is not null || again.IsQuestion);
        var isBack = row.ResolvedAt is not null;
        return (saysElse || isBack)
            && now - row.RangAt >= again.RingEvery
            && (saysElse || now - row.ReceivedAt >= again.CoolDown);
    }

    private static int Loudness(string priority) => priority switch
    {
        Priorities.Urgent => 3,
        Priorities.Action => 2,
        Priorities.Warning => 1,
        _ => 0,
    };
}
