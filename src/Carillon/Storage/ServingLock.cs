using System.Globalization;

namespace Carillon.Storage;

/// <summary>
/// Held by the one server of a database file. Two would each number the changes and start the same runs. The system releases it with the
/// process, so that one that was killed leaves nothing behind that blocks.
/// </summary>
internal sealed class ServingLock : IDisposable
{
    private readonly FileStream _held;

    private ServingLock(FileStream held) => _held = held;

    /// <summary>Takes the lock and writes down who holds it.</summary>
    /// <exception cref="InvalidOperationException">Another process holds it.</exception>
    public static ServingLock Take(string database, TimeProvider time)
    {
        // A file that is held cannot be read, so a second one says by whom.
        var holder = $"{database}.server";
        FileStream held;
        try
        {
            held = OwnFile.Hold($"{database}.lock");
        }
        catch (IOException error) when (OwnFile.IsHeld(error))
        {
            throw new InvalidOperationException(
                $"Another Carillon already serves this database: {Read(holder)}. Stop it first, or choose another folder with --data.");
        }

        OwnFile.Write(holder, string.Create(
            CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}, since {time.GetUtcNow():yyyy-MM-dd HH:mm:ss} UTC\n"));
        return new ServingLock(held);
    }

    // The files stay: whoever holds a removed file is not in the way of whoever makes a new one.
    public void Dispose() => _held.Dispose();

    private static string Read(string holder)
    {
        try
        {
            return File.ReadAllText(holder).Trim();
        }
        catch (IOException)
        {
            return "it is just starting";
        }
    }
}
