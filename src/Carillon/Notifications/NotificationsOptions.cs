using Microsoft.Extensions.Options;

namespace Carillon.Notifications;

internal sealed class NotificationsOptions
{
    public const string Section = "Notifications";

    /// <summary>At least this much time lies between two rings of one published row, unless its priority rose.</summary>
    public TimeSpan RingEvery { get; set; } = TimeSpan.FromMinutes(5);
}

internal sealed class NotificationsOptionsValidator : IValidateOptions<NotificationsOptions>
{
    public ValidateOptionsResult Validate(string? name, NotificationsOptions options) => options.RingEvery < TimeSpan.Zero
        ? ValidateOptionsResult.Fail($"{NotificationsOptions.Section}:{nameof(options.RingEvery)} is not negative.")
        : ValidateOptionsResult.Success;
}
