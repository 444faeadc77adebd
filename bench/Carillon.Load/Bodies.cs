using System.Text.Json.Nodes;

namespace Carillon.Load;

/// <summary>The requests that are sent under load: what an agent's tool would send, no smaller.</summary>
internal static class Bodies
{
    public static string Notification(string? addressee = null)
    {
        var body = new JsonObject
        {
            ["type"] = "build.failed",
            ["priority"] = "warning",
            ["title"] = "Build failed on main",
            ["message"] = "3 of 214 tests failed after the merge of the storage branch.",
            ["data"] = new JsonObject { ["branch"] = "main", ["failed"] = 3 },
        };
        if (addressee is not null)
        {
            body["to"] = new JsonArray(addressee);
        }

        return body.ToJsonString();
    }

    /// <summary>An activity report whose message has room for the moment at which it is sent.</summary>
    public static string Activity(string activity) =>
        new JsonObject { ["activity"] = activity, ["message"] = $"sent@{new string('0', EventReader.SentDigits)}" }.ToJsonString();
}
