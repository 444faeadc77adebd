using System.Text.Json;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Conversations;

/// <summary>Frames as bytes.</summary>
internal static class ChatFrames
{
    public static readonly byte[] Pong = Encode(new PongFrame());

    public static byte[] Encode(ChatFrame frame) => JsonSerializer.SerializeToUtf8Bytes(frame, CarillonJson.Compact.ChatFrame);

    public static byte[] Error(Refusal refusal, ChatRequestFrame? request = null) => Encode(new ErrorFrame
    {
        Code = refusal.Code,
        Message = $"{refusal.Title}. {refusal.Detail}",
        RetryAfter = refusal.RetryAfter is { } wait ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)) : null,
        Id = request?.Id,
        SessionId = request?.SessionId,
    });

    public static byte[] Message(ChatMessage message, string sessionId) => Encode(new MessageFrame
    {
        SessionId = sessionId,
        Seq = message.Seq,
        Id = message.Id,
        Role = message.Role,
        Text = message.Text,
        By = message.By,
        RunId = message.RunId,
        Status = message.Status,
        Steps = message.Steps,
        CreatedAt = message.CreatedAt,
    });

    public static byte[] Complete(MessageRow row) => Encode(new CompleteFrame
    {
        SessionId = row.SessionId,
        RunId = row.RunId!,
        MessageId = row.Completes!,
        Status = row.Status!,
    });

    public static byte[] Step(RunStep step, string sessionId, string runId) => Encode(new StepFrame
    {
        SessionId = sessionId,
        RunId = runId,
        Id = step.Id,
        Name = step.Name,
        Detail = step.Detail,
        Status = step.Status,
        Offset = step.Offset,
    });

    public static byte[] Snapshot(RunText run, string sessionId) =>
        Encode(new SnapshotFrame { SessionId = sessionId, RunId = run.RunId, Text = run.ToString(), Offset = run.Length });

    public static byte[] Typing(string sessionId, bool on) => Encode(new TypingFrame { SessionId = sessionId, On = on });
}
