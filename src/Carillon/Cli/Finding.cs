using System.Text.Json.Serialization;

namespace Carillon.Cli;

/// <summary>What one look of <c>carillon doctor</c> found.</summary>
/// <param name="Check">What was looked at.</param>
/// <param name="State">One of <see cref="FindingStates"/>.</param>
/// <param name="Says">What is so, in a sentence. It holds no secret.</param>
/// <param name="Remedy">What to type or to do; null where nothing has to be done.</param>
internal sealed record Finding(string Check, string State, string Says, string? Remedy = null)
{
    public static Finding Ok(string check, string says) => new(check, FindingStates.Ok, says);

    public static Finding Warns(string check, string says, string remedy) => new(check, FindingStates.Warning, says, remedy);

    public static Finding Fails(string check, string says, string remedy) => new(check, FindingStates.Failed, says, remedy);

    /// <summary>There is nothing to look at, or no way to.</summary>
    public static Finding Skips(string check, string says) => new(check, FindingStates.Skipped, says);
}

internal static class FindingStates
{
    public const string Ok = "ok";
    public const string Warning = "warning";
    public const string Failed = "failed";
    public const string Skipped = "skipped";
}

/// <summary>What <c>carillon doctor --json</c> prints.</summary>
internal sealed record Findings(IReadOnlyList<Finding> Checks);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Findings))]
internal sealed partial class FindingsJson : JsonSerializerContext;
