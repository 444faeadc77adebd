using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Conversations;

/// <summary>
/// What a peer sends over its socket, request by request. While nothing comes it holds no memory; what is too large is thrown away and
/// answered, and what is far too large or too much ends the connection.
/// </summary>
internal sealed class ChatInput(WebSocket socket, TimeProvider time)
{
    private const int LargestFrame = 64 * 1024;

    // Of a frame that is too large so much is thrown away before the socket is.
    private const int MostWasted = 1024 * 1024;
    private const int FirstBuffer = 4 * 1024;

    // Far more than people and pages need; a loop that has gone wild is told so.
    private const int MostFrames = 3_000;
    private static readonly TimeSpan FramesWithin = TimeSpan.FromSeconds(10);

    private long _heardAt = time.GetUtcNow().UtcTicks;
    private DateTimeOffset _framesSince;
    private int _frames;

    /// <summary>How long nothing has been heard.</summary>
    public TimeSpan Silence(DateTimeOffset now) => TimeSpan.FromTicks(now.UtcTicks - Volatile.Read(ref _heardAt));

    public async Task<ChatInputItem> ReadAsync()
    {
        // No memory is held while nothing comes.
        var first = await socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
        if (first.MessageType == WebSocketMessageType.Close)
        {
            return new ChatInputItem.Goodbye();
        }

        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        try
        {
            var (length, wasted) = (0, 0);
            for (var isEnd = first.EndOfMessage; !isEnd;)
            {
                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }

                var received = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    return new ChatInputItem.Goodbye();
                }

                length += received.Count;
                isEnd = received.EndOfMessage;
                if (length > LargestFrame)
                {
                    wasted += length;
                    length = 0;
                }

                if (wasted > MostWasted)
                {
                    return new ChatInputItem.Excess(WebSocketCloseStatus.MessageTooBig, "The frame is too large");
                }
            }

            Volatile.Write(ref _heardAt, time.GetUtcNow().UtcTicks);
            return IsFlood() ? new ChatInputItem.Excess((WebSocketCloseStatus)4429, "Too many frames; wait before you connect again")
                : wasted > 0 ? new ChatInputItem.Wrong(Problems.FrameTooLarge)
                : first.MessageType != WebSocketMessageType.Text ? new ChatInputItem.Wrong(Problems.InvalidFrame.Because("Frames are text; this one was binary."))
                : Parse(buffer.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Throws away what still comes, until the peer says goodbye.</summary>
    public async Task HearOutAsync()
    {
        var buffer = new byte[FirstBuffer];
        while (socket.State == WebSocketState.CloseSent
            && (await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None)).MessageType != WebSocketMessageType.Close)
        {
        }
    }

    private bool IsFlood()
    {
        var now = time.GetUtcNow();
        if (now - _framesSince > FramesWithin)
        {
            (_framesSince, _frames) = (now, 0);
        }

        return ++_frames > MostFrames;
    }

    /// <summary>Reads a request and says what is wrong with its form.</summary>
    private static ChatInputItem Parse(ReadOnlySpan<byte> frame)
    {
        ChatRequestFrame? request;
        try
        {
            request = JsonSerializer.Deserialize(frame, CarillonJson.Lenient.ChatRequestFrame);
        }
        catch (JsonException)
        {
            return new ChatInputItem.Wrong(Problems.InvalidFrame.Because("A frame is one JSON object; this one could not be read."));
        }

        var missing = request?.Type switch
        {
            ChatRequests.Ping or ChatRequests.Detach => null,
            ChatRequests.Attach => request.SessionId is null ? "sessionId" : request.After < 0 ? "after, from 0 up" : null,
            ChatRequests.Stop => request.SessionId is null ? "sessionId" : null,
            ChatRequests.Send => request.SessionId is null ? "sessionId" : request.Id is null ? "id" : request.Message is null ? "message" : null,
            _ => "a type that is known: attach, detach, chat_request, stop or ping",
        };
        return missing is null ? new ChatInputItem.Request(request!) : new ChatInputItem.Wrong(Problems.InvalidFrame.Because($"The frame needs {missing}."));
    }
}

/// <summary>What came next over a socket.</summary>
internal abstract record ChatInputItem
{
    private ChatInputItem()
    {
    }

    /// <summary>A request whose form is right.</summary>
    public sealed record Request(ChatRequestFrame Frame) : ChatInputItem;

    /// <summary>A frame that is no request. The socket stays open.</summary>
    public sealed record Wrong(Refusal Refusal) : ChatInputItem;

    /// <summary>More than a socket may send: it is closed.</summary>
    public sealed record Excess(WebSocketCloseStatus Status, string Reason) : ChatInputItem;

    /// <summary>The peer leaves.</summary>
    public sealed record Goodbye : ChatInputItem;
}
