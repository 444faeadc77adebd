using Carillon.Protocol;

namespace Carillon.Sessions.Forges;

/// <summary>Many checks as one.</summary>
internal static class Checks
{
    /// <summary>One failure fails all; then one that is under way keeps all waiting; then one that nobody can read spoils all.</summary>
    public static string Together(IReadOnlyList<string> checks) =>
        checks.Contains(CheckStates.Failing) ? CheckStates.Failing
        : checks.Contains(CheckStates.Pending) ? CheckStates.Pending
        : checks.Contains(CheckStates.Unknown) ? CheckStates.Unknown
        : CheckStates.Passing;
}
