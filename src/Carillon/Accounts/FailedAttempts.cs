using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Carillon.Accounts;

/// <summary>
/// Counts failures per name and per address, five a minute each. An attempt takes its place before the password is checked, so
/// many at once get no further than one after the other, and gives it back when it succeeds.
/// </summary>
internal sealed class FailedAttempts(TimeProvider time)
{
    public const int Most = 5;
    public static readonly TimeSpan Within = TimeSpan.FromMinutes(1);
    private const int LargestMemory = 50_000;

    private readonly ConcurrentDictionary<string, Recent> _recent = new();

    /// <summary>Null when the attempt may go on; otherwise how long to wait.</summary>
    public TimeSpan? Begin(params ReadOnlySpan<string> keys)
    {
        var now = time.GetUtcNow();
        Sweep(now);
        for (var taken = 0; taken < keys.Length; taken++)
        {
            if (_recent.GetOrAdd(keys[taken], _ => new Recent()).Take(now) is { } wait)
            {
                // Nothing was tried, so nothing failed: an address that has to wait cannot use up the attempts of names.
                Succeeded(keys[..taken]);
                return wait;
            }
        }

        return null;
    }

    public void Succeeded(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (_recent.TryGetValue(key, out var recent))
            {
                recent.GiveBack();
            }
        }
    }

    /// <summary>One household or office counts as one: an IPv6 subscriber has a whole /64 to choose from.</summary>
    public static string AddressKey(IPAddress? address)
    {
        if (address is null)
        {
            return "address:?";
        }

        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? $"address:{Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8))}"
            : $"address:{address}";
    }

    private void Sweep(DateTimeOffset now)
    {
        // Only when somebody tries very many names: what is over is forgotten, so memory is bounded by a minute's failures.
        if (_recent.Count > LargestMemory)
        {
            foreach (var (key, recent) in _recent)
            {
                if (recent.IsOver(now))
                {
                    _recent.TryRemove(key, out _);
                }
            }
        }
    }

    private sealed class Recent
    {
        private readonly List<DateTimeOffset> _times = new(Most);

        public TimeSpan? Take(DateTimeOffset now)
        {
            lock (_times)
            {
                _times.RemoveAll(at => now - at >= Within);
                if (_times.Count >= Most)
                {
                    return _times[0] + Within - now;
                }

                _times.Add(now);
                return null;
            }
        }

        public void GiveBack()
        {
            lock (_times)
            {
                if (_times.Count > 0)
                {
                    _times.RemoveAt(_times.Count - 1);
                }
            }
        }

        public bool IsOver(DateTimeOffset now)
        {
            lock (_times)
            {
                return _times.TrueForAll(at => now - at >= Within);
            }
        }
    }
}
