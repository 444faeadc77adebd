using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Carillon.Accounts;

/// <summary>The server's one secret: 32 bytes, from the setting <c>Secret</c> or a file that only its user can read.</summary>
internal sealed class ServerSecret
{
    private const int Length = 32;
    private readonly byte[] _key;

    private ServerSecret(byte[] key) => _key = key;

    public static ServerSecret Open(string? configured, string dataFolder)
    {
        if (!string.IsNullOrEmpty(configured))
        {
            return new ServerSecret(Decode(configured, "The setting Secret"));
        }

        var file = Path.Combine(dataFolder, "secret");
        if (!File.Exists(file))
        {
            Create(file);
        }

        return new ServerSecret(Decode(File.ReadAllText(file).Trim(), $"The file {file}"));
    }

    /// <summary>A code that this secret alone can make.</summary>
    public byte[] Sign(string text) => HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text));

    private static void Create(string file)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            using var stream = new FileStream(file, options);
            stream.Write(Encoding.ASCII.GetBytes(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Length)) + "\n"));
        }
        catch (IOException) when (File.Exists(file))
        {
            // Another process of the same data folder was quicker; its secret is as good.
        }
    }

    private static byte[] Decode(string text, string place)
    {
        try
        {
            if (Base64Url.DecodeFromChars(text) is { Length: Length } key)
            {
                return key;
            }
        }
        catch (FormatException)
        {
            // Told below, like a wrong length.
        }

        throw new InvalidOperationException($"{place} is not {Length} bytes in base64url. Remove it to have a new one made, or put the right one back.");
    }
}
