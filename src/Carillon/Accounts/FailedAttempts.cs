using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Carillon.Accounts;

/// <summary>What failures are counted by, and how many a minute are too many.</summary>
internal readonly record struct AttemptKey(string Text, int Most)
{
    public static implicit operator AttemptKey(string text) => new(text, FailedAttempts.Most);
}

/// <summary>
/// Counts failures per name and per address, five a minute each. An attempt takes its place before the password is checked, so
/// many at once get no further than one after the other, and gives it back when it succeeds.
/// </summary>
internal sealed class FailedAttempts(TimeProvider time)
{
    public const int Most = 5;
    private const int MostOfSite = 15;
    private const int MostOfLargeSite = 45;
    public static readonly TimeSpan Within = TimeSpan.FromMinutes(1);
    private const int LargestMemory = 50_000;

    private readonly ConcurrentDictionary<string, Recent> _recent = new();

    /// <summary>Null when the attempt may go on; otherwise how long to wait.</summary>
    public TimeSpan? Begin(params ReadOnlySpan<AttemptKey> keys)
    {
        var now = time.GetUtcNow();
        Sweep(now);
        for (var taken = 0; taken < keys.Length; taken++)
        {
            if (_recent.GetOrAdd(keys[taken].Text, _ => new Recent()).Take(now, keys[taken].Most) is { } wait)
            {
                // Nothing was tried, so nothing failed: an address that has to wait cannot use up the attempts of names.
                Succeeded(keys[..taken]);
                return wait;
            }
        }

        return null;
    }

    public void Succeeded(params ReadOnlySpan<AttemptKey> keys)
    {
        foreach (var key in keys)
        {
            if (_recent.TryGetValue(key.Text, out var recent))
            {
                recent.GiveBack();
            }
        }
    }

    /// <summary>
    /// One household or office counts as one: an IPv6 subscriber has a whole /64 to choose from, some have a /56 or a /48, and may fail somewhat
    /// more often there.
    /// </summary>
    public static AttemptKey[] AddressKeys(IPAddress? address)
    {
        if (address is null)
        {
            return ["address:?"];
        }

        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return [$"address:{address}"];
        }

        var bytes = address.GetAddressBytes();
        AttemptKey Network(int length, int most) => new($"address:{Convert.ToHexString(bytes.AsSpan(0, length / 8))}/{length}", most);
        return [Network(64, Most), Network(56, MostOfSite), Network(48, MostOfLargeSite)];
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

        public TimeSpan? Take(DateTimeOffset now, int most)
        {
            lock (_times)
            {
                _times.RemoveAll(at => now - at >= Within);
                if (_times.Count >= most)
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
