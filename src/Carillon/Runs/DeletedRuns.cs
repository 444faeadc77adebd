using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Sessions;
using Carillon.Storage;

namespace Carillon.Runs;

/// <summary>
/// The runs of a session that is deleted. What they said goes. That they were keeps counting against what their askers may ask in an hour
/// and a day: to delete a session must not be a way around it.
/// </summary>
internal sealed class DeletedRuns(AccessTable accesses) : ISessionPart, IRetained
{
    private const string DeleteParts = "DELETE FROM run_parts WHERE run_id IN (SELECT id FROM runs WHERE session_id = $1)";
    private const string Forget = "UPDATE runs SET session_id = '', message_id = '' WHERE session_id = $1";
    private const string TrimCounted = """
        DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE session_id = '' AND created_at < $1 AND ended_at < $1 ORDER BY seq LIMIT $2)
        """;
    private const long Step = 500;

    public void Delete(WriteScope write, SessionRow session)
    {
        write.Sql.Execute(DeleteParts, session.Id);
        write.Sql.Execute(Forget, session.Id);
        accesses.EndPasses(write, session.Id);
    }

    public int Trim(WriteScope write, RetentionOptions options) =>
        write.Sql.Execute(TrimCounted, (write.Now - ChatLimits.Longest).ToUnixTimeMilliseconds(), Step);
}
