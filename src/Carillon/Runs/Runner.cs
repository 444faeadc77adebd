using System.Collections.Concurrent;
using Carillon.Agents;
using Carillon.Changes;
using Carillon.Protocol;
using Carillon.Sessions;
using Carillon.Storage;

namespace Carillon.Runs;

/// <summary>
/// Lets agents answer. A run begins here when the log tells that this node took it, goes on whoever is looking, and belongs to this node to
/// its end. A server that comes back ends the runs that it, or a node that is gone, had under way.
/// </summary>
internal sealed partial class Runner(
    FollowedLog followed, RunQueue queue, RunTasks tasks, LiveRuns liveRuns, Database database, Writer writer, SessionTable sessions,
    TimeProvider time, ILogger<Runner> logger) : VolatileFollower("runner", followed)
{
    private const string FindTaken = $"SELECT {RunRow.Columns} FROM runs WHERE id = $1 AND node = $2 AND status = 'running' AND ended_at IS NULL";

    // Several times within a lease.
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private const string DatabaseAway = "The server's database was away for too long. Try again, or send another message.";

    private readonly Lock _starting = new();
    private readonly ConcurrentDictionary<string, RunningHere> _running = new();

    // Those whose end could not be written down: they are lost, and not unbegun.
    private readonly ConcurrentDictionary<string, bool> _unended = new();
    private volatile bool _isStopping;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // First no run is taken any more, then none begins. What was taken in between goes back into the queue.
        queue.Close();
        lock (_starting)
        {
            _isStopping = true;
        }

        foreach (var here in _running.Values)
        {
            here.Stop();
        }

        await Task.WhenAll(_running.Values.Select(here => here.Task)).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await PutBackAsync(cancellationToken);
        await base.StopAsync(cancellationToken);
    }

    protected override bool Wants(ChangeRow row) => row is { Topic: RunChanges.Topic, Type: RunChanges.Started or RunChanges.StopAsked };

    protected override async Task TakeAsync(ChangeRow row, CancellationToken cancel)
    {
        var id = RunChanges.Id(row);
        if (row.Type == RunChanges.StopAsked)
        {
            // Somebody may ask for a stop at another node than the one that has the run.
            Stop(id);
        }
        else if (await database.FirstAsync(FindTaken, RunRow.Read, cancel, id, queue.Node) is { } run)
        {
            Start(run);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await RetryAsync(() => EndLostAsync(database.Dialect.IsAlone), stoppingToken);
        await Task.WhenAll(base.ExecuteAsync(stoppingToken), KeepLeasesAsync(stoppingToken));
    }

    private void Start(RunRow run)
    {
        lock (_starting)
        {
            if (!_isStopping && !_running.ContainsKey(run.Id))
            {
                var here = new RunningHere();
                _running[run.Id] = here;
                here.Task = Task.Run(() => RunAsync(run, here));
            }
        }
    }

    private void Stop(string runId)
    {
        if (_running.TryGetValue(runId, out var here))
        {
            here.Stop();
        }
    }

    private async Task PutBackAsync(CancellationToken cancel)
    {
        try
        {
            var begun = _running.Keys.Concat(_unended.Keys).ToHashSet();
            if (await writer.RunAsync(write => queue.PutBack(write, begun), cancel) is > 0 and var count)
            {
                LogPutBack(count);
            }
        }
        catch (Exception error) when (error is System.Data.Common.DbException or OperationCanceledException)
        {
            // The database is away. They count as lost when this node comes back, or when their lease has run out.
            LogFailed(error);
        }
    }

    private async Task KeepLeasesAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Round, time);
        try
        {
            do
            {
                await RetryAsync(
                    async () =>
                    {
                        if (!_running.IsEmpty)
                        {
                            string[] ours = [.. _running.Keys];
                            await writer.RunAsync(write => queue.ExtendLeases(write, ours), cancel);
                        }

                        await EndLostAsync(isAlone: false);
                    }, cancel);
            }
            while (await timer.WaitForNextTickAsync(cancel));
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async Task RetryAsync(Func<Task> work, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await work();
                return;
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // Mostly the database is away; runs wait for it as everything does.
                if (!Followed.Outages.Tell(error))
                {
                    LogFailed(error);
                }

                await Task.Delay(RetryAfter, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task EndLostAsync(bool isAlone)
    {
        while (!_isStopping)
        {
            var lost = await writer.RunAsync(write =>
            {
                var lost = queue.EndLost(write, isAlone);
                queue.Claim(write);
                return lost;
            });
            if (lost.Count == 0)
            {
                return;
            }

            LogLost(lost.Count);

            // Their programs may have outlived the server that started them.
            await AgentProgram.EndLeftoversAsync([.. lost.Select(run => run.Id)]);
        }
    }

    private async Task RunAsync(RunRow run, RunningHere here)
    {
        var live = liveRuns.Of(run.Id);
        try
        {
            var outcome = await AnswerAsync(run, live, here);
            if (outcome is not null)
            {
                await EndAsync(run, outcome);
            }
        }
        catch (Exception error)
        {
            // Its lease runs out, and it is ended then.
            _unended[run.Id] = true;
            LogRunFailed(error, run.Id);
        }
        finally
        {
            _running.TryRemove(run.Id, out _);
            liveRuns.Forget(run.Id);
            here.Dispose();
        }
    }

    /// <summary>Lets the agent answer; null when the run was taken away from us.</summary>
    private async Task<RunOutcome?> AnswerAsync(RunRow run, LiveRun live, RunningHere here)
    {
        await using var recorder = new RunRecorder(run, live, writer, queue, sessions, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(here.Stopped, recorder.TakenAway);
        var said = new Said();

        // 1. The agent speaks until it is done, fails, or is stopped.
        recorder.Start();
        var (status, reason) = await SpeakAsync(run, recorder, said, here, ended.Token);

        // 2. All that it said is on the disk, or no more of it can be.
        await recorder.CompleteAsync();
        if (recorder.Fault is { } fault)
        {
            LogRunFailed(fault, run.Id);
        }

        // 3. What it came to, if that is still ours to say.
        return recorder.IsTakenAway ? null : new RunOutcome(
            status, recorder.Text, recorder.Steps, status == RunStatuses.Stopped && recorder.Length == 0 ? "Stopped before the agent said anything." : reason)
        {
            Tokens = said.Tokens,
            AgentState = said.State,
            Question = status == RunStatuses.Completed ? said.Question : null,
        };
    }

    /// <summary>Lets the agent speak; tells how that ended.</summary>
    private async Task<(string Status, string? Reason)> SpeakAsync(RunRow run, RunRecorder recorder, Said said, RunningHere here, CancellationToken ended)
    {
        try
        {
            if (await tasks.IsStopAskedAsync(run, ended))
            {
                // It was asked for between the claim and now, when nobody here knew the run. Later ones are heard.
                here.Stop();
                ended.ThrowIfCancellationRequested();
            }

            await using var prepared = await tasks.PrepareAsync(run, ended);
            await foreach (var happened in prepared.Agent.RunAsync(prepared.Task, ended).WithCancellation(ended))
            {
                await TakeAsync(happened, recorder, said, ended);
                if (recorder.Length > RunRecorder.LongestText)
                {
                    throw new AgentFailedException($"The answer grew beyond {RunRecorder.LongestText:N0} characters and was cut off here.");
                }
            }

            return (RunStatuses.Completed, null);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            return _isStopping ? (RunStatuses.Failed, RunQueue.ServerEnded)
                : recorder.Fault is not null ? (RunStatuses.Failed, DatabaseAway)
                : (RunStatuses.Stopped, null);
        }
        catch (System.Data.Common.DbException)
        {
            return (RunStatuses.Failed, DatabaseAway);
        }
        catch (AgentFailedException failure)
        {
            return (RunStatuses.Failed, WholeText.Of(failure.Message));
        }
        catch (Exception error)
        {
            LogRunFailed(error, run.Id);
            return (RunStatuses.Failed, "The agent failed in a way that nobody foresaw; the server's log says more. Try again.");
        }
    }

    private static async ValueTask TakeAsync(AgentEvent happened, RunRecorder recorder, Said said, CancellationToken ended)
    {
        switch (happened)
        {
            case AgentEvent.Text text:
                await recorder.AddAsync(text.Value, ended);
                break;
            case AgentEvent.TakeBack back:
                recorder.TakeBack(back.Length);
                break;
            case AgentEvent.Step step:
                recorder.Add(step.Id, step.Name, step.Detail, step.Status);
                break;
            case AgentEvent.Keep keep:
                said.State = WholeText.Of(keep.State);
                await recorder.KeepAsync(said.State, ended);
                break;
            case AgentEvent.Used used:
                said.Tokens += used.Tokens;
                break;
            case AgentEvent.Asks asks:
                said.Question = WholeText.Of(asks.Question);
                break;
            default:
                throw new InvalidOperationException($"Unhandled agent event {happened}");
        }
    }

    private async Task EndAsync(RunRow run, RunOutcome outcome)
    {
        for (var begun = time.GetTimestamp(); ;)
        {
            try
            {
                await writer.RunAsync(write =>
                {
                    if (queue.FindOpen(write, run.Id)?.Node == queue.Node)
                    {
                        queue.End(write, run, outcome);
                        queue.Claim(write);
                    }
                });
                return;
            }
            catch (System.Data.Common.DbException) when (!_isStopping && time.GetElapsedTime(begun) < RunRecorder.LongestOutage)
            {
                // The writer has logged it. What was said is on the disk; its end waits for the database.
                await Task.Delay(RetryAfter, time);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Runs} runs were in progress when their server stopped; they are marked as failed, and what they had said is kept")]
    private partial void LogLost(int runs);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Runs} runs that had not started were put back into the queue because the server is stopping")]
    private partial void LogPutBack(int runs);

    [LoggerMessage(Level = LogLevel.Error, Message = "The run {RunId} failed")]
    private partial void LogRunFailed(Exception error, string runId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The runs could not be checked; retrying")]
    private partial void LogFailed(Exception error);

    /// <summary>What an agent says beside its text and its steps.</summary>
    private sealed class Said
    {
        public string? State { get; set; }

        public string? Question { get; set; }

        public long Tokens { get; set; }
    }

    /// <summary>A run under way in this process.</summary>
    private sealed class RunningHere : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();

        public CancellationToken Stopped => _stop.Token;

        public Task Task { get; set; } = Task.CompletedTask;

        public void Stop()
        {
            try
            {
                _stop.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It ended by itself meanwhile.
            }
        }

        public void Dispose() => _stop.Dispose();
    }
}
