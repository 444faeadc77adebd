using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Carillon.Protocol;

namespace Carillon.Changes;

/// <summary>How changes look on an event stream (WHATWG HTML, 9.2.5).</summary>
internal static class EventFrames
{
    // The payload was written by us and the rest is escaped by the writer: checking it again would double the cost of a replay.
    private static readonly JsonWriterOptions Unchecked = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Encode(ChangeRow row)
    {
        var buffer = new ArrayBufferWriter<byte>(row.Payload.Length + 320);
        Write(row, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary><c>id</c>, <c>event</c> and one line of <c>data</c>.</summary>
    public static void Write(ChangeRow row, IBufferWriter<byte> to)
    {
        to.Write("id: "u8);
        row.Seq.TryFormat(to.GetSpan(20), out var digits, default, CultureInfo.InvariantCulture);
        to.Advance(digits);
        to.Write("\nevent: "u8);
        Encoding.UTF8.GetBytes(row.Type, to);
        to.Write("\ndata: "u8);
        using (var json = new Utf8JsonWriter(to, Unchecked))
        {
            json.WriteStartObject();
            json.WriteNumber("seq"u8, row.Seq);
            json.WriteString("type"u8, row.Type);
            json.WriteString("projectId"u8, row.ProjectId);
            json.WriteString("sessionId"u8, row.SessionId);
            json.WritePropertyName("payload"u8);
            json.WriteRawValue(row.Payload, skipInputValidation: true);
            json.WritePropertyName("createdAt"u8);
            UtcTimeConverter.WriteTime(json, row.CreatedAt);
            json.WriteEndObject();
        }

        to.Write("\n\n"u8);
    }

    /// <summary>The head of every stream: how soon to come back, and where this log stands.</summary>
    public static byte[] Hello(Hello hello) =>
        [.. "retry: 2000\n\nevent: hello\ndata: "u8, .. JsonSerializer.SerializeToUtf8Bytes(hello, CarillonJson.Default.Hello), .. "\n\n"u8];

    /// <summary>Moves the client's position while its filter hides everything.</summary>
    public static byte[] Cursor(long seq) => Encoding.UTF8.GetBytes($"id: {seq}\nevent: cursor\ndata: {{}}\n\n");

    /// <summary>A sign of life: a comment, or an event for <c>EventSource</c>, which hides comments from its page.</summary>
    public static byte[] Heartbeat(bool asEvent, DateTimeOffset now) => asEvent
        ? Encoding.UTF8.GetBytes($"event: heartbeat\ndata: {{\"at\":\"{UtcTimeConverter.Text(now)}\"}}\n\n")
        : ": heartbeat\n\n"u8.ToArray();

    /// <summary>The last word of a stream that ends for a reason.</summary>
    public static byte[] Error(string code) =>
        [.. "event: stream_error\ndata: "u8,
            .. JsonSerializer.SerializeToUtf8Bytes(new StreamError { Code = code }, CarillonJson.Default.StreamError), .. "\n\n"u8];
}
