using Carillon.Http;
using Carillon.Protocol;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Carillon.Accounts;

internal static class SignInEndpoints
{
    /// <summary>Tells whether the first administrator is still missing.</summary>
    public static async Task<Ok<SetupState>> Setup(SetupCode setup, CancellationToken cancel) =>
        TypedResults.Ok(new SetupState { Needed = await setup.IsNeededAsync(cancel) });

    /// <summary>Creates the first administrator, and signs in as that person.</summary>
    public static async Task<Results<NoContent, Refusal>> SetUp(
        SetupRequest request, SetupCode setup, UserTable users, AccessTable accesses, FailedAttempts failures, HttpContext context, CancellationToken cancel)
    {
        if (CrossSite.IsForeign(context.Request))
        {
            return Problems.CrossSite;
        }

        if (!await setup.IsNeededAsync(cancel))
        {
            return Problems.SetupDone;
        }

        var address = FailedAttempts.AddressKeys(context.Connection.RemoteIpAddress);
        if (failures.Begin(address) is { } wait)
        {
            return Problems.TooManyAttempts with { RetryAfter = wait };
        }

        if (!setup.IsRight(request.Code))
        {
            return Problems.SetupCodeInvalid;
        }

        failures.Succeeded(address);
        if ((UserTable.Objection(request.Name) ?? Passwords.Objection(request.Password, request.Name)) is { } objection)
        {
            return Problems.InvalidRequest.Because(objection);
        }

        if (await users.AddAsync(request.Name, request.Password, Roles.Admin, onlyFirst: true, Actor.At(context, AuditMeans.Setup), cancel) is not { } first)
        {
            return Problems.SetupDone;
        }

        await StartAsync(first.Id, accesses, context, cancel);
        return TypedResults.NoContent();
    }

    /// <summary>Signs in with a name and a password. The answer sets the cookie.</summary>
    public static async Task<Results<NoContent, Refusal>> SignIn(
        SignInRequest request, UserTable users, AccessTable accesses, FailedAttempts failures, KnownBrowsers browsers, AuditTable audit,
        Membership membership, HttpContext context, CancellationToken cancel)
    {
        if (CrossSite.IsForeign(context.Request))
        {
            return Problems.CrossSite;
        }

        if (request.Password.Length > Passwords.Longest || request.Name.Length > 256)
        {
            return Problems.SignInFailed;
        }

        var nameKey = Membership.NameKey(request.Name);
        var browser = browsers.Find(context.Request, nameKey);
        AttemptKey[] keys = browser is not null ? [$"browser:{browser}"] : [$"name:{nameKey}", .. FailedAttempts.AddressKeys(context.Connection.RemoteIpAddress)];
        if (failures.Begin(keys) is { } wait)
        {
            return Problems.TooManyAttempts with { RetryAfter = wait };
        }

        var outcome = await users.CheckAsync(request.Name, request.Password, browser is not null, cancel);
        if (outcome.Refusal != Problems.SignInFailed)
        {
            failures.Succeeded(keys);
        }

        if (outcome.IsRefused(out var refusal, out var person))
        {
            if (refusal == Problems.SignInFailed)
            {
                await audit.AddFailureAsync(Actor.At(context), membership.FindByName(request.Name), cancel);
            }

            return refusal;
        }

        await StartAsync(person.Id, accesses, context, cancel);
        browsers.Remember(context, nameKey);
        return TypedResults.NoContent();
    }

    /// <summary>Ends this browser's sign-in.</summary>
    public static async Task<NoContent> SignOut(Access access, Actor by, AccessTable accesses, HttpContext context, CancellationToken cancel)
    {
        if (access.Kind == AccessKind.SignIn)
        {
            await accesses.EndSignInAsync(access.PersonId, access.Id, by, cancel);
        }

        SignInCookie.Delete(context);
        return TypedResults.NoContent();
    }

    /// <summary>Who is asking. The page asks at each start, which keeps its cookie alive for as long as the sign-in.</summary>
    public static Results<Ok<CurrentPerson>, Refusal> Me(Access access, Membership membership, HttpContext context)
    {
        if (membership.Find(access.PersonId) is not { } person)
        {
            return Problems.SignInRequired;
        }

        if (access.Kind == AccessKind.SignIn)
        {
            // A sign-in in use goes on for another 30 days; the browser has to keep it for as long.
            SignInCookie.Write(context, SignInCookie.Read(context.Request)!);
        }

        return TypedResults.Ok(new CurrentPerson
        {
            Id = person.Id,
            Name = person.Name,
            Role = person.Role,
            PushId = person.PushId,
            Scopes = access.Kind == AccessKind.Token ? access.Scopes : null,
            TokenProjectId = access.BoundProjectId,
            TokenExpiresAt = access.Kind == AccessKind.Token ? access.ExpiresAt : null,
        });
    }

    /// <summary>The browsers in which the person is signed in.</summary>
    public static async Task<Ok<SignInList>> List(Access access, AccessTable accesses, CancellationToken cancel) =>
        TypedResults.Ok(await accesses.SignInsAsync(access, cancel));

    /// <summary>Signs another browser out.</summary>
    public static async Task<Results<NoContent, Refusal>> End(string id, Access access, Actor by, AccessTable accesses, CancellationToken cancel) =>
        await accesses.EndSignInAsync(access.PersonId, id, by, cancel) ? TypedResults.NoContent() : Problems.SignInNotFound;

    private static async Task StartAsync(string personId, AccessTable accesses, HttpContext context, CancellationToken cancel)
    {
        var secret = await accesses.SignInAsync(personId, DeviceName.From(context.Request.Headers.UserAgent), Actor.At(context), cancel);
        SignInCookie.Write(context, secret);
    }
}
