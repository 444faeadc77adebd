namespace Carillon.Sessions;

/// <summary>How somebody names a session. A plain text may be its owner's own name for it; what the server has written down is a public id.</summary>
internal readonly record struct SessionName(string Id, bool IsPublic)
{
    public static implicit operator SessionName(string id) => new(id, IsPublic: false);

    /// <summary>What stands in a notification, for example: it means the same session to whoever reads it.</summary>
    public static SessionName Public(string id) => new(id, IsPublic: true);
}
