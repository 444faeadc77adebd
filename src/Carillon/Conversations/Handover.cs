using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Sessions;
using Carillon.Storage;

namespace Carillon.Conversations;

/// <summary>
/// Hands what people say to agents that run elsewhere. A message is on offer to one caller at a time, and again to the next one unless
/// the agent is known to have it: an agent that dies between the two, or an answer that is lost, loses nothing.
/// </summary>
internal sealed class Handover(
    Database database, Writer writer, SessionTable sessions, MessageTable messages, MessageArrivals arrivals,
    TimeProvider time, IHostApplicationLifetime life)
{
    /// <summary>The longest that a caller may wait for something to be said. Proxies give up on a silent answer after a minute or less.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(25);

    /// <summary>So long one caller has for putting what it was handed before the agent.</summary>
    private static readonly TimeSpan Offer = TimeSpan.FromSeconds(10);

    /// <summary>
    /// What waits for the agent, or comes while the caller waits. When the session begins to do something else meanwhile, the caller is told
    /// so at once and handed nothing: it may be none of its business any more.
    /// </summary>
    public async Task<Outcome<TakenMessages>> TakeAsync(SessionName name, TimeSpan wait, Access access, CancellationToken cancel)
    {
        if ((await FindAsync(name, access, cancel)).IsRefused(out var refusal, out var session))
        {
            return refusal;
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel, life.ApplicationStopping);
        var id = session.Id;
        using var news = arrivals.Expect(id);
        var (until, activity) = (time.GetUtcNow() + wait, session.Activity);
        while (true)
        {
            var next = news.Next;
            if ((await FindAsync(SessionName.Public(id), access, cancel)).IsRefused(out refusal, out session))
            {
                return refusal;
            }

            var now = time.GetUtcNow();
            var hasTurned = session.Activity != activity;
            var taken = hasTurned ? [] : await OfferAsync(id, now, cancel);
            if (taken.Count > 0 || hasTurned || now >= until || ending.IsCancellationRequested)
            {
                return new TakenMessages { Messages = [.. taken.Select(messages.View)], Activity = session.Activity };
            }

            try
            {
                // What is on offer to somebody else may come back without a word.
                await next.WaitAsync(until - now < Offer ? until - now : Offer, time, ending.Token);
            }
            catch (TimeoutException)
            {
                // Then it is looked at again, for the last time if that was all.
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                // The server stops: the caller asks the next one.
            }
        }
    }

    /// <summary>The agent has these. A session that waited for its person goes on.</summary>
    public async Task<Outcome<ActivityAnswer>> ConfirmAsync(
        SessionName name, IReadOnlyList<string> ids, Access access, CancellationToken cancel)
    {
        if ((await FindAsync(name, access, cancel)).IsRefused(out var refused, out var session))
        {
            return refused;
        }

        return await writer.RunAsync<Outcome<ActivityAnswer>>(write =>
        {
            if (sessions.Find(write, session.Id) is not { } row)
            {
                return Problems.SessionNotFound;
            }

            var isNews = false;
            foreach (var id in ids)
            {
                isNews |= messages.Deliver(write, session.Id, id);
            }

            if (isNews && row.Activity is Activities.WaitingInput or Activities.Idle or Activities.Stuck)
            {
                row = sessions.Change(write, row, row with { Activity = Activities.Working, Message = null });
            }

            return new ActivityAnswer { Session = sessions.View(row), MessagesWaiting = messages.CountWaiting(write, session.Id) };
        }, cancel);
    }

    private async Task<List<MessageRow>> OfferAsync(string sessionId, DateTimeOffset now, CancellationToken cancel)
    {
        // Most who look find nothing, and need not wait for their turn to write.
        var isThere = await database.FirstAsync(MessageTable.AnyFree, row => row.GetInt64(0), cancel, sessionId, now.ToUnixTimeMilliseconds()) > 0;
        return isThere ? await writer.RunAsync(write => messages.Offer(write, sessionId, write.Now + Offer), cancel) : [];
    }

    // Asked for anew each time: whoever waits may be shut out meanwhile.
    private async Task<Outcome<SessionRow>> FindAsync(SessionName name, Access access, CancellationToken cancel) =>
        access.HasEnded(time.GetUtcNow()) ? Problems.SignInRequired
        : await sessions.FindRowAsync(name, access, cancel) is not { } session ? Problems.SessionNotFound
        : session.IsHosted ? Problems.SessionHosted
        : session.OwnerId != access.PersonId ? Problems.SessionOwner
        : session;
}
