using System.Data.Common;
using System.Globalization;
using Carillon.Storage;
using Microsoft.Extensions.Options;

namespace Carillon.Cli;

/// <summary>What can be seen in the data folder of a server that runs on this machine. It makes nothing and changes nothing.</summary>
internal static class DataChecks
{
    private const long LowDisk = 1L << 30;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    public static async Task<IReadOnlyList<Finding>> RunAsync(DataFolder folder, TimeProvider time, CancellationToken cancel)
    {
        try
        {
            if (await folder.MissingDatabaseAsync(cancel).WaitAsync(DoctorCommand.Patience, time, cancel) is { } missing)
            {
                return [folder.IsNamed
                    ? Finding.Fails("Data", $"There is no database of Carillon: {missing}.", "Check --data, CARILLON_DATA and CARILLON_Storage__Connection.")
                    : Finding.Skips("Data", $"Not here: {folder.Path} has no database. On the server, look as its user.")];
            }

            return [await DatabaseAsync(folder, time, cancel), .. Modes(folder), Disk(folder)];
        }
        catch (Exception error) when (IsTold(error))
        {
            return [Unopened(folder, error)];
        }
    }

    private static async Task<Finding> DatabaseAsync(DataFolder folder, TimeProvider time, CancellationToken cancel)
    {
        const string Name = "Database";
        var dialect = folder.OpenDialect();
        try
        {
            var applied = await Task.Run(() => Inspection.AppliedAsync(dialect, cancel), cancel).WaitAsync(DoctorCommand.Patience, time, cancel);
            var known = Migrations.Known(dialect);
            if (applied > known)
            {
                return Finding.Fails(Name, $"A newer Carillon wrote it: it has migration {applied}, and this program knows {known}.", "Install that version; see docs/operate/install.md");
            }

            var says = $"{dialect.Name}, migration {applied} of {known}";
            if (applied < known)
            {
                return Finding.Warns(Name, $"{says}. The next start of the server brings it up to date.", "carillon serve # or restart the service");
            }

            if (dialect.IntegrityCheck is null)
            {
                return Finding.Ok(Name, $"{says}. It answers.");
            }

            try
            {
                // Not awaited to its end when it is long: it reads every page, and only reads.
                return await Task.Run(() => Inspection.DamageAsync(dialect, cancel), cancel).WaitAsync(DoctorCommand.Patience, time, cancel) is { } damage
                    ? Finding.Fails(Name, $"It is damaged: {damage}", "Stop the server and restore a backup: docs/operate/backup.md")
                    : Finding.Ok(Name, $"{says}. It is whole.");
            }
            catch (TimeoutException)
            {
                return Finding.Ok(Name, $"{says}. It opens; it is too large to look for damage in {DoctorCommand.Patience.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s.");
            }
        }
        catch (Exception error) when (IsTold(error))
        {
            return Unopened(folder, error);
        }
        finally
        {
            await dialect.CloseAsync();
        }
    }

    private static Finding Unopened(DataFolder folder, Exception error) => error switch
    {
        TimeoutException => Finding.Fails("Database", "It does not answer in time.", "Check CARILLON_Storage__Connection, and that the database server runs."),
        UnauthorizedAccessException => Finding.Fails("Database", $"{folder.Path} may not be read.", "sudo -u carillon carillon doctor # as the user whom the server runs as"),
        _ => Finding.Fails("Database", $"It cannot be opened: {error.GetBaseException().Message}", $"ls -l {ShellWord.Quoted(folder.Path)} # the server's user has to own it; a backup is restored as in docs/operate/backup.md"),
    };

    private static IEnumerable<Finding> Modes(DataFolder folder)
    {
        if (OperatingSystem.IsWindows())
        {
            yield break;
        }

        var secret = Path.Combine(folder.Path, "secret");
        if (File.Exists(secret))
        {
            yield return (File.GetUnixFileMode(secret) & Others) != 0
                ? Finding.Fails("Secret", $"Others than its owner may read or write {secret}.", $"chmod 600 {ShellWord.Quoted(secret)}")
                : Finding.Ok("Secret", "Only its owner reads it.");
        }
    }

    private static Finding Disk(DataFolder folder)
    {
        var free = new DriveInfo(folder.Path).AvailableFreeSpace;
        var says = string.Create(CultureInfo.InvariantCulture, $"{free / (double)(1L << 30):0.0} GB free for {folder.Path}.");
        return free < LowDisk ? Finding.Warns("Disk", says, $"df -h {ShellWord.Quoted(folder.Path)} # make room: a full disk takes no alerts") : Finding.Ok("Disk", says);
    }

    // What an operator can mend.
    private static bool IsTold(Exception error) => error is DbException or IOException or UnauthorizedAccessException or InvalidOperationException
        or ArgumentException or TimeoutException or OptionsValidationException or FormatException or InvalidDataException or System.Net.Sockets.SocketException;
}
