using Xunit.v3;

namespace Carillon;

/// <summary>
/// <c>./test</c> runs these once more against the native program: the ways through it that ahead-of-time compilation could break.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class AlsoNativeAttribute : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("program", "native")];
}
