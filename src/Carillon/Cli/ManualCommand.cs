using System.CommandLine;
using System.Text;

namespace Carillon.Cli;

/// <summary><c>carillon manual</c>: the manual page, made from the command tree and from the words of the help.</summary>
internal static class ManualCommand
{
    private static readonly (string Name, string Meaning)[] s_environment =
    [
        ("CARILLON_DATA", "The data folder, for the commands on the server."),
        ("CARILLON_URL", "The server's address, for the commands that speak to one."),
        ("CARILLON_TOKEN", "The bearer token. A file that only you can read does as well, with --token-file."),
        ("CARILLON_PROJECT", "The project that notify, ask and hook speak of."),
        ("CARILLON_SESSION", "The session that notify and hook speak of."),
        ("CARILLON_SECTION__NAME", "A setting of the server, such as CARILLON_Storage__Connection."),
    ];

    public static Command Build(Terminal terminal)
    {
        var command = new Command("manual", "Print the manual page. `carillon manual | man -l -` shows it.");
        command.SetAction(parsed =>
        {
            terminal.Output.Write(Page(parsed.RootCommandResult.Command));
            return 0;
        });
        return command;
    }

    private static string Page(Command root)
    {
        var page = new StringBuilder(".TH CARILLON 1 \"\" carillon \"User Commands\"\n");
        page.Append(".SH NAME\n").Append($"carillon \\- {Text(root.Description!.Split(": ", 2)[1].TrimEnd('.'))}\n");
        page.Append(".SH SYNOPSIS\n.B carillon\n\\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n");
        page.Append(".SH DESCRIPTION\n").Append(Text(
            "Carillon is a notification hub for AI agents that you host yourself. This program is the server and its tools in one."));
        page.Append("\n.SH COMMANDS\n");
        foreach (var place in CommandPlace.All(new CommandPlace("carillon", root)).Where(place => !place.Below.Any()))
        {
            Append(page, place);
        }

        page.Append(".SH EXIT STATUS\n").Append(Text(
            "0 done, 1 refused or failed (one line on standard error says why), 2 wrong usage. hook always ends with 0, ask with 3 when nobody "
            + "answered in time, and wake with 2 when it wakes somebody.")).Append('\n');
        page.Append(".SH ENVIRONMENT\n");
        foreach (var (name, meaning) in s_environment)
        {
            page.Append($".TP\n.B {Text(name)}\n{Text(meaning)}\n");
        }

        return page.ToString();
    }

    private static void Append(StringBuilder page, CommandPlace place)
    {
        page.Append($".SS {Text(Usage(place))}\n{Text(place.Command.Description ?? string.Empty)}\n");
        foreach (var argument in place.Command.Arguments)
        {
            page.Append($".TP\n.I {Text(argument.Name.ToUpperInvariant())}\n{Text(argument.Description ?? string.Empty)}\n");
        }

        foreach (var option in place.Options)
        {
            var value = CommandPlace.TakesValue(option) ? $" \\fI{Text(ValueName(option))}\\fR" : string.Empty;
            page.Append($".TP\n\\fB{Text(option.Name)}\\fR{value}\n{Text(option.Description ?? string.Empty)}\n");
        }
    }

    private static string Usage(CommandPlace place)
    {
        var words = new List<string> { place.Path };
        words.AddRange(place.Command.Arguments.Select(argument =>
            argument.Arity.MinimumNumberOfValues == 0 ? $"[{argument.Name.ToUpperInvariant()}]" : argument.Name.ToUpperInvariant()));
        words.AddRange(place.Options.Where(option => option.Required).Select(option => $"{option.Name} {ValueName(option)}"));
        return string.Join(' ', words);
    }

    private static string ValueName(Option option) => option.HelpName ?? option.Name.TrimStart('-').ToUpperInvariant();

    /// <summary>As roff wants it: no line begins with a request, and a dash is one that can be copied.</summary>
    private static string Text(string text)
    {
        var escaped = text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal).Replace('\n', ' ');
        return escaped is ['.' or '\'', ..] ? $"\\&{escaped}" : escaped;
    }
}
