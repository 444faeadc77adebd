using System.CommandLine;
using Carillon.Accounts;
using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary><c>carillon user add|list|remove</c>, on the database itself.</summary>
internal static class UserCommands
{
    public static Command Build(Terminal terminal) => new("user", "Add, list and remove people.")
    {
        Add(terminal), List(terminal), Remove(terminal),
    };

    private static Command Add(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The name to sign in with." };
        var admin = new Option<bool>("--admin") { Description = "Make the person an administrator." };
        var command = new Command("add", "Add a person. The password is read from standard input. Begins a database where there is none yet.") { name, admin };
        var data = LocalData.AddTo(command, terminal);
        command.SetAction((parsed, cancel) => data.RunAsync(parsed, async services =>
        {
            var wanted = parsed.GetValue(name)!;
            using var input = new StreamReader(terminal.OpenInput());
            var password = await input.ReadLineAsync(cancel) ?? string.Empty;
            if ((UserTable.Objection(wanted) ?? Passwords.Objection(password, wanted)) is { } objection)
            {
                terminal.Say(objection);
                return 1;
            }

            var role = parsed.GetValue(admin) ? Roles.Admin : Roles.Member;
            if (await services.GetRequiredService<UserTable>().AddAsync(wanted, password, role, onlyFirst: false, Actor.CommandLine, cancel) is null)
            {
                terminal.Say($"There is a person called {wanted} already. Choose another name.");
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

    private static Command Remove(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The person's name." };
        var command = new Command("remove", "Remove a person, with all sign-ins and tokens.") { name };
        var data = LocalData.AddTo(command, terminal);
        command.SetAction((parsed, cancel) => data.RunAsync(parsed, async services =>
        {
            if (services.GetRequiredService<Accounts.Membership>().FindByName(parsed.GetValue(name)!) is not { } person)
            {
                terminal.Say($"There is nobody called {parsed.GetValue(name)}. `carillon user list` shows who there is.");
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
}
