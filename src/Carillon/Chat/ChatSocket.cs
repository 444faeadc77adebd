using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;
using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Sessions;
using Directory = Carillon.Accounts.Directory;

namespace Carillon.Chat;

/// <summary>
/// One open socket. What it asks is answered in order; what happens in its sessions is sent whenever something is new, from its
/// position in each. While nothing happens it holds a pending read and nothing else.
/// </summary>
internal sealed partial class ChatSocket(
    WebSocket socket, Access access, Conversations conversations, ChatStore chat, SessionStore sessions, Directory directory, TimeProvider time,
    ILogger<ChatSocket> log) : IDisposable
{
    private const int LargestFrame = 64 * 1024;

    // Of a frame that is too large so much is thrown away before the socket is.
    private const int MostWasted = 1024 * 1024;
    private const int FirstBuffer = 4 * 1024;
    private const int MostSessions = 64;

    // Far more than people and pages need; a loop that has gone wild is told so.
    private const int MostFrames = 3_000;
    private static readonly TimeSpan FramesWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestWrite = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Lock _lock = new();
    private volatile Attachment[] _attachments = [];
    private Task _goodbye = Task.CompletedTask;
    private int _pump = Idle;
    private long _heardAt = time.GetUtcNow().UtcTicks;
    private long _writingSince;
    private long _goodbyeAt;
    private DateTimeOffset _framesSince;
    private int _frames;

    private const int Idle = 0;
    private const int Pumping = 1;
    private const int PumpingAgain = 2;

    public async Task RunAsync()
    {
        try
        {
            await SendAsync(ChatFrames.Encode(new ReadyFrame { IdleSeconds = (int)ChatSockets.LongestSilence.TotalSeconds }));
            while (await ReceiveAsync())
            {
            }

            Detach(sessionId: null);
            await HearOutAsync();
        }
        catch (Exception error) when (IsGone(error))
        {
            // It is gone, one way or another; it comes again with its position.
        }
        finally
        {
            Detach(sessionId: null);
            await _goodbye;
        }
    }

    /// <summary>Says that one of its sessions has something new. Never waits.</summary>
    public void Wake()
    {
        while (true)
        {
            switch (Interlocked.CompareExchange(ref _pump, Pumping, Idle))
            {
                case Idle:
                    ThreadPool.UnsafeQueueUserWorkItem(static socket => _ = socket.PumpAsync(), this, preferLocal: false);
                    return;
                case Pumping when Interlocked.CompareExchange(ref _pump, PumpingAgain, Pumping) == Pumping:
                case PumpingAgain:
                    return;
            }
        }
    }

    /// <summary>Closes what has been silent, is stuck, or may no longer be here.</summary>
    public void Check(DateTimeOffset now)
    {
        if (Volatile.Read(ref _goodbyeAt) is not 0 and var goodbye)
        {
            if (now.UtcTicks - goodbye > LongestGoodbye.Ticks)
            {
                socket.Abort();
            }
        }
        else if (Volatile.Read(ref _writingSince) is not 0 and var since && now.UtcTicks - since > LongestWrite.Ticks)
        {
            socket.Abort();
        }
        else if (access.HasEnded(now))
        {
            Close((WebSocketCloseStatus)4401, "The sign-in has ended");
        }
        else if (access.BoundProjectId is { } project && directory.FindVisible(access, project) is null)
        {
            Close((WebSocketCloseStatus)4403, "The token's project is not open to it any more");
        }
        else if (now.UtcTicks - Volatile.Read(ref _heardAt) > ChatSockets.LongestSilence.Ticks)
        {
            Close((WebSocketCloseStatus)4408, "Nothing was heard for too long");
        }
    }

    public void Dispose() => _sending.Dispose();

    /// <summary>Says goodbye; if the peer does not answer it is cut off by the next <see cref="Check"/>.</summary>
    public void Close(WebSocketCloseStatus status, string reason)
    {
        lock (_lock)
        {
            if (_goodbyeAt != 0)
            {
                return;
            }

            Volatile.Write(ref _goodbyeAt, time.GetUtcNow().UtcTicks);
            _goodbye = CloseAsync(status, reason);
        }
    }

    private async Task CloseAsync(WebSocketCloseStatus status, string reason)
    {
        try
        {
            if (!await _sending.WaitAsync(LongestGoodbye))
            {
                socket.Abort();
                return;
            }

            try
            {
                await socket.CloseOutputAsync(status, reason, CancellationToken.None);
            }
            finally
            {
                _sending.Release();
            }
        }
        catch (Exception error) when (IsGone(error))
        {
            // It left first.
        }
    }

    private async Task PumpAsync()
    {
        try
        {
            do
            {
                _pump = Pumping;
                var frames = new List<byte[]>();
                bool isMore;
                do
                {
                    isMore = false;
                    foreach (var attachment in _attachments)
                    {
                        isMore |= await PumpAsync(attachment, frames);
                    }
                }
                while (isMore);
            }
            while (Interlocked.CompareExchange(ref _pump, Idle, Pumping) == PumpingAgain);
        }
        catch (Exception error)
        {
            if (!IsGone(error))
            {
                LogFailed(error);
            }

            // The reading side notices, and it comes again with its position.
            socket.Abort();
        }
    }

    private async Task<bool> PumpAsync(Attachment attachment, List<byte[]> frames)
    {
        frames.Clear();
        if (attachment.IsLost)
        {
            Close((WebSocketCloseStatus)4408, "It reads too slowly");
            return false;
        }

        if (directory.FindVisible(access, attachment.Conversation.ProjectId) is null)
        {
            // The project was closed to this person meanwhile; it looks like one that is not there.
            Detach(attachment.Conversation.SessionId);
            await SendAsync(ChatFrames.Error(Problems.SessionNotFound, new ChatRequestFrame { SessionId = attachment.Conversation.SessionId }));
            return false;
        }

        await _sending.WaitAsync();
        try
        {
            // A request that is being answered comes first: what it sets off must not be seen before its answer. It may have been
            // a `detach`, or another `attach` of the same session.
            if (!_attachments.Contains(attachment))
            {
                return false;
            }

            if (attachment.IsOver)
            {
                return false;
            }

            if (attachment.ReplayedTo is not null)
            {
                await conversations.ReplayAsync(attachment, frames, CancellationToken.None);
            }
            else
            {
                attachment.Conversation.Read(attachment, frames);
            }

            foreach (var frame in frames)
            {
                await WriteAsync(frame);
            }
        }
        finally
        {
            _sending.Release();
        }

        return frames.Count > 0 || attachment.ReplayedTo is not null;
    }

    /// <summary>
    /// Whoever is being told why must be able to hear it: a connection that ends over bytes that nobody read is reset, and the reason
    /// with it. So what it still sends is thrown away until it says goodbye too, or <see cref="Check"/> has had enough.
    /// </summary>
    private async Task HearOutAsync()
    {
        await _goodbye;
        var buffer = new byte[FirstBuffer];
        while (socket.State == WebSocketState.CloseSent
            && (await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None)).MessageType != WebSocketMessageType.Close)
        {
        }
    }

    /// <summary>Takes one frame; false when there will be none any more.</summary>
    private async Task<bool> ReceiveAsync()
    {
        // No memory is held while nothing comes.
        var first = await socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
        if (first.MessageType == WebSocketMessageType.Close)
        {
            Close(WebSocketCloseStatus.NormalClosure, string.Empty);
            return false;
        }

        if (Volatile.Read(ref _goodbyeAt) != 0)
        {
            // It was told to go. Its sign-in may have ended, so nothing of it is taken any more.
            return false;
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
                    return false;
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
                    Close(WebSocketCloseStatus.MessageTooBig, "The frame is too large");
                    return false;
                }
            }

            Volatile.Write(ref _heardAt, time.GetUtcNow().UtcTicks);
            if (IsFlood())
            {
                Close((WebSocketCloseStatus)4429, "Too many frames; wait before you connect again");
                return false;
            }

            await TakeAsync(first.MessageType, wasted > 0, buffer.AsMemory(0, length));
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
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

    private async Task TakeAsync(WebSocketMessageType type, bool isTooLarge, ReadOnlyMemory<byte> frame)
    {
        var (request, refusal) =
            isTooLarge ? (null, Problems.FrameTooLarge)
            : type != WebSocketMessageType.Text ? (null, Problems.InvalidFrame.Because("Frames are text; this one was binary."))
            : Parse(frame.Span);
        if (request is null)
        {
            await SendAsync(ChatFrames.Error(refusal!));
            return;
        }

        switch (request.Type)
        {
            case ChatRequests.Ping:
                await SendAsync(ChatFrames.Pong);
                break;
            case ChatRequests.Attach:
                await AttachAsync(request);
                break;
            case ChatRequests.Detach:
                Detach(request.SessionId);
                break;
            case ChatRequests.Send:
                await TakeMessageAsync(request);
                break;
            default:
                await StopAsync(request);
                break;
        }
    }

    /// <summary>Reads a request and says what is wrong with its form.</summary>
    private static (ChatRequestFrame? Request, Refusal? Refusal) Parse(ReadOnlySpan<byte> frame)
    {
        ChatRequestFrame? request;
        try
        {
            request = JsonSerializer.Deserialize(frame, CarillonJson.Lenient.ChatRequestFrame);
        }
        catch (JsonException)
        {
            return (null, Problems.InvalidFrame.Because("A frame is one JSON object; this one could not be read."));
        }

        var missing = request?.Type switch
        {
            ChatRequests.Ping or ChatRequests.Detach => null,
            ChatRequests.Attach => request.SessionId is null ? "sessionId" : request.After < 0 ? "after, from 0 up" : null,
            ChatRequests.Stop => request.SessionId is null ? "sessionId" : null,
            ChatRequests.Send => request.SessionId is null ? "sessionId" : request.Id is null ? "id" : request.Message is null ? "message" : null,
            _ => "a type that is known: attach, detach, chat_request, stop or ping",
        };
        return missing is null ? (request, null) : (null, Problems.InvalidFrame.Because($"The frame needs {missing}."));
    }

    private async Task AttachAsync(ChatRequestFrame request)
    {
        SessionRow? session = null;
        var (attachment, refusal) = await TryAsync<Attachment>(async () =>
        {
            session = await sessions.FindRowAsync(request.SessionId!, access, CancellationToken.None);
            if (session is null)
            {
                return (null, Problems.SessionNotFound);
            }

            Detach(session.Id);
            return _attachments.Length >= MostSessions
                ? (null, Problems.TooManyAttached)
                : (await conversations.AttachAsync(this, session, request.After, CancellationToken.None), null);
        });
        if (attachment is null)
        {
            await SendAsync(ChatFrames.Error(refusal!, request));
            return;
        }

        try
        {
            await SendAsync(ChatFrames.Encode(new AttachedFrame { SessionId = session!.Id, Head = attachment.Head, Activity = session.Activity }));
        }
        catch
        {
            conversations.Detach(attachment);
            throw;
        }

        // Known to the pump only from here on: nothing of the session comes before `attached`.
        lock (_lock)
        {
            _attachments = [.. _attachments, attachment];
        }

        Wake();
    }

    private void Detach(string? sessionId)
    {
        ILookup<bool, Attachment> left;
        lock (_lock)
        {
            left = _attachments.ToLookup(one => sessionId is null || one.Conversation.SessionId == sessionId);
            _attachments = [.. left[false]];
        }

        foreach (var attachment in left[true])
        {
            conversations.Detach(attachment);
        }
    }

    private async Task TakeMessageAsync(ChatRequestFrame request)
    {
        var wanted = new SendMessage { Id = request.Id!, Message = request.Message! };
        var refusal = !access.May(Scopes.Publish) ? Problems.ScopeMissing.Because("The token needs the scope publish.")
            : MessageRules.Objection(wanted) is { } objection ? Problems.InvalidMessage.Because(objection)
            : null;
        await _sending.WaitAsync();
        try
        {
            ChatMessage? message = null;
            if (refusal is null)
            {
                (message, refusal) = await TryAsync(() => chat.SendAsync(request.SessionId!, wanted, access, CancellationToken.None));
            }

            await WriteAsync(message is null
                ? ChatFrames.Error(refusal!, request)
                : ChatFrames.Encode(new AcceptedFrame { Id = wanted.Id, MessageId = message.Id }));
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task StopAsync(ChatRequestFrame request)
    {
        var refusal = access.May(Scopes.Publish)
            ? (await TryAsync(async () => (true, await chat.StopRunAsync(request.SessionId!, access, CancellationToken.None)))).Refusal
            : Problems.ScopeMissing.Because("The token needs the scope publish.");
        if (refusal is not null)
        {
            await SendAsync(ChatFrames.Error(refusal, request));
        }
    }

    /// <summary>The database may be away for a moment; that is an answer, and no reason to hang up.</summary>
    private static async Task<(T? Result, Refusal? Refusal)> TryAsync<T>(Func<Task<(T? Result, Refusal? Refusal)>> work)
    {
        try
        {
            return await work();
        }
        catch (System.Data.Common.DbException)
        {
            return (default, Problems.Unavailable.Because("Nothing of it was acknowledged. Send it again in a moment, under the same id."));
        }
    }

    private async Task SendAsync(byte[] frame)
    {
        await _sending.WaitAsync();
        try
        {
            await WriteAsync(frame);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async ValueTask WriteAsync(byte[] frame)
    {
        if (Volatile.Read(ref _goodbyeAt) != 0)
        {
            return;
        }

        var written = socket.SendAsync(frame, WebSocketMessageType.Text, WebSocketMessageFlags.EndOfMessage, CancellationToken.None);
        if (written.IsCompletedSuccessfully)
        {
            return;
        }

        // No timer for each write: the round that checks all sockets sees how long this one takes.
        Volatile.Write(ref _writingSince, time.GetUtcNow().UtcTicks);
        await written;
        Volatile.Write(ref _writingSince, 0);
    }

    private static bool IsGone(Exception error) =>
        error is WebSocketException or IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException;

    [LoggerMessage(Level = LogLevel.Error, Message = "A socket could not be served and was closed")]
    private partial void LogFailed(Exception error);
}
