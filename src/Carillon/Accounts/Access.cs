using System.Security.Claims;
using Carillon.Changes;
using Microsoft.AspNetCore.Authentication;

namespace Carillon.Accounts;

internal enum AccessKind
{
    SignIn,
    Token,
}

/// <summary>What a request came with: a person's sign-in, or a token that may do some of what its owner may.</summary>
internal sealed class Access : IReaderAccess
{
    private volatile bool _revoked;
    private long _expiresAt;
    private long _usedAt;

    public Access(DateTimeOffset? expiresAt, DateTimeOffset usedAt)
    {
        _expiresAt = expiresAt?.UtcTicks ?? long.MaxValue;
        _usedAt = usedAt.UtcTicks;

        // Made once and kept: a request with a known token costs no new identity.
        Authenticated = AuthenticateResult.Success(new AuthenticationTicket(new AccessPrincipal(this), AccessScheme.Name));
    }

    public required string Id { get; init; }

    public required string Hash { get; init; }

    public required AccessKind Kind { get; init; }

    /// <summary>What its owner knows it by: the token's name, or the browser's and system's.</summary>
    public required string Name { get; init; }

    public required string PersonId { get; init; }

    public required IReadOnlyList<string> Scopes { get; init; }

    public string? BoundProjectId { get; init; }

    /// <summary>The session whose run was given this access; null for everything that a person made.</summary>
    public string? RunsSessionId { get; init; }

    public AuthenticateResult Authenticated { get; }

    /// <summary>When it ends; null when it does not.</summary>
    public DateTimeOffset? ExpiresAt => Interlocked.Read(ref _expiresAt) is var ticks and < long.MaxValue ? new(ticks, TimeSpan.Zero) : null;

    /// <summary>When it was last used, as far as the database knows.</summary>
    public DateTimeOffset UsedAt
    {
        get => new(Interlocked.Read(ref _usedAt), TimeSpan.Zero);
        set => Interlocked.Exchange(ref _usedAt, value.UtcTicks);
    }

    public static ValueTask<Access?> BindAsync(HttpContext context) => ValueTask.FromResult(Of(context));

    /// <summary>What the request came with; null for a stranger's.</summary>
    public static Access? Of(HttpContext context) => (context.User as AccessPrincipal)?.Access;

    public bool May(string scope) => Kind == AccessKind.SignIn || Scopes.Contains(scope);

    public bool HasEnded(DateTimeOffset now) => _revoked || now.UtcTicks >= Interlocked.Read(ref _expiresAt);

    /// <summary>Slides the end of a sign-in that is in use.</summary>
    public void ExtendTo(DateTimeOffset end) => Interlocked.Exchange(ref _expiresAt, end.UtcTicks);

    public void Revoke() => _revoked = true;

    private sealed class AccessPrincipal(Access access)
        : ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, access.PersonId ?? string.Empty)], AccessScheme.Name))
    {
        public Access Access => access;
    }
}
