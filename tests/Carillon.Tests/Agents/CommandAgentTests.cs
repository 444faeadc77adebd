using System.Collections.Concurrent;
using System.Runtime.Versioning;
using System.Text;

namespace Carillon.Agents;

[UnsupportedOSPlatform("windows")]
public sealed class CommandAgentTests : IDisposable
{
    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public async Task An_answer_is_shown_while_the_program_still_writes_it()
    {
        var agent = _workshop.Command("""
            printf 'one '
            while [ ! -e go ]; do sleep 0.01; done
            printf two
            """);
        await using var events = agent.RunAsync(_workshop.Task(), CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(new AgentEvent.Text("one "), events.Current);
        _workshop.Write("go", "");
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(new AgentEvent.Text("two"), events.Current);
        Assert.False(await events.MoveNextAsync());
    }

    [Fact]
    public async Task A_prompt_larger_than_a_pipe_goes_in_while_the_answer_comes_out()
    {
        var prompt = string.Concat(Enumerable.Repeat("Grüße 🔔\n", 100_000));
        Assert.Equal(prompt, (await _workshop.Command("cat").AllAsync(_workshop.Task(prompt))).Text());
    }

    [Fact]
    public async Task A_program_that_does_not_read_its_prompt_can_answer_all_the_same()
    {
        Assert.Equal("done", (await _workshop.Command("printf done").AllAsync(_workshop.Task(new string('x', 1_000_000)))).Text());
    }

    [Fact]
    public async Task A_character_that_comes_in_two_pieces_is_one_character()
    {
        var agent = _workshop.Command("""
            printf 'a\360\237'
            while [ ! -e go ]; do sleep 0.01; done
            printf '\224\224z'
            """);
        await using var events = agent.RunAsync(_workshop.Task(), CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(new AgentEvent.Text("a"), events.Current);
        _workshop.Write("go", "");
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(new AgentEvent.Text("🔔z"), events.Current);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_shown_as_such()
    {
        Assert.Equal("a\uFFFDb\uFFFDc\uFFFD", (await _workshop.Command("""printf 'a\377b\000c\360'""").AllAsync(_workshop.Task())).Text());
    }

    [Fact]
    public async Task It_runs_in_the_session_folder_with_what_the_run_says_and_nothing_of_the_server()
    {
        // Names that mean nothing to the servers which other tests start meanwhile.
        Environment.SetEnvironmentVariable("CARILLON_WORKSHOP", "hidden");
        Environment.SetEnvironmentVariable("carillon_workshop", "hidden");
        Environment.SetEnvironmentVariable("PGWORKSHOP", "hidden");
        Environment.SetEnvironmentVariable("OTEL_WORKSHOP", "hidden");
        Environment.SetEnvironmentVariable("API_KEY_OF_WORKSHOP", "hidden");
        Environment.SetEnvironmentVariable("WORKSHOP_ONE", "kept");
        _workshop.Settings.Environment = ["workshop_*", "NOTHING"];
        var answer = (await _workshop.Command("pwd -P; env").AllAsync(_workshop.Task(environment: new() { ["CARILLON_SESSION"] = "ses_1" }))).Text().Split('\n');
        Assert.Equal(_workshop.Folder, answer[0]);
        Assert.Equal(["WORKSHOP_ONE=kept"], answer.Where(line => line.Contains("WORKSHOP", StringComparison.OrdinalIgnoreCase)));
        Assert.Contains($"PATH={Environment.GetEnvironmentVariable("PATH")}", answer);
        Assert.Equal(
            [$"CARILLON_RUN={_workshop.RunId}", "CARILLON_SESSION=ses_1"],
            answer.Where(line => line.StartsWith("CARILLON_", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task No_shell_reads_the_arguments()
    {
        _workshop.Settings.Command.Program = "printf";
        _workshop.Settings.Command.Arguments = ["%s|", "a b", "$HOME", "`id`", "\"'", ""];
        Assert.Equal("a b|$HOME|`id`|\"'||", (await new CommandAgent(_workshop.Options, TimeProvider.System).AllAsync(_workshop.Task())).Text());
    }

    [Fact]
    public async Task A_program_that_fails_is_quoted_with_the_last_that_it_said()
    {
        var (events, message) = await _workshop.Command("""
            printf 'I have begun'
            i=0; while [ $i -lt 3000 ]; do echo "noise $i" >&2; i=$((i + 1)); done
            printf '\033[31mthe disk is full\033[0m\n' >&2
            exit 3
            """).FailAsync(_workshop.Task());
        Assert.Equal("I have begun", events.Text());
        Assert.StartsWith("sh ended with exit code 3.", message, StringComparison.Ordinal);
        Assert.EndsWith("noise 2999\nthe disk is full", message, StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(message), 1_500, 2_200);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_explained()
    {
        _workshop.Settings.Command.Program = "no-such-agent";
        var agent = new CommandAgent(_workshop.Options, TimeProvider.System);
        Assert.Equal("There is no program 'no-such-agent' on this server. Install it, or correct Agents:Command:Program.", agent.Unavailable);
        Assert.Equal(agent.Unavailable, (await agent.FailAsync(_workshop.Task())).Message);
    }

    [Theory]
    [InlineData("", "No program is set. Write one into Agents:Command:Program.")]
    [InlineData("/", "There is no program '/' on this server. Install it, or correct Agents:Command:Program.")]
    [InlineData("/etc/passwd", "'/etc/passwd' is not a program that may be run. Make it executable (chmod +x), or correct Agents:Command:Program.")]
    public void What_cannot_be_run_is_said_before_anybody_asks(string program, string unavailable)
    {
        _workshop.Settings.Command.Program = program;
        Assert.Equal(unavailable, new CommandAgent(_workshop.Options, TimeProvider.System).Unavailable);
    }

    [Fact]
    public async Task A_file_that_is_no_program_is_explained()
    {
        var file = _workshop.Write("agent", "\0\0\0\0");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        _workshop.Settings.Command.Program = file;
        Assert.StartsWith($"'{file}' cannot be started", (await new CommandAgent(_workshop.Options, TimeProvider.System).FailAsync(_workshop.Task())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_whose_folder_is_gone_is_told_so()
    {
        var (_, message) = await _workshop.Command("true").FailAsync(_workshop.Task() with { Folder = Path.Combine(_workshop.Folder, "gone") });
        Assert.Equal("The session's folder is gone. Start a new session.", message);
    }

    // A tree with a child, one that left the session and the tree, one that did so twice, one that knows nothing of its run, and one that did all of
    // that: nothing but the keeper finds it.
    private const string Family = """
        sleep 600 & echo $! > child
        setsid sh -c 'echo $$ > left; exec sleep 600' > /dev/null 2>&1 < /dev/null &
        ( setsid sh -c '( setsid sh -c "echo \$\$ > twice; exec sleep 600" & ) ; exit' & )
        env -i sh -c 'echo $$ > bare; exec sleep 600' &
        ( env -i setsid sh -c '( setsid sh -c "echo \$\$ > wiped; exec sleep 600" > /dev/null 2>&1 < /dev/null & ) ; exit' & )
        while [ ! -s wiped ] || [ ! -s child ] || [ ! -s left ] || [ ! -s twice ] || [ ! -s bare ]; do sleep 0.01; done
        echo ready
        """;

    [Fact]
    public async Task Stopping_returns_only_when_nothing_of_it_runs_any_more()
    {
        using var stop = new CancellationTokenSource();
        var agent = _workshop.Command(Family + "\nsleep 600");
        await using var events = agent.RunAsync(_workshop.Task(), stop.Token).GetAsyncEnumerator(stop.Token);
        Assert.True(await events.MoveNextAsync());
        var family = await FamilyAsync("child", "left", "twice", "bare", "wiped");
        await stop.CancelAsync();
        var stopped = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await events.MoveNextAsync());
        Assert.Equal(stop.Token, stopped.CancellationToken);
        Assert.All(family, process => Assert.False(Workshop.IsRunning(process)));
    }

    [Fact]
    public async Task The_time_limit_ends_all_of_it()
    {
        var clock = new LimitClock();
        _workshop.Command(Family + "\nsleep 600");
        await using var events = new CommandAgent(_workshop.Options, clock).RunAsync(_workshop.Task(), CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await events.MoveNextAsync());
        var family = await FamilyAsync("child", "left", "twice", "bare", "wiped");
        clock.Strike();
        var failure = await Assert.ThrowsAsync<AgentFailedException>(async () => await events.MoveNextAsync());
        Assert.Equal("sh took longer than 01:00:00 and was ended. Ask for less at once, or raise Agents:Command:TimeLimit.", failure.Message);
        Assert.All(family, process => Assert.False(Workshop.IsRunning(process)));
    }

    [Fact]
    public async Task What_a_program_leaves_running_neither_delays_its_answer_nor_outlives_it()
    {
        Assert.Equal("ready\n", (await _workshop.Command(Family).AllAsync(_workshop.Task())).Text());
        Assert.All(await FamilyAsync("child", "left", "twice", "bare", "wiped"), process => Assert.False(Workshop.IsRunning(process)));
    }

    [Fact]
    public async Task Whoever_stops_listening_ends_the_program()
    {
        await foreach (var _ in _workshop.Command(Family + "\nsleep 600").RunAsync(_workshop.Task(), CancellationToken.None))
        {
            break;
        }

        Assert.All(await FamilyAsync("child", "left", "twice", "bare", "wiped"), process => Assert.False(Workshop.IsRunning(process)));
    }

    [Fact]
    public async Task What_a_killed_server_left_behind_is_found_by_its_run()
    {
        using var other = new Workshop();
        var orphans = new List<System.Diagnostics.Process>();
        foreach (var workshop in new[] { _workshop, other })
        {
            var start = new System.Diagnostics.ProcessStartInfo("setsid", ["sh", "-c", "echo $$ > left; exec sleep 600"]) { WorkingDirectory = workshop.Folder };
            start.Environment[RunMarker.Variable] = workshop.RunId;
            orphans.Add(System.Diagnostics.Process.Start(start)!);
        }

        var (mine, theirs) = (await _workshop.ProcessAsync("left"), await other.ProcessAsync("left"));
        await AgentProgram.EndLeftoversAsync([_workshop.RunId, "run_of_nobody"]);
        Assert.False(Workshop.IsRunning(mine));
        Assert.True(Workshop.IsRunning(theirs));
        await AgentProgram.EndLeftoversAsync([other.RunId]);
        Assert.False(Workshop.IsRunning(theirs));
        orphans.ForEach(orphan => orphan.Dispose());
    }

    private async Task<int[]> FamilyAsync(params string[] names) => await Task.WhenAll(names.Select(_workshop.ProcessAsync));
}

/// <summary>The system's clock, but what is a minute away or more comes when it is told to.</summary>
internal sealed class LimitClock : TimeProvider
{
    private readonly ConcurrentBag<ITimer> _far = [];

    public void Strike()
    {
        foreach (var timer in _far)
        {
            timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime < TimeSpan.FromMinutes(1))
        {
            return base.CreateTimer(callback, state, dueTime, period);
        }

        var timer = base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);
        _far.Add(timer);
        return timer;
    }
}
