using System.Globalization;
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
    /// <summary>For everything up to the server's answer. Claude Code gives its SessionEnd hooks 1.5 s.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.2);

    /// <summary>For reading the event.</summary>
    public static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(1.6);

    /// <summary>When the process is ended by force; with the runtime's own start it stays below the promised 2 s.</summary>
    private static readonly TimeSpan s_force = TimeSpan.FromSeconds(1.8);

    /// <summary>How much longer it may take to write down what matters, on a machine that hardly lets it run: an alert would be lost.</summary>
    private static readonly TimeSpan s_keeping = TimeSpan.FromSeconds(2.8);

    private const int InputLimit = 1024 * 1024;

    private static ITimer? s_forced;
    private static volatile bool s_mayEnd;

    public delegate HookReport? Mapping(HookInput input);

    /// <summary>Where a hook reports to: the client, and how a program that is started beside it finds the same server and token.</summary>
    public sealed record Destination(Func<HttpClient> Connect, IReadOnlyList<string> Arguments);

    public static void EndProcessInTime(TimeProvider time)
    {
        var isLate = false;
        s_forced = time.CreateTimer(
            _ =>
            {
                if (s_mayEnd || isLate)
                {
                    Environment.Exit(0);
                }

                isLate = true;
            },
            null, s_force, s_keeping);
    }

    /// <param name="terminal">Where it runs.</param>
    /// <param name="server">Where it reports to.</param>
    /// <param name="mapping">What the agent's events mean.</param>
    /// <param name="argument">The event, when the agent gives it as an argument instead of on standard input.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>0.</returns>
    public static async Task<int> RunAsync(Terminal terminal, Destination server, Mapping mapping, string? argument, CancellationToken cancel)
    {
        using var reading = new CancellationTokenSource(ReadLimit, terminal.Time);
        using var sending = new CancellationTokenSource(Limit, terminal.Time);
        using var read = CancellationTokenSource.CreateLinkedTokenSource(reading.Token, cancel);
        using var sent = CancellationTokenSource.CreateLinkedTokenSource(sending.Token, cancel);
        HookDelivery? delivery = null;
        try
        {
            // On the pool and waited for: name look-up or a pipe may block a thread and know nothing of tokens.
            var report = await Task.Run(() => ReadAsync(terminal, mapping, argument, read.Token), CancellationToken.None).WaitAsync(read.Token);
            if (report is null)
            {
                return 0;
            }

            using (var http = server.Connect())
            {
                delivery = HookDelivery.Begin(terminal, http, report);
                if (delivery is not { } kept)
                {
                    return 0;
                }

                if (kept.IsHeld)
                {
                    if (kept.Leave(server.Arguments))
                    {
                        return 0;
                    }

                    kept.Release();
                }

                s_mayEnd = true;
                await Task.Run(() => SendAsync(terminal, kept, http, report, sent.Token), CancellationToken.None).WaitAsync(sent.Token);
            }
        }
        catch (OperationCanceledException)
        {
            s_mayEnd = delivery is null;
            Say(terminal, delivery switch
            {
                null => "Not done: reading the event took too long.",
                { IsKept: true } => $"No answer within {Limit.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s; it will be sent again.",
                _ => $"Not done: no answer within {Limit.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s.",
            });
            delivery?.Leave(server.Arguments);
        }
        catch (Exception error)
        {
            // Whatever it is, the agent must not suffer from it.
            s_mayEnd = delivery is null;
            if (delivery is { IsKept: true } && error is not CommandFailed { IsFinal: true })
            {
                Say(terminal, $"{error.Message} It will be sent again.");
                delivery.Leave(server.Arguments);
            }
            else
            {
                Say(terminal, $"Not done: {error.Message}");
            }
        }

        return 0;
    }

    private static async Task SendAsync(Terminal terminal, HookDelivery delivery, HttpClient http, HookReport report, CancellationToken cancel)
    {
        if (await SendAsync(delivery, http, cancel) is { MessagesWaiting: > 0 } && report.Hand is { } hand)
        {
            await HandAsync(terminal, http, report.SessionId!, hand, cancel);
        }
    }

    // The report has arrived: what goes wrong from here on is about the words of others, and they wait on.
    private static async Task HandAsync(Terminal terminal, HttpClient http, string session, Func<string, string> hand, CancellationToken cancel)
    {
        try
        {
            await new Incoming(http, session, terminal.Time).HandAsync(
                words =>
                {
                    terminal.Output.WriteLine(hand(words));
                    terminal.Output.Flush();
                },
                cancel);
        }
        catch (Exception error) when (error is OperationCanceledException || Remote.Explain(error, http.BaseAddress!) is not null)
        {
            Say(terminal, "What was written to the agent could not be fetched; the next event tries again.");
        }
    }

    /// <summary>Sends a report that was begun.</summary>
    /// <exception cref="CommandFailed">It could not be reported.</exception>
    public static async Task<ActivityAnswer?> SendAsync(HookDelivery delivery, HttpClient http, CancellationToken cancel)
    {
        try
        {
            return await delivery.SendAsync(cancel);
        }
        catch (Exception error) when (error is not OperationCanceledException && Remote.Explain(error, http.BaseAddress!) is { } line)
        {
            throw new CommandFailed(line, error) { IsFinal = error is CarillonProblemException problem && Spool.IsFinal(problem) };
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
