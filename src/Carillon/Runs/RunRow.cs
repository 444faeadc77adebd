using System.Data.Common;
using Carillon.Storage;

namespace Carillon.Runs;

/// <summary>A run as the database has it: queued, running, or what <see cref="Protocol.RunStatuses"/> names.</summary>
internal sealed record RunRow(string Id, string SessionId, string MessageId, string PersonId, string Status, string? Node)
{
    public const string Columns = "id, session_id, message_id, person_id, status, node";
    public const string Queued = "queued";
    public const string Running = "running";

    public static RunRow Read(DbDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.TextOrNull(5));
}
