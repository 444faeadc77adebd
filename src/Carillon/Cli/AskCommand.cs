using System.CommandLine;
using System.Security.Cryptography;
using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary><c>carillon ask "question"</c>: rings its owner's bell, waits for the answer and prints it.</summary>
internal static class AskCommand
{
    /// <summary>The exit code when nobody answered in time: not an error, and not an answer either.</summary>
    public const int NoAnswer = 3;

    // What is said last must not hold up an end that somebody asked for.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(3);

    public static Command Build(Terminal terminal)
    {
        var question = new Argument<string>("question") { Description = "What to ask, up to 1,000 characters." };
        var session = new Option<string?>("--session") { Description = "The session that asks. Else CARILLON_SESSION, else one for this question alone." };
        var project = new Option<string?>("--project") { Description = "The project of a session that is not known yet. Else CARILLON_PROJECT, else the folder's name." };
        var minutes = Minutes.Option("How many minutes to wait for an answer.", 10);
        var command = new Command("ask", $"Ask whoever the token belongs to, and print the answer. Exit code {NoAnswer}: nobody answered in time.")
        {
            question, session, project, minutes,
        };
        var remote = Remote.AddTo(command, terminal);
        command.SetAction(async (parsed, cancel) =>
        {
            using var interruption = new Interruption(cancel);
            var isAnswered = false;
            var code = await remote.RunAsync(parsed, async http =>
            {
                http.Timeout = Incoming.Timeout;
                var asking = parsed.GetValue(session) ?? terminal.Variable("CARILLON_SESSION");
                var place = parsed.GetValue(project) ?? terminal.Variable("CARILLON_PROJECT") ?? ProjectSlug.Of(Environment.CurrentDirectory);
                isAnswered = await AskAsync(
                    terminal, http, asking, place, parsed.GetValue(question)!, TimeSpan.FromMinutes(parsed.GetValue(minutes)), interruption.Token);
            });
            return code == 0 && !isAnswered ? NoAnswer : code;
        });
        return command;
    }

    /// <returns>True when somebody answered.</returns>
    internal static async Task<bool> AskAsync(
        Terminal terminal, HttpClient http, string? asking, string project, string question, TimeSpan patience, CancellationToken stop)
    {
        var until = terminal.Time.GetUtcNow() + patience;
        var session = asking ?? $"ask-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
        var client = new CarillonClient(http, terminal.Time);
        var incoming = new Incoming(http, session, terminal.Time);
        if (asking is not null)
        {
            await ClearAsync(terminal, incoming, stop);
        }

        await Reporting.SendAsync(client, session, Report(Activities.WaitingInput) with { Message = question }, project, stop);
        try
        {
            if (await incoming.WaitAsync(until, _ => true, stop) is not { } answer)
            {
                terminal.Say($"Nobody answered within {patience.TotalMinutes} minutes.");
                await EndAsync();
                return false;
            }

            terminal.Output.WriteLine(string.Join("\n\n", answer.Select(message => message.Text)));
            await terminal.Output.FlushAsync(CancellationToken.None);

            // A session of its own ends with its question; another one works again, which the server knows by itself.
            if (asking is null)
            {
                await EndAsync();
            }

            await incoming.ConfirmAsync(answer, stop);
            return true;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await EndAsync();
            throw new CommandFailed("Interrupted before somebody answered.");
        }

        async Task EndAsync()
        {
            // Nobody is asked any more: the bell must not go on ringing.
            using var patience = new CancellationTokenSource(Farewell, terminal.Time);
            await client.ReportActivityAsync(session, Report(asking is null ? Activities.Exited : Activities.Working), patience.Token);
        }

        ActivityReport Report(string activity) => new()
        {
            Activity = activity,
            ProjectId = project,
            Title = asking is null ? OneLine.OrNull(question, HookReport.TitleLimit) : null,
            Agent = asking is null ? "carillon ask" : null,
        };
    }

    // What was written before the question is no answer to it, however much it looks like one.
    private static async Task ClearAsync(Terminal terminal, Incoming incoming, CancellationToken stop)
    {
        try
        {
            await incoming.HandAsync(words => terminal.Error.WriteLine($"Before the question: {words}"), stop);
        }
        catch (CarillonProblemException unknown) when (unknown.Code == "SESSION_NOT_FOUND")
        {
            // The question is the first that is heard of it.
        }
    }
}
