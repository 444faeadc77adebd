using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Carillon.Changes;

internal sealed class ChangesOptions
{
    public const string Section = "Changes";

    /// <summary>How many of the newest changes are kept in memory. A reader that is further behind reads the database.</summary>
    [Range(16, 1_048_576)]
    public int Window { get; set; } = 16_384;

    /// <summary>How many bytes of changes are kept in memory at most, however few those are. A sent change takes twice its size.</summary>
    [Range(64 * 1024, 4L * 1024 * 1024 * 1024)]
    public long WindowBytes { get; set; } = 32 * 1024 * 1024;
}

[OptionsValidator]
internal sealed partial class ChangesOptionsValidator : IValidateOptions<ChangesOptions>;

internal sealed class StreamsOptions
{
    public const string Section = "Streams";

    /// <summary>How often a stream gives a sign of life and moves the position of a reader whose filter hides everything.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>A reader that is far behind and takes nothing for so long is told to come back, and closed.</summary>
    public TimeSpan WriteDeadline { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a stream lives, give or take a fifth, so that a cluster whose nodes restarted spreads its readers again.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How many streams and chat sockets one person may have open on a node; 0 for as many as they like.</summary>
    public int PerPerson { get; set; } = 500;
}

internal sealed class StreamsOptionsValidator : IValidateOptions<StreamsOptions>
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    // Rarer signs of life than the contract promises would make readers take a quiet stream for a dead one.
    private static readonly TimeSpan LongestHeartbeat = TimeSpan.FromSeconds(15);

    public ValidateOptionsResult Validate(string? name, StreamsOptions options) =>
        options.Heartbeat < Shortest || options.Heartbeat > LongestHeartbeat ? Wrong(nameof(options.Heartbeat), $"{Shortest} to {LongestHeartbeat}")
        : options.WriteDeadline < Shortest ? Wrong(nameof(options.WriteDeadline), $"at least {Shortest}")
        : options.Lifetime < Shortest ? Wrong(nameof(options.Lifetime), $"at least {Shortest}")
        : options.PerPerson < 0 ? Wrong(nameof(options.PerPerson), "not negative; 0 means no limit")
        : ValidateOptionsResult.Success;

    private static ValidateOptionsResult Wrong(string setting, string wanted) =>
        ValidateOptionsResult.Fail($"{StreamsOptions.Section}:{setting} is {wanted}.");
}

internal sealed class RetentionOptions
{
    public const string Section = "Retention";

    /// <summary>How long changes are kept, for example <c>30.00:00:00</c>. A reader that was away for longer reads the snapshot again.</summary>
    public TimeSpan Changes { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How many changes are kept at most.</summary>
    public long ChangeRows { get; set; } = 1_000_000;

    /// <summary>How long a notification is kept after it was archived.</summary>
    public TimeSpan Notifications { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long the audit log keeps an entry.</summary>
    public TimeSpan Audit { get; set; } = TimeSpan.FromDays(400);

    /// <summary>How often old rows are looked for.</summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromMinutes(10);
}

internal sealed class RetentionOptionsValidator : IValidateOptions<RetentionOptions>
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ShortestStep = TimeSpan.FromMilliseconds(100);

    public ValidateOptionsResult Validate(string? name, RetentionOptions options) =>
        options.Changes < Shortest ? Wrong(nameof(options.Changes), $"at least {Shortest}")
        : options.Notifications < Shortest ? Wrong(nameof(options.Notifications), $"at least {Shortest}")
        : options.Audit < Shortest ? Wrong(nameof(options.Audit), $"at least {Shortest}")
        : options.Every < ShortestStep ? Wrong(nameof(options.Every), $"at least {ShortestStep}")
        : options.ChangeRows < 1_000 ? Wrong(nameof(options.ChangeRows), "at least 1000")
        : ValidateOptionsResult.Success;

    private static ValidateOptionsResult Wrong(string setting, string wanted) =>
        ValidateOptionsResult.Fail($"{RetentionOptions.Section}:{setting} is {wanted}.");
}
