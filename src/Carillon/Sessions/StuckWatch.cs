using Carillon.Protocol;
using Carillon.Storage;
using Microsoft.Extensions.Options;

namespace Carillon.Sessions;

internal sealed class SessionsOptions
{
    public const string Section = "Sessions";

    /// <summary>A session that works and gives no sign of getting on for so long is stuck.</summary>
    public TimeSpan StuckAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The same while its agent waits for a tool of which it has told. Never less than <see cref="StuckAfter"/>.</summary>
    public TimeSpan StuckInToolAfter { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How many sessions one person may begin in any 24 hours; 0 for as many as they like.</summary>
    public int PerDay { get; set; } = 10_000;
}

internal sealed class SessionsOptionsValidator : IValidateOptions<SessionsOptions>
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    public ValidateOptionsResult Validate(string? name, SessionsOptions options) =>
        options.StuckAfter < Shortest || options.StuckAfter > TimeSpan.FromDays(365)
            ? ValidateOptionsResult.Fail($"{SessionsOptions.Section}:{nameof(options.StuckAfter)} is {Shortest} to a year.")
            : options.StuckInToolAfter < Shortest || options.StuckInToolAfter > TimeSpan.FromDays(365)
            ? ValidateOptionsResult.Fail($"{SessionsOptions.Section}:{nameof(options.StuckInToolAfter)} is {Shortest} to a year.")
            : options.PerDay < 0 ? ValidateOptionsResult.Fail($"{SessionsOptions.Section}:{nameof(options.PerDay)} is not negative; 0 means no limit.")
            : ValidateOptionsResult.Success;
}

/// <summary>
/// Finds sessions whose agent works but gives no sign of getting on, and says that they are stuck. The next report brings a session
/// back. Many nodes may look at once: each session is judged again in the commit that changes it.
/// </summary>
internal sealed partial class StuckWatch(
    Database database, Writer writer, SessionTable records, IOptions<SessionsOptions> options, TimeProvider time, ILogger<StuckWatch> log)
    : BackgroundService
{
    private const int Step = 100;

    private const string FindSilent = """
        SELECT id FROM sessions
        WHERE activity = 'working' AND progress_at < $1 AND (tool IS NULL OR progress_at < $2) ORDER BY progress_at LIMIT $3
        """;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly TimeSpan _patience = options.Value.StuckAfter;
    private readonly TimeSpan _toolPatience = options.Value.StuckInToolAfter;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = Clamp(_patience / 4);
        using var timer = new PeriodicTimer(pause, time);
        var (since, last) = (time.GetUtcNow(), time.GetUtcNow());
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var now = time.GetUtcNow();
                if (now - last > pause * 3)
                {
                    // The machine slept, and its agents with it: they get as long as after a start, when none could report either.
                    since = now;
                }

                last = now;
                if (now - since >= _patience)
                {
                    await TryMarkAsync(stoppingToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async Task TryMarkAsync(CancellationToken cancel)
    {
        try
        {
            // In steps, so that no other writer waits for hundreds of them.
            while (await MarkAsync(cancel) == Step)
            {
                await Task.Yield();
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // They stay as they are until the next round.
            LogMarkFailed(error);
        }
    }

    private async Task<int> MarkAsync(CancellationToken cancel)
    {
        var silent = await database.QueryAsync(FindSilent, row => row.GetString(0), cancel, Limit(time.GetUtcNow(), _patience), Limit(time.GetUtcNow(), _toolPatience), (long)Step);
        if (silent.Count > 0)
        {
            await writer.RunAsync(write => silent.ForEach(id => Mark(write, id)), cancel);
        }

        return silent.Count;
    }

    private void Mark(WriteScope write, string id)
    {
        // It may have reported since it was found, or another node may have been here.
        if (records.Find(write, id) is { Activity: Activities.Working } session
            && session.ProgressAt < Limit(write.Now, session.Tool is null || _toolPatience < _patience ? _patience : _toolPatience))
        {
            // Its last words were about what it did then; nothing was said about this.
            records.Change(write, session, session with { Activity = Activities.Stuck, Message = null });
        }
    }

    private static long Limit(DateTimeOffset now, TimeSpan patience) => (now - patience).ToUnixTimeMilliseconds();

    private static TimeSpan Clamp(TimeSpan pause) => pause < ShortestPause ? ShortestPause : pause > LongestPause ? LongestPause : pause;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sessions without progress could not be marked; retrying")]
    private partial void LogMarkFailed(Exception error);
}
