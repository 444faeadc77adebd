using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Carillon.Changes;
using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Accounts;

/// <summary>Sign-ins and tokens. The database knows only their hashes; those in use are remembered, and forgotten when the log says so.</summary>
internal sealed partial class AccessTable(
    Database database, Writer writer, ChangeLog changes, Membership membership, AuditTable audit, OutageLog outages, TimeProvider time,
    ILogger<AccessTable> log) : IFirstReader
{
    public static readonly TimeSpan SignInLifetime = TimeSpan.FromDays(30);

    // So often a use is written down; more would only wear the disk.
    private static readonly TimeSpan UseStep = TimeSpan.FromMinutes(1);

    private const string FindSignIn = "SELECT id, user_id, expires_at, last_seen_at, device FROM sign_ins WHERE hash = $1";
    private const string FindToken = "SELECT id, user_id, expires_at, last_used_at, scopes, project_id, session_id, name FROM tokens WHERE hash = $1";
    private const string InsertSignIn = """
        INSERT INTO sign_ins (id, hash, user_id, device, created_at, last_seen_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        """;
    private const string InsertToken = """
        INSERT INTO tokens (id, hash, user_id, name, scopes, project_id, created_at, expires_at, session_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """;
    private const string UseSignIn = "UPDATE sign_ins SET last_seen_at = $2, expires_at = $3 WHERE id = $1";
    private const string UseToken = "UPDATE tokens SET last_used_at = $2 WHERE id = $1";
    private const string DeleteSignIn = "DELETE FROM sign_ins WHERE id = $1 AND user_id = $2 RETURNING device";
    private const string DeletePasses = "DELETE FROM tokens WHERE session_id = $1 RETURNING id";
    private const string DeleteToken = "DELETE FROM tokens WHERE id = $1 AND user_id = $2 RETURNING name";
    private const string SignInsOf = """
        SELECT id, device, created_at, last_seen_at, expires_at FROM sign_ins WHERE user_id = $1 AND expires_at > $2 ORDER BY last_seen_at DESC, id DESC
        """;
    private const string TokensOf = """
        SELECT id, name, scopes, project_id, created_at, last_used_at, expires_at FROM tokens WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > $2)
        ORDER BY created_at DESC, id DESC
        """;
    private const string AccessesOf = "SELECT id FROM sign_ins WHERE user_id = $1 AND id <> $2";

    private readonly ConcurrentDictionary<string, Access> _known = new();

    // What ended lately, and when: it may be on its way out of the database into _known at this moment.
    private static readonly TimeSpan LongestRead = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _ended = new();

    /// <summary>The access that this secret stands for, or null when there is none (any more).</summary>
    public async ValueTask<Access?> FindAsync(AccessKind kind, string secret, CancellationToken cancel)
    {
        var hash = Hash(secret);
        if (_known.TryGetValue(hash, out var remembered) && remembered.HasEnded(time.GetUtcNow()))
        {
            // Another node may have seen it in use and moved its end: the database knows.
            _known.TryRemove(hash, out _);
        }

        if (!_known.TryGetValue(hash, out var access))
        {
            access = kind == AccessKind.SignIn
                ? await database.FirstAsync(FindSignIn, row => SignInAccess(row, hash), cancel, hash)
                : await database.FirstAsync(FindToken, row => TokenAccess(row, hash), cancel, hash);
            if (access is null)
            {
                return null;
            }

            if (membership.Find(access.PersonId) is null || (access.BoundProjectId is { } bound && membership.FindProject(bound) is null))
            {
                // Another process has just added them: a script that adds a person and asks must not wait for the log to come round.
                await membership.CatchUpAsync(cancel);
            }

            Remember(access);
        }

        var now = time.GetUtcNow();
        if (access.Kind != kind || access.HasEnded(now) || membership.Find(access.PersonId) is null)
        {
            return null;
        }

        if (now - access.UsedAt >= UseStep)
        {
            access.UsedAt = now;
            _ = NoteUseAsync(access, now);
        }

        return access;
    }

    /// <summary>Signs a person in; the secret goes into the cookie.</summary>
    public async Task<string> SignInAsync(string personId, string device, Actor by, CancellationToken cancel)
    {
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        await writer.RunAsync(write =>
        {
            write.Sql.Execute(
                InsertSignIn, Ids.New("sgn_", write.Now), Hash(secret), personId, device,
                write.NowMilliseconds, write.NowMilliseconds, (write.Now + SignInLifetime).ToUnixTimeMilliseconds());
            audit.Add(write, by with { PersonId = personId }, AuditKinds.SignInSucceeded, subject: null);
        }, cancel);
        return secret;
    }

    public Task<CreatedToken> CreateTokenAsync(string personId, NewToken wanted, Actor by, CancellationToken cancel) =>
        CreateAsync(personId, wanted, by, sessionId: null, cancel);

    /// <summary>Makes a token that one run speaks with. The audit log tells of the agent's start, and not of each pass besides.</summary>
    public Task<CreatedToken> CreatePassAsync(string personId, NewToken wanted, string sessionId, CancellationToken cancel) =>
        CreateAsync(personId, wanted, by: null, sessionId, cancel);

    private Task<CreatedToken> CreateAsync(string personId, NewToken wanted, Actor? by, string? sessionId, CancellationToken cancel)
    {
        var secret = WellKnown.TokenPrefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        string[] scopes = [.. Scopes.All.Where(wanted.Scopes.Contains)];
        return writer.RunAsync(write =>
        {
            var id = Ids.New("tok_", write.Now);
            write.Sql.Execute(
                InsertToken, id, Hash(secret), personId, wanted.Name, string.Join(' ', scopes), wanted.ProjectId,
                write.NowMilliseconds, wanted.ExpiresAt?.ToUnixTimeMilliseconds(), sessionId);
            if (by is not null)
            {
                audit.Add(write, by, AuditKinds.TokenCreated, wanted.Name, DetailOf(wanted, scopes, membership.Find(personId)));
            }

            return new CreatedToken
            {
                Token = secret,
                Id = id,
                Name = wanted.Name,
                Scopes = scopes,
                ProjectId = wanted.ProjectId,
                ExpiresAt = wanted.ExpiresAt,
            };
        }, cancel);
    }

    public Task<bool> EndSignInAsync(string personId, string id, Actor by, CancellationToken cancel) =>
        EndAsync(DeleteSignIn, personId, id, by, AuditKinds.SignInEnded, cancel);

    public Task<bool> RevokeTokenAsync(string personId, string id, Actor by, CancellationToken cancel) =>
        EndAsync(DeleteToken, personId, id, by, AuditKinds.TokenRevoked, cancel);

    public Task EndPassAsync(string personId, string id) => EndAsync(DeleteToken, personId, id, by: null, AuditKinds.TokenRevoked, CancellationToken.None);

    /// <summary>Ends what the runs of a session were given, inside a commit.</summary>
    public void EndPasses(WriteScope write, string sessionId)
    {
        foreach (var id in write.Sql.Query(DeletePasses, row => row.GetString(0), sessionId))
        {
            changes.Append(write, AccountChanges.Ended(id));
        }
    }

    /// <summary>Ends a person's sign-ins inside a commit: a new password is worth nothing while old browsers stay in.</summary>
    public int EndSignIns(WriteScope write, string personId, string? except)
    {
        var ended = write.Sql.Query(AccessesOf, row => row.GetString(0), personId, except ?? string.Empty);
        foreach (var id in ended)
        {
            write.Sql.Execute(DeleteSignIn, id, personId);
            changes.Append(write, AccountChanges.Ended(id));
        }

        return ended.Count;
    }

    public async Task<SignInList> SignInsAsync(Access access, CancellationToken cancel) => new()
    {
        SignIns = await database.QueryAsync(SignInsOf, row => new SignIn
        {
            Id = row.GetString(0),
            Device = row.GetString(1),
            Current = row.GetString(0) == access.Id,
            CreatedAt = row.Time(2),
            LastSeenAt = row.Time(3),
            ExpiresAt = row.Time(4),
        }, cancel, access.PersonId, time.GetUtcNow().ToUnixTimeMilliseconds()),
    };

    public async Task<TokenList> TokensAsync(string personId, CancellationToken cancel) => new()
    {
        Tokens = await database.QueryAsync(TokensOf, row => new Token
        {
            Id = row.GetString(0),
            Name = row.GetString(1),
            Scopes = row.GetString(2).Split(' '),
            ProjectId = row.TextOrNull(3),
            CreatedAt = row.Time(4),
            LastUsedAt = row.TimeOrNull(5),
            ExpiresAt = row.TimeOrNull(6),
        }, cancel, personId, time.GetUtcNow().ToUnixTimeMilliseconds()),
    };

    public void Apply(ChangeRow row)
    {
        if (row.Topic != AccountChanges.Topic)
        {
            return;
        }

        if (row.Type == AccountChanges.AccessEnded)
        {
            if (StoredJson.Read(row.Payload, CarillonJson.Lenient.String, "changes.payload", $"{row.Seq}") is { } ended)
            {
                ForgetEnded(ended);
            }
            else
            {
                // Something ended, and nobody knows what: every access is looked up again, and readers come back.
                Forget(_ => true);
            }
        }
        else if (AccountChanges.Read(row) is { Person: null, Project: null, Member: null })
        {
            // Membership reads before us: whoever is not in it any more has lost every access.
            Forget(access => membership.Find(access.PersonId) is null);
        }
    }

    private void Remember(Access access)
    {
        _known[access.Hash] = access;

        // It may have ended between our read and this line, when nobody could find it here yet.
        if (_ended.ContainsKey(access.Id))
        {
            access.Revoke();
        }
    }

    private void Forget(Func<Access, bool> ended)
    {
        foreach (var access in _known.Values)
        {
            if (ended(access))
            {
                access.Revoke();
                _known.TryRemove(access.Hash, out _);
            }
        }
    }

    private void ForgetEnded(string id)
    {
        var now = time.GetUtcNow();
        _ended[id] = now;
        foreach (var (one, at) in _ended)
        {
            if (now - at > LongestRead)
            {
                _ended.TryRemove(one, out _);
            }
        }

        Forget(access => access.Id == id);
    }

    private Task<bool> EndAsync(string delete, string personId, string id, Actor? by, string kind, CancellationToken cancel) =>
        writer.RunAsync(write =>
        {
            if (write.Sql.First(delete, row => row.GetString(0), id, personId) is not { } name)
            {
                return false;
            }

            changes.Append(write, AccountChanges.Ended(id));
            if (by is not null)
            {
                audit.Add(write, by, kind, name, by.PersonId == personId ? null : membership.Find(personId)?.Name);
            }

            return true;
        }, cancel);

    private static string DetailOf(NewToken token, string[] scopes, Person? person) => string.Join(", ", new[]
    {
        person is null ? null : $"for {person.Name}",
        string.Join(' ', scopes),
        token.ProjectId is { } project ? $"project {project}" : null,
        token.ExpiresAt is { } end ? $"until {UtcTimeConverter.Text(end)}" : null,
    }.OfType<string>());

    private async Task NoteUseAsync(Access access, DateTimeOffset now)
    {
        try
        {
            if (access.Kind == AccessKind.SignIn)
            {
                var end = now + SignInLifetime;
                access.ExtendTo(end);
                await writer.RunAsync(write => write.Sql.Execute(UseSignIn, access.Id, now.ToUnixTimeMilliseconds(), end.ToUnixTimeMilliseconds()));
            }
            else
            {
                await writer.RunAsync(write => write.Sql.Execute(UseToken, access.Id, now.ToUnixTimeMilliseconds()));
            }
        }
        catch (Exception error)
        {
            // Only "last used" is older than it could be; the request itself must not suffer.
            if (!outages.Tell(error))
            {
                LogUseNotNoted(error);
            }
        }
    }

    private static Access SignInAccess(DbDataReader row, string hash) => new(row.Time(2), row.Time(3))
    {
        Id = row.GetString(0),
        Hash = hash,
        Kind = AccessKind.SignIn,
        Name = row.GetString(4),
        PersonId = row.GetString(1),
        Scopes = Scopes.All,
    };

    private static Access TokenAccess(DbDataReader row, string hash) => new(row.TimeOrNull(2), row.TimeOrNull(3) ?? DateTimeOffset.MinValue)
    {
        Id = row.GetString(0),
        Hash = hash,
        Kind = AccessKind.Token,
        PersonId = row.GetString(1),
        Scopes = row.GetString(4).Split(' '),
        BoundProjectId = row.TextOrNull(5),
        RunsSessionId = row.TextOrNull(6),
        Name = row.GetString(7),
    };

    private static string Hash(string secret)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(secret), hash);
        return Base64Url.EncodeToString(hash);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The time of the last use of a sign-in or token could not be saved")]
    private partial void LogUseNotNoted(Exception error);
}

/// <summary>Sign-ins and tokens whose time is over.</summary>
internal sealed class RetainedAccesses : IRetained
{
    private const long Step = 500;

    private const string TrimSignIns = "DELETE FROM sign_ins WHERE id IN (SELECT id FROM sign_ins WHERE expires_at < $1 LIMIT $2)";
    private const string TrimTokens = "DELETE FROM tokens WHERE id IN (SELECT id FROM tokens WHERE expires_at < $1 LIMIT $2)";

    public int Trim(WriteScope write, RetentionOptions options) =>
        write.Sql.Execute(TrimSignIns, write.NowMilliseconds, Step) + write.Sql.Execute(TrimTokens, write.NowMilliseconds, Step);
}
