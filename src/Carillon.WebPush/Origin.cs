namespace Carillon.WebPush;

/// <summary>Addresses in ASCII: what goes over the wire, where <see cref="Uri.AbsoluteUri"/> would keep a host's own letters.</summary>
internal static class Origin
{
    /// <summary>Scheme, host and the port where it is not the scheme's own (RFC 6454, 6.2).</summary>
    public static string Of(Uri address)
    {
        var host = address.HostNameType is UriHostNameType.IPv6 ? $"[{address.IdnHost}]" : address.IdnHost;
        return address.IsDefaultPort ? $"{address.Scheme}://{host}" : $"{address.Scheme}://{host}:{address.Port}";
    }

    /// <summary>The whole address.</summary>
    public static string Whole(Uri address) => Of(address) + address.PathAndQuery + address.Fragment;
}
