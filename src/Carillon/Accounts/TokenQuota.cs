using System.Collections.Concurrent;
using System.Globalization;
using Carillon.Http;
using Microsoft.Extensions.Options;

namespace Carillon.Accounts;

internal sealed class TokensOptions
{
    public const string Section = "Tokens";

    /// <summary>Rows that one token may write in a day, on each node; 0 for as many as it likes.</summary>
    public long RowsPerDay { get; set; } = 1_000_000;

    /// <summary>Bytes of text that one token may write in a day, on each node; 0 for as many as it likes.</summary>
    public long BytesPerDay { get; set; } = 256 * 1024 * 1024;
}

internal sealed class TokensOptionsValidator : IValidateOptions<TokensOptions>
{
    public ValidateOptionsResult Validate(string? name, TokensOptions options) =>
        options.RowsPerDay < 0 ? ValidateOptionsResult.Fail("Tokens:RowsPerDay is not negative; 0 means no limit.")
        : options.BytesPerDay < 0 ? ValidateOptionsResult.Fail("Tokens:BytesPerDay is not negative; 0 means no limit.")
        : ValidateOptionsResult.Success;
}

/// <summary>
/// How much a token writes in a day, so that a loop that has gone wild ends before the disk is full. Each node counts for itself and from its
/// start: the limit is wide, and counting in the commit would cost every publication a statement.
/// </summary>
internal sealed class TokenQuota(IOptions<TokensOptions> options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Use> _today = new();
    private long _day;

    /// <summary>Counts what a token is about to write; the refusal when it is more than the day has. A person's own hand is not counted.</summary>
    public Refusal? Objection(Access access, int rows, long bytes)
    {
        if (access.Kind != AccessKind.Token)
        {
            return null;
        }

        var now = time.GetUtcNow();
        var day = now.UtcTicks / TimeSpan.TicksPerDay;
        if (Interlocked.Exchange(ref _day, day) != day)
        {
            _today.Clear();
        }

        var use = _today.GetOrAdd(access.Id, _ => new Use());
        var limits = options.Value;
        var said =
            IsOver(limits.RowsPerDay, Interlocked.Add(ref use.Rows, rows)) ? string.Create(CultureInfo.InvariantCulture, $"Tokens:RowsPerDay is {limits.RowsPerDay:N0}.")
            : IsOver(limits.BytesPerDay, Interlocked.Add(ref use.Bytes, bytes)) ? string.Create(CultureInfo.InvariantCulture, $"Tokens:BytesPerDay is {limits.BytesPerDay:N0}.")
            : null;
        return said is null ? null : Problems.TokenQuota.Because($"{said} Look for a loop in what the token is used for, or wait until midnight UTC.") with
        {
            RetryAfter = new DateTimeOffset((day + 1) * TimeSpan.TicksPerDay, TimeSpan.Zero) - now,
        };
    }

    private static bool IsOver(long most, long used) => most > 0 && used > most;

    private sealed class Use
    {
        public long Rows;
        public long Bytes;
    }
}
