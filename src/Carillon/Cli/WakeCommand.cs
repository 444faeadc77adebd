using System.CommandLine;
using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary><c>carillon wake AGENT</c>: reports that the agent has stopped, and wakes it with what its owner writes.</summary>
internal static class WakeCommand
{
    /// <summary>What Claude Code takes for "go on with what stands on standard error".</summary>
    private const int GoOn = 2;

    private static readonly TimeSpan ReportPatience = TimeSpan.FromMinutes(2);

    public static Command Build(Terminal terminal)
    {
        var minutes = Minutes.Option("How many minutes to wait for somebody to write.", 8 * 60);
        var claudeCode = new Command("claude-code", "For its Stop hook, with asyncRewake: the event on standard input.") { minutes };
        var remote = Remote.AddTo(claudeCode, terminal);
        claudeCode.SetAction((parsed, cancel) => RunAsync(
            terminal, timeout => remote.Connect(parsed, timeout), TimeSpan.FromMinutes(parsed.GetValue(minutes)), cancel));
        return new Command("wake", "Report that an agent has stopped, wait for what its owner writes, and wake it with that.") { claudeCode };
    }

    /// <returns>2 with the words on standard error, or 0 when there is nothing to go on with.</returns>
    internal static async Task<int> RunAsync(Terminal terminal, Func<TimeSpan, HttpClient> connect, TimeSpan wait, CancellationToken cancel)
    {
        try
        {
            return await WaitAsync(terminal, connect, terminal.Time.GetUtcNow() + wait, cancel);
        }
        catch (Exception error) when (!cancel.IsCancellationRequested)
        {
            // Nothing that goes wrong here is a reason to wake anybody.
            terminal.Say($"Not waiting: {error.Message}");
            return 0;
        }
    }

    private static async Task<int> WaitAsync(Terminal terminal, Func<TimeSpan, HttpClient> connect, DateTimeOffset until, CancellationToken cancel)
    {
        if (await HookRun.ReadAsync(terminal, ClaudeCodeHook.ToReport, null, cancel) is not { Hand: not null } report)
        {
            return 0;
        }

        using var http = connect(Incoming.Timeout);
        var incoming = new Incoming(http, report.SessionId!, terminal.Time);
        if (HookDelivery.Begin(terminal, http, report) is not { } delivery
            || await ReportAsync(terminal, delivery, http, incoming, cancel) is { Session.Hosted: true })
        {
            return 0;
        }

        // Do not wake the agent when its person continues at the keyboard or has ended the session.
        if (await incoming.WaitAsync(until, activity => activity is Activities.Idle or Activities.WaitingInput, cancel) is not { } messages)
        {
            return 0;
        }

        terminal.Error.WriteLine(Incoming.Quote(messages));
        terminal.Error.Flush();
        try
        {
            await incoming.ConfirmAsync(messages, cancel);
        }
        catch (Exception error) when (!cancel.IsCancellationRequested && Incoming.IsPassing(error))
        {
            // The agent has them and is woken all the same. At worst it is handed them once more.
        }

        return GoOn;
    }

    /// <summary>
    /// That it stopped has to be known before anybody can be waited for, so a server that is away is asked again. Not for long: by then the
    /// agent may be doing something else, and its own hooks report that. Null when another hook has sent it meanwhile.
    /// </summary>
    private static async Task<ActivityAnswer?> ReportAsync(
        Terminal terminal, HookDelivery delivery, HttpClient http, Incoming incoming, CancellationToken cancel)
    {
        var until = terminal.Time.GetUtcNow() + ReportPatience;
        while (true)
        {
            try
            {
                return await HookRun.SendAsync(delivery, http, cancel);
            }
            catch (Exception error) when (
                Incoming.IsPassing(error is CommandFailed { InnerException: { } cause } ? cause : error)
                && !cancel.IsCancellationRequested && terminal.Time.GetUtcNow() < until)
            {
                await incoming.PauseAsync(cancel);
            }
        }
    }
}
