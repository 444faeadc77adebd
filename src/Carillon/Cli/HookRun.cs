using System.Text;
using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary>
/// Runs one hook: input to report to server, and what its owner wrote back to the agent. The agent waits for it, so it ends in time and
/// with exit code 0 whatever happens, writes nothing but such words to standard output (agents read that) and at most one line to
/// standard error.
/// </summary>
internal static class HookRun
{
    /// <summary>For everything from reading to the server's answer. Claude Code gives its SessionEnd hooks 1.5 s.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.2);

    /// <summary>When the process is ended by force; with the runtime's own start it stays below the promised 2 s.</summary>
    private static readonly TimeSpan s_force = TimeSpan.FromSeconds(1.6);

    private const int InputLimit = 1024 * 1024;

    private static ITimer? s_forced;

    public delegate HookReport? Mapping(HookInput input);

    public static void EndProcessInTime(TimeProvider time) =>
        s_forced = time.CreateTimer(_ => Environment.Exit(0), null, s_force, Timeout.InfiniteTimeSpan);

    /// <param name="terminal">Where it runs.</param>
    /// <param name="connect">Makes the client.</param>
    /// <param name="mapping">What the agent's events mean.</param>
    /// <param name="argument">The event, when the agent gives it as an argument instead of on standard input.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>0.</returns>
    public static async Task<int> RunAsync(
        Terminal terminal, Func<HttpClient> connect, Mapping mapping, string? argument, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(Limit, terminal.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        var step = "reading the event";
        try
        {
            // On the pool and waited for: name look-up or a pipe may block a thread and know nothing of tokens.
            await Task.Run(() => PassAsync(terminal, connect, mapping, argument, now => step = now, either.Token), CancellationToken.None)
                .WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            Say(terminal, $"Not done: {step} took too long.");
        }
        catch (Exception error)
        {
            // Whatever it is, the agent must not suffer from it.
            Say(terminal, $"Not done: {error.Message}");
        }

        return 0;
    }

    private static async Task PassAsync(
        Terminal terminal, Func<HttpClient> connect, Mapping mapping, string? argument, Action<string> step, CancellationToken cancel)
    {
        if (await ReadAsync(terminal, mapping, argument, cancel) is not { } report)
        {
            return;
        }

        using var http = connect();
        step($"{http.BaseAddress}");
        if (await ReportAsync(terminal, http, report, cancel) is { MessagesWaiting: > 0 } && report.Hand is { } hand)
        {
            step("handing over what was written");
            await new Incoming(http, report.SessionId!, terminal.Time).HandAsync(
                words =>
                {
                    terminal.Output.WriteLine(hand(words));
                    terminal.Output.Flush();
                },
                cancel);
        }
    }

    /// <summary>The report of the event that an agent gives, with the session that it is about; null when the event means nothing.</summary>
    /// <exception cref="CommandFailed">It names no session.</exception>
    public static async Task<HookReport?> ReadAsync(Terminal terminal, Mapping mapping, string? argument, CancellationToken cancel)
    {
        var input = argument is not null
            ? HookInput.Read(Encoding.UTF8.GetBytes(argument))
            : await ReadInputAsync(terminal, cancel);
        return mapping(input) is not { } report ? null
            : report with
            {
                SessionId = terminal.Variable("CARILLON_SESSION") ?? report.SessionId
                    ?? throw new CommandFailed("the event names no session; set CARILLON_SESSION."),
            };
    }

    /// <summary>Reports it. Null when it would say nothing new.</summary>
    /// <exception cref="CommandFailed">It could not be reported.</exception>
    public static async Task<ActivityAnswer?> ReportAsync(Terminal terminal, HttpClient http, HookReport report, CancellationToken cancel)
    {
        var (server, session) = (http.BaseAddress!, report.SessionId!);
        var memory = HookMemory.Open(terminal, server, session);
        var (title, titled) = Title(report, memory);
        if (report.Routine && title is null && memory?.SaidLately(report.Activity) == true)
        {
            return null;
        }

        if (memory is not null && report.Activity != Activities.Working)
        {
            // Before it is sent: a "working" that comes meanwhile must not be taken for a repetition.
            memory.Remember(report.Activity, memory.Titled);
        }

        var folder = terminal.Variable("CLAUDE_PROJECT_DIR") ?? report.Folder;
        var project = terminal.Variable("CARILLON_PROJECT") ?? report.ProjectId ?? (folder is null ? null : ProjectSlug.Of(folder));
        ActivityAnswer answer;
        try
        {
            answer = await Reporting.SendAsync(
                new CarillonClient(http, terminal.Time),
                session,
                new ActivityReport
                {
                    Activity = report.Activity,
                    Message = report.Message,
                    ProjectId = project,
                    Agent = report.Agent,
                    Title = title,
                },
                OneLine.OrNull(folder is null ? project : ProjectSlug.LastName(folder), HookReport.TitleLimit),
                null,
                cancel);
        }
        catch (Exception error) when (error is not OperationCanceledException && Remote.Explain(error, server) is { } line)
        {
            throw new CommandFailed(line, error);
        }

        switch (report.Activity)
        {
            case Activities.Exited:
                memory?.Forget();
                memory?.Tidy();
                break;
            case Activities.Working when answer.MessagesWaiting > 0:
                // Somebody has written: the next event asks again, however soon it comes.
                memory?.Remember(string.Empty, titled);
                break;
            case Activities.Working:
                memory?.RememberUnlessChanged(report.Activity, titled);
                break;
            default:
                memory?.Remember(report.Activity, titled);
                break;
        }

        return answer;
    }

    /// <summary>The title to send, if any: a chosen one always, the first prompt once, the folder's name until there is better.</summary>
    private static (string? Title, string? Titled) Title(HookReport report, HookMemory? memory)
    {
        if (report.Title is { } chosen)
        {
            return (chosen, "prompt");
        }

        var titled = memory?.Titled;
        if (report.Prompt is { } prompt && titled != "prompt" && memory is not null)
        {
            return (prompt, "prompt");
        }

        return titled is null && report.Folder is { } folder
            ? (OneLine.OrNull(ProjectSlug.LastName(folder), HookReport.TitleLimit), "folder")
            : (null, titled);
    }

    /// <summary>Reads until the object is whole: some versions of agents never close the pipe.</summary>
    private static async Task<HookInput> ReadInputAsync(Terminal terminal, CancellationToken cancel)
    {
        await using var stream = terminal.OpenInput();
        var buffer = new byte[16 * 1024];
        var length = 0;
        while (true)
        {
            var count = await stream.ReadAsync(buffer.AsMemory(length), cancel);
            length += count;
            if (count == 0 || HookInput.IsWhole(buffer.AsSpan(0, length)))
            {
                return HookInput.Read(buffer.AsSpan(0, length));
            }

            if (length == InputLimit)
            {
                await DrainAsync(stream, cancel);
                return HookInput.Read(buffer);
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(buffer.Length * 4, InputLimit));
            }
        }
    }

    /// <summary>Takes the rest for a short while, so that the agent does not write into a closed pipe.</summary>
    private static async Task DrainAsync(Stream stream, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Limit / 4);
        var rest = new byte[64 * 1024];
        try
        {
            await Task.Run(
                async () =>
                {
                    while (await stream.ReadAsync(rest, patience.Token) > 0)
                    {
                    }
                },
                CancellationToken.None).WaitAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Long enough.
        }
    }

    private static void Say(Terminal terminal, string line)
    {
        try
        {
            terminal.Say(line);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // Nobody reads standard error either.
        }
    }
}
