using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Carillon.WebPush;

/// <summary>The content coding <c>aes128gcm</c> (RFC 8188), with one record, which is all that Web Push allows (RFC 8291, 4).</summary>
internal static class ContentCoding
{
    public const int SaltLength = 16;
    public const int TagLength = 16;

    /// <summary>Salt, record size and length of the key's id (RFC 8188, 2.1). The id follows.</summary>
    public const int FixedHeaderLength = SaltLength + sizeof(int) + 1;

    /// <summary>Two is the delimiter of the last record; one would promise another (RFC 8188, 2).</summary>
    private const byte LastRecord = 2;

    /// <summary>The smallest record that carries a byte: delimiter and tag take 17 (RFC 8188, 2.1).</summary>
    private const int LeastRecordSize = TagLength + 2;

    private const int NonceLength = 12;

    public static byte[] Encrypt(
        ReadOnlySpan<byte> keyingMaterial, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> keyId, ReadOnlySpan<byte> plaintext, int padding, uint recordSize)
    {
        var record = new byte[plaintext.Length + 1 + padding];
        plaintext.CopyTo(record);
        record[plaintext.Length] = LastRecord;

        var body = new byte[FixedHeaderLength + keyId.Length + record.Length + TagLength];
        salt.CopyTo(body);
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(SaltLength), recordSize);
        body[FixedHeaderLength - 1] = checked((byte)keyId.Length);
        keyId.CopyTo(body.AsSpan(FixedHeaderLength));

        Span<byte> nonce = stackalloc byte[NonceLength];
        using var cipher = Derive(keyingMaterial, salt, nonce);
        var sealedRecord = body.AsSpan(FixedHeaderLength + keyId.Length);
        cipher.Encrypt(nonce, record, sealedRecord[..record.Length], sealedRecord[record.Length..]);
        CryptographicOperations.ZeroMemory(record);
        return body;
    }

    /// <summary>The key's id of a body, which says whose keying material decrypts it.</summary>
    /// <exception cref="CryptographicException">The body is shorter than its header says.</exception>
    public static ReadOnlySpan<byte> KeyId(ReadOnlySpan<byte> body)
    {
        if (body.Length < FixedHeaderLength || body.Length < FixedHeaderLength + body[FixedHeaderLength - 1])
        {
            throw new CryptographicException("The body ends within its header");
        }

        return body.Slice(FixedHeaderLength, body[FixedHeaderLength - 1]);
    }

    /// <exception cref="CryptographicException">The body is not one whole record under this key, or was changed.</exception>
    public static byte[] Decrypt(ReadOnlySpan<byte> keyingMaterial, ReadOnlySpan<byte> body)
    {
        var record = body[(FixedHeaderLength + KeyId(body).Length)..];
        var recordSize = BinaryPrimitives.ReadUInt32BigEndian(body[SaltLength..]);
        if (recordSize < LeastRecordSize)
        {
            throw new CryptographicException($"A record size of {recordSize} carries nothing; {LeastRecordSize} is the least");
        }

        if (record.Length > recordSize)
        {
            throw new CryptographicException("The body has more than one record; Web Push allows one");
        }

        if (record.Length <= TagLength)
        {
            throw new CryptographicException("The record has no room for its delimiter");
        }

        Span<byte> nonce = stackalloc byte[NonceLength];
        using var cipher = Derive(keyingMaterial, body[..SaltLength], nonce);
        var opened = new byte[record.Length - TagLength];
        cipher.Decrypt(nonce, record[..^TagLength], record[^TagLength..], opened);

        // Behind the delimiter there are zeros alone, so it is the last byte that is none.
        var end = opened.AsSpan().LastIndexOfAnyExcept((byte)0);
        if (end < 0 || opened[end] != LastRecord)
        {
            throw new CryptographicException("The record does not end in the delimiter of a last record");
        }

        return opened[..end];
    }

    /// <summary>RFC 8188, 2.2 and 2.3. The first record's number is 0, so its nonce is the derived one.</summary>
    private static AesGcm Derive(ReadOnlySpan<byte> keyingMaterial, ReadOnlySpan<byte> salt, Span<byte> nonce)
    {
        Span<byte> pseudoRandom = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> key = stackalloc byte[16];
        HKDF.Extract(HashAlgorithmName.SHA256, keyingMaterial, salt, pseudoRandom);
        HKDF.Expand(HashAlgorithmName.SHA256, pseudoRandom, key, "Content-Encoding: aes128gcm\0"u8);
        HKDF.Expand(HashAlgorithmName.SHA256, pseudoRandom, nonce, "Content-Encoding: nonce\0"u8);
        var cipher = new AesGcm(key, TagLength);
        CryptographicOperations.ZeroMemory(pseudoRandom);
        CryptographicOperations.ZeroMemory(key);
        return cipher;
    }
}
