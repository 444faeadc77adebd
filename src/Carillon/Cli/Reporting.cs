using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary>Reports what an agent is doing, and creates its project if it does not exist.</summary>
internal static class Reporting
{
    public static async Task<ActivityAnswer> SendAsync(
        CarillonClient client, string session, ActivityReport report, string? projectName, string? key, CancellationToken cancel)
    {
        try
        {
            return await client.ReportActivityAsync(session, report, key, cancel);
        }
        catch (CarillonProblemException problem) when (problem.Code == "PROJECT_NOT_FOUND" && report.ProjectId is { } project)
        {
            try
            {
                await client.CreateProjectAsync(new NewProject { Id = project, Name = projectName ?? project }, cancel);
            }
            catch (CarillonProblemException exists) when (exists.Code == "PROJECT_EXISTS")
            {
                // Somebody else was faster, or it is a closed project: the second answer tells.
            }

            return await client.ReportActivityAsync(session, report, key, cancel);
        }
    }
}
