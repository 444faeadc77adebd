using System.Security.Cryptography;
using System.Text;

namespace Carillon.Cli;

/// <summary>
/// What the last hook of a session reported, in a small file, so that the dozens of "still working" need no request and a session keeps
/// its first title. It is only a memory aid: without it everything works, with more requests.
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
        if (File.Exists(file) && File.ReadAllText(file).Split('\n') is [var activity, var title, ..])
        {
            (Activity, Titled) = (activity, title is "folder" or "prompt" ? title : null);
        }
    }

    public string? Activity { get; private set; }

    /// <summary>What the title was made of: <c>folder</c>, <c>prompt</c>, or null when none was sent.</summary>
    public string? Titled { get; private set; }

    public bool SaidLately(string activity) => Activity == activity && _time.GetUtcNow().UtcDateTime - _read < Freshness;

    /// <summary>Null when nothing can be kept here.</summary>
    public static HookMemory? Open(Terminal terminal, Uri server, string sessionId)
    {
        try
        {
            var root = terminal.Variable("XDG_CACHE_HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
            if (!Path.IsPathFullyQualified(root))
            {
                return null;
            }

            var folder = Path.Combine(root, "carillon", "hooks");
            Directory.CreateDirectory(folder);
            var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{server}\n{sessionId}")).AsSpan(0, 16));
            return new HookMemory(Path.Combine(folder, name), terminal.Time);
        }
        catch (Exception error) when (IsPassable(error))
        {
            return null;
        }
    }

    public void Remember(string activity, string? titled)
    {
        (Activity, Titled) = (activity, titled);
        Try(() => File.WriteAllText(_file, $"{activity}\n{titled}\n"));
    }

    /// <summary>Remembers unless a hook that ran meanwhile remembered something else: ours is older.</summary>
    public void RememberUnlessChanged(string activity, string? titled)
    {
        if (File.GetLastWriteTimeUtc(_file) == _read)
        {
            Remember(activity, titled);
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

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (IsPassable(error))
        {
            // A memory aid: the next hook will do without.
        }
    }

    private static bool IsPassable(Exception error) =>
        error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException or System.Security.SecurityException;
}
