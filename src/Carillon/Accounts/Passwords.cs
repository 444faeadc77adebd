using Microsoft.AspNetCore.Identity;

namespace Carillon.Accounts;

/// <summary>Password hashes of the shared framework. Checking one is slow by design, so few are checked at a time.</summary>
internal sealed class Passwords : IDisposable
{
    public const int Shortest = 8;
    public const int Longest = 256;

    private readonly PasswordHasher<string> _hasher = new();

    // Half the cores at most: guessing passwords must not stop the bells.
    private readonly SemaphoreSlim _places = new(Math.Max(1, Environment.ProcessorCount / 2));
    private readonly Lazy<string> _nobodysHash;

    public Passwords() => _nobodysHash = new(() => Hash("nobody has this password"));

    public string Hash(string password) => _hasher.HashPassword(string.Empty, password);

    /// <summary>Whether the password is right; takes as long for a name that does not exist, whose hash is null.</summary>
    public async Task<bool> AreRightAsync(string? hash, string password, CancellationToken cancel)
    {
        await _places.WaitAsync(cancel);
        try
        {
            var isRight = await Task.Run(
                () => _hasher.VerifyHashedPassword(string.Empty, hash ?? _nobodysHash.Value, password) != PasswordVerificationResult.Failed, cancel);
            return isRight && hash is not null;
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();

    /// <summary>What is wrong with a new password; null when it will do.</summary>
    public static string? Objection(string password) => password.Length is >= Shortest and <= Longest
        ? null
        : $"A password has {Shortest} to {Longest} characters.";
}
