using Carillon.Agents;
using Carillon.Changes;
using Carillon.Protocol;
using Carillon.Sessions;

namespace Carillon.Runs;

/// <summary>
/// Deletes the folders in which sessions worked that are deleted. They lie on the disk of each node, so each looks after its own, and at its
/// start after those of what was deleted while it was not there.
/// </summary>
internal sealed partial class DeletedFolders(FollowedLog followed, SessionFolders folders, ILogger<DeletedFolders> log) : VolatileFollower("folders", followed)
{
    protected override bool Wants(ChangeRow row) => row.Type == ChangeTypes.SessionDeleted;

    protected override Task TakeAsync(ChangeRow row, CancellationToken cancel)
    {
        Delete(row.SessionId!);
        return Task.CompletedTask;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            foreach (var id in await Followed.Table.SessionsWithAsync(ChangeTypes.SessionDeleted, stoppingToken))
            {
                Delete(id);
            }
        }
        catch (System.Data.Common.DbException error)
        {
            // The next start looks again.
            LogNotRead(error);
        }

        await base.ExecuteAsync(stoppingToken);
    }

    private void Delete(string sessionId)
    {
        if (!SessionIds.IsHosted(sessionId))
        {
            return;
        }

        try
        {
            folders.Delete(sessionId);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            LogNotDeleted(error, sessionId);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The folder of the deleted session {SessionId} could not be deleted; the next start tries again")]
    private partial void LogNotDeleted(Exception error, string sessionId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Deleted sessions could not be read; their folders stay until the next start")]
    private partial void LogNotRead(Exception error);
}
