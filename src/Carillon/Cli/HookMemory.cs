using System.Globalization;

namespace Carillon.Cli;

/// <summary>What the hooks of a session said last.</summary>
internal sealed record HookState
{
    /// <summary>A <see cref="Note"/>: a permission was asked for by the agent itself, before its screen did.</summary>
    public const string Requested = "requested";

    /// <summary>A <see cref="Note"/>: the turn is over, and tasks of it still run.</summary>
    public const string InBackground = "background";

    /// <summary>A <see cref="Note"/>: somebody has written, so the next event asks, however soon it comes.</summary>
    public const string Written = "written";

    public string? Activity { get; init; }

    /// <summary>What the title was made of: <c>folder</c>, <c>prompt</c>, or null when none was sent.</summary>
    public string? Titled { get; init; }

    /// <summary>The subagent that waits for somebody; null for the session's own agent.</summary>
    public string? Waiter { get; init; }

    public string? Note { get; init; }

    /// <summary>What the agent said it waits for.</summary>
    public string? Tool { get; init; }

    /// <summary>When the newest event happened, in Unix milliseconds.</summary>
    public long At { get; init; }
}

/// <summary>
/// What the last hook of a session reported, in a small file, so that the dozens of "still working" need no request and a session keeps
/// its first title. Without it everything works, with more requests, and what depends on earlier events is told as it comes.
/// </summary>
internal sealed class HookMemory
{
    /// <summary>A "still working" is repeated after this time at the latest: the server may have forgotten, or think it stuck.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_keep = TimeSpan.FromDays(7);

    private readonly string _file;
    private readonly TimeProvider _time;
    private readonly DateTime _read;

    private HookMemory(string file, TimeProvider time)
    {
        (_file, _time) = (file, time);
        _read = File.GetLastWriteTimeUtc(file);
        Said = File.Exists(file) && File.ReadAllText(file).Split('\n') is [var activity, var titled, var waiter, var note, var tool, var at, ..]
            ? new HookState
            {
                Activity = OrNull(activity),
                Titled = OrNull(titled),
                Waiter = OrNull(waiter),
                Note = OrNull(note),
                Tool = OrNull(tool),
                At = long.TryParse(at, CultureInfo.InvariantCulture, out var newest) ? newest : 0,
            }
            : new HookState();
    }

    public HookState Said { get; private set; }

    public bool SaidLately(HookReport report) =>
        Said.Activity == report.Activity && Said.Tool == report.Tool && Said.Note != HookState.Written && _time.GetUtcNow().UtcDateTime - _read < Freshness;

    /// <summary>Null when nothing can be kept here.</summary>
    public static HookMemory? Open(Terminal terminal, Uri server, string sessionId)
    {
        try
        {
            return HookFolder.Find(terminal) is { } folder
                ? new HookMemory(Path.Combine(folder, ShortName.Of($"{server}\n{sessionId}")), terminal.Time) : null;
        }
        catch (Exception error) when (HookFolder.IsPassable(error))
        {
            return null;
        }
    }

    public void Remember(HookState state)
    {
        Said = state;
        Try(() => HookFolder.Write(_file, $"{state.Activity}\n{state.Titled}\n{state.Waiter}\n{state.Note}\n{state.Tool}\n{state.At.ToString(CultureInfo.InvariantCulture)}\n"));
    }

    /// <summary>Remembers unless a hook that ran meanwhile remembered something else: ours is older.</summary>
    public void RememberUnlessChanged(HookState state)
    {
        if (File.GetLastWriteTimeUtc(_file) == _read)
        {
            Remember(state);
        }
    }

    public void Forget() => Try(() => File.Delete(_file));

    /// <summary>Removes what sessions that never said goodbye left behind.</summary>
    public void Tidy() => Try(() =>
    {
        var old = _time.GetUtcNow().UtcDateTime - s_keep;
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(_file)!))
        {
            if (File.GetLastWriteTimeUtc(file) < old)
            {
                File.Delete(file);
            }
        }
    });

    private static string? OrNull(string text) => text.Length == 0 ? null : text;

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (HookFolder.IsPassable(error))
        {
            // A memory aid: the next hook will do without.
        }
    }
}
