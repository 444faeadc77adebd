using System.Text.Json.Serialization;

namespace Carillon.Protocol;

/// <summary>The body of <c>POST /api/v1/sign-in</c>.</summary>
public sealed record SignInRequest
{
    /// <summary>The person's name.</summary>
    public required string Name { get; init; }

    /// <summary>The person's password.</summary>
    public required string Password { get; init; }
}

/// <summary>The answer of <c>GET /api/v1/setup</c>.</summary>
public sealed record SetupState
{
    /// <summary>True until the first administrator exists.</summary>
    public required bool Needed { get; init; }
}

/// <summary>The body of <c>POST /api/v1/setup</c>.</summary>
public sealed record SetupRequest
{
    /// <summary>The code of the link that the server printed at its first start.</summary>
    public required string Code { get; init; }

    /// <summary>The first administrator's name.</summary>
    public required string Name { get; init; }

    /// <summary>The first administrator's password, 8 to 256 characters.</summary>
    public required string Password { get; init; }
}

/// <summary>Who is asking.</summary>
public sealed record CurrentPerson
{
    /// <summary>The person's id.</summary>
    public required string Id { get; init; }

    /// <summary>The person's name.</summary>
    public required string Name { get; init; }

    /// <summary>One of <see cref="Roles"/>.</summary>
    public required string Role { get; init; }

    /// <summary>The person's PN ID: an opaque name to be reached under.</summary>
    public required string PushId { get; init; }

    /// <summary>What the bearer token may do; absent for a sign-in, which may do all that the person may.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>The one project that the bearer token is bound to, if any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TokenProjectId { get; init; }

    /// <summary>When the bearer token ends, if ever.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? TokenExpiresAt { get; init; }
}

/// <summary>A person, as administrators see one.</summary>
public sealed record User
{
    /// <summary>An opaque id.</summary>
    public required string Id { get; init; }

    /// <summary>The name to sign in with.</summary>
    public required string Name { get; init; }

    /// <summary>One of <see cref="Roles"/>.</summary>
    public required string Role { get; init; }

    /// <summary>When the account was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Every person.</summary>
public sealed record UserList
{
    /// <summary>In order of name.</summary>
    public required IReadOnlyList<User> Users { get; init; }
}

/// <summary>One person, wrapped.</summary>
public sealed record UserAnswer
{
    /// <summary>The person.</summary>
    public required User User { get; init; }
}

/// <summary>The body of <c>POST /api/v1/users</c>.</summary>
public sealed record NewUser
{
    /// <summary>1 to 40 letters, digits, dots, dashes and underscores.</summary>
    public required string Name { get; init; }

    /// <summary>8 to 256 characters.</summary>
    public required string Password { get; init; }

    /// <summary>One of <see cref="Roles"/>; a member if absent.</summary>
    public string? Role { get; init; }
}

/// <summary>The body of <c>PATCH /api/v1/users/{name}</c>.</summary>
public sealed record UserUpdate
{
    /// <summary>The new password.</summary>
    public string? Password { get; init; }

    /// <summary>The current password, needed to change one's own.</summary>
    public string? CurrentPassword { get; init; }

    /// <summary>The new role, by administrators only.</summary>
    public string? Role { get; init; }
}

/// <summary>A browser in which a person is signed in.</summary>
public sealed record SignIn
{
    /// <summary>An opaque id.</summary>
    public required string Id { get; init; }

    /// <summary>Browser and system, as far as its user agent tells.</summary>
    public required string Device { get; init; }

    /// <summary>True for the one that asks.</summary>
    public required bool Current { get; init; }

    /// <summary>When the person signed in.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last used, to about a minute.</summary>
    public required DateTimeOffset LastSeenAt { get; init; }

    /// <summary>When it ends unless used again.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>A person's sign-ins.</summary>
public sealed record SignInList
{
    /// <summary>Newest first.</summary>
    public required IReadOnlyList<SignIn> SignIns { get; init; }
}

/// <summary>A bearer token, without its secret.</summary>
public sealed record Token
{
    /// <summary>An opaque id.</summary>
    public required string Id { get; init; }

    /// <summary>What its owner calls it.</summary>
    public required string Name { get; init; }

    /// <summary>Some of <see cref="Protocol.Scopes"/>.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>The one project that it is bound to, if any.</summary>
    public string? ProjectId { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last used, to about a minute.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>When it ends, if ever.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>A person's tokens.</summary>
public sealed record TokenList
{
    /// <summary>Newest first.</summary>
    public required IReadOnlyList<Token> Tokens { get; init; }
}

/// <summary>The body of <c>POST /api/v1/tokens</c>.</summary>
public sealed record NewToken
{
    /// <summary>1 to 60 characters.</summary>
    public required string Name { get; init; }

    /// <summary>At least one of <see cref="Protocol.Scopes"/>.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>Binds the token to one project.</summary>
    public string? ProjectId { get; init; }

    /// <summary>Ends the token at a time in the future.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>A new token: the only time that its secret is shown.</summary>
public sealed record CreatedToken
{
    /// <summary>The secret: <c>car_</c> and 32 random bytes in base64url.</summary>
    public required string Token { get; init; }

    /// <summary>The token's id.</summary>
    public required string Id { get; init; }

    /// <summary>The token's name.</summary>
    public required string Name { get; init; }

    /// <summary>What it may do.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>The one project that it is bound to, if any.</summary>
    public string? ProjectId { get; init; }

    /// <summary>When it ends, if ever.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>What work belongs to.</summary>
public sealed record Project
{
    /// <summary>1 to 64 lower-case letters, digits, dots, dashes and underscores.</summary>
    public required string Id { get; init; }

    /// <summary>1 to 80 characters.</summary>
    public required string Name { get; init; }

    /// <summary>True when only its members see it.</summary>
    public required bool Closed { get; init; }

    /// <summary>The members' names, in order.</summary>
    public required IReadOnlyList<string> Members { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>The projects that the asking person sees; for administrators those that they administer.</summary>
public sealed record ProjectList
{
    /// <summary>In order of name.</summary>
    public required IReadOnlyList<Project> Projects { get; init; }
}

/// <summary>One project, wrapped.</summary>
public sealed record ProjectAnswer
{
    /// <summary>The project.</summary>
    public required Project Project { get; init; }
}

/// <summary>The body of <c>POST /api/v1/projects</c>.</summary>
public sealed record NewProject
{
    /// <summary>1 to 64 lower-case letters, digits, dots, dashes and underscores.</summary>
    public required string Id { get; init; }

    /// <summary>1 to 80 characters.</summary>
    public required string Name { get; init; }

    /// <summary>True when only its members shall see it.</summary>
    public bool? Closed { get; init; }
}

/// <summary>The body of <c>PATCH /api/v1/projects/{id}</c>; at least one member.</summary>
public sealed record ProjectUpdate
{
    /// <summary>The new name.</summary>
    public string? Name { get; init; }

    /// <summary>Closes or opens the project.</summary>
    public bool? Closed { get; init; }
}
