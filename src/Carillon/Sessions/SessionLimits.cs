using Carillon.Http;
using Carillon.Storage;
using Microsoft.Extensions.Options;

namespace Carillon.Sessions;

/// <summary>How many sessions a person begins in a day, here and by reports from elsewhere. Counted in the commit that adds one.</summary>
internal sealed class SessionLimits(IOptions<SessionsOptions> options)
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // While the nth newest is younger than a day, n were begun within it.
    private const string NthNewest = "SELECT created_at FROM sessions WHERE owner_id = $1 AND created_at > $2 ORDER BY created_at DESC LIMIT 1 OFFSET $3";

    /// <summary>Null when the person may begin one more now; otherwise the refusal that says when.</summary>
    public Refusal? Objection(WriteScope write, string personId)
    {
        var most = options.Value.PerDay;
        if (most == 0 || write.Sql.Number(NthNewest, personId, (write.Now - Day).ToUnixTimeMilliseconds(), most - 1L) is var begun && begun == 0)
        {
            return null;
        }

        return Problems.TooManySessions with { RetryAfter = DateTimeOffset.FromUnixTimeMilliseconds(begun) + Day - write.Now };
    }
}
