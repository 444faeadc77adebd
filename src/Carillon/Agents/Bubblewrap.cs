namespace Carillon.Agents;

/// <summary>
/// A program in a cage: it sees the system, but can write nothing of it; it does not see the server's data, other sessions, the home folder
/// or other processes. The network is the machine's. https://github.com/containers/bubblewrap
/// </summary>
internal sealed record Bubblewrap(IReadOnlyList<string> Readable, IReadOnlyList<string> Writable)
{
    public const string Program = "bwrap";

    /// <summary>The arguments of <c>bwrap</c> that come before the program.</summary>
    /// <param name="hidden">Folders that nothing in the cage may see.</param>
    public IEnumerable<string> Arguments(string program, string folder, IEnumerable<string> hidden)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);

        // Ends with the keeper; no terminal of ours to type into, no signals to others, no rights beyond the user's.
        yield return "--die-with-parent";
        yield return "--new-session";
        yield return "--unshare-pid";
        yield return "--unshare-ipc";
        yield return "--unshare-uts";
        foreach (var word in (string[])["--cap-drop", "ALL", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"])
        {
            yield return word;
        }

        // Sockets of the system's services lie under /run. Names are looked up by what is linked there.
        var emptied = ((string[])["/tmp", "/var/tmp", "/run", home, .. hidden]).Where(place => place is not "/" && Directory.Exists(place)).ToList();
        foreach (var empty in emptied)
        {
            yield return "--tmpfs";
            yield return empty;
        }

        foreach (var seen in (string[])["/run/systemd/resolve", .. PlacesOf(program).Where(place => emptied.Exists(empty => place.StartsWith($"{empty}/", StringComparison.Ordinal))), .. Readable])
        {
            yield return "--ro-bind-try";
            yield return seen;
            yield return seen;
        }

        foreach (var own in Writable.Select(path => path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(home, path[2..]) : path))
        {
            yield return "--bind-try";
            yield return own;
            yield return own;
        }

        foreach (var word in (string[])["--bind", folder, folder, "--chdir", folder, "--"])
        {
            yield return word;
        }
    }

    // A program may lie in the home folder, and be a link to where it was installed.
    private static IEnumerable<string> PlacesOf(string program)
    {
        yield return program;
        if (File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName is { } target)
        {
            yield return Path.GetDirectoryName(target)!;
        }
    }
}
