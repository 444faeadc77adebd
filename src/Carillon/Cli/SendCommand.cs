using System.CommandLine;
using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary><c>carillon hook send</c>: a hook starts it in the background when reports are left to send. It retries for a while, then exits.</summary>
internal static class SendCommand
{
    public const string Name = "send";

    /// <summary>A server that is away for longer gets the rest from the next hook.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    public static Command Build(Terminal terminal)
    {
        var command = new Command(Name, "Send what hooks could not. They start it themselves.") { Hidden = true };
        var remote = Remote.AddTo(command, terminal);
        command.SetAction(async (parsed, cancel) =>
        {
            Detached.LeaveTerminal();
            using var http = remote.Connect(parsed, AnswerPatience);
            await RunAsync(terminal, http, cancel);
            return 0;
        });
        return command;
    }

    internal static async Task RunAsync(Terminal terminal, HttpClient http, CancellationToken cancel)
    {
        if (Spool.Open(terminal, http) is not { } spool)
        {
            return;
        }

        spool.SenderHasBegun();
        var until = terminal.Time.GetUtcNow() + Patience;
        var client = new CarillonClient(http, terminal.Time);
        while (spool.HasReports || spool.NextDue is not null)
        {
            using (var place = spool.TryBeSender())
            {
                if (place is null || !await SendAllAsync(terminal, spool, client, until, cancel))
                {
                    return;
                }
            }

            // A hook that came just now has found the place taken: what it kept is looked for once more.
        }
    }

    /// <returns>False when the server was away for too long.</returns>
    private static async Task<bool> SendAllAsync(Terminal terminal, Spool spool, CarillonClient client, DateTimeOffset until, CancellationToken cancel)
    {
        var pause = FirstPause;
        while (true)
        {
            var wait = TimeSpan.Zero;
            try
            {
                spool.ReleaseDue();
                if (spool.HasReports)
                {
                    await spool.SendAsync(client, null, cancel);
                    pause = FirstPause;
                }
            }
            catch (Exception error) when (error is CarillonProblemException || Incoming.IsPassing(error) && !cancel.IsCancellationRequested)
            {
                wait = error is CarillonProblemException { RetryAfter: { } asked } && asked > pause ? asked : pause;
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }

            var now = terminal.Time.GetUtcNow();
            if (wait == TimeSpan.Zero)
            {
                if (spool.NextDue is not { } due)
                {
                    return true;
                }

                wait = due > now ? due - now : TimeSpan.Zero;
            }

            if (now + wait > until)
            {
                return false;
            }

            await Task.Delay(wait, terminal.Time, cancel);
        }
    }
}
