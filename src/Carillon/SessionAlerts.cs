using Carillon.Notifications;
using Carillon.Sessions;
using Carillon.Storage;

namespace Carillon;

/// <summary>The alerts of a session, which go with it: Notifications keeps them, Sessions knows when.</summary>
internal sealed class SessionAlerts(Inbox inbox) : ISessionPart
{
    public void Delete(WriteScope write, SessionRow session) => inbox.DeleteOf(write, session.Id, session.ProjectId);
}
