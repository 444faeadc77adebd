using Microsoft.Extensions.Options;

namespace Carillon.Accounts;

internal sealed class ProjectsOptions
{
    public const string Section = "Projects";

    /// <summary>How many projects one person may make; 0 for as many as they like.</summary>
    public int PerPerson { get; set; } = 10_000;
}

internal sealed class ProjectsOptionsValidator : IValidateOptions<ProjectsOptions>
{
    public ValidateOptionsResult Validate(string? name, ProjectsOptions options) =>
        options.PerPerson < 0 ? ValidateOptionsResult.Fail("Projects:PerPerson is not negative; 0 means no limit.") : ValidateOptionsResult.Success;
}
