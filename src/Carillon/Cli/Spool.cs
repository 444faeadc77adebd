using System.Globalization;
using System.Net;
using System.Text.Json;
using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary>A report as it waits to be sent, with what has to be known then.</summary>
internal sealed record KeptReport(string SessionId, string? ProjectName, ActivityReport Report)
{
    /// <summary>The subagent whose report it is.</summary>
    public string? Subagent { get; init; }

    /// <summary>The tool that a permission is wanted for.</summary>
    public string? About { get; init; }
}

/// <summary>
/// What hooks have to say and no server has acknowledged: a file for each report, whose name is its place in the order of events and its
/// idempotency key. One process at a time sends, in order, and removes what was acknowledged; whatever ends in between is sent again.
/// </summary>
internal sealed class Spool
{
    /// <summary>What is older is news to nobody. Shorter than the server knows the keys: Sessions/ReportKeyTable.cs.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    /// <summary>How long a permission that is asked for is held back: most tools that are allowed at once have gone on by then.</summary>
    public static readonly TimeSpan Held = TimeSpan.FromSeconds(2);

    /// <summary>How many reports wait at most. The oldest goes then.</summary>
    public const int Limit = 256;

    private const string ReportSuffix = ".report";
    private const string HeldSuffix = ".held";

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    // So long a program may take to start on a busy machine.
    private static readonly TimeSpan s_start = TimeSpan.FromSeconds(10);

    private readonly string _folder;
    private readonly Uri _server;
    private readonly Terminal _terminal;

    private Spool(string folder, Uri server, Terminal terminal) => (_folder, _server, _terminal) = (folder, server, terminal);

    /// <summary>One for each server and token: whose token it is, is whose report it is. Null when nothing can be kept here.</summary>
    public static Spool? Open(Terminal terminal, HttpClient http)
    {
        try
        {
            var name = ShortName.Of($"{http.BaseAddress}\n{http.DefaultRequestHeaders.Authorization?.Parameter}");
            return HookFolder.Find(terminal, $"unsent-{name}") is { } folder ? new Spool(folder, http.BaseAddress!, terminal) : null;
        }
        catch (Exception error) when (HookFolder.IsPassable(error))
        {
            return null;
        }
    }

    /// <summary>Keeps a report until it was acknowledged; returns its key, or null when it cannot be kept.</summary>
    public string? Add(KeptReport report) => Write(report, ReportSuffix);

    /// <summary>Keeps a report that counts only if nothing withdraws it before its time.</summary>
    public bool Hold(KeptReport report) => Write(report, HeldSuffix) is not null;

    /// <summary>The tool went on, or the session did: what was held for it is no news any more.</summary>
    public void Withdraw(string sessionId, Func<KeptReport, bool> isOver) => Try(() =>
    {
        foreach (var file in Files(HeldSuffix).Where(file => IsOf(file, sessionId)))
        {
            if (Read(file) is { } report && isOver(report))
            {
                File.Delete(file);
            }
        }
    });

    /// <summary>Makes reports of what was held of a session, because its time has come for certain; false when there was nothing.</summary>
    public bool Release(string sessionId) => Release(file => IsOf(file, sessionId));

    /// <summary>The same for everything whose time has come.</summary>
    public void ReleaseDue() => Release(file => DueAt(file) <= _terminal.Time.GetUtcNow());

    /// <summary>When each report was made that waits, oldest first.</summary>
    public IReadOnlyList<DateTimeOffset> WaitingSince => [.. Files(ReportSuffix).Select(At)];

    public bool HasReports => Files(ReportSuffix).Count > 0;

    /// <summary>When the next held report is due; null when none is held.</summary>
    public DateTimeOffset? NextDue => Files(HeldSuffix) is [var first, ..] ? DueAt(first) : null;

    /// <summary>True when a report of the session waits to be sent: the server does not know yet what its hooks know.</summary>
    public bool IsBehind(string sessionId) => Files(ReportSuffix).Any(file => IsOf(file, sessionId));

    /// <summary>Sends what waits, oldest first, up to one's own report or to the end; returns the answer to one's own.</summary>
    /// <remarks>Null when another process has sent it. What could not be sent, and all behind it, waits on.</remarks>
    /// <exception cref="CarillonProblemException">The server refused one's own report for good, or does not take any now.</exception>
    public async Task<ActivityAnswer?> SendAsync(CarillonClient client, string? own, CancellationToken cancel)
    {
        using var turn = await TakeTurnAsync(cancel);
        ReleaseDue();
        foreach (var file in Files(ReportSuffix))
        {
            var key = Path.GetFileNameWithoutExtension(file);
            if (Read(file) is not { } report)
            {
                File.Delete(file);
                continue;
            }

            try
            {
                var answer = await Reporting.SendAsync(client, report.SessionId, report.Report, report.ProjectName, key, cancel);
                File.Delete(file);
                if (key == own)
                {
                    return answer;
                }
            }
            catch (CarillonProblemException problem) when (IsFinal(problem))
            {
                // Whoever sent it was told, or has gone: it must not stand in the way of the others.
                File.Delete(file);
                if (key == own)
                {
                    throw;
                }
            }
        }

        return null;
    }

    /// <summary>To be the one that goes on sending in the background; null when somebody is.</summary>
    public FileStream? TryBeSender() => HookFolder.TryHold(SenderFile);

    /// <summary>True when somebody goes on sending in the background.</summary>
    public bool HasSender()
    {
        using var place = TryBeSender();
        return place is null;
    }

    /// <summary>
    /// Announces that a sender is being started; false when somebody has done so a moment ago. Where the machine is busy that takes a while,
    /// and each hook that starts one more makes it longer.
    /// </summary>
    public bool TryAnnounceSender()
    {
        try
        {
            if (File.Exists(AnnouncedFile) && _terminal.Time.GetUtcNow().UtcDateTime - File.GetLastWriteTimeUtc(AnnouncedFile) < s_start)
            {
                return false;
            }

            HookFolder.Write(AnnouncedFile, string.Empty);
            return true;
        }
        catch (Exception error) when (HookFolder.IsPassable(error))
        {
            return true;
        }
    }

    /// <summary>Whoever keeps something from here on and finds no sender has to start one. To be called before looking for what is kept.</summary>
    public void SenderHasBegun() => Try(() => File.Delete(AnnouncedFile));

    /// <summary>True when the server will never take it, however often it is sent.</summary>
    public static bool IsFinal(CarillonProblemException problem) =>
        problem.Code != CarillonProblemException.UnexpectedAnswer
        && problem.Status is >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError
            and not (HttpStatusCode.Unauthorized or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests);

    private async Task<FileStream> TakeTurnAsync(CancellationToken cancel)
    {
        while (true)
        {
            if (HookFolder.TryHold(Path.Combine(_folder, "turn")) is { } turn)
            {
                return turn;
            }

            await Task.Delay(s_look, _terminal.Time, cancel);
        }
    }

    private bool Release(Func<string, bool> which)
    {
        var isAny = false;
        Try(() =>
        {
            foreach (var file in Files(HeldSuffix).Where(which))
            {
                if (Read(file) is not { } report)
                {
                    File.Delete(file);
                    continue;
                }

                // Whoever finds the file under its old name may still withdraw it; from here on it is told, and remembered as told.
                File.Move(file, Path.ChangeExtension(file, ReportSuffix));
                isAny = true;
                if (HookMemory.Open(_terminal, _server, report.SessionId) is { } memory)
                {
                    memory.Remember(memory.Said with
                    {
                        Activity = report.Report.Activity,
                        Waiter = report.Subagent,
                        Note = HookState.Requested,
                        Tool = null,
                    });
                }
            }
        });
        return isAny;
    }

    private string? Write(KeptReport report, string suffix)
    {
        try
        {
            var at = report.Report.OccurredAt ?? _terminal.Time.GetUtcNow();
            var key = string.Create(
                CultureInfo.InvariantCulture,
                $"{at.ToUnixTimeMilliseconds():D14}-{SessionMark(report.SessionId)}-{Guid.NewGuid().ToString("n")[..16]}");
            var body = JsonSerializer.Serialize(report.Report, CarillonJson.Default.ActivityReport);
            Tidy();
            HookFolder.Write(
                Path.Combine(_folder, key + suffix),
                $"{Uri.EscapeDataString(report.SessionId)}\n{report.ProjectName}\n{Line(report.Subagent)}\n{Line(report.About)}\n{body}");
            return key;
        }
        catch (Exception error) when (HookFolder.IsPassable(error))
        {
            return null;
        }
    }

    private static KeptReport? Read(string file)
    {
        try
        {
            return File.ReadAllText(file).Split('\n', 5) is [var session, var project, var subagent, var about, var body]
                && JsonSerializer.Deserialize(body, CarillonJson.Default.ActivityReport) is { } report
                ? new KeptReport(Uri.UnescapeDataString(session), OrNull(project), report)
                {
                    Subagent = OrNull(Uri.UnescapeDataString(subagent)),
                    About = OrNull(Uri.UnescapeDataString(about)),
                }
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
        catch (FileNotFoundException)
        {
            // Another process has withdrawn or sent it.
            return null;
        }
    }

    /// <summary>Makes room: removes what is too old, and the oldest of what is too much.</summary>
    private void Tidy()
    {
        var reports = Files(ReportSuffix);
        foreach (var file in reports.SkipLast(Limit - 1))
        {
            File.Delete(file);
        }

        var oldest = _terminal.Time.GetUtcNow() - Kept;
        foreach (var file in reports.TakeWhile(file => At(file) < oldest))
        {
            File.Delete(file);
        }
    }

    private string SenderFile => Path.Combine(_folder, "sender");

    private string AnnouncedFile => Path.Combine(_folder, "sender-starts");

    // Whoever clears the folder away takes with it what was left to say.
    private List<string> Files(string suffix) => !Directory.Exists(_folder) ? [] :
        [.. Directory.EnumerateFiles(_folder).Where(file => file.EndsWith(suffix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static DateTimeOffset DueAt(string file) => At(file) + Held;

    private static DateTimeOffset At(string file) =>
        long.TryParse(Path.GetFileName(file).AsSpan(0, 14), CultureInfo.InvariantCulture, out var at)
            ? DateTimeOffset.FromUnixTimeMilliseconds(at) : DateTimeOffset.UnixEpoch;

    private static bool IsOf(string file, string sessionId) => Path.GetFileName(file).Contains($"-{SessionMark(sessionId)}-", StringComparison.Ordinal);

    private static string SessionMark(string sessionId) => ShortName.Of(sessionId)[..8];

    private static string Line(string? text) => text is null ? string.Empty : Uri.EscapeDataString(text);

    private static string? OrNull(string text) => text.Length == 0 ? null : text;

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (HookFolder.IsPassable(error))
        {
            // Another hook was faster, or the disk is full: what is there is tried again by the next one.
        }
    }
}
