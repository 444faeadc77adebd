namespace Carillon.Storage;

/// <summary>Files that only the server's own user reads, also in a folder that everybody may enter.</summary>
internal static class OwnFile
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes a file that is not there yet.</summary>
    /// <exception cref="IOException">It is there already.</exception>
    public static FileStream Create(string path) => Open(path, FileMode.CreateNew);

    /// <summary>Writes a file anew.</summary>
    public static void Write(string path, string text)
    {
        using var stream = Open(path, FileMode.Create);
        stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Opens a file, or makes it, and keeps every other process from doing the same until it is closed.</summary>
    /// <exception cref="IOException">Another process has it.</exception>
    public static FileStream Hold(string path) => Open(path, FileMode.OpenOrCreate, FileShare.None);

    /// <summary>Whether it says that another process has the file. What is missing or cannot be reached throws a class of its own.</summary>
    public static bool IsHeld(IOException error) => error.GetType() == typeof(IOException);

    private static FileStream Open(string path, FileMode mode, FileShare share = FileShare.Read)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = share };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Mode;
        }

        return new FileStream(path, options);
    }
}
