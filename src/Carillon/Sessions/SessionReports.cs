using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Sessions;

/// <summary>Takes in what agents report of their sessions.</summary>
internal sealed class SessionReports(
    Writer writer, SessionTable sessions, ReportKeyTable keys, SessionLimits limits, TokenQuota quota, IHostedRuns runs, IAgentsElsewhere elsewhere,
    Membership membership)
{
    // A report that says nothing new is written down this often at most: it only proves that the agent still works.
    private static readonly TimeSpan ProgressStep = TimeSpan.FromSeconds(30);

    /// <summary>Takes a report in. The first one of a session makes it, in the project that the report names.</summary>
    /// <remarks>With a key it counts once, and with a time it changes nothing that was reported of later events.</remarks>
    public async Task<Outcome<ActivityAnswer>> ReportAsync(string id, ActivityReport report, string? key, Access access, CancellationToken cancel)
    {
        if (quota.Objection(access, rows: 1, (report.Message?.Length ?? 0) + (report.Title?.Length ?? 0)) is { } objection)
        {
            return objection;
        }

        var request = key is null ? null : ReportKeyTable.Fingerprint(id, report);
        return await writer.RunAsync(write => Take(write, id, report, key, request, access), cancel);
    }

    private Outcome<ActivityAnswer> Take(
        WriteScope write, string id, ActivityReport report, string? key, string? request, Access access)
    {
        var earlier = key is null ? null : keys.Find(write, access.PersonId, key);
        if (earlier is not null && earlier != request)
        {
            return Problems.IdempotencyKeyReused;
        }

        // Another's session of that id, which may be hidden, neither stands in the way nor is told of: this one gets a public id of its own.
        var own = SessionTable.FindOwn(write, id, access.PersonId);
        var known = own ?? sessions.Find(write, id, access);
        if (earlier is not null && known is null)
        {
            // It was counted, and the session was deleted since: sent again, it does not bring it back.
            return Problems.SessionNotFound;
        }

        var projectId = report.ProjectId ?? access.BoundProjectId;
        SessionRow row;
        if (known is null || (own is null && !SessionTable.MaySpeakFor(known, access) && projectId is not null && SessionIds.MayBeGiven(id)))
        {
            if (projectId is null || !SessionIds.MayBeGiven(id))
            {
                return Problems.SessionNotFound;
            }

            if (membership.FindVisible(access, projectId) is null)
            {
                return Problems.ProjectNotFound;
            }

            if (limits.Objection(write, access.PersonId) is { } objection)
            {
                return objection;
            }

            row = Add(write, id, projectId, report, access);
        }
        else if (membership.FindVisible(access, known.ProjectId) is null)
        {
            return Problems.SessionNotFound;
        }
        else if (!SessionTable.MaySpeakFor(known, access))
        {
            return Problems.SessionOwner;
        }
        else
        {
            row = earlier is not null ? known : Change(write, known, report);
        }

        if (key is not null && earlier is null)
        {
            keys.Add(write, access.PersonId, key, request!);
        }

        return Answer(write, row);
    }

    private ActivityAnswer Answer(WriteScope write, SessionRow row) => new()
    {
        Session = sessions.View(row),
        MessagesWaiting = row.IsHosted ? 0 : elsewhere.CountWaiting(write, row.Id),
    };

    private SessionRow Add(WriteScope write, string id, string projectId, ActivityReport report, Access access)
    {
        var row = new SessionRow
        {
            Id = sessions.Find(write, id) is null ? id : SessionIds.Marked(id),
            GivenId = id,
            ProjectId = projectId,
            OwnerId = access.PersonId,
            Agent = report.Agent ?? "agent",
            Title = TitleOf(report) ?? id,
            Activity = report.Activity,
            Message = WordsOf(report),
            ParentId = report.ParentSessionId is { } parent ? SessionTable.FindOwn(write, parent, access.PersonId)?.Id ?? parent : null,
            CreatedAt = write.NowMilliseconds,
            UpdatedAt = write.NowMilliseconds,
            ProgressAt = write.NowMilliseconds,
            ReportedAt = Time(write, report),
            Tool = report.Activity == Activities.Working ? report.Tool : null,
        };
        sessions.Add(write, row);
        Hear(write, row, report);
        return row;
    }

    private SessionRow Change(WriteScope write, SessionRow known, ActivityReport report)
    {
        var reportedAt = Time(write, report) ?? known.ReportedAt;
        if (reportedAt < known.ReportedAt)
        {
            if (report.Activity == Activities.Idle && !known.IsHosted)
            {
                // What it answered is not wrong because it went on since; everything else is over.
                Hear(write, known with { Activity = report.Activity }, report);
            }

            return known;
        }

        if (known is { IsHosted: true, Activity: Activities.Killed })
        {
            // A person has ended it; what its programs still say while they die brings it back to nobody.
            return known;
        }

        if (known.IsHosted && report.Activity is not (Activities.Working or Activities.WaitingInput or Activities.Blocked or Activities.Stuck)
            && runs.IsUnderWay(write, known.Id))
        {
            // Its program says that it is done, while its answer is still on the way: the end of the run says so better.
            sessions.NoteProgress(write, known.Id);
            return known;
        }

        var row = known with
        {
            // A person has called it something; what a program would call it is its folder's name.
            Title = known.IsHosted || known.IsNamed ? known.Title : TitleOf(report) ?? known.Title,
            Activity = report.Activity,

            // The words belong to the activity that they came with.
            Message = WordsOf(report) ?? (report.Activity == known.Activity ? known.Message : null),
        };
        var noted = row with { ReportedAt = reportedAt, Tool = report.Activity == Activities.Working ? report.Tool : null };
        if (row == known)
        {
            if (noted != known || write.NowMilliseconds - known.ProgressAt >= ProgressStep.TotalMilliseconds)
            {
                sessions.NoteReport(write, noted);
            }

            return known;
        }

        if (!known.IsHosted)
        {
            Hear(write, row, report);
        }

        return sessions.Change(write, known, noted);
    }

    // An agent speaks Markdown. Only its conversation shows it as that; lists, cards and alerts show plain text.
    private static string? TitleOf(ActivityReport report) => report.Title is { } title ? Markdown.Line(title) : null;

    private static string? WordsOf(ActivityReport report) => report.Message is { } message ? Markdown.Words(message) : null;

    // A clock that is fast must not make everything late that is reported after it was put right.
    private static long? Time(WriteScope write, ActivityReport report) =>
        report.OccurredAt is { } at ? Math.Min(at.ToUnixTimeMilliseconds(), write.NowMilliseconds) : null;

    // What an agent says while it works is gone with the next step; what it says when it stops is said to somebody.
    private void Hear(WriteScope write, SessionRow row, ActivityReport report)
    {
        if (!string.IsNullOrWhiteSpace(report.Message) && row.Activity is not (Activities.Starting or Activities.Working))
        {
            elsewhere.Hear(write, row, report.Message);
        }
    }
}
