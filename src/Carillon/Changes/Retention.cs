using Carillon.Storage;
using Microsoft.Extensions.Options;

namespace Carillon.Changes;

/// <summary>Removes what is older than anybody needs, in steps so small that no writer waits for them.</summary>
internal sealed partial class Retention(
    Writer writer, IEnumerable<IRetained> retained, IOptions<RetentionOptions> options, TimeProvider time, ILogger<Retention> log)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await TrimAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    public async Task TrimAsync(CancellationToken cancel)
    {
        foreach (var rows in retained)
        {
            try
            {
                while (await writer.RunAsync(write => rows.Trim(write, options.Value), cancel) > 0)
                {
                    await Task.Yield();
                }
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // A failed trim costs disk, not data: say so and try again at the next round.
                LogTrimFailed(error);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old rows could not be deleted; retrying later")]
    private partial void LogTrimFailed(Exception error);
}

/// <summary>Rows that are not kept for ever.</summary>
internal interface IRetained
{
    /// <summary>Removes a small step of what is due, and tells how many rows that were.</summary>
    int Trim(WriteScope write, RetentionOptions options);
}

/// <summary>The oldest part of the log: always a prefix, so that what is left has no holes; never the newest row, which keeps the seq.</summary>
internal sealed class RetainedChanges : IRetained
{
    private const int Step = 1_000;

    private const string TrimOldest = """
        DELETE FROM changes WHERE seq <= (
          SELECT max(seq) FROM (SELECT seq, created_at FROM changes ORDER BY seq LIMIT $1) AS oldest
          WHERE (created_at < $2 OR seq <= (SELECT max(seq) FROM changes) - $3) AND seq < (SELECT max(seq) FROM changes))
        """;

    public int Trim(WriteScope write, RetentionOptions options) =>
        write.Sql.Execute(TrimOldest, (long)Step, (write.Now - options.Changes).ToUnixTimeMilliseconds(), options.ChangeRows);
}
