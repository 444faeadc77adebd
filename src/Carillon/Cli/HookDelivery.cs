using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary>One report of a hook on its way: first it is kept, if it matters, then it is sent, behind what was kept before.</summary>
internal sealed class HookDelivery
{
    /// <summary>In milliseconds.</summary>
    private const long LongestOvertaking = 60_000;

    private readonly Terminal _terminal;
    private readonly HttpClient _http;
    private readonly HookMemory? _memory;
    private readonly Spool? _spool;
    private readonly HookState _saying;
    private readonly KeptReport _report;
    private string? _key;

    private HookDelivery(Terminal terminal, HttpClient http, HookMemory? memory, Spool? spool, HookState saying, KeptReport report)
    {
        (_terminal, _http, _memory, _spool, _saying, _report) = (terminal, http, memory, spool, saying, report);
    }

    /// <summary>True when it will be sent, whatever becomes of this process.</summary>
    public bool IsKept => _key is not null || IsHeld;

    /// <summary>True when it is not to be sent yet.</summary>
    public bool IsHeld { get; private set; }

    /// <summary>Keeps the report, if it matters; null when it says nothing new.</summary>
    public static HookDelivery? Begin(Terminal terminal, HttpClient http, HookReport report)
    {
        var (server, session) = (http.BaseAddress!, report.SessionId!);
        var memory = HookMemory.Open(terminal, server, session);
        var spool = Spool.Open(terminal, http);
        if (report.Kind is HookKind.ToolRan or HookKind.News)
        {
            spool?.Withdraw(session, held => report.Kind == HookKind.News
                || (held.Subagent == report.Subagent && (report.About is null || held.About == report.About)));
        }

        if (report.Kind == HookKind.Prompt && spool?.Release(session) == true)
        {
            // It is on the screen: what the agent asked for a moment ago, in better words, counts now.
            memory = HookMemory.Open(terminal, server, session);
            return new HookDelivery(terminal, http, memory, spool, memory?.Said ?? new HookState(), new KeptReport(session, null, new ActivityReport { Activity = report.Activity }))
            {
                _key = string.Empty,
            };
        }

        if (HookRules.Settled(report, memory?.Said) is not { } settled)
        {
            return null;
        }

        var (title, titled) = Title(settled, memory, terminal.Begun(), terminal.Time.LocalTimeZone);
        var said = memory?.Said ?? new HookState();
        var matters = HookRules.Matters(settled, memory?.Said) || spool?.IsBehind(session) == true;
        if (!matters && title is null && memory!.SaidLately(settled))
        {
            return null;
        }

        var at = At(terminal, said);
        var delivery = new HookDelivery(
            terminal, http, memory, spool,
            new HookState
            {
                Activity = settled.Activity,
                Titled = titled,
                Waiter = settled.Activity is Activities.Blocked or Activities.WaitingInput ? settled.Subagent : null,
                Note = settled.IsInBackground ? HookState.InBackground : settled.Kind == HookKind.Request ? HookState.Requested : null,
                Tool = settled.Tool,
                At = Math.Max(at.ToUnixTimeMilliseconds(), said.At),
            },
            Kept(terminal, settled, title, at));
        if (matters)
        {
            delivery.Keep(settled);
        }

        return delivery;
    }

    /// <summary>Sends it, and what has to be sent before it. Null when it was sent by another process, or is held.</summary>
    /// <exception cref="CarillonProblemException">The server refused.</exception>
    public async Task<ActivityAnswer?> SendAsync(CancellationToken cancel)
    {
        if (IsHeld)
        {
            return null;
        }

        var client = new CarillonClient(_http, _terminal.Time);
        if (_spool is not null && _key is not null)
        {
            var answer = await _spool.SendAsync(client, _key, cancel);
            Heard(answer);
            return answer;
        }

        if (_spool?.HasReports == true)
        {
            await _spool.SendAsync(client, null, cancel);
        }

        var direct = await Reporting.SendAsync(client, _report.SessionId, _report.Report, _report.ProjectName, null, cancel);
        Said();
        Heard(direct);
        return direct;
    }

    /// <summary>Sees to it that what is kept is sent after this process has ended; false when nothing can be started here.</summary>
    /// <param name="arguments">How a program finds the same server and token.</param>
    public bool Leave(IReadOnlyList<string> arguments)
    {
        if (_spool is null || !IsKept)
        {
            return false;
        }

        if (_spool.HasSender() || !_spool.TryAnnounceSender())
        {
            // Somebody is at it or about to be, and will find this too.
            return true;
        }

        if (_terminal.Detach(["hook", SendCommand.Name, .. arguments]))
        {
            return true;
        }

        _spool.SenderHasBegun();
        return false;
    }

    /// <summary>Sends at once what was held: rather too early than never.</summary>
    public void Release()
    {
        IsHeld = false;
        _key = string.Empty;
        _spool!.Release(_report.SessionId);
    }

    private void Keep(HookReport report)
    {
        if (report.Kind == HookKind.Request && _spool?.Hold(_report) == true)
        {
            IsHeld = true;
            return;
        }

        _key = _spool?.Add(_report);
        if (_key is not null)
        {
            Said();
        }
        else if (_memory is not null && report.Activity != Activities.Working)
        {
            // Before it is sent: a "working" that comes meanwhile must not be taken for a repetition.
            _memory.Remember(_saying with { Titled = _memory.Said.Titled });
        }
    }

    // What is kept will be known to the server, so the next hook need not say it again.
    private void Said()
    {
        switch (_saying.Activity)
        {
            case Activities.Exited or Activities.Killed:
                _memory?.Forget();
                _memory?.Tidy();
                break;
            case Activities.Working:
                _memory?.RememberUnlessChanged(_saying);
                break;
            default:
                _memory?.Remember(_saying);
                break;
        }
    }

    private void Heard(ActivityAnswer? answer)
    {
        if (answer is { MessagesWaiting: > 0 } && _saying.Activity == Activities.Working)
        {
            // Somebody has written: the next event asks again, however soon it comes.
            _memory?.Remember(_saying with { Note = HookState.Written });
        }
    }

    private static KeptReport Kept(Terminal terminal, HookReport report, string? title, DateTimeOffset at)
    {
        var folder = terminal.Variable("CLAUDE_PROJECT_DIR") ?? report.Folder;
        var project = terminal.Variable("CARILLON_PROJECT") ?? report.ProjectId ?? (folder is null ? null : ProjectSlug.Of(folder));
        return new KeptReport(
            report.SessionId!,
            OneLine.OrNull(folder is null ? project : ProjectSlug.LastName(folder), HookReport.TitleLimit),
            new ActivityReport
            {
                Activity = report.Activity,
                Message = report.Message,
                ProjectId = project,
                Agent = report.Agent,
                Title = title,
                OccurredAt = at,
                Tool = report.Tool,
            })
        {
            Subagent = report.Subagent,
            About = report.About,
        };
    }

    // Hooks overtake each other, so an event may be older than the newest. If it is much older, somebody has put the clock back. Of two
    // at the same time, the one that knows of the other comes later.
    private static DateTimeOffset At(Terminal terminal, HookState said)
    {
        var at = terminal.Begun().ToUnixTimeMilliseconds();
        return DateTimeOffset.FromUnixTimeMilliseconds(said.At == at || said.At - at > LongestOvertaking ? said.At + 1 : at);
    }

    /// <summary>The title to send, if any: a chosen one always, the first prompt once, who works where until there is better.</summary>
    private static (string? Title, string? Titled) Title(HookReport report, HookMemory? memory, DateTimeOffset began, TimeZoneInfo local)
    {
        if (report.Title is { } chosen)
        {
            return (chosen, "prompt");
        }

        var titled = memory?.Said.Titled;
        if (report.Prompt is { } prompt && titled != "prompt" && memory is not null)
        {
            return (prompt, "prompt");
        }

        return titled is null && report.Folder is { } folder
            ? (UntitledSession.Title(report.Agent, folder, Environment.MachineName, TimeZoneInfo.ConvertTime(began, local)), "folder")
            : (null, titled);
    }
}
