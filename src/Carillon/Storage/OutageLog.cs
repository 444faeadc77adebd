namespace Carillon.Storage;

/// <summary>Says that the database is away: at most one line a second, however many notice it.</summary>
internal sealed partial class OutageLog(Dialect dialect, TimeProvider time, ILogger<OutageLog> log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long? _toldAt;
    private int _untold;

    /// <summary>True when the error comes from an outage, which is told here. Anything else is for the caller to tell.</summary>
    public bool Tell(Exception error)
    {
        var cause = error is CommitFailedException { InnerException: { } inner } ? inner : error;
        if (!dialect.IsAway(cause))
        {
            return false;
        }

        int untold;
        lock (_lock)
        {
            if (_toldAt is { } told && time.GetElapsedTime(told) < Pause)
            {
                _untold++;
                return true;
            }

            (_toldAt, untold, _untold) = (time.GetTimestamp(), _untold, 0);
        }

        LogAway(cause.Message.ReplaceLineEndings(" "), untold);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database is unavailable: {Why} ({Untold} more failures since the last such line)")]
    private partial void LogAway(string why, int untold);
}
