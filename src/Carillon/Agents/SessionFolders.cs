using Microsoft.Extensions.Options;

namespace Carillon.Agents;

/// <summary>Where sessions work: each in a folder of its own, unless it was given one under a folder that an operator has listed.</summary>
internal sealed class SessionFolders(string dataFolder, IOptions<AgentsOptions> options)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // As many as Linux follows.
    private const int MostLinks = 40;

    private readonly string _home = options.Value.Home is "" ? $"{Path.TrimEndingDirectorySeparator(dataFolder)}-sessions" : Path.TrimEndingDirectorySeparator(options.Value.Home);

    private static readonly StringComparison Comparison = OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>What one session's programs need not see: the server's data, and the folders of all sessions.</summary>
    public IReadOnlyList<string> Hidden => [dataFolder, _home];

    /// <summary>The folder that a session of this server has when it was given none. It is made when it is not there.</summary>
    /// <exception cref="AgentFailedException">It cannot be made.</exception>
    public string Own(string sessionId)
    {
        RefuseOthers(sessionId);

        // Where they were before they had a place of their own.
        if (Earlier(sessionId) is var earlier && Directory.Exists(earlier))
        {
            return earlier;
        }

        var folder = Path.Combine(_home, sessionId);
        try
        {
            // What agents write down is for the server's user alone. Step by step: the mode counts for the last step of a path only.
            Make(_home);
            Make(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new AgentFailedException(
                $"The session's folder cannot be made: {error.Message} Let the server's user write there, or set {AgentsOptions.Section}:{nameof(AgentsOptions.Home)}.", error);
        }

        return folder;
    }

    /// <summary>Deletes the folder that <see cref="Own"/> made, with all that is in it. A link in it is deleted, and not what it leads to.</summary>
    /// <exception cref="IOException">Something of it stays.</exception>
    public void Delete(string sessionId)
    {
        RefuseOthers(sessionId);
        foreach (var folder in (string[])[Earlier(sessionId), Path.Combine(_home, sessionId)])
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    /// <summary>
    /// The real path of a folder that somebody wants a session to work in; null when it may not. Ask again before each run: a link may lead
    /// elsewhere by then.
    /// </summary>
    /// <param name="objection">What is wrong with it. It does not tell what exists elsewhere on this machine.</param>
    public string? Find(string wanted, out string? objection)
    {
        objection = null;
        if (options.Value.Folders is [])
        {
            objection = $"Sessions cannot be given a folder here. An operator lists allowed ones in {AgentsOptions.Section}:{nameof(AgentsOptions.Folders)}.";
        }
        else if (Path.IsPathFullyQualified(wanted) && RealPath(wanted) is { } real && Directory.Exists(real)
            && options.Value.Folders.Any(allowed => RealPath(allowed) is { } root && Lies(real, root))
            && !Hidden.Any(hidden => RealPath(hidden) is { } own && Lies(real, own)))
        {
            return real;
        }
        else
        {
            objection = "There is no such folder under those that sessions may be given.";
        }

        return null;
    }

    private static void RefuseOthers(string sessionId)
    {
        if (sessionId is "" || !sessionId.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-'))
        {
            throw new ArgumentException($"'{sessionId}' is no id that this server gives.", nameof(sessionId));
        }
    }

    private string Earlier(string sessionId) => Path.Combine(dataFolder, "sessions", sessionId);

    private static void Make(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerOnly);
        }
    }

    private static bool Lies(string path, string root) =>
        path.Equals(root, Comparison) || path.StartsWith(Path.EndsInDirectorySeparator(root) ? root : root + Path.DirectorySeparatorChar, Comparison);

    /// <summary>The path without links and dots; null when it leads nowhere.</summary>
    private static string? RealPath(string path)
    {
        try
        {
            var links = 0;
            var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
            var real = Path.GetPathRoot(full)!;
            var rest = new Stack<string>(StepsOf(full).Reverse());
            while (rest.TryPop(out var step))
            {
                var next = new DirectoryInfo(Path.Combine(real, step));
                if (next.LinkTarget is not { } target)
                {
                    real = next.FullName;
                    continue;
                }

                if (++links > MostLinks)
                {
                    return null;
                }

                // The target may have links in it too, so its steps are taken one by one as well.
                var resolved = Path.GetFullPath(target, real);
                real = Path.GetPathRoot(resolved)!;
                foreach (var one in StepsOf(resolved).Reverse())
                {
                    rest.Push(one);
                }
            }

            return real;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }

        static IEnumerable<string> StepsOf(string full) =>
            full[Path.GetPathRoot(full)!.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
    }
}
