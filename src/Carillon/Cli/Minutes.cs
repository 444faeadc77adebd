using System.CommandLine;

namespace Carillon.Cli;

/// <summary>The option <c>--for MINUTES</c> of commands that wait for a person.</summary>
internal static class Minutes
{
    private const int Most = 24 * 60;

    public static Option<int> Option(string description, int otherwise)
    {
        var minutes = new Option<int>("--for") { Description = description, HelpName = "MINUTES", DefaultValueFactory = _ => otherwise };
        minutes.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out var wanted) && wanted is < 1 or > Most)
            {
                result.AddError($"--for is 1 to {Most} minutes.");
            }
        });
        return minutes;
    }
}
