using System.Globalization;

namespace Carillon.Cli;

/// <summary>What a session is called until somebody asks something in it: who works, where, and since when, so that eight of a folder can be told apart.</summary>
internal static class UntitledSession
{
    private const string BranchPrefix = "ref: refs/heads/";

    // The folder's name comes first in length: of a long one the branch and the machine go.
    private const int LongestDetail = 24;

    public static string Title(string? agent, string folder, string machine, DateTimeOffset began)
    {
        var start = $"{NameOf(agent)} in {ProjectSlug.LastName(folder)}";
        var end = $", {began.ToString("HH:mm", CultureInfo.InvariantCulture)}";
        string[] details = [BranchOf(folder) is { } branch ? $" ({branch})" : string.Empty, machine.Length > 0 ? $" on {machine}" : string.Empty];
        foreach (var detail in details)
        {
            start += detail.Length <= LongestDetail && start.Length + detail.Length + end.Length <= HookReport.TitleLimit ? detail : string.Empty;
        }

        return OneLine.Of(start, HookReport.TitleLimit - end.Length) + end;
    }

    private static string NameOf(string? agent) => agent switch
    {
        "claude-code" => "Claude Code",
        "codex" => "Codex",
        null => "Agent",
        _ => agent,
    };

    /// <summary>The branch of the folder, or of the one that it is in; null when nothing is known of one. A file is read, as a hook has no time to start git.</summary>
    private static string? BranchOf(string folder)
    {
        try
        {
            for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
            {
                var head = Path.Combine(at.FullName, ".git", "HEAD");
                if (File.Exists(head))
                {
                    var line = File.ReadLines(head).FirstOrDefault() ?? string.Empty;
                    return line.StartsWith(BranchPrefix, StringComparison.Ordinal) ? line[BranchPrefix.Length..].Trim() : null;
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // The title does without it.
        }

        return null;
    }
}
