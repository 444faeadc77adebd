using System.Globalization;
using System.Security.Cryptography;
using Carillon.Storage;

namespace Carillon.Changes;

/// <summary>
/// Opens the log, and gives it a new epoch when the database was put back to an earlier state: positions that readers hold
/// would otherwise point into a history that no longer happened.
/// </summary>
internal sealed partial class LogStart(
    ChangeLog log, ChangeTable table, Writer writer, IEnumerable<IFirstReader> firstReaders, TimeProvider time,
    ILogger<LogStart> logger) : BackgroundService
{
    private const string SetEpoch = "UPDATE facts SET value = $1 WHERE name = 'epoch'";
    private const string ClampFollowers = "UPDATE followers SET position = $1 WHERE position > $1";
    private const string PositionFile = "log-position";

    // What was restored is told from what happened by the position that was written down last, so it has to be a young one.
    private static readonly TimeSpan RememberEvery = TimeSpan.FromSeconds(2);

    private string? _dataFolder;
    private long _remembered;

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
        _dataFolder = dataFolder;
    }

    /// <summary>Writes down how far the log has come. Being behind is harmless: only a log that is shorter than this was put back.</summary>
    public void Remember(string dataFolder)
    {
        var file = Path.Combine(dataFolder, PositionFile);

        // A name of its own: commands beside a server write too.
        var next = $"{file}.{Environment.ProcessId}";
        var head = log.Window.Head;
        OwnFile.Write(next, string.Create(CultureInfo.InvariantCulture, $"{log.Epoch} {head}\n"));
        File.Move(next, file, overwrite: true);
        _remembered = head;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(RememberEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                TryRemember();
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops, and remembers once more.
        }
    }

    private void TryRemember()
    {
        try
        {
            if (_dataFolder is not null && log.Window.Head != _remembered)
            {
                Remember(_dataFolder);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Only a restore would miss it.
            LogNotRemembered(error);
        }
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "The position in the change log could not be saved")]
    private partial void LogNotRemembered(Exception error);
}
