using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Carillon.Agents;

/// <summary>
/// A program that answers. It runs without a shell in the session's folder, is told the prompt on its standard input, and answers on its
/// standard output. It is over when the program ends; what it leaves running is ended then, and at once when this is disposed of.
/// </summary>
internal sealed class AgentProgram : IAsyncDisposable
{
    // Something that the program left in the background may hold its output open for ever. It may say so much more.
    private static readonly TimeSpan Aftermath = TimeSpan.FromMilliseconds(300);

    // By then everything that can be ended has ended, and what was said lies in the pipe.
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(5);

    private readonly ProgramCall _call;
    private readonly string _runId;
    private readonly TimeProvider _time;
    private readonly Process _process;
    private readonly CancellationToken _cancel;
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenSource _stop;
    private readonly TaskCompletionSource _silent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LastWords _lastWords = new();
    private readonly Task _asking;
    private readonly Task _complaining;
    private readonly Task _clearing;
    private readonly ITimer _silence;
    private volatile bool _wasSilent;

    private AgentProgram(ProgramCall call, AgentTask task, Process process, TimeProvider time, CancellationToken cancel)
    {
        (_call, _runId, _process, _time, _cancel) = (call, task.RunId, process, time, cancel);
        _limit = new CancellationTokenSource(call.TimeLimit, time);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, _limit.Token);
        _silence = time.CreateTimer(_ => EndSilent(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _asking = AskAsync(task.Prompt);
        _complaining = HearComplaintsAsync();
        _clearing = ClearAfterItsEndAsync();
    }

    /// <exception cref="AgentFailedException">It cannot be started.</exception>
    public static AgentProgram Start(ProgramCall call, AgentTask task, TimeProvider time, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (call.Objection is { } objection)
        {
            throw new AgentFailedException(objection);
        }

        if (!Directory.Exists(task.Folder))
        {
            throw new AgentFailedException("The session's folder is gone. Start a new session.");
        }

        try
        {
            var process = Process.Start(StartOf(call, task)) ?? throw new InvalidOperationException("A new process was not new.");
            return new AgentProgram(call, task, process, time, cancel);
        }
        catch (Win32Exception error)
        {
            throw call.NotStarted(error.Message);
        }
    }

    /// <summary>Ends what runs of a server that was killed have left behind.</summary>
    public static Task EndLeftoversAsync(IReadOnlyCollection<string> runIds) => RunMarker.EndAsync(runIds, TimeProvider.System);

    /// <summary>What the program says, as it says it, until it has ended.</summary>
    /// <exception cref="AgentFailedException">The time limit is over.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async IAsyncEnumerable<string> ReadAsync()
    {
        // One decoder for all pieces: a character may be cut in two by the pipe. What is no UTF-8 becomes U+FFFD.
        var decoder = Encoding.UTF8.GetDecoder();
        var bytes = new byte[16 * 1024];
        var letters = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
        int read;
        do
        {
            read = await ReadOutputAsync(bytes);
            var count = decoder.GetChars(bytes.AsSpan(0, read), letters, flush: read == 0);
            letters.AsSpan(0, count).Replace('\0', '\uFFFD');   // which not every database takes
            if (count > 0)
            {
                yield return new string(letters, 0, count);
            }
        }
        while (read > 0);

        _silent.TrySetResult();
    }

    /// <summary>
    /// From now on it may be silent for so long before it is ended; null for as long as it likes. Asked again, the silence begins anew.
    /// </summary>
    public void EndAfterSilence(TimeSpan? grace) => _silence.Change(grace ?? Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>How it ended; waits for that.</summary>
    /// <exception cref="AgentFailedException">The time limit is over.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async Task<ProgramEnd> EndAsync()
    {
        try
        {
            await _clearing;
            await Task.WhenAny(_complaining, Task.Delay(LongestDrain, _time, _stop.Token));
            _stop.Token.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException error)
        {
            throw Stopped(error);
        }

        var end = new ProgramEnd(_process.ExitCode, _lastWords.ToString(), _wasSilent);
        return RunKeeper.FailureOf(end) is { } failure ? throw _call.NotStarted(failure) : end;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_clearing.IsCompletedSuccessfully)
        {
            EndTree();
            if (RunKeeper.Program is not null)
            {
                await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(LongestDrain, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                EndForcibly();
            }

            await RunMarker.EndAsync([_runId], _time);
        }

        await _silence.DisposeAsync();
        await _stop.CancelAsync();
        await Task.WhenAll(_asking, _complaining, _clearing, _process.WaitForExitAsync(CancellationToken.None).WaitAsync(LongestDrain, _time))
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _process.StandardOutput.BaseStream.DisposeAsync();
        await _process.StandardError.BaseStream.DisposeAsync();
        _process.Dispose();
        _stop.Dispose();
        _limit.Dispose();
    }

    private static ProcessStartInfo StartOf(ProgramCall call, AgentTask task)
    {
        var program = call.FindFile() ?? call.Program;
        string[] words =
        [
            .. RunKeeper.Program is { } keeper ? (string[])[keeper, RunKeeper.Name] : [],
            .. call.Cage is { } cage ? (string[])[ProgramCall.FindFile(Bubblewrap.Program)!, .. cage.Arguments(program, task.Folder, task.Hidden)] : [],
            program,
            .. call.Arguments,
        ];
        var start = new ProcessStartInfo(words[0], words.Skip(1))
        {
            WorkingDirectory = task.Folder,
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => !AgentEnvironment.Passes(name, call.Variables)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in task.Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment[RunMarker.Variable] = task.RunId;
        return start;
    }

    /// <summary>Tells the prompt, beside reading: a program may answer before it has read it all, and a pipe holds 64 KiB.</summary>
    private async Task AskAsync(string prompt)
    {
        await using var input = _process.StandardInput.BaseStream;
        try
        {
            await input.WriteAsync(Encoding.UTF8.GetBytes(prompt), _stop.Token);
        }
        catch (IOException)
        {
            // It does not read to the end, which is its own affair.
        }
    }

    private async Task HearComplaintsAsync()
    {
        var bytes = new byte[4 * 1024];
        while (await _process.StandardError.BaseStream.ReadAsync(bytes, _stop.Token) is var read and > 0)
        {
            _lastWords.Add(bytes.AsSpan(0, read));
        }
    }

    private async Task ClearAfterItsEndAsync()
    {
        await _process.WaitForExitAsync(_stop.Token);
        await Task.WhenAny(Task.WhenAll(_silent.Task, _complaining), Task.Delay(Aftermath, _time, _stop.Token));
        _stop.Token.ThrowIfCancellationRequested();
        await RunMarker.EndAsync([_runId], _time);
    }

    private async ValueTask<int> ReadOutputAsync(byte[] bytes)
    {
        try
        {
            var read = _process.StandardOutput.BaseStream.ReadAsync(bytes, _stop.Token).AsTask();
            if (await Task.WhenAny(read, _clearing) == read)
            {
                return await read;
            }

            try
            {
                return await read.WaitAsync(LongestDrain, _time, _stop.Token);
            }
            catch (TimeoutException)
            {
                // Something shook the marker off and holds the pipe. It is not the program, and the answer is complete.
                return 0;
            }
        }
        catch (OperationCanceledException error)
        {
            throw Stopped(error);
        }
    }

    private void EndSilent()
    {
        _wasSilent = true;
        EndTree();
    }

    private void EndTree()
    {
        if (RunKeeper.Program is null)
        {
            EndForcibly();
        }
        else if (!_process.HasExited)
        {
            // It ends all that it keeps, and then itself.
            Linux.AskToEnd(_process.Id);
        }
    }

    private void EndForcibly()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended by itself meanwhile, or a part of it has.
        }
    }

    private Exception Stopped(OperationCanceledException error) =>
        _cancel.IsCancellationRequested
            ? new OperationCanceledException(error.Message, error, _cancel)
            : new AgentFailedException(
                $"{_call.Name} took longer than {_call.TimeLimit} and was ended. Ask for less at once, or raise {_call.Section}:TimeLimit.", error);
}
