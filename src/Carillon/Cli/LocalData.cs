using System.CommandLine;
using Microsoft.Extensions.Options;

namespace Carillon.Cli;

/// <summary>What commands share that work on this machine's data folder, with or without a server beside them.</summary>
internal sealed class LocalData
{
    private readonly Option<string?> _folder = new("--data")
    {
        Description = "The data folder. Default: $CARILLON_DATA, or the person's own place for data.",
        HelpName = ValueNames.Folder,
    };

    private readonly Terminal _terminal;

    private LocalData(Terminal terminal) => _terminal = terminal;

    public static LocalData AddTo(Command command, Terminal terminal)
    {
        var data = new LocalData(terminal);
        command.Options.Add(data._folder);
        return data;
    }

    /// <summary>
    /// Opens the server's rooms on the data folder, without a server, and does the work. A folder that was mistyped holds no
    /// database, and gets none unless the work is to begin one.
    /// </summary>
    public Task<int> RunAsync(
        ParseResult parsed, Func<IServiceProvider, Task<int>> work, CancellationToken cancel, bool beginsOne = false, bool anySecret = false) =>
        TellingAsync(async () =>
        {
            var folder = DataFolder.At(parsed.GetValue(_folder));
            var missing = await folder.MissingDatabaseAsync(cancel);
            if (missing is not null && !beginsOne)
            {
                _terminal.Say($"There is no Carillon database: {missing}. Check --data and Storage:Connection. `carillon serve` and `carillon user add` create one.");
                return 1;
            }

            folder.Make();
            await using var app = CarillonApp.Build(folder, [], quiet: true);
            await CarillonApp.OpenAsync(app.Services, folder, cancel, anySecret);
            if (missing is not null)
            {
                _terminal.Say($"Created a new database: {missing}.");
            }

            return await work(app.Services);
        });

    /// <summary>The folder as it is, there or not.</summary>
    public DataFolder Find(ParseResult parsed) => DataFolder.At(parsed.GetValue(_folder));

    /// <summary>The folder for a server, made if it is not there.</summary>
    public DataFolder Open(ParseResult parsed)
    {
        var folder = DataFolder.At(parsed.GetValue(_folder));
        folder.Make();
        return folder;
    }

    /// <summary>One line on standard error instead of a stack trace for what an operator can mend.</summary>
    public async Task<int> TellingAsync(Func<Task<int>> work)
    {
        try
        {
            return await work();
        }
        catch (OptionsValidationException error)
        {
            _terminal.Say($"A setting is wrong: {string.Join(" ", error.Failures)}");
        }
        catch (InvalidOperationException error) when (error.InnerException is FormatException or ArgumentException)
        {
            // A setting that is no number or time: the outer message names the setting, the inner one only the value.
            _terminal.Say(error.Message);
        }
        catch (System.Data.Common.DbException error) when (Storage.Dialect.IsHeld(error.GetBaseException()))
        {
            _terminal.Say("Another process has held the database's write lock for too long. Try again; if the problem persists, look for a node that hangs.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidOperationException or ArgumentException
            or InvalidDataException or System.Data.Common.DbException or DllNotFoundException)
        {
            // The outer message says where, the innermost one why.
            var why = error.GetBaseException().Message;
            _terminal.Say(error.Message.Contains(why, StringComparison.OrdinalIgnoreCase) ? error.Message : $"{error.Message} {why}");
        }

        return 1;
    }
}
