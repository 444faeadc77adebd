using Carillon.Changes;
using Carillon.Storage;

namespace Carillon.Notifications;

/// <summary>Follows the log and has its facts turned into notifications, or notifications taken back.</summary>
internal sealed class Notifier(FollowedLog followed, Alerts alerts, Reconciliation reconciliation) : DurableFollower(FollowerName, followed)
{
    public const string FollowerName = "notifier";

    protected override bool Wants(ChangeRow row) => alerts.IsFact(row);

    protected override void Take(WriteScope write, ChangeRow row) => alerts.Take(write, row);

    protected override Task CaughtUpAsync(CancellationToken cancel) => reconciliation.RunAsync(cancel);
}
