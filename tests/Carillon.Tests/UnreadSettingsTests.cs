using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Carillon;

public sealed partial class UnreadSettingsTests
{
    private const string Warning = "is no setting, and does nothing.";

    // One value for every setting that the documentation names.
    private const string Everything = """
        {
          "urls": "http://127.0.0.1:1", "AllowedHosts": "*", "Logging": { "LogLevel": { "Default": "Information" }, "Somebody": { "Else": "s" } },
          "Kestrel": { "Limits": { "MaxConcurrentConnections": 100 } },
          "Secret": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
          "Storage": { "Connection": "Data Source=carillon.db" },
          "Http": { "MaxBody": 262144, "Proxies": ["10.0.0.7"] },
          "Changes": { "WindowBytes": 65536, "Window": 64 },
          "Streams": { "Heartbeat": "00:00:10", "WriteDeadline": "00:00:05", "Lifetime": "00:10:00", "PerPerson": 100 },
          "Projects": { "PerPerson": 200 },
          "Tokens": { "RowsPerDay": 100000, "BytesPerDay": 268435456 },
          "Retention": { "Changes": "30.00:00:00", "ChangeRows": 1000000, "Notifications": "90.00:00:00", "Audit": "400.00:00:00", "Every": "00:10:00" },
          "Actions": { "Hosts": ["github.com", "git.example.org"] },
          "Notifications": { "RingEvery": "00:05:00" },
          "Notifier": { "Children": true, "Rules": { "run.finished": { "Enabled": true, "Priority": "action", "Message": "Done", "CoolDown": "00:05:00" } } },
          "Sessions": { "StuckAfter": "00:10:00", "StuckInToolAfter": "06:00:00", "PerDay": 1000 },
          "Forges": {
            "GitHub": { "BaseUrl": "https://api.github.com", "Token": "t", "Repositories": { "harbour": ["example/shop"] } },
            "GitLab": { "BaseUrl": "https://gitlab.com/api/v4", "Token": "t", "Repositories": { "harbour": ["group/sub/shop"] } }, "TimeLimit": "00:00:20"
          },
          "Chat": { "MessagesPerHour": 60, "MessagesPerDay": 500, "TokensPerDay": 1000000, "MaxRuns": 4 },
          "Agents": {
            "Folders": ["/tmp"], "Home": "/tmp/carillon-sessions", "Environment": ["LS_*"], "Sandbox": "none", "SandboxReadable": ["/opt"], "SandboxWritable": ["/opt"], "Demo": { "Who": "everybody", "Pause": "00:00:00" },
            "ClaudeCode": { "Who": "administrators", "Program": "claude", "Arguments": ["-v"], "TimeLimit": "01:00:00" },
            "Command": { "Who": "administrators", "Program": "cat", "Arguments": ["-"], "TimeLimit": "01:00:00" },
            "OpenAI": { "Who": "everybody", "BaseUrl": "http://127.0.0.1:1/v1", "ApiKey": "k", "Model": "m", "TimeLimit": "00:10:00" }
          }
        }
        """;

    [Fact]
    public async Task A_setting_that_is_none_is_told_with_the_name_that_was_meant()
    {
        var log = await LogAsync(
            """{ "Chats": { "MaxRuns": 3 }, "Chat": { "MaxRun": 3, "MaxRuns": 3 }, "secrt": "x", "Agents": { "Comand": { "Program": "cat" } }, "Wholly": { "Other": [1] }, "Actions": { "Hosts": "github.com" } }""",
            new() { ["Stream:Heartbeat"] = "00:00:10", ["Retention:Changes"] = "30.00:00:00", ["URL"] = "x", ["TOKEN"] = "x", ["SESSION"] = "x", ["PROJECT"] = "x" });
        Assert.Equal(
        [
            $"Actions:Hosts in carillon.json {Warning}",
            $"Agents:Comand:Program in carillon.json {Warning} Did you mean Agents:Command:Program?",
            $"Chat:MaxRun in carillon.json {Warning} Did you mean Chat:MaxRuns?",
            $"Chats:MaxRuns in carillon.json {Warning} Did you mean Chat:MaxRuns?",
            $"The variable CARILLON_Stream__Heartbeat {Warning} Did you mean Streams:Heartbeat?",
            $"Wholly:Other:0 in carillon.json {Warning}",
            $"secrt in carillon.json {Warning} Did you mean Secret?",
        ], Warnings(log));
    }

    [Fact]
    public async Task Every_setting_that_is_documented_is_one()
    {
        var settings = JsonNode.Parse(Everything)!;
        var page = await File.ReadAllTextAsync(InRepository("docs/operate/settings.md"), TestContext.Current.CancellationToken);
        var documented = Documented().Matches(page).Select(match => match.Groups[1].Value.Replace("<type>", "run.finished", StringComparison.Ordinal).Replace("<project>", "harbour", StringComparison.Ordinal)).ToList();
        Assert.True(documented.Count > 30);
        Assert.All(documented, name => Assert.NotNull(name.Split(':').Aggregate((JsonNode?)settings, (node, step) => node?[step])));
        Assert.Empty(Warnings(await LogAsync(Everything, [])));
    }

    private static string InRepository(string path, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "../..", path);

    private static async Task<string> LogAsync(string json, Dictionary<string, string?> environment)
    {
        var folder = Directory.CreateTempSubdirectory("carillon-test-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "carillon.json"), json);
            await using var server = await CarillonServer.StartAsync(TestDatabase.Embedded, environment, folder);
            return server.Log;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<string> Warnings(string log) =>
        log.Split('\n').Where(line => line.Contains(Warning, StringComparison.Ordinal)).Select(line => line[(line.IndexOf("] ", StringComparison.Ordinal) + 2)..].Trim())
            .Order(StringComparer.Ordinal);

    [GeneratedRegex(@"^\| `([A-Z]\w+:[\w:<>]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Documented();
}
