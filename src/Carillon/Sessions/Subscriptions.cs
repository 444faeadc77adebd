using Carillon.Accounts;
using Carillon.Storage;

namespace Carillon.Sessions;

/// <summary>Who rang which session's bell on: these people are told when it is somebody's turn there.</summary>
internal sealed class Subscriptions(Database database, Writer writer, SessionTable sessions)
{
    /// <summary>As many as one request asks about.</summary>
    public const int MostAsked = 200;

    private const string Insert = "INSERT INTO subscriptions (session_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    private const string Delete = "DELETE FROM subscriptions WHERE session_id = $1 AND user_id = $2";
    private const string OfSession = "SELECT user_id FROM subscriptions WHERE session_id = $1 ORDER BY user_id";
    private const string StateOf = $"""
        SELECT {SessionRow.Columns}, (SELECT count(*) FROM subscriptions WHERE session_id = sessions.id AND user_id = $2) FROM sessions
        WHERE {SessionTable.IsNamed}
        """;

    /// <summary>The ids of the people, inside somebody's commit.</summary>
    public static IReadOnlyList<string> Of(WriteScope write, string sessionId) => write.Sql.Query(OfSession, row => row.GetString(0), sessionId);

    /// <summary>Rings a session's bell on, inside somebody's commit.</summary>
    public static void Add(WriteScope write, string sessionId, string personId) => write.Sql.Execute(Insert, sessionId, personId);

    /// <summary>Rings the bell on or off; false when this access sees no such session.</summary>
    public Task<bool> SetAsync(string sessionId, bool on, Access access, CancellationToken cancel) => writer.RunAsync(write =>
    {
        if (sessions.Find(write, sessionId, access) is not { } session)
        {
            return false;
        }

        write.Sql.Execute(on ? Insert : Delete, session.Id, access.PersonId);
        return true;
    }, cancel);

    /// <summary>Which bells are on, for those of the sessions that this access sees.</summary>
    public Task<IReadOnlyDictionary<string, bool>> StatesAsync(IEnumerable<string> sessionIds, Access access, CancellationToken cancel) =>
        database.SnapshotAsync<IReadOnlyDictionary<string, bool>>(async reading =>
        {
            var states = new Dictionary<string, bool>();
            foreach (var id in sessionIds)
            {
                var found = await reading.QueryAsync(
                    StateOf, row => (Session: SessionRow.Read(row), IsOn: row.GetInt64(SessionRow.Width) > 0), id, access.PersonId);
                if (sessions.Choose(found.Select(one => one.Session), id, access) is { } session)
                {
                    states[id] = found.Find(one => one.Session == session).IsOn;
                }
            }

            return states;
        }, cancel);
}
