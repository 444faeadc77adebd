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
        // Not CARILLON_SESSION: hooks report for that one, and would say that the work goes on while the question still stands.
        var session = new Option<string?>("--session") { Description = "The session that asks; else the question gets one of its own." };
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
            var place = parsed.GetValue(project) ?? terminal.Variable("CARILLON_PROJECT") ?? ProjectSlug.Of(Environment.CurrentDirectory);
            var code = await remote.RunAsync(parsed, async http =>
            {
                http.Timeout = Incoming.Timeout;
                isAnswered = await AskAsync(
                    terminal, http, parsed.GetValue(session), place, parsed.GetValue(question)!, TimeSpan.FromMinutes(parsed.GetValue(minutes)), interruption.Token);
            }, place);
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

        // A session that begins with the question ends with it: nobody else reports what becomes of it.
        var isOwn = asking is null || !await ClearAsync(terminal, incoming, stop);
        try
        {
            var asked = await Reporting.SendAsync(client, session, Report(Activities.WaitingInput) with { Message = question }, project, null, stop);
            bool IsEarlier(ChatMessage message) => message.CreatedAt < asked.Session.UpdatedAt;
            if (await AnswerAsync(terminal, incoming, IsEarlier, until, stop) is not { } heard)
            {
                terminal.Say($"Nobody answered within {patience.TotalMinutes} minutes.");
                await EndAsync();
                return false;
            }

            terminal.Output.WriteLine(string.Join("\n\n", heard.Where(message => !IsEarlier(message)).Select(message => message.Text)));
            await terminal.Output.FlushAsync(CancellationToken.None);
            if (isOwn)
            {
                await EndAsync();
            }

            await TryAsync(patience => incoming.ConfirmAsync(heard, patience), "what was answered may be handed out once more");
            return true;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await EndAsync();
            throw new CommandFailed("Interrupted before somebody answered.");
        }
        catch (Exception error) when (error is not CarillonProblemException)
        {
            // The question may have arrived all the same.
            await EndAsync();
            throw;
        }

        // Nobody is asked any more: the bell must not go on ringing. Another session works again with the answer, as the server knows.
        Task EndAsync() => TryAsync(
            patience => client.ReportActivityAsync(session, Report(isOwn ? Activities.Exited : Activities.Working), cancel: patience),
            "the question may still stand in the inbox");

        // The answer is there, or not: what is said afterwards does not change that, nor does it hold anybody up.
        async Task TryAsync(Func<CancellationToken, Task> say, string consequence)
        {
            using var farewell = new CancellationTokenSource(Farewell, terminal.Time);
            try
            {
                await say(farewell.Token);
            }
            catch (Exception error) when (Remote.Explain(error, http.BaseAddress!) is { } line)
            {
                terminal.Say($"{line} So {consequence}.");
            }
        }

        ActivityReport Report(string activity) => new()
        {
            Activity = activity,
            ProjectId = project,
            Title = isOwn ? OneLine.OrNull(question, HookReport.TitleLimit) : null,
            Agent = isOwn ? WellKnown.QuestionAgent : null,
        };
    }

    /// <summary>
    /// Everything that was said by the time when something was said since the question; null when nothing was. What is older than the
    /// question, because somebody else had it in hand until now, is only acknowledged with the answer: to the server that ends the question.
    /// </summary>
    private static async Task<IReadOnlyList<ChatMessage>?> AnswerAsync(
        Terminal terminal, Incoming incoming, Func<ChatMessage, bool> isEarlier, DateTimeOffset until, CancellationToken stop)
    {
        var shown = new HashSet<string>();
        while (await incoming.WaitAsync(until, _ => true, stop) is { } messages)
        {
            var earlier = messages.Where(message => isEarlier(message) && shown.Add(message.Id)).ToList();
            if (earlier.Count > 0)
            {
                terminal.Error.WriteLine($"Before the question: {Incoming.Quote(earlier)}");
            }

            if (!messages.All(isEarlier))
            {
                return messages;
            }
        }

        return null;
    }

    /// <summary>
    /// Says what was written before the question: that is no answer to it, however much it looks like one. False when the session is not known.
    /// </summary>
    private static async Task<bool> ClearAsync(Terminal terminal, Incoming incoming, CancellationToken stop)
    {
        try
        {
            await incoming.HandAsync(words => terminal.Error.WriteLine($"Before the question: {words}"), stop);
            return true;
        }
        catch (CarillonProblemException unknown) when (unknown.Code == "SESSION_NOT_FOUND")
        {
            return false;
        }
    }
}
