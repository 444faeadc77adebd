using Carillon.Http;
using Carillon.Storage;
using Microsoft.Extensions.Options;

namespace Carillon.Runs;

/// <summary>
/// How much a person may ask of agents. Counted in the commit that takes the message: so it holds over restarts and on all nodes
/// together, a message that was refused or repeated never counts, and the wait that is told is the true one.
/// </summary>
internal sealed class ChatLimits(IOptions<ChatOptions> options)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>What is older counts against no limit.</summary>
    public static TimeSpan Longest => Day;

    // Runs are counted, of which each message makes one, and so does a message that is asked again; a message to an agent that runs
    // elsewhere makes none. While the nth newest is younger than the window, n were asked for within it.
    private const string NthNewest = """
        SELECT created_at FROM (
          SELECT created_at FROM runs WHERE person_id = $1 AND created_at > $2
          UNION ALL SELECT created_at FROM messages WHERE person_id = $1 AND run_id IS NULL AND created_at > $2) AS asked
        ORDER BY created_at DESC LIMIT 1 OFFSET $3
        """;
    private const string TokensSince = "SELECT coalesce(sum(tokens), 0) FROM runs WHERE person_id = $1 AND tokens > 0 AND ended_at > $2";
    private const string RunsSince = "SELECT ended_at, tokens FROM runs WHERE person_id = $1 AND tokens > 0 AND ended_at > $2 ORDER BY ended_at";

    /// <summary>Null when the person may send one more message now; otherwise the refusal that says when.</summary>
    public Refusal? Objection(WriteScope write, string personId)
    {
        var limits = options.Value;
        return Within(write, personId, Hour, limits.MessagesPerHour) is { } hour
                ? Wait(hour, $"{limits.MessagesPerHour} messages an hour is the limit.")
            : Within(write, personId, Day, limits.MessagesPerDay) is { } day
                ? Wait(day, $"{limits.MessagesPerDay} messages a day is the limit.")
            : TokensWithin(write, personId, limits.TokensPerDay) is { } tokens
                ? Wait(tokens, $"{limits.TokensPerDay} tokens a day is the limit.")
            : null;
    }

    private static TimeSpan? Within(WriteScope write, string personId, TimeSpan window, int most)
    {
        if (most == 0)
        {
            return null;
        }

        var sent = write.Sql.Number(NthNewest, personId, (write.Now - window).ToUnixTimeMilliseconds(), (long)most - 1);
        return sent == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(sent) + window - write.Now;
    }

    private static TimeSpan? TokensWithin(WriteScope write, string personId, long most)
    {
        var since = (write.Now - Day).ToUnixTimeMilliseconds();
        if (most == 0 || write.Sql.Number(TokensSince, personId, since) is var used && used < most)
        {
            return null;
        }

        foreach (var (ended, tokens) in write.Sql.Query(RunsSince, row => (row.Time(0), row.GetInt64(1)), personId, since))
        {
            used -= tokens;
            if (used < most)
            {
                return ended + Day - write.Now;
            }
        }

        return Day;
    }

    private static Refusal Wait(TimeSpan wait, string limit) => Problems.RateLimited.Because(limit) with { RetryAfter = wait };
}
