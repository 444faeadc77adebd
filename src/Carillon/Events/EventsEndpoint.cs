using System.Globalization;
using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Events;

/// <summary><c>GET /events</c>: the change log as an event stream.</summary>
internal static class EventsEndpoint
{
    public static async Task Stream(HttpContext context, LiveStreams streams, StreamPlaces places, Membership membership)
    {
        var access = (await Access.BindAsync(context))!;
        var query = context.Request.Query;
        if (!TryReadCursor(context.Request, out var after))
        {
            await Problems.InvalidCursor.ExecuteAsync(context);
            return;
        }

        if (!TryReadTopics(query["topics"], out var topics, out var unknown))
        {
            await Problems.InvalidTopic.Because($"'{unknown}' is not a topic. Topics are {string.Join(", ", Topics.All)}.").ExecuteAsync(context);
            return;
        }

        if (query["heartbeat"].ToString() is not ("" or "event" or "comment"))
        {
            await Problems.InvalidRequest.Because("heartbeat is event or comment.").ExecuteAsync(context);
            return;
        }

        string? projectId = query["projectId"];
        if (projectId is not null && await membership.FindVisibleAsync(access, projectId, context.RequestAborted) is null)
        {
            await Problems.ProjectNotFound.ExecuteAsync(context);
            return;
        }

        if (places.Take(access.PersonId) is not { } place)
        {
            await Problems.TooManyStreams.ExecuteAsync(context);
            return;
        }

        var filter = new ChangeFilter(access.PersonId, topics, projectId, access.BoundProjectId, membership);
        await streams.RunAsync(context, access, filter, new StreamStart(after, query["epoch"]), query["heartbeat"] == "event", place);
    }

    /// <summary>
    /// <c>after</c> is what this request asks for; <c>Last-Event-ID</c> is what the browser remembers; <c>cursor</c> is what a
    /// browser's unchanging address once began with.
    /// </summary>
    private static bool TryReadCursor(HttpRequest request, out long? after)
    {
        after = null;
        string? text = (string?)request.Query["after"] ?? (string?)request.Headers["Last-Event-ID"] ?? request.Query["cursor"];
        if (text is null)
        {
            return true;
        }

        var isRight = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seq);
        after = seq;
        return isRight;
    }

    private static bool TryReadTopics(string? text, out TopicSet topics, out string? unknown)
    {
        topics = TopicSet.None;
        unknown = null;
        if (text is null)
        {
            topics = TopicSet.All;
            return true;
        }

        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (ChangeFilter.Topic(name) is var topic && topic == TopicSet.None)
            {
                unknown = name;
                return false;
            }

            topics |= topic;
        }

        return true;
    }
}
