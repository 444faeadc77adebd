using Carillon.Changes;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Accounts;

/// <summary>People.</summary>
internal sealed class UserTable(
    Database database, Writer writer, ChangeLog changes, Membership membership, AccessTable accesses, AuditTable audit, Passwords passwords,
    ServerSecret secret, Erasing erasing)
{
    private const string Insert = """
        INSERT INTO users (id, name, name_key, role, password_hash, push_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (name_key) DO NOTHING
        """;
    private const string Count = "SELECT count(*) FROM users";
    private const string AdminsBut = "SELECT count(*) FROM users WHERE role = 'admin' AND id <> $1";
    private const string HashOf = "SELECT password_hash FROM users WHERE name_key = $1";
    private const string FindOne = $"SELECT {Person.Columns} FROM users WHERE id = $1";
    private const string SetPassword = "UPDATE users SET password_hash = $2 WHERE id = $1";
    private const string SetRole = "UPDATE users SET role = $2 WHERE id = $1";
    private const string DeleteMemberships = "DELETE FROM project_members WHERE user_id = $1";
    private const string DeleteTokens = "DELETE FROM tokens WHERE user_id = $1";
    private const string DeleteSignIns = "DELETE FROM sign_ins WHERE user_id = $1";
    private const string DeleteUser = "DELETE FROM users WHERE id = $1";

    /// <summary>What is wrong with a name; null when it will do.</summary>
    public static string? Objection(string name) =>
        name.Length is < 1 or > 40 || !name.Any(char.IsAsciiLetterOrDigit) || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_')
            ? "A name has 1 to 40 letters, digits, dots, dashes and underscores, one of them a letter or digit."
            : name.Equals(WellKnown.Everyone, StringComparison.OrdinalIgnoreCase) || name.StartsWith(WellKnown.PushIdPrefix, StringComparison.OrdinalIgnoreCase)
                ? $"'{WellKnown.Everyone}' and names that begin with {WellKnown.PushIdPrefix} have a meaning of their own."
                : null;

    /// <summary>Adds a person; null when the name is taken. <paramref name="onlyFirst"/> refuses when there is anybody already.</summary>
    public Task<User?> AddAsync(string name, string password, string role, bool onlyFirst, Actor by, CancellationToken cancel)
    {
        var hash = passwords.Hash(password);
        return writer.RunAsync<User?>(write =>
        {
            if (onlyFirst && write.Sql.Number(Count) > 0)
            {
                return null;
            }

            var id = Ids.New("usr_", write.Now);
            if (write.Sql.Execute(Insert, id, name, Membership.NameKey(name), role, hash, secret.PushIdOf(id), write.NowMilliseconds) == 0)
            {
                return null;
            }

            Tell(write, id);
            audit.Add(write, by, AuditKinds.PersonAdded, name, role);
            return new User { Id = id, Name = name, Role = role, CreatedAt = write.Now };
        }, cancel);
    }

    /// <summary>The person of that name and password, or why not: one refusal for a wrong name and a wrong password, another when too many are checked.</summary>
    public async Task<Outcome<Person>> CheckAsync(string name, string password, bool isKnownBrowser, CancellationToken cancel)
    {
        // A name that nobody can have is not looked for (PostgreSQL refuses U+0000), but costs the same work.
        var hash = Objection(name) is null ? await database.FirstAsync(HashOf, row => row.GetString(0), cancel, Membership.NameKey(name)) : null;
        return await passwords.AreRightAsync(hash, password, isKnownBrowser, cancel) switch
        {
            null => Problems.TooManyAttempts.Because("The server checks as many passwords as it can at the moment. Try again in a few seconds.") with
            {
                RetryAfter = TimeSpan.FromSeconds(2),
            },
            false => Problems.SignInFailed,

            // Removed a moment ago: then nobody of that name can sign in either.
            true => await membership.FindByNameAsync(name, cancel) is { } person ? person : Problems.SignInFailed,
        };
    }

    /// <summary>Sets a password and ends the person's sign-ins, but for <paramref name="keptSignIn"/>.</summary>
    public Task ChangePasswordAsync(Person person, string password, Actor by, string? keptSignIn, CancellationToken cancel)
    {
        var hash = passwords.Hash(password);
        return writer.RunAsync(write =>
        {
            write.Sql.Execute(SetPassword, person.Id, hash);
            var ended = accesses.EndSignIns(write, person.Id, except: keptSignIn);
            audit.Add(write, by, AuditKinds.PasswordChanged, person.Name, ended == 0 ? null : $"sign-ins ended: {ended}");
        }, cancel);
    }

    public Task<Refusal?> ChangeRoleAsync(Person person, string role, Actor by, CancellationToken cancel) => writer.RunAsync<Refusal?>(write =>
    {
        if (role != Roles.Admin && person.IsAdmin && write.Sql.Number(AdminsBut, person.Id) == 0)
        {
            return Problems.LastAdmin;
        }

        write.Sql.Execute(SetRole, person.Id, role);
        audit.Add(write, by, AuditKinds.RoleChanged, person.Name, role);
        Tell(write, person.Id);
        return null;
    }, cancel);

    /// <summary>Removes a person, and what is kept for that person alone.</summary>
    public async Task<Refusal?> RemoveAsync(Person person, Actor by, CancellationToken cancel)
    {
        var refusal = await writer.RunAsync<Refusal?>(write =>
        {
            if (person.IsAdmin && write.Sql.Number(AdminsBut, person.Id) == 0)
            {
                return Problems.LastAdmin;
            }

            write.Sql.Execute(DeleteMemberships, person.Id);
            write.Sql.Execute(DeleteTokens, person.Id);
            write.Sql.Execute(DeleteSignIns, person.Id);
            write.Sql.Execute(DeleteUser, person.Id);
            Erasing.Begin(write, person.Id);
            changes.Append(write, AccountChanges.Gone(person));
            audit.Add(write, by, AuditKinds.PersonRemoved, person.Name);
            return null;
        }, cancel);
        try
        {
            if (refusal is null)
            {
                await erasing.RunAsync(cancel);
            }
        }
        catch (CommitFailedException)
        {
            // The writer has logged it. The person is gone, which is what was asked for; the next round of retention erases the rest.
        }

        return refusal;
    }

    /// <summary>Tells how the person is now, unless somebody removed them meanwhile.</summary>
    private void Tell(WriteScope write, string id)
    {
        if (write.Sql.First(FindOne, Person.Read, id) is { } person)
        {
            changes.Append(write, AccountChanges.Is(person));
        }
    }
}
