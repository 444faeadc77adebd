using System.Text.Json.Nodes;

namespace Carillon.Load;

/// <summary>Notifications from N connections as fast as they are committed.</summary>
internal static class PublishCommand
{
    public static JsonObject Run(Arguments arguments)
    {
        var target = new Target(arguments.Text("url"));
        var token = arguments.Text("token");
        var connections = arguments.Count("connections", 64);
        var time = arguments.Seconds("seconds", 10);
        var warmUp = arguments.Seconds("warm-up", 3);
        var server = arguments.Count("server-pid", 0);
        var database = arguments.Count("database-pid", 0);
        var addressee = arguments.Find("to");
        arguments.RefuseOthers();

        byte[][] request = [target.Post("/api/v1/notifications", token, Bodies.Notification(addressee))];
        using var loop = new ClosedLoop(target, connections, expected: 201, _ => request);
        loop.Run(warmUp);

        var consumption = new Consumption(server, database);
        loop.Run(time);
        consumption.Stop();

        var result = new JsonObject
        {
            ["connections"] = connections,
            ["seconds"] = Math.Round(loop.Elapsed.TotalSeconds, 3),
            ["committed"] = loop.Succeeded,
            ["perSecond"] = Math.Round(loop.Succeeded / loop.Elapsed.TotalSeconds, 1),
        };
        loop.Latencies.WriteTo(result);
        consumption.WriteTo(result);
        result["errors"] = loop.Errors();
        result["ok"] = loop.Succeeded > 0 && loop.Answers.Count == 1;
        return result;
    }
}
