using Carillon.Protocol;

namespace Carillon.Sessions.Forges;

/// <summary>What has to be true for a pull request to be merged from here.</summary>
internal static class MergeRules
{
    /// <summary>What is against merging it at the head that the person saw, as the end of a sentence; null when nothing is.</summary>
    public static string? Objection(ForgeState state, string seenHead, string forge) =>
        state.State == PullRequestStates.Merged ? "it is merged already."
        : state.State != PullRequestStates.Open ? "it is closed."
        : !state.HeadSha.Equals(seenHead, StringComparison.OrdinalIgnoreCase) ? Moved(state.HeadSha, seenHead)
        : state.IsDraft ? "it is a draft."
        : state.HasConflicts ? "it conflicts with its base."
        : state.IsMergeable is null ? $"{forge} has not worked out yet whether it can be merged. Try again in a moment."
        : state.Checks == CheckStates.Failing ? "its checks are failing."
        : state.Checks == CheckStates.Pending ? "its checks have not finished."
        : state.Checks != CheckStates.Passing ? "nobody knows whether its checks pass."
        : state.Review == ReviewStates.ChangesRequested ? "changes are requested."
        : state.Obstacle is { } obstacle ? obstacle
        : state.IsMergeable is false ? $"{forge} says that it cannot be merged."
        : null;

    // A short name of a commit could be forged to fit another one, so it never counts as the same.
    private static string Moved(string head, string seenHead) =>
        head.StartsWith(seenHead, StringComparison.OrdinalIgnoreCase) ? $"its head was reported as {seenHead}, in short. Report the whole of it."
        : $"its head has moved from {Short(seenHead)} to {Short(head)}. Look at it again.";

    private static string Short(string sha) => sha.Length <= 8 ? sha : sha[..8];
}
