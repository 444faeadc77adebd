using Carillon.Changes;
using Carillon.Storage;

namespace Carillon.Accounts;

/// <summary>Something that a room keeps for one person alone, and that goes when the person is removed.</summary>
internal interface IErased
{
    /// <summary>Removes a small step of it, and tells how many rows that were.</summary>
    int Erase(WriteScope write, string personId);
}

/// <summary>
/// Removes what is kept of people who are gone: their inboxes, and what the log told them alone. Who is to be erased is written down in the
/// commit that removes the person, and struck off when nothing is left: a server that is killed in between goes on at its next round.
/// </summary>
internal sealed class Erasing(Writer writer, IEnumerable<IErased> rooms) : IRetained
{
    private const string Add = "INSERT INTO gone_people (id, next_seq) VALUES ($1, 0) ON CONFLICT (id) DO NOTHING";
    private const string Next = "SELECT id, next_seq FROM gone_people ORDER BY id LIMIT 1";
    private const string Move = "UPDATE gone_people SET next_seq = $2 WHERE id = $1";
    private const string Done = "DELETE FROM gone_people WHERE id = $1";

    /// <summary>Writes down, in the commit that removes them, that a person is to be erased.</summary>
    public static void Begin(WriteScope write, string personId) => write.Sql.Execute(Add, personId);

    /// <summary>Erases everybody who is gone.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        while (await writer.RunAsync(Step, cancel) > 0)
        {
            // Between two steps others write.
            await Task.Yield();
        }
    }

    public int Trim(WriteScope write, RetentionOptions options) => Step(write);

    private int Step(WriteScope write)
    {
        if (write.Sql.First(Next, row => ((string Id, long Seq)?)(row.GetString(0), row.GetInt64(1))) is not var (id, seq))
        {
            return 0;
        }

        foreach (var room in rooms)
        {
            if (room.Erase(write, id) is > 0 and var rows)
            {
                return rows;
            }
        }

        var next = ChangeTable.Erase(write, id, seq);
        write.Sql.Execute(next is null ? Done : Move, next is null ? [id] : [id, next]);
        return 1;
    }
}
