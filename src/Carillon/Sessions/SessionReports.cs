using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Sessions;

/// <summary>Takes in what agents report of their sessions.</summary>
internal sealed class SessionReports(
    Writer writer, SessionTable sessions, SessionLimits limits, IHostedRuns runs, IAgentsElsewhere elsewhere, Membership membership)
{
    // A report that says nothing new is written down this often at most: it only proves that the agent still works.
    private static readonly TimeSpan ProgressStep = TimeSpan.FromSeconds(30);

    /// <summary>Takes a report in. The first one of a session makes it, in the project that the report names.</summary>
    public Task<(ActivityAnswer? Answer, Refusal? Refusal)> ReportAsync(string id, ActivityReport report, Access access, CancellationToken cancel) =>
        writer.RunAsync<(ActivityAnswer?, Refusal?)>(write =>
        {
            var known = sessions.Find(write, id);
            if (known is null)
            {
                return (report.ProjectId ?? access.BoundProjectId) is not { } projectId ? (null, Problems.SessionNotFound)
                    : membership.FindVisible(access, projectId) is null ? (null, Problems.ProjectNotFound)
                    : limits.Objection(write, access.PersonId) is { } objection ? (null, objection)
                    : (Answer(write, Add(write, id, projectId, report, access)), null);
            }

            if (membership.FindVisible(access, known.ProjectId) is null)
            {
                return (null, Problems.SessionNotFound);
            }

            // What runs here may be talked to by everybody who sees it, and its programs report for whom they answer.
            return known.OwnerId == access.PersonId || known.IsHosted
                ? (Answer(write, Change(write, known, report)), null)
                : (null, Problems.SessionOwner);
        }, cancel);

    private ActivityAnswer Answer(WriteScope write, SessionRow row) => new()
    {
        Session = sessions.View(row),
        MessagesWaiting = row.IsHosted ? 0 : elsewhere.CountWaiting(write, row.Id),
    };

    private SessionRow Add(WriteScope write, string id, string projectId, ActivityReport report, Access access)
    {
        var row = new SessionRow
        {
            Id = id,
            ProjectId = projectId,
            OwnerId = access.PersonId,
            Agent = report.Agent ?? "agent",
            Title = report.Title ?? id,
            Activity = report.Activity,
            Message = report.Message,
            ParentId = report.ParentSessionId,
            CreatedAt = write.NowMilliseconds,
            UpdatedAt = write.NowMilliseconds,
            ProgressAt = write.NowMilliseconds,
        };
        sessions.Add(write, row);
        Hear(write, row, report);
        return row;
    }

    private SessionRow Change(WriteScope write, SessionRow known, ActivityReport report)
    {
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
            // Somebody has called a session of this server something; what a program would call it is its folder's name.
            Title = known.IsHosted ? known.Title : report.Title ?? known.Title,
            Activity = report.Activity,

            // The words belong to the activity that they came with.
            Message = report.Message ?? (report.Activity == known.Activity ? known.Message : null),
        };
        if (row == known && write.NowMilliseconds - known.ProgressAt >= ProgressStep.TotalMilliseconds)
        {
            sessions.NoteProgress(write, known.Id);
        }

        if (row != known && !known.IsHosted)
        {
            Hear(write, row, report);
        }

        return sessions.Change(write, known, row);
    }

    // What an agent says while it works is gone with the next step; what it says when it stops is said to somebody.
    private void Hear(WriteScope write, SessionRow row, ActivityReport report)
    {
        if (!string.IsNullOrWhiteSpace(report.Message) && row.Activity is not (Activities.Starting or Activities.Working))
        {
            elsewhere.Hear(write, row, report.Message);
        }
    }
}
