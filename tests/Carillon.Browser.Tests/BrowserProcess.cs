using System.Diagnostics;

namespace Carillon;

/// <summary>A program that belongs to a browser, with a home folder of its own. It ends together with everything that it started.</summary>
internal sealed class BrowserProcess : IAsyncDisposable
{
    private readonly TaskCompletionSource<string> _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _home = Directory.CreateTempSubdirectory("carillon-browser-").FullName;
    private readonly Process _process;

    /// <summary>Starts a program. The arguments may depend on its home; <paramref name="words"/> begin the line in which it tells where to reach it.</summary>
    public BrowserProcess(string program, Func<string, string[]> arguments, string words = "", string? display = null)
    {
        var start = new ProcessStartInfo(program, arguments(_home)) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["HOME"] = _home;
        start.Environment["DISPLAY"] = display;
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.Exited += (_, _) => _told.TrySetException(new InvalidOperationException($"{program} ended"));
        DataReceivedEventHandler read = (_, line) =>
        {
            if (line.Data?.StartsWith(words, StringComparison.Ordinal) is true)
            {
                _told.TrySetResult(line.Data[words.Length..].Trim());
            }
        };
        _process.OutputDataReceived += read;
        _process.ErrorDataReceived += read;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The rest of the line in which the program told where to reach it.</summary>
    public Task<string> ToldAsync() => _told.Task.WaitAsync(Engine.Patience);

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        try
        {
            Directory.Delete(_home, recursive: true);
        }
        catch (IOException)
        {
            // A child that is just ending wrote one more file. The folder is a temporary one.
        }
    }
}
