using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Sessions.Forges;
using Carillon.Storage;

namespace Carillon.Sessions;

/// <summary>Merges a pull request of a session, after having asked its forge at this very moment whether that is right.</summary>
internal sealed partial class MergePullRequest(
    Writer writer, SessionTable sessions, PullRequestTable pullRequests, IEnumerable<IForge> forges, Membership membership, AuditTable audit,
    ILogger<MergePullRequest> log)
{
    /// <summary>What keeps people of a project from merging it here, and what to do about that; null when nothing does.</summary>
    public string? Objection(string projectId, PullRequestName name) => ForgeOf(name).Objection(projectId, name);

    /// <summary>Merges it at the head that the person saw, or tells why not.</summary>
    public async Task<Refusal?> MergeAsync(string sessionId, PullRequestSubject seen, Access access, Actor by, CancellationToken cancel)
    {
        // A token that an agent's hook holds reports pull requests; if it could merge them too, nobody would have looked at them.
        if (access.Kind != AccessKind.SignIn && !access.May(Scopes.Run))
        {
            return Problems.ActionNotAllowed.Because($"Merging needs a sign-in, or a token with the scope {Scopes.Run}.");
        }

        // The server's token reaches whatever its account reaches. What may be merged here is what a session reported, in a repository
        // that the operator listed for the session's project, and who sees that session may do it.
        var name = new PullRequestName(seen.Provider, seen.Owner, seen.Repo, seen.Number);
        if (await sessions.FindRowAsync(SessionName.Public(sessionId), access, cancel) is not { } session || await pullRequests.FindAsync(session.Id, name, cancel) is null)
        {
            return Problems.ActionPreconditionFailed.Because($"{name} is no pull request of the session.");
        }

        var forge = ForgeOf(name);
        if (forge.Objection(session.ProjectId, name) is { } objectionHere)
        {
            return Problems.ActionPreconditionFailed.Because(objectionHere);
        }

        try
        {
            var state = await forge.ReadAsync(name, cancel);
            if (MergeRules.Objection(state, seen.HeadSha, forge.Title) is { } objection)
            {
                await writer.RunAsync(write => pullRequests.Correct(write, name, known => Corrected(known, state)), cancel);
                return Problems.ActionPreconditionFailed.Because($"{name} was not merged: {objection}");
            }

            // From here on it makes no difference that whoever asked goes away: the forge may have done it already.
            if (await MergeAsync(forge, name, state) is { } unknown)
            {
                return unknown;
            }
        }
        catch (ForgeException failure)
        {
            return failure.IsUnreachable
                ? Problems.ForgeUnreachable.Because($"{name} was not merged. {failure.Message}")
                : Problems.ActionPreconditionFailed.Because($"{name} was not merged. {failure.Message}");
        }

        LogMerged(membership.Find(access.PersonId)?.Name, name, seen.HeadSha);
        await writer.RunAsync(write =>
        {
            pullRequests.Correct(write, name, known => known with
            {
                HeadSha = seen.HeadSha.ToLowerInvariant(),
                State = PullRequestStates.Merged,
                IsMergeable = null,
                HasConflicts = false,
            });
            audit.Add(write, by, AuditKinds.PullRequestMerged, name.ToString(), $"at {seen.HeadSha}, session {sessionId}");
        }, CancellationToken.None);
        return null;
    }

    private IForge ForgeOf(PullRequestName name) => forges.First(one => one.Provider == name.Provider);

    private static async Task<Refusal?> MergeAsync(IForge forge, PullRequestName name, ForgeState state)
    {
        try
        {
            await forge.MergeAsync(name, state.HeadSha, state.MergeMethod, CancellationToken.None);
            return null;
        }
        catch (ForgeException failure) when (failure.IsUnreachable)
        {
            // The answer is lost; the merge need not be.
            return await IsMergedAsync(forge, name, state.HeadSha) ? null
                : Problems.ForgeUnreachable.Because($"Nobody knows whether {name} was merged. {failure.Message} Look at it there before you try again.");
        }
    }

    private static async Task<bool> IsMergedAsync(IForge forge, PullRequestName name, string head)
    {
        try
        {
            return await forge.ReadAsync(name, CancellationToken.None) is { State: PullRequestStates.Merged } state && state.HeadSha == head;
        }
        catch (ForgeException)
        {
            return false;
        }
    }

    /// <summary>What was read in place of what was reported, so that an alert goes whose cause is gone. What the forge does not know yet says nothing.</summary>
    private static PullRequestRow Corrected(PullRequestRow known, ForgeState state)
    {
        var isSameHead = known.HeadSha == state.HeadSha;
        return known with
        {
            HeadSha = state.HeadSha,
            State = state.State,
            IsDraft = state.IsDraft,
            IsMergeable = state.IsMergeable ?? (isSameHead ? known.IsMergeable : null),
            HasConflicts = state.HasConflicts,
            Checks = isSameHead && state.Checks is CheckStates.Pending or CheckStates.Unknown ? known.Checks : state.Checks,
            Review = state.State == PullRequestStates.Open ? state.Review : known.Review,
        };
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Person} merged {PullRequest} at {Head}")]
    private partial void LogMerged(string? person, PullRequestName pullRequest, string head);
}
