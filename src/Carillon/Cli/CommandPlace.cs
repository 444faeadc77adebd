using System.CommandLine;
using System.CommandLine.Completions;

namespace Carillon.Cli;

/// <summary>One command with the words that lead to it: what completions and the manual page are made of.</summary>
internal sealed record CommandPlace(string Path, Command Command)
{
    /// <summary>Subcommands that a person may type here.</summary>
    public IEnumerable<CommandPlace> Below =>
        Command.Subcommands.Where(command => !command.Hidden).Select(command => new CommandPlace($"{Path} {command.Name}", command));

    public IEnumerable<Option> Options => Command.Options.Where(option => !option.Hidden);

    /// <summary>The command and all below it, in the order of the help.</summary>
    public static IEnumerable<CommandPlace> All(CommandPlace place) => [place, .. place.Below.SelectMany(All)];

    public static bool TakesValue(Option option) => option.Arity.MaximumNumberOfValues > 0 && option.ValueType != typeof(bool);

    public static bool TakesFile(Option option) => option.HelpName is ValueNames.File;

    public static bool TakesFolder(Option option) => option.HelpName is ValueNames.Folder;

    /// <summary>The words that the option takes, when there are only so many.</summary>
    public static IReadOnlyList<string> Values(Option option) =>
        TakesValue(option) ? [.. option.GetCompletions(CompletionContext.Empty).Select(item => item.Label)] : [];

    public static IReadOnlyList<string> Values(Argument argument) => [.. argument.GetCompletions(CompletionContext.Empty).Select(item => item.Label)];

    /// <summary>The first sentence, without its full stop: a line in a list has no more room.</summary>
    public static string InShort(Symbol symbol)
    {
        var text = symbol.Description ?? string.Empty;
        var end = text.IndexOf(". ", StringComparison.Ordinal);
        return (end < 0 ? text : text[..end]).TrimEnd('.');
    }
}

/// <summary>What the help calls a value that the shell knows how to complete.</summary>
internal static class ValueNames
{
    public const string File = "FILE";
    public const string Folder = "FOLDER";
}
