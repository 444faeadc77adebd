using System.CommandLine;
using System.Text;

namespace Carillon.Cli;

/// <summary><c>carillon completion SHELL</c>: the script that completes commands, options and their values, made from the command tree.</summary>
internal static class CompletionCommand
{
    public static Command Build(Terminal terminal)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Print the script that completes commands and options in a shell.") { shell };
        command.SetAction(parsed =>
        {
            var tree = CommandPlace.All(new CommandPlace("carillon", parsed.RootCommandResult.Command)).ToList();
            terminal.Output.Write(parsed.GetValue(shell) switch
            {
                "bash" => Bash(tree),
                "zsh" => Zsh(tree),
                _ => Fish(tree),
            });
            return 0;
        });
        return command;
    }

    private static string Bash(IReadOnlyList<CommandPlace> tree)
    {
        var script = new StringBuilder("""
            # Completes carillon in bash. Made by `carillon completion bash`.
            _carillon() {
                local place=carillon word choices=
                for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                    case "$place $word" in

            """);
        script.Append($"            {Patterns(tree.Skip(1))}) place+=\" $word\" ;;\n");
        script.Append("""
                    esac
                done
                case "$place ${COMP_WORDS[COMP_CWORD-1]}" in

            """);
        foreach (var (pattern, option) in ValuedOptions(tree))
        {
            var then = CommandPlace.Values(option) is { Count: > 0 } values ? $"choices='{string.Join(' ', values)}'"
                : CommandPlace.TakesFile(option) || CommandPlace.TakesFolder(option) ? "compopt -o default; return"
                : "return";
            script.Append($"        {pattern}) {then} ;;\n");
        }

        script.Append("        *)\n            case \"$place\" in\n");
        foreach (var place in tree)
        {
            var choices = place.Below.Select(below => below.Command.Name).Concat(place.Options.Select(option => option.Name)).Concat(Words(place));
            script.Append($"                '{place.Path}') choices='{string.Join(' ', choices)}' ;;\n");
        }

        script.Append("""
                    esac
                    ;;
            esac
            COMPREPLY=($(compgen -W "$choices" -- "$2"))
        }
        complete -F _carillon carillon

        """.ReplaceLineEndings("\n"));
        return script.ToString();
    }

    private static string Zsh(IReadOnlyList<CommandPlace> tree)
    {
        var script = new StringBuilder("""
            #compdef carillon
            # Completes carillon in zsh. Made by `carillon completion zsh`.
            _carillon() {
                local place=carillon word
                local -a choices
                for word in "${(@)words[2,CURRENT-1]}"; do
                    case "$place $word" in

            """);
        script.Append($"            ({Patterns(tree.Skip(1))}) place+=\" $word\" ;;\n");
        script.Append("""
                    esac
                done
                case "$place ${words[CURRENT-1]}" in

            """);
        foreach (var (pattern, option) in ValuedOptions(tree))
        {
            var then = CommandPlace.Values(option) is { Count: > 0 } values ? $"choices=({string.Join(' ', values)})"
                : CommandPlace.TakesFile(option) ? "_files; return"
                : CommandPlace.TakesFolder(option) ? "_files -/; return"
                : $"_message {Quoted(CommandPlace.InShort(option))}; return";
            script.Append($"        ({pattern}) {then} ;;\n");
        }

        script.Append("        (*)\n            case \"$place\" in\n");
        foreach (var place in tree)
        {
            var choices = place.Below.Select(below => (below.Command.Name, Symbol: (Symbol)below.Command))
                .Concat(place.Options.Select(option => (option.Name, Symbol: (Symbol)option)))
                .Select(item => Quoted($"{item.Name.Replace(":", "\\:", StringComparison.Ordinal)}:{CommandPlace.InShort(item.Symbol)}"))
                .Concat(Words(place));
            script.Append($"                ('{place.Path}') choices=({string.Join(' ', choices)}) ;;\n");
        }

        script.Append("""
                    esac
                    ;;
            esac
            _describe carillon choices
        }
        # Read by the completion system itself, or by `source <(carillon completion zsh)`.
        if [[ "${funcstack[1]}" == _carillon ]]; then _carillon "$@"; else compdef _carillon carillon; fi

        """.ReplaceLineEndings("\n"));
        return script.ToString();
    }

    private static string Fish(IReadOnlyList<CommandPlace> tree)
    {
        var script = new StringBuilder("""
            # Completes carillon in fish. Made by `carillon completion fish`.
            function __carillon_at
                set -l place carillon
                for word in (commandline -opc)[2..-1]
                    switch "$place $word"

            """);
        script.Append($"            case {string.Join(' ', tree.Skip(1).Select(place => $"'{place.Path}'"))}\n");
        script.Append("""
                            set place "$place $word"
                    end
                end
                test "$place" = "$argv[1]"
            end
            complete -c carillon -f

            """);
        foreach (var place in tree)
        {
            var line = $"complete -c carillon -n \"__carillon_at '{place.Path}'\"";
            foreach (var below in place.Below)
            {
                script.Append($"{line} -a {below.Command.Name} -d {FishQuoted(CommandPlace.InShort(below.Command))}\n");
            }

            foreach (var word in Words(place))
            {
                script.Append($"{line} -a {word}\n");
            }

            foreach (var option in place.Options)
            {
                var value = !CommandPlace.TakesValue(option) ? string.Empty
                    : CommandPlace.Values(option) is { Count: > 0 } values ? $" -x -a '{string.Join(' ', values)}'"
                    : CommandPlace.TakesFile(option) ? " -r -F"
                    : CommandPlace.TakesFolder(option) ? " -x -a '(__fish_complete_directories)'"
                    : " -x";
                script.Append($"{line} -l {option.Name.TrimStart('-')}{value} -d {FishQuoted(CommandPlace.InShort(option))}\n");
            }
        }

        return script.ToString();
    }

    private static string Patterns(IEnumerable<CommandPlace> places) => string.Join('|', places.Select(place => $"'{place.Path}'"));

    private static IEnumerable<(string Pattern, Option Option)> ValuedOptions(IEnumerable<CommandPlace> tree) =>
        from place in tree
        from option in place.Options
        where CommandPlace.TakesValue(option)
        select ($"'{place.Path} {option.Name}'", option);

    /// <summary>The words that a command's arguments take, when there are only so many.</summary>
    private static IEnumerable<string> Words(CommandPlace place) =>
        place.Command.Arguments.SelectMany(CommandPlace.Values);

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string FishQuoted(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
