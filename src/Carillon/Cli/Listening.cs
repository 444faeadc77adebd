using System.Net.Sockets;

namespace Carillon.Cli;

/// <summary>Where a server listens: what is wrong with the addresses, and why one of them cannot be had.</summary>
internal static class Listening
{
    private const string Example = "--urls wants addresses like http://127.0.0.1:7420, several with ';' between them.";

    /// <summary>What is wrong; null when the addresses will do.</summary>
    public static string? Objection(string addresses)
    {
        foreach (var text in Split(addresses))
        {
            BindingAddress address;
            try
            {
                address = BindingAddress.Parse(text);
            }
            catch (FormatException)
            {
                return $"'{text}' is not an address to listen on. {Example}";
            }

            var objection = address.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase) ? "Carillon speaks plain HTTP; put a reverse proxy in front of it for HTTPS."
                : !address.Scheme.Equals("http", StringComparison.OrdinalIgnoreCase) || HasOddPort(address) ? Example
                : address.PathBase.Length > 0 ? "An address has no path; Carillon needs a host of its own."
                : address.Port > ushort.MaxValue ? $"The highest port is {ushort.MaxValue}."
                : null;
            if (objection is not null)
            {
                return $"Cannot listen on '{text}'. {objection}";
            }
        }

        return null;
    }

    /// <summary>Why the server did not start; null when the reason is not the address.</summary>
    public static string? Explain(Exception error, string addresses)
    {
        if (Socket(error) is not { } code)
        {
            return null;
        }

        var all = Split(addresses);
        var address = all.FirstOrDefault(one => error.Message.Contains(one.TrimEnd('/'), StringComparison.OrdinalIgnoreCase)) ?? string.Join(" or ", all);
        return code switch
        {
            SocketError.AddressAlreadyInUse => $"Cannot listen on {address}: another program uses this port. Stop it, or choose another port: carillon serve --urls http://127.0.0.1:7421",
            SocketError.AddressNotAvailable => $"Cannot listen on {address}: this machine does not have that address.",
            SocketError.AccessDenied => $"Cannot listen on {address}: ports below 1024 need more rights. Choose a higher port.",
            _ => $"Cannot listen on {address}: {error.GetBaseException().Message}.",
        };
    }

    // A port that is no number is taken for a part of the host's name, and the server would listen on port 80.
    private static bool HasOddPort(BindingAddress address) => address.Host.Contains(':', StringComparison.Ordinal) && !address.Host.StartsWith('[');

    private static SocketError? Socket(Exception error) =>
        error is SocketException socket ? socket.SocketErrorCode : error.InnerException is { } inner ? Socket(inner) : null;

    private static string[] Split(string addresses) => addresses.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
