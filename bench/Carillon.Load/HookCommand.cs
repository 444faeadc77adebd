using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Carillon.Load;

/// <summary>
/// What an agent pays for one hook: processor time and waiting, of each build of <c>carillon</c> and, for comparison, of <c>curl</c> with
/// the same request. In turn, so that a machine that gets busier is the same for all.
/// </summary>
internal static class HookCommand
{
    private const string Report = "a report is sent";
    private const string Repetition = "nothing new, no request";

    private static readonly string[] s_sessions = ["native", "ordinary", "curl"];

    // Not counted: the first runs read the programs from the disk, and make the project and the session.
    private const int WarmUp = 3;

    public static JsonObject Run(Arguments arguments)
    {
        var target = new Target(arguments.Text("url"));
        var token = arguments.Text("token");
        var native = arguments.Text("native");
        var ordinary = arguments.Text("ordinary");
        var runs = arguments.Count("runs", 50);
        arguments.RefuseOthers();

        var folder = Directory.CreateTempSubdirectory("carillon-load-");
        try
        {
            var environment = new Dictionary<string, string>
            {
                ["CARILLON_URL"] = target.Url.AbsoluteUri,
                ["CARILLON_TOKEN"] = token,
                ["CARILLON_PROJECT"] = "hooks",
                ["XDG_CACHE_HOME"] = folder.FullName,
            };
            Series[] all =
            [
                new("carillon, native", Report, number => Start(native, ["hook", "claude-code"], Turn("native", number), environment)),
                new("carillon, native", Repetition, _ => Start(native, ["hook", "claude-code"], Tool("native"), environment)),
                new("carillon, ordinary build", Report, number => Start(ordinary, ["hook", "claude-code"], Turn("ordinary", number), environment)),
                new("carillon, ordinary build", Repetition, _ => Start(ordinary, ["hook", "claude-code"], Tool("ordinary"), environment)),
                new("curl", Report, number => Start("curl",
                    ["-sS", "-f", "-o", "/dev/null", "-H", $"Authorization: Bearer {token}", "-H", "Content-Type: application/json", "--data-binary", "@-", $"{target.Url}api/v1/sessions/curl/activity"],
                    $$"""{"activity":"{{(number % 2 == 0 ? "working" : "idle")}}","message":{{(number % 2 == 0 ? "null" : $"\"Done with {number}\"")}},"projectId":"hooks","agent":"claude-code"}""", environment)),
            ];
            for (var number = 0; number < WarmUp + runs; number++)
            {
                foreach (var series in all)
                {
                    series.Measure(number, isCounted: number >= WarmUp);
                }
            }

            // The last report of each is there: what was measured was not the quick way out.
            var isThere = s_sessions.All(session => Activity(target, token, session) == ((WarmUp + runs - 1) % 2 == 0 ? "working" : "idle"));
            return new JsonObject
            {
                ["runs"] = runs,
                ["programs"] = new JsonArray([.. all.Select(series => series.Figures())]),
                ["ok"] = isThere && all.All(series => series.IsQuiet),
            };
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // As Claude Code sends them: one turn begins and one ends, each of which is told.
    private static string Turn(string session, int number) => number % 2 == 0
        ? $$"""{"hook_event_name":"UserPromptSubmit","session_id":"{{session}}","cwd":"/tmp/hooks","prompt":"Do {{number}}"}"""
        : $$"""{"hook_event_name":"Stop","session_id":"{{session}}","cwd":"/tmp/hooks","last_assistant_message":"Done with {{number}}"}""";

    private static string Tool(string session) =>
        $$$"""{"hook_event_name":"PostToolUse","session_id":"{{{session}}}-tools","cwd":"/tmp/hooks","tool_name":"Bash","tool_input":{"command":"ls"},"tool_response":{"stdout":"README.md"}}""";

    private static string? Activity(Target target, string token, string session)
    {
        using var http = new HttpClient { BaseAddress = target.Url };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return (string?)JsonNode.Parse(http.GetStringAsync(new Uri($"/api/v1/sessions/{session}", UriKind.Relative)).GetAwaiter().GetResult())!["session"]!["activity"];
    }

    private static string Start(string program, string[] arguments, string input, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new IOException($"{program} did not start");
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? error : error + string.Create(CultureInfo.InvariantCulture, $"exit code {process.ExitCode}");
    }

    private sealed class Series(string program, string what, Func<int, string> start)
    {
        private readonly List<double> _cpu = [];
        private readonly List<double> _wall = [];
        private string _said = string.Empty;

        public bool IsQuiet => _said.Length == 0;

        public void Measure(int number, bool isCounted)
        {
            var cpu = Libc.CpuOfEndedChildren();
            var started = Stopwatch.GetTimestamp();
            _said += start(number);
            if (isCounted)
            {
                _wall.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                _cpu.Add((Libc.CpuOfEndedChildren() - cpu).TotalMilliseconds);
            }
        }

        public JsonObject Figures() => new()
        {
            ["program"] = program,
            ["what"] = what,
            ["cpuMs"] = At(_cpu, 0.5),
            ["cpuP90Ms"] = At(_cpu, 0.9),
            ["wallMs"] = At(_wall, 0.5),
            ["wallP90Ms"] = At(_wall, 0.9),
            ["said"] = _said.Trim(),
        };

        private static double At(List<double> values, double share) => Math.Round(values.Order().ElementAt((int)(values.Count * share)), 1);
    }
}
