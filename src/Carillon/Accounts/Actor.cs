using System.Net;
using Carillon.Protocol;

namespace Carillon.Accounts;

/// <summary>Who acts, by what and from where, as the audit log says it.</summary>
/// <param name="PersonId">Null when no person is known.</param>
/// <param name="Means">One of <see cref="AuditMeans"/>.</param>
/// <param name="MeansName">The token's name, or the device of a sign-in.</param>
/// <param name="Address">Where the request came from; null on the server's own machine.</param>
internal sealed record Actor(string? PersonId, string Means, string? MeansName, string? Address)
{
    /// <summary>Whoever can write in the data folder may do everything, and has no name here.</summary>
    public static Actor CommandLine { get; } = new(null, AuditMeans.CommandLine, null, null);

    public static ValueTask<Actor?> BindAsync(HttpContext context) => ValueTask.FromResult(Access.Of(context) is { } access
        ? new Actor(access.PersonId, access.Kind == AccessKind.Token ? AuditMeans.Token : AuditMeans.SignIn, access.Name, AddressOf(context))
        : null);

    /// <summary>Somebody who has nothing yet to be known by.</summary>
    public static Actor At(HttpContext context, string means = AuditMeans.SignIn) =>
        new(null, means, means == AuditMeans.SignIn ? DeviceName.From(context.Request.Headers.UserAgent) : null, AddressOf(context));

    private static string? AddressOf(HttpContext context) => context.Connection.RemoteIpAddress switch
    {
        null => null,
        { IsIPv4MappedToIPv6: true } mapped => mapped.MapToIPv4().ToString(),
        var address => WithoutScope(address).ToString(),
    };

    // "fe80::1%eth0" names an interface of ours, and is another address for each of them.
    private static IPAddress WithoutScope(IPAddress address) => address.IsIPv6LinkLocal ? new IPAddress(address.GetAddressBytes()) : address;
}
