using Carillon.Storage;

namespace Carillon.Sessions;

/// <summary>What a room keeps of a session, and deletes in the commit that deletes the session. Each room declares its own.</summary>
internal interface ISessionPart
{
    void Delete(WriteScope write, SessionRow session);
}
