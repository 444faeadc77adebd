using System.CommandLine;
using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary><c>carillon resolve CAUSE</c>: takes the alerts of a cause back and prints how many there were.</summary>
internal static class ResolveCommand
{
    public static Command Build(Terminal terminal)
    {
        var cause = new Argument<string>("cause") { Description = "What was given to `carillon notify --cause`." };
        cause.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is "")
            {
                result.AddError("The cause is empty.");
            }
        });
        var command = new Command("resolve", "Take back every alert of a cause and print how many there were.") { cause };
        var remote = Remote.AddTo(command, terminal);
        command.SetAction((parsed, cancel) => remote.RunAsync(parsed, async http =>
        {
            var updated = await new CarillonClient(http, terminal.Time).ResolveAsync(parsed.GetValue(cause)!, cancel);
            terminal.Output.WriteLine(updated);
        }));
        return command;
    }
}
