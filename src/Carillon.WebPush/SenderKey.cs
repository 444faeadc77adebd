using System.Security.Cryptography;

namespace Carillon.WebPush;

/// <summary>The key pair of a message's sender, with the point as the header carries it.</summary>
internal sealed class SenderKey(ECDiffieHellman key) : IDisposable
{
    public ECDiffieHellman Key { get; } = key;

    public byte[] Point { get; } = P256.Write(key.ExportParameters(false).Q);

    public void Dispose() => Key.Dispose();
}
