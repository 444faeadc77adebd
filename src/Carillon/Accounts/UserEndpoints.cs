using Carillon.Http;
using Carillon.Protocol;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Carillon.Accounts;

internal static class UserEndpoints
{
    /// <summary>Every person.</summary>
    public static Ok<UserList> List(Membership membership) => TypedResults.Ok(new UserList
    {
        Users = [.. membership.People.OrderBy(person => person.Name, StringComparer.OrdinalIgnoreCase).Select(View)],
    });

    /// <summary>Adds a person.</summary>
    public static async Task<Results<Created<UserAnswer>, Refusal>> Add(NewUser request, Actor by, UserTable users, CancellationToken cancel)
    {
        if ((UserTable.Objection(request.Name) ?? Passwords.Objection(request.Password, request.Name) ?? RoleObjection(request.Role)) is { } objection)
        {
            return Problems.InvalidRequest.Because(objection);
        }

        return await users.AddAsync(request.Name, request.Password, request.Role ?? Roles.Member, onlyFirst: false, by, cancel) is { } user
            ? TypedResults.Created($"/api/v1/users/{user.Name}", new UserAnswer { User = user })
            : Problems.UserExists;
    }

    /// <summary>Changes a password (one's own, with the present one) or, for administrators, a role.</summary>
    public static async Task<Results<Ok<UserAnswer>, Refusal>> Update(
        string name, UserUpdate request, Access access, Actor by, UserTable users, Membership membership, FailedAttempts failures, CancellationToken cancel)
    {
        var asking = membership.Find(access.PersonId);
        if (asking is null || await membership.FindByNameAsync(name, cancel) is not { } person || (!asking.IsAdmin && asking.Id != person.Id))
        {
            return Problems.UserNotFound;
        }

        if (request is { Password: null, Role: null })
        {
            return Problems.InvalidRequest.Because("Send password, role or both.");
        }

        if (((request.Password is { } wanted ? Passwords.Objection(wanted, name) : null) ?? RoleObjection(request.Role)) is { } objection)
        {
            return Problems.InvalidRequest.Because(objection);
        }

        if (request.Role is not null && !asking.IsAdmin)
        {
            return Problems.AdminOnly;
        }

        // What can be refused comes first, so that a refusal has changed nothing.
        if (request.Password is not null && asking.Id == person.Id && await CheckOwnAsync(person, request, access, users, failures, cancel) is { } refused)
        {
            return refused;
        }

        if (request.Role is { } role && role != person.Role && await users.ChangeRoleAsync(person, role, by, cancel) is { } refusal)
        {
            return refusal;
        }

        if (request.Password is { } password)
        {
            await users.ChangePasswordAsync(person, password, by, keptSignIn: access.Id, cancel);
        }

        return TypedResults.Ok(new UserAnswer { User = View(membership.Find(person.Id) ?? person) });
    }

    /// <summary>Removes a person, with all sign-ins and tokens.</summary>
    public static async Task<Results<NoContent, Refusal>> Remove(string name, Actor by, UserTable users, Membership membership, CancellationToken cancel)
    {
        if (await membership.FindByNameAsync(name, cancel) is not { } person)
        {
            return Problems.UserNotFound;
        }

        return await users.RemoveAsync(person, by, cancel) is { } refusal ? refusal : TypedResults.NoContent();
    }

    private static async Task<Refusal?> CheckOwnAsync(
        Person person, UserUpdate request, Access access, UserTable users, FailedAttempts failures, CancellationToken cancel)
    {
        // Counted for the sign-in that asks: whoever guesses at the name elsewhere does not keep its owner from changing the password.
        var key = $"access:{access.Id}";
        if (failures.Begin(key) is { } wait)
        {
            return Problems.TooManyAttempts with { RetryAfter = wait };
        }

        var refusal = (await users.CheckAsync(person.Name, request.CurrentPassword ?? string.Empty, isKnownBrowser: true, cancel)).Refusal;
        if (refusal == Problems.SignInFailed)
        {
            return Problems.PasswordWrong;
        }

        failures.Succeeded(key);
        return refusal;
    }

    private static string? RoleObjection(string? role) =>
        role is null || Roles.All.Contains(role) ? null : $"'{role}' is not a role. Roles are {string.Join(" and ", Roles.All)}.";

    private static User View(Person person) => new() { Id = person.Id, Name = person.Name, Role = person.Role, CreatedAt = person.CreatedAt };
}
