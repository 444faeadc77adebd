using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Carillon.Http;
using Carillon.Protocol;
using Microsoft.Extensions.Options;

namespace Carillon.Agents;

/// <summary>
/// An agent that needs nothing: it shows how a conversation feels, and it is what tests and measurements talk to. The same prompt always gets
/// the same answer. <c>docs/use/agents.md</c> lists the words that it understands.
/// </summary>
internal sealed partial class DemoAgent(IOptions<AgentsOptions> options, TimeProvider time) : IAgent
{
    private const int HighestCount = 100_000;
    private const int LongestQuote = 400;

    private const string Question = "Shall I go on?";

    private const string Introduction = """
        I am the **demo agent**. I need no key and no program; I am here to show you how a conversation feels.

        Close this page in the middle of an answer and come back: nothing is lost, and nothing comes twice.

        Begin a message with one of these:

        - `count to 100` to watch an answer grow, or to stop it
        - `ask` to be asked something: the bell rings for you
        - `fail` to see an agent fail
        - `silent` to hear nothing

        For real work, choose another agent when you start a session. This makes any program one:

        ```sh
        export CARILLON_Agents__Command__Program=/usr/local/bin/my-agent
        ./run
        ```

        What else there is to choose from is in the documents, under *Agents*.
        """;

    public string Name => "demo";

    public string Title => "Demo";

    public Audience Who => AgentsOptions.AudienceOf(options.Value.Demo.Who)!.Value;

    public string? Unavailable => null;

    public IAsyncEnumerable<AgentEvent> RunAsync(AgentTask task, CancellationToken cancel)
    {
        var wish = Wish().Match(task.Prompt);
        return wish.Groups["number"] is { Success: true } number ? SayAsync(CountTo(number.Value), cancel)
            : wish.Groups["word"].Value.ToLowerInvariant() switch
            {
                "ask" => AskAsync(cancel),
                "fail" => FailAsync(cancel),
                "silent" => SayAsync([], cancel),
                _ => ChatAsync(task.Prompt, cancel),
            };
    }

    private async IAsyncEnumerable<AgentEvent> ChatAsync(string prompt, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var said in SayAsync(WordsOf($"You said:\n\n{Quote(prompt)}\n\n"), cancel))
        {
            yield return said;
        }

        var step = new AgentEvent.Step("read", "Read", WordsOf(prompt).Count is 1 ? "your message, 1 word" : $"your message, {WordsOf(prompt).Count} words", StepStatuses.Running);
        yield return step;
        for (var moment = 0; moment < 20; moment++)
        {
            await PauseAsync(cancel);
        }

        yield return step with { Status = StepStatuses.Done };
        await foreach (var said in SayAsync(WordsOf(Introduction), cancel))
        {
            yield return said;
        }
    }

    private async IAsyncEnumerable<AgentEvent> AskAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var said in SayAsync(WordsOf($"I have thought about it, and I need to know one thing before I go on. {Question}"), cancel))
        {
            yield return said;
        }

        yield return new AgentEvent.Asks(Question);
    }

    private async IAsyncEnumerable<AgentEvent> FailAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var said in SayAsync(WordsOf("I begin as if all were well, and then"), cancel))
        {
            yield return said;
        }

        throw new AgentFailedException("The demo agent failed because you asked it to. Send another message to go on.");
    }

    /// <summary>Says something word by word. A word is a token.</summary>
    private async IAsyncEnumerable<AgentEvent> SayAsync(IEnumerable<string> words, [EnumeratorCancellation] CancellationToken cancel)
    {
        var count = 0;
        foreach (var word in words)
        {
            await PauseAsync(cancel);
            count++;
            yield return new AgentEvent.Text(word);
        }

        yield return new AgentEvent.Used(count);
    }

    private async ValueTask PauseAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (options.Value.Demo.Pause > TimeSpan.Zero)
        {
            await Task.Delay(options.Value.Demo.Pause, time, cancel);
        }
    }

    private static IEnumerable<string> CountTo(string number) =>
        int.TryParse(number, CultureInfo.InvariantCulture, out var highest) && highest <= HighestCount
            ? Enumerable.Range(1, highest).Select(one => one == 1 ? "1" : $" {one}")
            : WordsOf($"I count to {HighestCount} at most.");

    /// <summary>The words, each with the white space behind it: together they are the text.</summary>
    private static IReadOnlyList<string> WordsOf(string text) => [.. Word().Matches(text).Select(word => word.Value)];

    private static string Quote(string prompt)
    {
        return "> " + PlainText.Shortened(prompt, LongestQuote + 1).ReplaceLineEndings("\n").Replace("\n", "\n> ", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^\s*(?:count\s+to\s+(?<number>\d+)|(?<word>ask|fail|silent))(?![\w-])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Wish();

    [GeneratedRegex(@"\S+\s*|^\s+")]
    private static partial Regex Word();
}
