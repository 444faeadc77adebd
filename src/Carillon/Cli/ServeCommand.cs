using System.CommandLine;
using Carillon.Accounts;
using Carillon.Agents;
using Carillon.Changes;
using Carillon.Storage;
using Microsoft.Extensions.Options;

namespace Carillon.Cli;

/// <summary><c>carillon serve</c>: the server.</summary>
internal static class ServeCommand
{
    private const string DefaultUrl = "http://127.0.0.1:7420";

    public static Command Build(Terminal terminal)
    {
        var urls = new Option<string?>("--urls") { Description = $"Where to listen, several with ';' between them. Default: {DefaultUrl}" };
        var command = new Command("serve", "Start the server.") { urls };
        var data = LocalData.AddTo(command, terminal);
        command.SetAction((parsed, cancel) => data.TellingAsync(async () =>
        {
            // Whoever runs as the same user, an agent for example, could read the secret and passwords out of it.
            Linux.HideProcess();
            var folder = data.Open(parsed);
            await using var app = CarillonApp.Build(folder, parsed.GetValue(urls) is { } named ? ["--urls", named] : [], quiet: false);
            var addresses = app.Configuration["urls"];
            if (string.IsNullOrEmpty(addresses))
            {
                app.Urls.Add(addresses = DefaultUrl);
            }

            if (Listening.Objection(addresses) is { } objection)
            {
                terminal.Say(objection);
                return 1;
            }

            // Here and not by the host, which would log a stack trace first.
            app.Services.GetRequiredService<IStartupValidator>().Validate();
            using var serving = app.Services.GetRequiredService<Dialect>().BeginServing(terminal.Time);
            await CarillonApp.OpenAsync(app.Services, folder, cancel);
            app.Services.StartTelemetry();
            try
            {
                await app.StartAsync(cancel);
            }
            catch (Exception error) when (Listening.Explain(error, addresses) is { } sentence)
            {
                terminal.Say(sentence);
                return 1;
            }

            app.Services.GetRequiredService<HostLog>().HasStarted = true;
            app.Services.GetRequiredService<UnreadSettings>().Tell(app.Services.GetRequiredService<ILogger<UnreadSettings>>());
            app.Services.GetRequiredService<SetupCode>().Announce();
            await app.WaitForShutdownAsync(cancel);
            app.Services.GetRequiredService<LogStart>().Remember(folder.Path);

            // A supervisor that restarts what failed starts it with a new epoch.
            return app.Services.GetRequiredService<ChangeFollower>().HasLogGoneBack ? 1 : 0;
        }));
        return command;
    }
}
