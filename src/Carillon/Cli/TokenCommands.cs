using System.CommandLine;
using Carillon.Accounts;
using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary><c>carillon token create|list|revoke</c>, on the database itself, so that a script can begin with nothing.</summary>
internal static class TokenCommands
{
    public static Command Build(Terminal terminal) => new("token", "Create, list and revoke bearer tokens.")
    {
        Create(terminal), List(terminal), Revoke(terminal),
    };

    private static Command Create(Terminal terminal)
    {
        var user = UserOption();
        var scopes = new Option<string[]>("--scope")
        {
            Description = $"What the token may do, repeatable: {string.Join(", ", Scopes.Offered)}.",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        scopes.CompletionSources.Add([.. Scopes.Offered]);
        var name = new Option<string>("--name") { Description = "What to call it. Else this machine's name.", DefaultValueFactory = _ => Environment.MachineName };
        var project = new Option<string?>("--project") { Description = "Bind it to one project." };
        var days = new Option<int?>("--days") { Description = "End it after so many days. Default: never." };
        var command = new Command("create", "Create a token and print it, and nothing else.") { user, scopes, name, project, days };
        var data = LocalData.AddTo(command, terminal);
        command.SetAction((parsed, cancel) => data.RunAsync(parsed, services => ForUserAsync(services, terminal, parsed.GetValue(user)!, async person =>
        {
            var now = terminal.Time.GetUtcNow();
            var wanted = new NewToken
            {
                Name = parsed.GetValue(name)!,
                Scopes = parsed.GetValue(scopes)!,
                ProjectId = parsed.GetValue(project),
                ExpiresAt = parsed.GetValue(days) is { } length ? now.AddDays(length) : null,
            };
            var objection = TokenEndpoints.Objection(wanted, now)
                ?? (wanted.ProjectId is { } id && services.GetRequiredService<Accounts.Membership>().FindProject(id) is null ? $"There is no project {id}." : null);
            if (objection is not null)
            {
                terminal.Say(objection);
                return 1;
            }

            var created = await services.GetRequiredService<AccessTable>().CreateTokenAsync(person.Id, wanted, Actor.CommandLine, cancel);
            await terminal.Output.WriteLineAsync(created.Token);
            if (wanted.Scopes.Contains(Scopes.Admin) && !person.IsAdmin)
            {
                terminal.Say($"{person.Name} is a member: with the scope {Scopes.Admin} the token manages {person.Name}'s own account and projects, and nobody else's.");
            }

            return 0;
        }), cancel));
        return command;
    }

    private static Command List(Terminal terminal)
    {
        var user = UserOption();
        var json = Listed.JsonOption();
        var command = new Command("list", "List a person's tokens: a line each, with id, name, scopes and last use.") { user, json };
        var data = LocalData.AddTo(command, terminal);
        command.SetAction((parsed, cancel) => data.RunAsync(parsed, services => ForUserAsync(services, terminal, parsed.GetValue(user)!, async person =>
        {
            var list = await services.GetRequiredService<AccessTable>().TokensAsync(person.Id, cancel);
            await Listed.WriteAsync(terminal, parsed.GetValue(json), list, CarillonJson.Compact.TokenList, list.Tokens, token =>
                $"{token.Id}\t{token.Name}\t{string.Join(',', token.Scopes)}\t{(token.LastUsedAt is { } at ? UtcTimeConverter.Text(at) : "never used")}");

            return 0;
        }), cancel));
        return command;
    }

    private static Command Revoke(Terminal terminal)
    {
        var id = new Argument<string>("id") { Description = "The token's id, as `carillon token list` shows it." };
        var user = UserOption();
        var command = new Command("revoke", "Revoke a token; what it keeps open ends.") { id, user };
        var data = LocalData.AddTo(command, terminal);
        command.SetAction((parsed, cancel) => data.RunAsync(parsed, services => ForUserAsync(services, terminal, parsed.GetValue(user)!, async person =>
        {
            if (await services.GetRequiredService<AccessTable>().RevokeTokenAsync(person.Id, parsed.GetValue(id)!, Actor.CommandLine, cancel))
            {
                return 0;
            }

            terminal.Say($"{person.Name} has no such token. `carillon token list --user {person.Name}` lists their tokens.");
            return 1;
        }), cancel));
        return command;
    }

    private static Option<string> UserOption() => new("--user") { Description = "Whose token it is.", Required = true };

    private static async Task<int> ForUserAsync(IServiceProvider services, Terminal terminal, string name, Func<Person, Task<int>> work)
    {
        if (services.GetRequiredService<Accounts.Membership>().FindByName(name) is { } person)
        {
            return await work(person);
        }

        terminal.Say($"There is no person called {name}. `carillon user list` lists everybody.");
        return 1;
    }
}
