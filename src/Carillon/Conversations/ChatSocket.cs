using System.Net.WebSockets;
using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Sessions;

namespace Carillon.Conversations;

/// <summary>
/// One open socket. What it asks is answered in order; what happens in its sessions is sent whenever something is new, from its
/// position in each. While nothing happens it holds a pending read and nothing else.
/// </summary>
internal sealed partial class ChatSocket(
    WebSocket socket, Access access, FollowedConversations conversations, SessionLife life, SessionTable sessions, Membership membership, TimeProvider time,
    ILogger<ChatSocket> log) : IDisposable
{
    private const int MostSessions = 64;

    private static readonly TimeSpan LongestWrite = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(5);

    private readonly ChatInput _input = new(socket, time);
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Lock _lock = new();
    private volatile Attachment[] _attachments = [];
    private Task _goodbye = Task.CompletedTask;
    private int _pump = Idle;
    private long _writingSince;
    private long _goodbyeAt;

    private const int Idle = 0;
    private const int Pumping = 1;
    private const int PumpingAgain = 2;

    public async Task RunAsync()
    {
        try
        {
            await SendAsync(ChatFrames.Encode(new ReadyFrame { IdleSeconds = (int)ChatSockets.LongestSilence.TotalSeconds }));
            while (await TakeAsync(await _input.ReadAsync()))
            {
            }

            // Whoever is being told why must be able to hear it: a connection that ends over bytes that nobody read is reset, and the
            // reason with it. So it is heard out until it says goodbye too, or Check has had enough.
            Detach(sessionId: null);
            await _goodbye;
            await _input.HearOutAsync();
        }
        catch (Exception error) when (IsGone(error))
        {
            // It is gone, one way or another; it comes again with its position.
        }
        catch (Exception error)
        {
            LogFailed(error);
            socket.Abort();
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
        else if (access.BoundProjectId is { } project && membership.FindVisible(access, project) is null)
        {
            Close((WebSocketCloseStatus)4403, "The token's project is not open to it any more");
        }
        else if (_input.Silence(now) > ChatSockets.LongestSilence)
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

        if (IsOver())
        {
            return false;
        }

        if (attachment.Conversation.IsDeleted || membership.FindVisible(access, attachment.Conversation.ProjectId) is null)
        {
            // It was deleted meanwhile, or its project closed to this person: that looks the same.
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

    // Nothing is given to it and nothing taken of it from the moment when its sign-in or token ends.
    private bool IsOver()
    {
        if (access.HasEnded(time.GetUtcNow()))
        {
            Close((WebSocketCloseStatus)4401, "The sign-in has ended");
        }

        return Volatile.Read(ref _goodbyeAt) != 0;
    }

    /// <summary>Does what is asked; false when nothing more will be.</summary>
    private async Task<bool> TakeAsync(ChatInputItem item)
    {
        // It may have been told to go already; or its sign-in ended since the last look, and nothing of it is taken any more.
        if (IsOver())
        {
            return false;
        }

        switch (item)
        {
            case ChatInputItem.Request { Frame: var request }:
                await TakeAsync(request);
                return true;
            case ChatInputItem.Wrong wrong:
                await SendAsync(ChatFrames.Error(wrong.Refusal));
                return true;
            case ChatInputItem.Excess excess:
                Close(excess.Status, excess.Reason);
                return false;
            default:
                Close(WebSocketCloseStatus.NormalClosure, string.Empty);
                return false;
        }
    }

    private async Task TakeAsync(ChatRequestFrame request)
    {
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

    private async Task AttachAsync(ChatRequestFrame request)
    {
        SessionRow? session = null;
        var attached = await TryAsync<Attachment>(async () =>
        {
            session = await sessions.FindRowAsync(request.SessionId!, access, CancellationToken.None);
            if (session is null)
            {
                return Problems.SessionNotFound;
            }

            Detach(session.Id);
            return _attachments.Length >= MostSessions
                ? Problems.TooManyAttached
                : await conversations.AttachAsync(this, session, request.SessionId!, request.After, CancellationToken.None);
        });
        if (attached.IsRefused(out var refusal, out var attachment))
        {
            await SendAsync(ChatFrames.Error(refusal, request));
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
            left = _attachments.ToLookup(one => sessionId is null || one.Conversation.SessionId == sessionId || one.AskedAs == sessionId);
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
        await _sending.WaitAsync();
        try
        {
            var sent = MessageRules.Objection(wanted) is { } objection
                ? Problems.InvalidMessage.Because(objection)
                : await TryAsync(() => life.SendAsync(request.SessionId!, wanted, access, CancellationToken.None));
            await WriteAsync(sent.IsRefused(out var refusal, out var message)
                ? ChatFrames.Error(refusal, request)
                : ChatFrames.Encode(new AcceptedFrame { Id = wanted.Id, MessageId = message.Id }));
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task StopAsync(ChatRequestFrame request)
    {
        var stopped = await TryAsync<bool>(async () =>
            await life.StopRunAsync(request.SessionId!, request.Everything, access, CancellationToken.None) is { } objection ? objection : true);
        if (stopped.Refusal is { } refusal)
        {
            await SendAsync(ChatFrames.Error(refusal, request));
        }
    }

    /// <summary>The database may be away for a moment; that is an answer, and no reason to hang up.</summary>
    private static async Task<Outcome<T>> TryAsync<T>(Func<Task<Outcome<T>>> work)
        where T : notnull
    {
        try
        {
            return await work();
        }
        catch (System.Data.Common.DbException)
        {
            return Problems.Unavailable.Because("Nothing of it was acknowledged. Send it again in a moment, under the same id.");
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

    // The framework's pipe that was completed under us says InvalidOperation; while the socket is open that is a mistake of ours.
    private bool IsGone(Exception error) =>
        error is WebSocketException or IOException or ObjectDisposedException or OperationCanceledException
        || (error is InvalidOperationException && socket.State is WebSocketState.Aborted or WebSocketState.Closed);

    [LoggerMessage(Level = LogLevel.Error, Message = "A socket could not be served and was closed")]
    private partial void LogFailed(Exception error);
}
