using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace Carillon.Load;

/// <summary>Turns lines of results into the committed page: what was to be reached first, then the figures behind it.</summary>
internal sealed class Report
{
    private readonly StringBuilder page = new();
    private readonly List<JsonObject> results;

    private Report(List<JsonObject> results) => this.results = results;

    public static int Run(Arguments arguments)
    {
        var file = arguments.Text("results");
        var to = arguments.Find("to");
        var title = arguments.Find("title") ?? "Carillon under load";
        var about = arguments.Find("about") ?? "";
        arguments.RefuseOthers();

        var report = new Report([.. File.ReadLines(file).Where(line => line.Length > 0).Select(line => JsonNode.Parse(line)!.AsObject())]);
        var text = report.Write(title, about);
        if (to is null)
        {
            Console.Out.Write(text);
        }
        else
        {
            File.WriteAllText(to, text);
        }

        return 0;
    }

    private string Write(string title, string about)
    {
        Line($"# {title}");
        Line();
        Line("Written by `bench/run`; `bench/README.md` tells how to read it. Server and load generator share the processors below.");
        WriteMachine(about);
        WriteTargets();
        WriteRatios();
        WriteChat();
        WritePublish();
        WriteFanout();
        WriteIdle();
        WriteAddressed();
        WriteReplay();
        WriteLog();
        WriteStart();
        WriteGenerator();
        WriteFailures();
        return page.ToString();
    }

    private void WriteMachine(string about)
    {
        Line();
        Line("## Machine");
        Line();
        Line($"- {Environment.ProcessorCount} × {Field("/proc/cpuinfo", "model name")}, {Gigabytes(Field("/proc/meminfo", "MemTotal"))} GB of memory");
        Line($"- Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim().Split('-')[0]}, {RuntimeInformation.FrameworkDescription}");
        if (Of("calibrate") is [var calibrated, ..])
        {
            Line($"- The disk takes {Text(calibrated, "diskCommitsPerSecond")} single 4 KB writes a second with a flush after each");
        }

        foreach (var line in about.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            Line($"- {line}");
        }
    }

    private void WriteTargets()
    {
        var rows = Targets().ToList();
        if (rows.Count == 0)
        {
            return;
        }

        // A fan-out that is short of a processor coalesces more and then looks cheaper, so a disturbed run flatters as well as it harms.
        var disturbed = results.Count(result => result.ContainsKey("othersCpuSeconds") && Number(result, "othersCpuSeconds") > 0.1 * Number(result, "seconds"));
        if (disturbed > 0)
        {
            Line();
            Line($"**In {disturbed} measurements other work took more than a tenth of a processor. Do not rely on this page; measure again on a quiet machine.**");
        }

        Line();
        Line("## What was to be reached");
        Line();
        Header("what", "target", "measured", "measured ÷ target", "");
        foreach (var row in rows)
        {
            var isReached = row.AtLeast ? row.Measured >= row.Wanted : row.Measured <= row.Wanted;
            Row(
                row.What,
                $"{(row.AtLeast ? "≥" : "≤")} {Text(row.Wanted)}{row.Unit}",
                $"{Text(row.Measured)}{row.Unit}",
                (row.Measured / row.Wanted).ToString("0.00"),
                isReached ? "reached" : "**missed**");
        }
    }

    private IEnumerable<(string What, bool AtLeast, double Wanted, double Measured, string Unit)> Targets()
    {
        if (Of("publish", "SQLite").Find(result => Number(result, "connections") == 64) is { } publish)
        {
            yield return ("Committed notifications per second, 64 connections, SQLite", true, 10_000, Number(publish, "perSecond"), "");
            yield return ("p99 of them", false, 30, Number(publish, "p99Ms"), " ms");
        }

        if (ReplayShare() is { } share)
        {
            yield return ("Replay, as a share of the raw read", true, 60, share * 100, " %");
        }

        foreach (var (readers, rate, wanted) in new[] { (10_000, "10", 80_000), (5_000, "100", 300_000) })
        {
            if (Of("fanout").Find(result => Number(result, "readers") == readers && Word(result, "rate") == rate) is { } fanout)
            {
                yield return ($"Deliveries per server-CPU-second, {Text(readers)} readers, {rate} changes/s, {Text(fanout, "changesPerRead")} changes per read", true, wanted, Number(fanout, "deliveriesPerServerCpuSecond"), "");
            }
        }

        if (Of("idle") is [var idle, ..])
        {
            yield return ($"Memory per idle connection, {Text(Number(idle, "readers"))} open", false, 12, Number(idle, "kbPerConnection"), " KB");
        }

        if (Of("chat-idle") is [var quiet, ..])
        {
            yield return ($"Memory per idle chat socket, {Text(Number(quiet, "sockets"))} open", false, 14, Number(quiet, "kbPerSocket"), " KB");
        }

        if (AddressedMedians() is [var few, .., var many])
        {
            yield return (
                $"Server CPU of an addressed change with {Text(many.Readers)} idle readers ÷ with {Text(few.Readers)}", false, 1.2, many.Net / few.Net, "");
        }

        if (Of("start") is [var start, ..])
        {
            yield return ("Start to first answer, median", false, 600, Number(start, "medianMs"), " ms");
        }

        if (HookOf("carillon, native", "a report is sent") is { } hook)
        {
            yield return ("Processor time of a hook, native, that sends a report, median", false, 40, Number(hook, "cpuMs"), " ms");
            yield return ("Waiting for it", false, 60, Number(hook, "wallMs"), " ms");
        }

        if (Of("page") is [var load, ..])
        {
            yield return ("Compressed script of the page's first load", false, 120, Number(load, "compressedKb"), " KB");
        }
    }

    /// <summary>What holds on other machines as well, about.</summary>
    private void WriteRatios()
    {
        var rows = Ratios().ToList();
        if (rows.Count == 0)
        {
            return;
        }

        Line();
        Line("## Ratios");
        Line();
        Header("what", "ratio");
        foreach (var (what, measured, comparedTo) in rows)
        {
            Row(what, (measured / comparedTo).ToString("0.00"));
        }
    }

    private IEnumerable<(string What, double Measured, double ComparedTo)> Ratios()
    {
        if (HookOf("carillon, native", "a report is sent") is { } native
            && HookOf("carillon, ordinary build", "a report is sent") is { } ordinary && HookOf("curl", "a report is sent") is { } curl)
        {
            yield return ("Processor time of a hook, native ÷ `curl` with the same request", Number(native, "cpuMs"), Number(curl, "cpuMs"));
            yield return ("Waiting for it, native ÷ `curl`", Number(native, "wallMs"), Number(curl, "wallMs"));
            yield return ("Processor time of a hook, native ÷ ordinary build", Number(native, "cpuMs"), Number(ordinary, "cpuMs"));
        }

        if (Of("start", "native") is [var quick, ..] && Of("start", "ordinary build") is [var slow, ..])
        {
            yield return ("Start to first answer, native ÷ ordinary build", Number(quick, "medianMs"), Number(slow, "medianMs"));
            yield return ("Idle memory, native ÷ ordinary build", Number(quick, "idleResidentMb"), Number(slow, "idleResidentMb"));
        }

        if (Of("chat-tokens", "as fast as possible") is [var alone, .., var crowd])
        {
            var sockets = Text(crowd, "sockets");
            yield return ($"Words per second of an answer with {sockets} sockets ÷ with one", Number(crowd, "wordsPerSecond"), Number(alone, "wordsPerSecond"));
            yield return (
                $"Server CPU of a word delivered to {sockets} sockets ÷ to one",
                Number(alone, "wordsDeliveredPerServerCpuSecond"), Number(crowd, "wordsDeliveredPerServerCpuSecond"));
        }

        foreach (var pause in Of("chat-latency").GroupBy(result => Number(result, "pauseMs")))
        {
            if (pause.ToList() is [var one, .., var many])
            {
                yield return (
                    $"p99 from word to frame, a word every {Text(pause.Key)} ms, with {Text(many, "socketsEach")} sockets in each session ÷ with one",
                    Number(many, "p99Ms"), Number(one, "p99Ms"));
            }
        }

        if (Of("chat-messages", "SQLite") is [.., var lite] && Of("chat-messages", "PostgreSQL") is [.., var postgres])
        {
            yield return ($"Messages per second, {Text(lite, "sockets")} sockets, PostgreSQL ÷ SQLite", Number(postgres, "perSecond"), Number(lite, "perSecond"));
        }
    }

    private void WriteChat()
    {
        Table(
            "An answer and those who follow it",
            "`count to …` of the demo agent in one session, all sockets attached to it. Words per second of the run: from its start to its end at the first socket. Delivered: "
            + "until the last socket had its end, answers put together from chunks and the message with the whole of it at the end; text that waits leaves in one frame. "
            + "Every socket was checked to have every chunk at its offset, and the right words in it. CPU in seconds per second of the run.",
            Of("chat-tokens"),
            ["agent", "sockets", "words/s", "words/s delivered", "words per chunk", "frames/s", "MB/s", "frames per server-CPU-s", "words delivered per server-CPU-s", "server CPU", "generator CPU", "others' CPU"],
            result =>
            [
                Word(result, "label"), Text(result, "sockets"), Text(result, "wordsPerSecond"), Text(result, "wordsDeliveredPerSecond"), Text(result, "wordsPerChunk"),
                Text(result, "framesPerSecond"), Text(result, "megabytesPerSecond"), Text(result, "framesPerServerCpuSecond"), Text(result, "wordsDeliveredPerServerCpuSecond"),
                Share(result, "serverCpuSeconds"), Share(result, "generatorCpuSeconds"), Share(result, "othersCpuSeconds"),
            ]);
        Table(
            "From word to frame",
            "Programs (`Agents:Command`) that say the time, one in each of the sessions. From the moment before a program writes a word to the moment after a socket's bytes were read: "
            + "pipe, commit and socket are in between. Every 60 ms, a word never waits for the one before; every 5 ms, it waits for the rest of the 40 ms in which at most one frame is sent.",
            Of("chat-latency"),
            ["a word every", "sessions", "sockets each", "words per chunk", "frames/s", "p50 ms", "p90 ms", "p99 ms", "max ms", "server CPU", "generator CPU", "others' CPU"],
            result =>
            [
                $"{Text(result, "pauseMs")} ms", Text(result, "sessions"), Text(result, "socketsEach"), Text(result, "wordsPerChunk"), Text(result, "framesPerSecond"),
                Text(result, "p50Ms"), Text(result, "p90Ms"), Text(result, "p99Ms"), Text(result, "maxMs"),
                Share(result, "serverCpuSeconds"), Share(result, "generatorCpuSeconds"), Share(result, "othersCpuSeconds"),
            ]);
        Table(
            "Idle chat sockets",
            "Resident memory of the server once it stands still, when every socket is attached to one of the sessions and has sent a `ping`; less what it was before, divided by their number. "
            + "The first round counts; the second opens as many again after those have gone.",
            Of("chat-idle"),
            ["sockets", "sessions", "before MB", "with them MB", "KB each", "after MB", "server CPU while idle"],
            result =>
            [
                Text(result, "sockets"), Text(result, "sessions"), Text(result, "residentBeforeMb"), List(result, "residentWithMb"), List(result, "kbPerSocketByRound"),
                Text(result, "residentAfterMb"), $"{Text(result, "serverCpuPercentWhileIdle")} %",
            ]);
        Table(
            "Messages",
            "Each socket in a session of its own: `chat_request`, `accepted`, the answer `1`, `complete`, and the next. At most 16 answers at once. CPU in seconds per second of the run.",
            Of("chat-messages"),
            ["database", "sockets", "messages/s", "accepted p50 ms", "p99 ms", "complete p50 ms", "p99 ms", "max ms", "server CPU µs per message", "server CPU", "database CPU", "generator CPU", "others' CPU"],
            result =>
            [
                Word(result, "label"), Text(result, "sockets"), Text(result, "perSecond"), Text(result, "acceptedP50Ms"), Text(result, "acceptedP99Ms"), Text(result, "p50Ms"),
                Text(result, "p99Ms"), Text(result, "maxMs"), Text(result, "serverCpuMicrosecondsPerMessage"), Share(result, "serverCpuSeconds"), Share(result, "databaseCpuSeconds"),
                Share(result, "generatorCpuSeconds"), Share(result, "othersCpuSeconds"),
            ]);
    }

    private void WritePublish()
    {
        Table(
            "Publish",
            "`POST /api/v1/notifications` to oneself on keep-alive connections, each sending its next when the 201 has come. CPU in seconds per second of the run.",
            Of("publish"),
            ["database", "connections", "committed/s", "p50 ms", "p90 ms", "p99 ms", "max ms", "server CPU", "database CPU", "generator CPU", "others' CPU"],
            result =>
            [
                Word(result, "label"), Text(result, "connections"), Text(result, "perSecond"), Text(result, "p50Ms"), Text(result, "p90Ms"), Text(result, "p99Ms"),
                Text(result, "maxMs"), Share(result, "serverCpuSeconds"), Share(result, "databaseCpuSeconds"), Share(result, "generatorCpuSeconds"), Share(result, "othersCpuSeconds"),
            ]);
    }

    private void WriteFanout()
    {
        Table(
            "Fan-out",
            "Activity reports of sessions in one project that all readers see. `max` keeps readers 64 changes behind on average. Latency from the moment before the "
            + "request is sent to the moment after the reader's bytes are read. Every reader was checked to have had every change once and in order.",
            Of("fanout"),
            ["readers", "changes/s", "deliveries/s", "deliveries per server-CPU-s", "p50 ms", "p99 ms", "changes per read", "bytes each", "server CPU", "generator CPU", "others' CPU"],
            result =>
            [
                Text(result, "readers"), Word(result, "rate"), Text(result, "deliveriesPerSecond"), Text(result, "deliveriesPerServerCpuSecond"), Text(result, "p50Ms"),
                Text(result, "p99Ms"), Text(result, "changesPerRead"), Text(result, "bytesPerDelivery"), Share(result, "serverCpuSeconds"), Share(result, "generatorCpuSeconds"),
                Share(result, "othersCpuSeconds"),
            ]);
    }

    private void WriteIdle()
    {
        Table(
            "Idle connections",
            "Resident memory of the server once it stands still, at least one heartbeat after all were open; less what it was before, divided by their number. "
            + "The first round counts; the second opens as many again after those have gone, so it also holds what was not collected after them.",
            Of("idle"),
            ["readers", "before MB", "with them MB", "KB each", "after MB", "server CPU while idle"],
            result =>
            [
                Text(result, "readers"), Text(result, "residentBeforeMb"), List(result, "residentWithMb"), List(result, "kbPerConnectionByRound"),
                Text(result, "residentAfterMb"), $"{Text(result, "serverCpuPercentWhileIdle")} %",
            ]);
    }

    private void WriteAddressed()
    {
        Table(
            "Addressed changes",
            "Notifications to one person, who reads them live, while streams of somebody else are open. The second CPU column is without what the open streams cost "
            + "anyway (heartbeats), measured right before. Medians count.",
            Of("addressed"),
            ["idle readers", "changes", "changes/s", "server CPU µs per change", "without idle cost", "idle CPU", "p99 ms", "seen by others", "others' CPU"],
            result =>
            [
                Text(result, "idleReaders"), Text(result, "changes"), Text(result, "perSecond"), Text(result, "serverCpuMicrosecondsPerChange"),
                Text(result, "withoutIdleCost"), $"{Text(result, "idleCpuPercent")} %", Text(result, "p99Ms"), Text(result, "seenByOthers"), Share(result, "othersCpuSeconds"),
            ]);
    }

    private void WriteReplay()
    {
        Table(
            "Replay",
            "One reader from `after=0` to the last row, three times, median. Raw: the same rows in one query with the server's database library, every column fetched, nothing done with it "
            + "(the share is of this one), and the `sqlite3` program printing them to nowhere.",
            [.. Of("replay"), .. Of("rawread")],
            ["what", "rows", "rows/s", "each round", "share", "server CPU s"],
            result =>
            [
                Word(result, "label"), Text(result, "rows"), Text(result, "rowsPerSecond"), result.ContainsKey("rowsPerSecondByRound") ? List(result, "rowsPerSecondByRound") : "",
                Word(result, "scenario") == "replay" && ReplayShare() is { } share ? share.ToString("P0", CultureInfo.InvariantCulture) : "",
                result.ContainsKey("serverCpuSeconds") ? Text(result, "serverCpuSeconds") : "",
            ]);
    }

    private void WriteLog()
    {
        Table(
            "Projects",
            "One project after the other over one connection, when there are few and when there are many. *Cost* is the processor time of server and database together.",
            [.. Of("projects").SelectMany(result => result["sizes"]!.AsArray().Select(size => Labelled(size!.AsObject(), Word(result, "label"))))],
            ["database", "projects", "p50 ms", "p99 ms", "cost of one, ms"],
            result => [Word(result, "label"), Text(result, "projects"), Text(result, "p50Ms"), Text(result, "p99Ms"), Text(result, "costMs")]);
        Table(
            "Many ÷ few",
            "At most 1.5 is wanted.",
            Of("projects"),
            ["database", "latency", "cost"],
            result => [Word(result, "label"), Text(result, "latencyRatio"), Text(result, "costRatio")]);
        Table(
            "Queue",
            "Sessions with one message each, all at once. *Rows about places* are changes that tell somebody's place in the queue: who joins it, and who has moved.",
            Of("queue"),
            ["messages", "places to run", "rows about places", "per change of the queue"],
            result => [Text(result, "messages"), Text(result, "maxRuns"), Text(result, "rows"), Text(result, "rowsPerChange")]);
    }

    private static JsonObject Labelled(JsonObject result, string label)
    {
        var labelled = result.DeepClone().AsObject();
        labelled["label"] = label;
        return labelled;
    }

    private void WriteStart()
    {
        Table(
            "Start",
            "From the start of the process to its first 200 on `/healthz`, on a data folder that exists; memory five seconds later.",
            Of("start"),
            ["build", "runs", "median ms", "fastest ms", "slowest ms", "idle memory MB"],
            result => [Word(result, "label"), Text(result, "runs"), Text(result, "medianMs"), Text(result, "fastestMs"), Text(result, "slowestMs"), Text(result, "idleResidentMb")]);
        Table(
            "Hooks",
            "One `carillon hook claude-code` after the other, each with an event on its standard input, from the start of the process to its end; processor time is the kernel's "
            + "count for the process, without the server's. `curl` sends the same report. Most events of a working agent say nothing new and need no request.",
            [.. Of("hook").SelectMany(result => result["programs"]!.AsArray()).Select(row => row!.AsObject())],
            ["program", "event", "CPU median ms", "CPU p90 ms", "waiting median ms", "waiting p90 ms"],
            result =>
            [
                Word(result, "program"), Word(result, "what"), Text(result, "cpuMs"), Text(result, "cpuP90Ms"), Text(result, "wallMs"), Text(result, "wallP90Ms"),
            ]);
        Table(
            "Page",
            "Script that the first load transfers: what the page names and what that imports at once.",
            Of("page"),
            ["scripts", "compressed KB", "encoding"],
            result => [Text(result, "scripts"), Text(result, "compressedKb"), Word(result, "encoding")]);
    }

    private void WriteGenerator()
    {
        Table(
            "The generator itself",
            "Against a responder in its own process that does as good as nothing: what one request and one delivery cost the generator, and how far it gets. "
            + "It is one thread, so this is also its limit.",
            Of("calibrate"),
            ["connections", "requests/s", "µs each", "p99 ms", "readers", "deliveries/s", "µs each", "changes per read"],
            result =>
            [
                Text(result, "connections"), Text(result, "requestsPerSecond"), Text(result, "microsecondsPerRequest"), Text(result, "p99Ms"), Text(result, "readers"),
                Text(result, "deliveriesPerSecond"), Text(result, "microsecondsPerDelivery"), Text(result, "changesPerRead"),
            ]);
    }

    private void WriteFailures()
    {
        var failed = results.FindAll(result => result["ok"]?.GetValue<bool>() == false);
        if (failed.Count == 0)
        {
            return;
        }

        Line();
        Line("## Checks that failed");
        Line();
        foreach (var result in failed)
        {
            Line($"- `{result.ToJsonString()}`");
        }
    }

    private double? ReplayShare() =>
        Of("replay") is [var replay, ..] && Of("rawread", "library") is [var raw, ..] ? Number(replay, "rowsPerSecond") / Number(raw, "rowsPerSecond") : null;

    private List<(double Readers, double Net)> AddressedMedians() =>
    [
        .. Of("addressed").GroupBy(result => Number(result, "idleReaders")).OrderBy(group => group.Key)
            .Select(group => (group.Key, group.Select(result => Number(result, "withoutIdleCost")).Order().ElementAt(group.Count() / 2))),
    ];

    private JsonObject? HookOf(string program, string what) =>
        Of("hook").SelectMany(result => result["programs"]!.AsArray()).Select(row => row!.AsObject())
            .FirstOrDefault(row => Word(row, "program") == program && Word(row, "what") == what);

    private List<JsonObject> Of(string scenario, string? label = null) =>
        results.FindAll(result => Word(result, "scenario") == scenario && (label is null || Word(result, "label") == label));

    private void Table(string title, string about, List<JsonObject> rows, string[] columns, Func<JsonObject, string[]> cells)
    {
        if (rows.Count == 0)
        {
            return;
        }

        Line();
        Line($"## {title}");
        Line();
        Line(about);
        Line();
        Header(columns);
        foreach (var row in rows)
        {
            Row(cells(row));
        }
    }

    private void Header(params string[] columns)
    {
        Row(columns);
        Row([.. columns.Select((_, index) => index == 0 ? "---" : "---:")]);
    }

    private void Row(params string[] cells) => Line($"| {string.Join(" | ", cells)} |");

    private void Line(string text = "") => page.Append(text).Append('\n');

    private static string Word(JsonObject result, string name) => result[name]?.GetValue<string>() ?? "";

    private static double Number(JsonObject result, string name) => result[name]!.GetValue<double>();

    private static string Text(JsonObject result, string name) => Text(Number(result, name));

    // As many digits as mean something.
    private static string Text(double number) => number.ToString(Math.Abs(number) switch { >= 100 => "#,0", >= 10 => "0.#", _ => "0.##" }, CultureInfo.InvariantCulture);

    private static string List(JsonObject result, string name) => string.Join(", ", result[name]!.AsArray().Select(number => Text(number!.GetValue<double>())));

    private static string Share(JsonObject result, string name) => (Number(result, name) / Number(result, "seconds")).ToString("0.00");

    private static string Field(string file, string name) =>
        File.ReadLines(file).First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(':', 2)[1].Trim();

    private static string Gigabytes(string kilobytes) => (double.Parse(kilobytes.Split(' ')[0], CultureInfo.InvariantCulture) / 1024 / 1024).ToString("0");
}
