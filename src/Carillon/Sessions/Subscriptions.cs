using Carillon.Accounts;
using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Sessions;

/// <summary>What people chose to be told of sessions. Who chose nothing has no row.</summary>
internal sealed class Subscriptions(Database database, Writer writer, SessionTable sessions)
{
    /// <summary>As many as one request asks about.</summary>
    public const int MostAsked = 200;

    private const string Upsert = """
        INSERT INTO subscriptions (session_id, user_id, mode) VALUES ($1, $2, $3)
        ON CONFLICT (session_id, user_id) DO UPDATE SET mode = excluded.mode
        """;
    private const string OfSession = "SELECT user_id, mode FROM subscriptions WHERE session_id = $1 ORDER BY user_id";
    private const string ModeOf = $"""
        SELECT {SessionRow.Columns}, (SELECT mode FROM subscriptions WHERE session_id = sessions.id AND user_id = $2) FROM sessions
        WHERE {SessionTable.IsNamed}
        """;

    /// <summary>What each person chose, by their id, inside somebody's commit.</summary>
    public static IReadOnlyDictionary<string, string> Of(WriteScope write, string sessionId) =>
        write.Sql.Query(OfSession, row => (Person: row.GetString(0), Mode: row.GetString(1)), sessionId).ToDictionary(row => row.Person, row => row.Mode);

    /// <summary>Notes what a person chose, inside somebody's commit.</summary>
    public static void Set(WriteScope write, string sessionId, string personId, string mode) => write.Sql.Execute(Upsert, sessionId, personId, mode);

    /// <summary>Notes what the asking person chose; false when this access sees no such session.</summary>
    public Task<bool> SetAsync(string sessionId, string mode, Access access, CancellationToken cancel) => writer.RunAsync(write =>
    {
        if (sessions.Find(write, sessionId, access) is not { } session)
        {
            return false;
        }

        // Off is a row too: it is a choice, and the owner without one is told everything.
        Set(write, session.Id, access.PersonId, mode);
        return true;
    }, cancel);

    /// <summary>What the asking person is told of those of the sessions that this access sees.</summary>
    public Task<IReadOnlyDictionary<string, string>> ModesAsync(IEnumerable<string> sessionIds, Access access, CancellationToken cancel) =>
        database.SnapshotAsync<IReadOnlyDictionary<string, string>>(async reading =>
        {
            var modes = new Dictionary<string, string>();
            foreach (var id in sessionIds)
            {
                var found = await reading.QueryAsync(
                    ModeOf, row => (Session: SessionRow.Read(row), Chosen: row.TextOrNull(SessionRow.Width)), id, access.PersonId);
                if (sessions.Choose(found.Select(one => one.Session), id, access) is { } session)
                {
                    modes[id] = found.Find(one => one.Session == session).Chosen
                        ?? (session.OwnerId == access.PersonId ? BellModes.All : BellModes.Off);
                }
            }

            return modes;
        }, cancel);
}
