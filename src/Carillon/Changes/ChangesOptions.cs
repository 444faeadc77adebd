using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Carillon.Changes;

internal sealed class ChangesOptions
{
    public const string Section = "Changes";

    /// <summary>How many of the newest changes are kept in memory. A reader that is further behind reads the database.</summary>
    [Range(16, 1_048_576)]
    public int Window { get; set; } = 16_384;
}

[OptionsValidator]
internal sealed partial class ChangesOptionsValidator : IValidateOptions<ChangesOptions>;

internal sealed class RetentionOptions
{
    public const string Section = "Retention";

    /// <summary>How long changes are kept, for example <c>30.00:00:00</c>. A reader that was away for longer reads the snapshot again.</summary>
    public TimeSpan Changes { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How many changes are kept at most.</summary>
    public long ChangeRows { get; set; } = 1_000_000;

    /// <summary>How long a notification is kept after it was archived.</summary>
    public TimeSpan Notifications { get; set; } = TimeSpan.FromDays(90);
}

internal sealed class RetentionOptionsValidator : IValidateOptions<RetentionOptions>
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);

    public ValidateOptionsResult Validate(string? name, RetentionOptions options) =>
        options.Changes < Shortest ? Wrong(nameof(options.Changes), $"at least {Shortest}")
        : options.Notifications < Shortest ? Wrong(nameof(options.Notifications), $"at least {Shortest}")
        : options.ChangeRows < 1_000 ? Wrong(nameof(options.ChangeRows), "at least 1000")
        : ValidateOptionsResult.Success;

    private static ValidateOptionsResult Wrong(string setting, string wanted) =>
        ValidateOptionsResult.Fail($"{RetentionOptions.Section}:{setting} is {wanted}.");
}
