using System.CommandLine;
using Carillon.Accounts;
using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary><c>carillon user add|list|password|remove</c>, on the database itself.</summary>
internal static class UserCommands
{
    public static Command Build(Terminal terminal) => new("user", "Add, list and remove people, and set their passwords.")
    {
        Add(terminal), List(terminal), Password(terminal), Remove(terminal),
    };

    private static Command Add(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The name to sign in with." };
        var admin = new Option<bool>("--admin") { Description = "Make the person an administrator." };
        var command = new Command("add", "Add a person. The password is asked for, or is the first line of standard input. Creates the database if it does not exist.") { name, admin };
        var data = LocalData.AddTo(command, terminal);
        command.SetAction((parsed, cancel) => data.RunAsync(parsed, async services =>
        {
            var wanted = parsed.GetValue(name)!;
            if (UserTable.Objection(wanted) is { } objection)
            {
                terminal.Say(objection);
                return 1;
            }

            if (await PasswordForAsync(terminal, wanted, cancel) is not { } password)
            {
                return 1;
            }

            var role = parsed.GetValue(admin) ? Roles.Admin : Roles.Member;
            if (await services.GetRequiredService<UserTable>().AddAsync(wanted, password, role, onlyFirst: false, Actor.CommandLine, cancel) is null)
            {
                terminal.Say($"A person called {wanted} already exists. Choose another name.");
                return 1;
            }

            return 0;
        }, cancel, beginsOne: true));
        return command;
    }

    private static Command List(Terminal terminal)
    {
        var json = Listed.JsonOption();
        var command = new Command("list", "List people: a line each, with name and role.") { json };
        var data = LocalData.AddTo(command, terminal);
        command.SetAction((parsed, cancel) => data.RunAsync(parsed, async services =>
        {
            var list = UserEndpoints.List(services.GetRequiredService<Accounts.Membership>()).Value!;
            await Listed.WriteAsync(terminal, parsed.GetValue(json), list, CarillonJson.Compact.UserList, list.Users, user => $"{user.Name}\t{user.Role}");

            return 0;
        }, cancel));
        return command;
    }

    private static Command Password(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The person's name." };
        var command = new Command("password", "Set a person's password, and end their sign-ins. It is asked for, or is the first line of standard input.") { name };
        var data = LocalData.AddTo(command, terminal);
        command.SetAction((parsed, cancel) => data.RunAsync(parsed, async services =>
        {
            if (Find(services, terminal, parsed.GetValue(name)!) is not { } person || await PasswordForAsync(terminal, person.Name, cancel) is not { } password)
            {
                return 1;
            }

            await services.GetRequiredService<UserTable>().ChangePasswordAsync(person, password, Actor.CommandLine, keptSignIn: null, cancel);
            return 0;
        }, cancel));
        return command;
    }

    private static Command Remove(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The person's name." };
        var command = new Command("remove", "Remove a person, with all sign-ins and tokens.") { name };
        var data = LocalData.AddTo(command, terminal);
        command.SetAction((parsed, cancel) => data.RunAsync(parsed, async services =>
        {
            if (Find(services, terminal, parsed.GetValue(name)!) is not { } person)
            {
                return 1;
            }

            if (await services.GetRequiredService<UserTable>().RemoveAsync(person, Actor.CommandLine, cancel) is { } refusal)
            {
                terminal.Say($"{refusal.Title}. {refusal.Detail}");
                return 1;
            }

            return 0;
        }, cancel));
        return command;
    }

    private static Person? Find(IServiceProvider services, Terminal terminal, string name)
    {
        var person = services.GetRequiredService<Accounts.Membership>().FindByName(name);
        if (person is null)
        {
            terminal.Say($"There is no person called {name}. `carillon user list` lists everybody.");
        }

        return person;
    }

    /// <summary>A password that will do, from the terminal or from standard input; null when what came was refused.</summary>
    private static async Task<string?> PasswordForAsync(Terminal terminal, string name, CancellationToken cancel)
    {
        string password;
        if (terminal.AskUnseen is { } ask)
        {
            password = ask($"New password for {name}: ") ?? string.Empty;
            if (Passwords.Objection(password, name) is null && ask("The same again: ") != password)
            {
                terminal.Say("The two passwords differ. Nothing was changed; run the command again.");
                return null;
            }
        }
        else
        {
            using var input = new StreamReader(terminal.OpenInput());
            password = await input.ReadLineAsync(cancel) ?? string.Empty;
        }

        if (Passwords.Objection(password, name) is not { } objection)
        {
            return password;
        }

        terminal.Say(objection);
        return null;
    }
}
