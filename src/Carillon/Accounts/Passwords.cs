using System.Collections.Frozen;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Carillon.Accounts;

/// <summary>Password hashes of the shared framework. Checking one is slow by design, so few are checked at a time.</summary>
internal sealed class Passwords : IDisposable
{
    public const int Shortest = 8;
    public const int Longest = 256;

    private static readonly Lazy<FrozenSet<string>> Common = new(ReadCommon);

    private readonly PasswordHasher<string> _hasher;

    // Half the cores at most: guessing passwords must not stop the bells. Whoever comes from a browser that has signed in before does not
    // stand behind strangers.
    private readonly Lane _strangers = new(Math.Max(1, Environment.ProcessorCount / 2), mostWaiting: 32);
    private readonly Lane _known = new(places: 1, mostWaiting: 8);
    private readonly Lazy<string> _nobodysHash;

    // No section of the settings is bound to these options: how much work a hash is, nobody can make less by a setting.
    public Passwords(IOptions<PasswordHasherOptions> work)
    {
        _hasher = new(work);
        _nobodysHash = new(() => Hash("nobody has this password"));
    }

    public string Hash(string password) => _hasher.HashPassword(string.Empty, password);

    /// <summary>
    /// Whether the password is right; takes as long for a name that does not exist, whose hash is null. Null when too many wait to be checked:
    /// who comes last is told so at once.
    /// </summary>
    public async Task<bool?> AreRightAsync(string? hash, string password, bool isKnownBrowser, CancellationToken cancel)
    {
        var lane = isKnownBrowser ? _known : _strangers;
        if (!await lane.EnterAsync(cancel))
        {
            return null;
        }

        try
        {
            var isRight = await Task.Run(
                () => _hasher.VerifyHashedPassword(string.Empty, hash ?? _nobodysHash.Value, password) != PasswordVerificationResult.Failed, cancel);
            return isRight && hash is not null;
        }
        finally
        {
            lane.Leave();
        }
    }

    public void Dispose()
    {
        _strangers.Dispose();
        _known.Dispose();
    }

    /// <summary>What is wrong with a new password for this name; null when it will do.</summary>
    public static string? Objection(string password, string name) =>
        password.Length is < Shortest or > Longest ? $"A password has {Shortest} to {Longest} characters."
        : Common.Value.Contains(password.ToLowerInvariant()) ? "This password is one of the thousand that are guessed first. Choose another."
        : password.Equals(name, StringComparison.OrdinalIgnoreCase) ? "The password is the name. Choose another."
        : null;

    private static FrozenSet<string> ReadCommon()
    {
        using var reader = new StreamReader(typeof(Passwords).Assembly.GetManifestResourceStream("CommonPasswords")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(line => line[0] != '#').ToFrozenSet();
    }

    /// <summary>A few are checked, a few wait.</summary>
    private sealed class Lane(int places, int mostWaiting) : IDisposable
    {
        private readonly SemaphoreSlim _places = new(places);
        private int _inside;

        public async Task<bool> EnterAsync(CancellationToken cancel)
        {
            if (Interlocked.Increment(ref _inside) > places + mostWaiting)
            {
                Interlocked.Decrement(ref _inside);
                return false;
            }

            try
            {
                await _places.WaitAsync(cancel);
                return true;
            }
            catch
            {
                Interlocked.Decrement(ref _inside);
                throw;
            }
        }

        public void Leave()
        {
            _places.Release();
            Interlocked.Decrement(ref _inside);
        }

        public void Dispose() => _places.Dispose();
    }
}
