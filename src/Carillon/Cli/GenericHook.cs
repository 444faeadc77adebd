using System.Text.Json;
using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary>For agents of one's own: <c>{activity, message?, sessionId?, projectId?, title?, agent?}</c>.</summary>
internal static class GenericHook
{
    /// <exception cref="JsonException">It is no JSON object, or has no known activity.</exception>
    public static HookReport? ToReport(ReadOnlySpan<byte> json) => ToReport(HookInput.Read(json));

    public static HookReport? ToReport(HookInput input)
    {
        if (input["activity"] is not { } activity || !Activities.All.Contains(activity))
        {
            throw new JsonException($"activity must be one of {string.Join(", ", Activities.All)}.");
        }

        return new HookReport
        {
            Agent = input["agent"] ?? "agent",
            Activity = activity,
            SessionId = input["sessionId"],
            ProjectId = input["projectId"],
            Folder = input["cwd"],
            Message = OneLine.OrNull(input["message"], HookReport.MessageLimit),
            Title = OneLine.OrNull(input["title"], HookReport.TitleLimit),
            Kind = activity == Activities.Working && input["message"] is null ? HookKind.ToolRan : HookKind.News,
        };
    }
}
