using System.Buffers.Text;
using System.Text;

namespace Carillon.Load;

/// <summary>What the generator sends over <c>/chat/ws</c>: whole WebSocket frames.</summary>
internal static class ChatRequest
{
    // Fixed, so that a request can be numbered in place.
    private const int IdDigits = 19;

    private static readonly string NoId = new('0', IdDigits);

    public static readonly byte[] Ping = Frame("""{"type":"ping"}""");

    public static byte[] Attach(string session) => Frame($$"""{"type":"attach","sessionId":"{{session}}"}""");

    /// <summary>Words for the agent. They have an id of their own once <see cref="Number"/> gave them one.</summary>
    public static byte[] Say(string session, string message) =>
        Frame($$"""{"type":"chat_request","id":"{{NoId}}","sessionId":"{{session}}","message":"{{message}}"}""");

    public static void Number(byte[] request, long number)
    {
        var at = request.AsSpan().IndexOf("\"id\":\""u8) + 6;
        _ = Utf8Formatter.TryFormat(number, request.AsSpan(at, IdDigits), out _, new('D', IdDigits));
    }

    // A client has to mask. With a key of zeros that changes nothing, and the server does the same work.
    private static byte[] Frame(string json)
    {
        var content = Encoding.UTF8.GetBytes(json);
        byte[] length = content.Length < 126 ? [(byte)(0x80 | content.Length)] : [0x80 | 126, (byte)(content.Length >> 8), (byte)content.Length];
        return [0x81, .. length, 0, 0, 0, 0, .. content];
    }
}
