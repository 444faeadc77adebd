using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Accounts;

/// <summary>The server's one secret: 32 bytes, from the setting <c>Secret</c> or a file that only its user can read.</summary>
internal sealed class ServerSecret
{
    private const int Length = 32;
    private readonly byte[] _key;
    private readonly string? _file;

    private ServerSecret(byte[] key, string? file, bool isNew)
    {
        _key = key;
        _file = file;
        IsNew = isNew;
    }

    /// <summary>Where it came from.</summary>
    public string Place => _file is null ? "The setting Secret" : $"The file {_file}";

    /// <summary>True when an operator set it, so that no file is kept.</summary>
    public bool IsSetting => _file is null;

    /// <summary>True when nobody had one and this process made it.</summary>
    public bool IsNew { get; }

    /// <summary>Tells this secret from others, and says nothing else about it.</summary>
    public string Mark => Base64Url.EncodeToString(Sign("which secret"));

    public static ServerSecret Open(string? configured, string dataFolder)
    {
        if (!string.IsNullOrEmpty(configured))
        {
            return new ServerSecret(Decode(configured, "The setting Secret"), file: null, isNew: false);
        }

        var file = Path.Combine(dataFolder, "secret");
        return Read(file, isNew: !File.Exists(file) && Create(file));
    }

    /// <summary>A new one in place of the file's; null when it is not kept in a file.</summary>
    public ServerSecret? Replace()
    {
        if (_file is null)
        {
            return null;
        }

        // Beside it and then in its place: half a secret is none.
        var next = $"{_file}.{Environment.ProcessId}";
        Create(next);
        File.Move(next, _file, overwrite: true);
        return Read(_file, isNew: true);
    }

    /// <summary>A code that this secret alone can make.</summary>
    public byte[] Sign(string text) => HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text));

    /// <summary>The opaque name under which a person can be sent a push.</summary>
    public string PushIdOf(string personId) => WellKnown.PushIdPrefix + Base64Url.EncodeToString(Sign(personId));

    private static ServerSecret Read(string file, bool isNew) => new(Decode(File.ReadAllText(file).Trim(), $"The file {file}"), file, isNew);

    private static bool Create(string file)
    {
        try
        {
            using var stream = OwnFile.Create(file);
            stream.Write(Encoding.ASCII.GetBytes(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Length)) + "\n"));
            return true;
        }
        catch (IOException) when (File.Exists(file))
        {
            // Another process of the same data folder was quicker; its secret is as good.
            return false;
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
