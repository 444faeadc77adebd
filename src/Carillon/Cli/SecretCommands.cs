using System.CommandLine;
using Carillon.Accounts;

namespace Carillon.Cli;

/// <summary><c>carillon secret replace</c>: the way from one secret to another, on the database itself.</summary>
internal static class SecretCommands
{
    private const string Cost =
        "Action tokens that are out end, and pages fetch new ones. Everybody's PN ID changes, so that what sends to one has to be told. A set-up link that is out ends.";

    public static Command Build(Terminal terminal) => new("secret", "Change the secret that the database belongs to.") { Replace(terminal) };

    private static Command Replace(Terminal terminal)
    {
        var yes = new Option<bool>("--yes") { Description = "Do it. Without this the command only says what it costs." };
        var command = new Command("replace", "Take the secret that is set now, or make a new one in the data folder.") { yes };
        var data = LocalData.AddTo(command, terminal);
        command.SetAction((parsed, cancel) =>
        {
            if (!parsed.GetValue(yes))
            {
                terminal.Say($"{Cost} Nothing was changed; run it again with --yes.");
                return Task.FromResult(1);
            }

            return data.RunAsync(parsed, async services =>
            {
                if (await services.GetRequiredService<SecretBond>().ReplaceAsync(cancel) is not { } people)
                {
                    terminal.Say("The database already belongs to the present Secret. Change the setting Secret first, on every node, and run this again.");
                    return 1;
                }

                await terminal.Output.WriteLineAsync($"The database belongs to the new secret. PN IDs that changed: {people}. Start every node again.");
                return 0;
            }, cancel, anySecret: true);
        });
        return command;
    }
}
