using System.Buffers;
using System.Buffers.Text;

namespace Carillon.WebPush;

/// <summary>Base64url as Web Push writes it: without padding. It is read with or without.</summary>
internal static class Base64UrlText
{
    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    public static string Write(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    /// <summary>The bytes; null when the text is not base64url, or is not the one way to write its bytes.</summary>
    public static byte[]? Read(string text)
    {
        var bare = text.AsSpan();
        if (text.Length % 4 == 0)
        {
            // At most two, so that padding on padding stays an error.
            bare = bare.EndsWith("==") ? bare[..^2] : bare.EndsWith('=') ? bare[..^1] : bare;
        }

        // The decoder passes over white space and takes a percent sign for padding. Neither belongs into a key.
        if (bare.ContainsAnyExcept(Alphabet))
        {
            return null;
        }

        var bytes = new byte[Base64Url.GetMaxDecodedLength(bare.Length)];
        return Base64Url.DecodeFromChars(bare, bytes, out _, out var length) is OperationStatus.Done ? bytes[..length] : null;
    }

    /// <summary>True for text of letters, digits, <c>-</c> and <c>_</c> alone.</summary>
    public static bool IsAlphabetAlone(string text) => !text.AsSpan().ContainsAnyExcept(Alphabet);
}
