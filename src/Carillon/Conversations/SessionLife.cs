using System.Security.Cryptography;
using System.Text.Json;
using Carillon.Accounts;
using Carillon.Agents;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Runs;
using Carillon.Sessions;
using Carillon.Storage;

namespace Carillon.Conversations;

/// <summary>
/// What people do with sessions: begin, talk, stop, end, restore. Each is one commit. Every door leads through here, so this is where it is
/// asked who may have an agent of this server do something.
/// </summary>
internal sealed class SessionLife(
    Writer writer, SessionTable sessions, MessageTable messages, RunQueue queue,
    ChatLimits limits, SessionLimits sessionLimits, AgentCatalog agents, Membership membership, AuditTable audit,
    IEnumerable<ISessionPart> parts)
{
    /// <summary>Begins a session; with a first message, its agent begins to answer or queues.</summary>
    public async Task<Outcome<Session>> BeginAsync(
        NewSession wanted, string? folder, string? idempotencyKey, Access access, Actor by, CancellationToken cancel)
    {
        if ((ScopeObjection(access, Scopes.Run) ?? agents.Objection(wanted.Agent, membership.Find(access.PersonId))) is { } forbidden)
        {
            return forbidden;
        }

        var key = idempotencyKey is null ? null : KeyOf(idempotencyKey, wanted, access);
        return await writer.RunAsync<Outcome<Session>>(write =>
        {
            if (key is not null && sessions.FindCreated(write, access.PersonId, key) is var (made, request))
            {
                return request == key.Request ? sessions.View(made) : Problems.IdempotencyKeyReused;
            }

            if ((sessionLimits.Objection(write, access.PersonId) ?? (wanted.Message is null ? null : limits.Objection(write, access.PersonId))) is { } objection)
            {
                return objection;
            }

            var row = new SessionRow
            {
                Id = Ids.New("ses_", write.Now),
                ProjectId = wanted.ProjectId,
                OwnerId = access.PersonId,
                Agent = wanted.Agent,
                Title = wanted.Title is { } title ? Markdown.Line(title) : MessageRules.TitleOf(wanted.Message),
                Activity = wanted.Message is null ? Activities.Idle : Activities.Starting,
                ParentId = wanted.ParentSessionId,
                IsHosted = true,
                Folder = folder,
                CreatedAt = write.NowMilliseconds,
                UpdatedAt = write.NowMilliseconds,
                ProgressAt = write.NowMilliseconds,
            };
            sessions.Add(write, row, key);
            NoteStart(write, row, by);
            if (wanted.Subscribe)
            {
                Subscriptions.Set(write, row.Id, access.PersonId, BellModes.All);
            }

            if (wanted.Message is not { } text)
            {
                return sessions.View(row);
            }

            Say(write, row, text, clientId: null, access.PersonId);
            queue.Claim(write);
            return sessions.View(sessions.Find(write, row.Id)!);
        }, cancel);
    }

    /// <summary>Says something to the agent. The same id again is the same message.</summary>
    public async Task<Outcome<ChatMessage>> SendAsync(SessionName name, SendMessage wanted, Access access, CancellationToken cancel)
    {
        if (!access.May(Scopes.Run) && ScopeObjection(access, Scopes.Publish) is { } neither)
        {
            return neither;
        }

        if (await sessions.FindRowAsync(name, access, cancel) is not { } session)
        {
            return Problems.SessionNotFound;
        }

        var forbidden = session.IsHosted ? AskObjection(session, access)

            // An agent elsewhere works with its owner's rights on its owner's machine: nobody else tells it what to do.
            : session.OwnerId != access.PersonId ? Problems.SessionOwner
            : ScopeObjection(access, Scopes.Publish);
        if (forbidden is not null)
        {
            return forbidden;
        }

        var said = await writer.RunAsync<Outcome<MessageRow>>(write =>
        {
            if (messages.FindSent(write, session.Id, access.PersonId, wanted.Id) is { } sent)
            {
                return sent;
            }

            if (sessions.Find(write, session.Id) is not { } row)
            {
                return Problems.SessionNotFound;
            }

            if (row is { Agent: WellKnown.QuestionAgent, Activity: Activities.Exited, IsHosted: false })
            {
                return Problems.QuestionEnded;
            }

            if (limits.Objection(write, access.PersonId) is { } objection)
            {
                return objection;
            }

            var message = Say(write, row, wanted.Message, wanted.Id, access.PersonId);
            queue.Claim(write);
            return message;
        }, cancel);
        return said.Then(messages.View);
    }

    /// <summary>Takes a message back that its agent does not have yet. Whether it has it is decided in the same commit.</summary>
    public async Task<Refusal?> WithdrawAsync(SessionName name, string messageId, Access access, CancellationToken cancel)
    {
        if (await sessions.FindRowAsync(name, access, cancel) is not { } session)
        {
            return Problems.SessionNotFound;
        }

        if (ScopeObjection(access, session.IsHosted ? Scopes.Run : Scopes.Publish) is { } forbidden)
        {
            return forbidden;
        }

        return await writer.RunAsync(write =>
        {
            if (messages.Find(write, messageId) is not { Role: MessageRoles.Person } message || message.SessionId != session.Id)
            {
                return Problems.MessageNotFound;
            }

            if (message.PersonId != access.PersonId)
            {
                return Problems.MessageAuthor;
            }

            if (message.Status == MessageStatuses.Withdrawn)
            {
                return null;
            }

            if (message.RunId is null)
            {
                if (message.Status != MessageStatuses.Waiting || messages.IsOnOffer(write, messageId))
                {
                    return Problems.MessageTaken;
                }
            }
            else if (queue.FindOpen(write, message.RunId) is { Status: RunRow.Queued } run)
            {
                queue.Withdraw(write, run);
            }
            else
            {
                return Problems.MessageTaken;
            }

            messages.Withdraw(write, message);
            queue.Claim(write);
            return null;
        }, cancel);
    }

    /// <summary>Stops the answer that is under way, or else those that wait; or, asked for everything, all of them. What was said stands.</summary>
    public async Task<Refusal?> StopRunAsync(SessionName name, bool everything, Access access, CancellationToken cancel)
    {
        if ((await FindHostedAsync(name, access, cancel)).IsRefused(out var refused, out var session))
        {
            return refused;
        }

        await writer.RunAsync(write =>
        {
            var open = queue.OpenRuns(write, session.Id);
            if (open.Find(run => run.Status == RunRow.Running) is { } running)
            {
                queue.AskToStop(write, running);
                if (!everything)
                {
                    return;
                }

                open.Remove(running);
            }

            open.ForEach(run => EndWaiting(write, run));
            queue.Claim(write);
        }, cancel);
        return null;
    }

    /// <summary>Ends a session: nothing of it runs or waits any more.</summary>
    public async Task<Outcome<Session>> EndAsync(SessionName name, Access access, CancellationToken cancel)
    {
        if ((await FindHostedAsync(name, access, cancel)).IsRefused(out var refused, out var session))
        {
            return refused;
        }

        return await writer.RunAsync<Outcome<Session>>(write =>
        {
            if (sessions.Find(write, session.Id) is not { } row)
            {
                return Problems.SessionNotFound;
            }

            sessions.Change(write, row, row with { Activity = Activities.Killed, Message = null });
            foreach (var run in queue.OpenRuns(write, session.Id))
            {
                if (run.Status == RunRow.Running)
                {
                    queue.AskToStop(write, run);
                }
                else
                {
                    EndWaiting(write, run);
                }
            }

            queue.Claim(write);
            return sessions.View(sessions.Find(write, session.Id)!);
        }, cancel);
    }

    /// <summary>Brings a session that ended back. A message whose answer failed is asked again; otherwise it is the person's turn.</summary>
    public async Task<Outcome<Session>> RestoreAsync(SessionName name, Access access, Actor by, CancellationToken cancel)
    {
        if ((await FindHostedAsync(name, access, cancel)).IsRefused(out var refused, out var session))
        {
            return refused;
        }

        if (AskObjection(session, access) is { } forbidden)
        {
            return forbidden;
        }

        return await writer.RunAsync<Outcome<Session>>(write =>
        {
            if (sessions.Find(write, session.Id) is not { } row)
            {
                return Problems.SessionNotFound;
            }

            if (row.Activity is not (Activities.Exited or Activities.Killed))
            {
                // Somebody else was quicker, or it came twice: it is as it was asked for.
                return sessions.View(row);
            }

            if (queue.Latest(write, session.Id) is not { Status: RunStatuses.Failed } failed)
            {
                NoteStart(write, row, by);
                var isBusy = queue.OpenRuns(write, session.Id).Count > 0;
                return sessions.View(sessions.Change(write, row, row with
                {
                    Activity = isBusy ? Activities.Working : Activities.Idle,
                    Message = null,
                }));
            }

            if (limits.Objection(write, access.PersonId) is { } objection)
            {
                return objection;
            }

            NoteStart(write, row, by);
            var runId = Ids.New("run_", write.Now);
            queue.Enqueue(write, runId, session.Id, failed.MessageId, access.PersonId);
            messages.Answer(write, failed.MessageId, runId);
            sessions.Change(write, row, row with { Activity = Activities.Starting, Message = null });
            queue.Claim(write);
            return sessions.View(sessions.Find(write, session.Id)!);
        }, cancel);
    }

    /// <summary>Gives a session another title, or puts it away.</summary>
    public async Task<Outcome<Session>> AmendAsync(SessionName name, SessionUpdate wanted, Access access, CancellationToken cancel)
    {
        if (await sessions.FindRowAsync(name, access, cancel) is not { } session)
        {
            return Problems.SessionNotFound;
        }

        var forbidden = session.IsHosted ? ControlObjection(session, access)
            : session.OwnerId != access.PersonId ? Problems.SessionOwner
            : ScopeObjection(access, Scopes.Publish);
        if (forbidden is not null)
        {
            return forbidden;
        }

        return await writer.RunAsync<Outcome<Session>>(write =>
        {
            if (sessions.Find(write, session.Id) is not { } known)
            {
                return Problems.SessionNotFound;
            }

            return sessions.View(sessions.Amend(write, known, known with
            {
                Title = wanted.Title is { } title ? Markdown.Line(title) : known.Title,
                IsNamed = known.IsNamed || wanted.Title is not null,
                ArchivedAt = wanted.Archived switch
                {
                    true => known.ArchivedAt ?? write.NowMilliseconds,
                    false => null,
                    null => known.ArchivedAt,
                },
            }));
        }, cancel);
    }

    /// <summary>Deletes a session with everything that any room keeps of it, in one commit.</summary>
    public async Task<Refusal?> DeleteAsync(SessionName name, Access access, Actor by, CancellationToken cancel)
    {
        if (await sessions.FindRowAsync(name, access, cancel) is not { } session)
        {
            return Problems.SessionNotFound;
        }

        if (await DeleteObjectionAsync(session, access, cancel) is { } forbidden)
        {
            return forbidden;
        }

        return await writer.RunAsync(write =>
        {
            if (sessions.Find(write, session.Id) is not { } row)
            {
                return Problems.SessionNotFound;
            }

            if (queue.OpenRuns(write, row.Id).Count > 0)
            {
                return Problems.SessionBusy;
            }

            audit.Add(write, by, AuditKinds.SessionDeleted, row.Id, $"{row.Agent} in {row.ProjectId}");
            foreach (var part in parts)
            {
                part.Delete(write, row);
            }

            sessions.Delete(write, row);
            return null;
        }, cancel);
    }

    // A token of one project has keys of its own, so that none of them answers with a session that it must not see.
    private static CreationKey KeyOf(string key, NewSession wanted, Access access) => new(
        $"{access.BoundProjectId}/{key}",
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(wanted, CarillonJson.Compact.NewSession))));

    private void NoteStart(WriteScope write, SessionRow session, Actor by) =>
        audit.Add(write, by, AuditKinds.AgentStarted, session.Id, $"{session.Agent} in {session.ProjectId}");

    private MessageRow Say(WriteScope write, SessionRow session, string text, string? clientId, string personId)
    {
        var runId = session.IsHosted ? Ids.New("run_", write.Now) : null;
        var message = messages.Add(write, new MessageRow
        {
            Seq = 0,
            Id = Ids.New("msg_", write.Now),
            SessionId = session.Id,
            Role = MessageRoles.Person,
            Text = text,
            PersonId = personId,
            RunId = runId,

            // Who runs elsewhere comes and fetches it.
            Status = runId is null ? MessageStatuses.Waiting : null,
            CreatedAt = write.Now,
        }, clientId);
        if (runId is not null)
        {
            queue.Enqueue(write, runId, session.Id, message.Id, personId);
        }

        // Also of an agent elsewhere, which may be a long time coming.
        sessions.Amend(write, session, session with { ArchivedAt = null });

        return message;
    }

    private void EndWaiting(WriteScope write, RunRow run) =>
        queue.End(write, run, new RunOutcome(RunStatuses.Stopped, string.Empty, [], "Stopped before the agent began."));

    private async Task<Outcome<SessionRow>> FindHostedAsync(SessionName name, Access access, CancellationToken cancel) =>
        await sessions.FindRowAsync(name, access, cancel) is not { } session ? Problems.SessionNotFound
        : !session.IsHosted ? Problems.SessionNotHosted
        : ControlObjection(session, access) is { } forbidden ? forbidden
        : session;

    // Never with the scope of hooks and of what runs in a session: an agent must not be able to delete what was written down of it.
    private async ValueTask<Refusal?> DeleteObjectionAsync(SessionRow session, Access access, CancellationToken cancel) =>
        ScopeObjection(access, Scopes.Run) is { } missing ? missing
        : session.OwnerId == access.PersonId || (access.May(Scopes.Admin) && await membership.IsAdminAsync(access.PersonId, cancel)) ? null
        : Problems.SessionDeleter;

    private static Refusal? ScopeObjection(Access access, string scope) =>
        access.May(scope) ? null : Problems.ScopeMissing.Because($"The token needs the scope {scope}. Create one that has it.");

    /// <summary>What keeps this access from having a hand in a session that runs here.</summary>
    private Refusal? ControlObjection(SessionRow session, Access access) =>
        ScopeObjection(access, Scopes.Run)
        ?? (session.OwnerId == access.PersonId || membership.FindProject(session.ProjectId)?.Members.Contains(access.PersonId) == true
            ? null
            : Problems.MembersOnly);

    /// <summary>What keeps it from having the agent do something.</summary>
    private Refusal? AskObjection(SessionRow session, Access access) =>
        ControlObjection(session, access) ?? agents.Objection(session.Agent, membership.Find(access.PersonId));
}
