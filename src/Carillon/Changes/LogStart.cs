using System.Globalization;
using System.Security.Cryptography;
using Carillon.Storage;

namespace Carillon.Changes;

/// <summary>
/// Opens the log, and gives it a new epoch when the database was put back to an earlier state: positions that readers hold
/// would otherwise point into a history that no longer happened.
/// </summary>
internal sealed partial class LogStart(
    ChangeLog log, ChangeTable table, Writer writer, IEnumerable<IFirstReader> firstReaders, ILogger<LogStart> logger)
{
    private const string SetEpoch = "UPDATE facts SET value = $1 WHERE name = 'epoch'";
    private const string ClampFollowers = "UPDATE followers SET position = $1 WHERE position > $1";
    private const string PositionFile = "log-position";

    public async Task OpenAsync(string dataFolder, CancellationToken cancel)
    {
        var epoch = await table.EpochAsync(cancel);
        var head = await table.HeadAsync(cancel);
        if (Remembered(dataFolder) is var (knownEpoch, knownHead) && knownEpoch == epoch && knownHead > head)
        {
            epoch = RandomNumberGenerator.GetHexString(16, lowercase: true);
            await writer.RunAsync(write =>
            {
                write.Sql.Execute(SetEpoch, epoch);
                write.Sql.Execute(ClampFollowers, head);
            }, cancel);
            LogRestored(knownHead, head);
        }

        log.Start(epoch, head, [.. firstReaders]);
        Remember(dataFolder);
    }

    /// <summary>Writes down how far the log has come. Being behind is harmless: only a log that is shorter than this was put back.</summary>
    public void Remember(string dataFolder)
    {
        var file = Path.Combine(dataFolder, PositionFile);
        File.WriteAllText(file + ".new", string.Create(CultureInfo.InvariantCulture, $"{log.Epoch} {log.Window.Head}\n"));
        File.Move(file + ".new", file, overwrite: true);
    }

    private static (string Epoch, long Head)? Remembered(string dataFolder)
    {
        var file = Path.Combine(dataFolder, PositionFile);
        return File.Exists(file)
            && File.ReadAllText(file).Split(' ', StringSplitOptions.TrimEntries) is [var epoch, var text]
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var head)
            ? (epoch, head)
            : null;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The database ends at change {Head}, but this server knew change {Known}: it was restored or replaced. Readers start over.")]
    private partial void LogRestored(long known, long head);
}
