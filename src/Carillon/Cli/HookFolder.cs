using System.Text;

namespace Carillon.Cli;

/// <summary>Where hooks keep what the next one has to know: a folder that only its owner can read, because it holds what agents say.</summary>
internal static class HookFolder
{
    private const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnFolder = OwnFile | UnixFileMode.UserExecute;

    /// <summary>The folder, or a folder in it; null when there is no place for one. May throw what <see cref="IsPassable"/> knows.</summary>
    public static string? Find(Terminal terminal, string? inner = null)
    {
        // Whether it is there or not: a new home has none, and its first report is to be kept as well.
        var root = terminal.Variable("XDG_CACHE_HOME")
            ?? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        if (!Path.IsPathFullyQualified(root))
        {
            return null;
        }

        var folder = Made(Path.Combine(root, "carillon", "hooks"));
        return inner is null ? folder : Made(Path.Combine(folder, inner));
    }

    /// <summary>Writes a file whole or not at all.</summary>
    public static void Write(string file, string text)
    {
        // A name of our own for the time being: hooks that run at the same time write the same files.
        var draft = $"{file}.{Environment.ProcessId}.{Guid.NewGuid():n}.new";
        using (var stream = new FileStream(draft, Owned(FileMode.CreateNew)))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
        }

        File.Move(draft, file, overwrite: true);
    }

    /// <summary>Holds a file for as long as it is open, against other processes too; null when somebody else holds it.</summary>
    public static FileStream? TryHold(string file)
    {
        try
        {
            return new FileStream(file, Owned(FileMode.OpenOrCreate));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>What a file system may refuse, so that a hook has to do without.</summary>
    public static bool IsPassable(Exception error) =>
        error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException or System.Security.SecurityException;

    private static FileStreamOptions Owned(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnFile;
        }

        return options;
    }

    private static string Made(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder, OwnFolder);
        }
        else if (File.GetUnixFileMode(folder) != OwnFolder)
        {
            // Earlier versions made it for everybody to read.
            File.SetUnixFileMode(folder, OwnFolder);
        }

        return folder;
    }
}
