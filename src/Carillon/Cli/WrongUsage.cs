using System.CommandLine;
using System.CommandLine.Parsing;

namespace Carillon.Cli;

/// <summary>What is wrong with a command line, in one sentence that names the word.</summary>
internal static class WrongUsage
{
    public static string Sentence(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens is [var word, ..])
        {
            return Unknown(parsed.CommandResult, word);
        }

        var names = command.Subcommands.Where(below => !below.Hidden).Select(below => below.Name).ToList();
        return command.Action is null && names.Count > 0 ? $"Name a command: {Enumeration(names)}."
            : Missing(command, parsed) ?? Sentence(parsed.Errors[0]);
    }

    /// <summary>The words that lead to a command.</summary>
    public static string Path(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{Path(parent)} {command.Command.Name}" : "carillon";

    private static string Unknown(CommandResult result, string word)
    {
        var command = result.Command;
        if (word is ['-', _, ..])
        {
            return $"There is no option '{word}'.{Guess(word, Options(result))}";
        }

        var group = result.Parent is null ? string.Empty : $"{Path(result)["carillon ".Length..]} ";
        return command.Subcommands.Count > 0 ? $"There is no command '{group}{word}'.{Guess(word, command.Subcommands.Where(below => !below.Hidden).Select(below => below.Name))}"
            : command.Arguments.Count == 0 ? $"'{word}' is not expected here."
            : $"'{word}' is one word too many. Put quotes around a text with spaces.";
    }

    private static string? Missing(Command command, ParseResult parsed) =>
        command.Arguments.FirstOrDefault(argument =>
            argument.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(argument) is null or { Tokens: [] }) is { } argument
            ? $"{argument.Name.ToUpperInvariant()} is missing. {argument.Description}"
            : null;

    private static string Sentence(ParseError error) => error.SymbolResult switch
    {
        OptionResult { Option: var option, Tokens: [{ Value: var value }] } when IsNumber(option) && !long.TryParse(value, out _) =>
            $"{option.Name} takes a number, not '{value}'.",
        OptionResult { Option: var option, Tokens: [{ Value: var value }] } when CommandPlace.Values(option) is { Count: > 0 } values && !values.Contains(value) =>
            $"{option.Name} takes {Enumeration(values)}, not '{value}'.",
        ArgumentResult { Argument: var argument, Tokens: [{ Value: var value }] } when CommandPlace.Values(argument) is { Count: > 0 } values && !values.Contains(value) =>
            $"{argument.Name.ToUpperInvariant()} is {Enumeration(values)}, not '{value}'.",
        OptionResult { Option: var option } when !error.Message.Contains(option.Name, StringComparison.Ordinal) => $"{option.Name}: {error.Message}",
        _ => error.Message,
    };

    private static bool IsNumber(Option option) =>
        option.ValueType == typeof(int?) || option.ValueType == typeof(long?) || option.ValueType == typeof(int) || option.ValueType == typeof(long);

    private static string Guess(string word, IEnumerable<string> known) => NearMiss.Of(word, known) is { } meant ? $" Did you mean '{meant}'?" : string.Empty;

    // Those of carillon itself too: without a command an option is taken for one of serve.
    private static IEnumerable<string> Options(CommandResult result) =>
        (result.Parent is CommandResult parent ? Options(parent) : []).Concat(result.Command.Options.Where(option => !option.Hidden).Select(option => option.Name));

    private static string Enumeration(IReadOnlyList<string> names) =>
        names.Count == 1 ? names[0] : $"{string.Join(", ", names.SkipLast(1))} or {names[^1]}";
}
