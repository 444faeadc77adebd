namespace Carillon.Cli;

/// <summary>Where this program is, for settings that are to call it: the native one if there is one, because a hook is started for every tool.</summary>
internal static class OwnProgram
{
    private static readonly string s_name = OperatingSystem.IsWindows() ? "carillon.exe" : "carillon";

    /// <param name="paths">The folders of the <c>PATH</c>.</param>
    /// <param name="running">The program that runs now.</param>
    public static string Path(string? paths, string? running) =>
        Candidates(paths, running).FirstOrDefault(IsNative) ?? Candidates(paths, running).FirstOrDefault(File.Exists) ?? s_name;

    /// <summary>A program that is compiled as a whole has no assembly beside it.</summary>
    private static bool IsNative(string program) =>
        File.Exists(program)
        && !File.Exists(System.IO.Path.ChangeExtension(File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program, ".dll"));

    private static IEnumerable<string> Candidates(string? paths, string? running)
    {
        if (running is not null && System.IO.Path.GetFileName(running) == s_name)
        {
            yield return running;
        }

        var folders = (paths ?? string.Empty).Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var own = System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "bin");
        foreach (var folder in folders.Append(own).Where(System.IO.Path.IsPathFullyQualified))
        {
            yield return System.IO.Path.Combine(folder, s_name);
        }
    }
}
