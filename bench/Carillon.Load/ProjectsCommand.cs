using System.Text.Json.Nodes;

namespace Carillon.Load;

/// <summary>What one more project costs when there are few and when there are many.</summary>
internal static class ProjectsCommand
{
    private const int Few = 100;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    public static JsonObject Run(Arguments arguments)
    {
        var target = new Target(arguments.Text("url"));
        var token = arguments.Text("token");
        var many = arguments.Count("many", 5_000);
        var count = arguments.Count("count", 300);
        var server = arguments.Count("server-pid", 0);
        var database = arguments.Count("database-pid", 0);
        arguments.RefuseOthers();

        byte[][] requests =
        [
            .. Enumerable.Range(0, many + count).Select(number => target.Post(
                "/api/v1/projects", token, new JsonObject { ["id"] = $"p{number}", ["name"] = $"Project {number}" }.ToJsonString())),
        ];
        using var loop = new ClosedLoop(target, connections: 1, expected: 201, _ => requests);
        var isRight = Make(loop, Few);
        var few = Measured(loop, Few, count, server, database, ref isRight);
        isRight &= Make(loop, many - Few - count);
        var most = Measured(loop, many, count, server, database, ref isRight);
        return new JsonObject
        {
            ["sizes"] = new JsonArray(few, most),
            ["latencyRatio"] = Math.Round(Of(most, "p50Ms") / Of(few, "p50Ms"), 2),
            ["costRatio"] = Math.Round(Of(most, "costMs") / Of(few, "costMs"), 2),
            ["ok"] = isRight,
        };
    }

    private static JsonObject Measured(ClosedLoop loop, int size, int count, int server, int database, ref bool isRight)
    {
        var consumption = new Consumption(server, database);
        isRight &= Make(loop, count);
        consumption.Stop();
        var result = new JsonObject { ["projects"] = size, ["count"] = count };
        loop.Latencies.WriteTo(result);
        result["costMs"] = Math.Round((consumption.Server + consumption.Database).TotalMilliseconds / count, 3);
        return result;
    }

    private static bool Make(ClosedLoop loop, int count)
    {
        loop.Run(Longest, count);
        return loop.Succeeded == count;
    }

    private static double Of(JsonObject size, string name) => size[name]!.GetValue<double>();
}
