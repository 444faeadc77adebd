using System.Text;

namespace Carillon.Protocol;

/// <summary>One dispatched event of a <c>text/event-stream</c>.</summary>
public readonly record struct ServerSentEvent
{
    /// <summary>The event's type; <c>message</c> when the stream named none.</summary>
    public required string Type { get; init; }

    /// <summary>
    /// The last event id in force when the event was dispatched: this event's own, else that of an earlier event, else empty.
    /// </summary>
    public required string Id { get; init; }

    /// <summary>True when this very event carried an <c>id</c> line.</summary>
    public required bool HasOwnId { get; init; }

    /// <summary>The event's data in UTF-8, its lines joined by LF. Valid until the parser is used again.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>A copy of the data as text; bytes that are not UTF-8 become U+FFFD.</summary>
    public string Text => Encoding.UTF8.GetString(Data.Span);
}
