using System.Runtime.Versioning;
using Carillon.Protocol;

namespace Carillon.Agents;

/// <summary>Against a stand-in for <c>claude</c> that prints what is documented of its <c>stream-json</c>.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ClaudeCodeAgentTests : IDisposable
{
    private const string Init = """{"type":"system","subtype":"init","session_id":"0d0e-1","cwd":"/","model":"m","tools":["Bash"],"mcp_servers":[]}""";
    private const string Success = """{"type":"result","subtype":"success","is_error":false,"num_turns":1,"result":"Hello world","session_id":"0d0e-1","usage":{"input_tokens":10,"cache_read_input_tokens":9000,"output_tokens":5}}""";

    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public async Task An_answer_is_shown_as_it_is_written()
    {
        var agent = Claude($$"""
            {{Print(Init, MessageStart("m1"), BlockStart(0, """{"type":"text","text":""}"""), TextDelta(0, "Hello "))}}
            while [ ! -e go ]; do sleep 0.01; done
            {{Print(
                TextDelta(0, "wörld"),
                Answer("m1", """{"type":"text","text":"Hello wörld"}"""),
                BlockStop(0),
                """{"type":"stream_event","event":{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}},"parent_tool_use_id":null}""",
                Event("""{"type":"message_stop"}"""),
                Success)}}
            """);
        await using var events = agent.RunAsync(_workshop.Task("Hi"), CancellationToken.None).GetAsyncEnumerator();
        List<AgentEvent> happened = [];
        while (await events.MoveNextAsync())
        {
            happened.Add(events.Current);
            if (events.Current is AgentEvent.Text { Value: "Hello " })
            {
                _workshop.Write("go", "");
            }
        }

        Assert.Equal(
            [new AgentEvent.Keep("0d0e-1"), new AgentEvent.Used(10), new AgentEvent.Text("Hello "), new AgentEvent.Text("wörld"), new AgentEvent.Used(5)],
            happened);
    }

    [Fact]
    public async Task The_prompt_goes_in_by_standard_input_and_the_options_are_the_documented_ones()
    {
        _workshop.Settings.ClaudeCode.Arguments = ["--model", "opus"];
        var agent = Claude($"cat > prompt; printf '%s ' \"$@\" > arguments\n{Print(Init, Success)}");
        await agent.AllAsync(_workshop.Task("-- say `id`\n$HOME"));
        Assert.Equal("-- say `id`\n$HOME", _workshop.Read("prompt"));
        Assert.Equal("--model opus --print --output-format stream-json --include-partial-messages --verbose ", _workshop.Read("arguments"));
    }

    [Fact]
    public async Task The_use_of_a_tool_is_a_step_with_what_it_was_used_for()
    {
        var agent = Claude(Print(
            Init,
            MessageStart("m1"),
            BlockStart(0, """{"type":"text","text":""}"""),
            TextDelta(0, "I look."),
            BlockStart(1, """{"type":"tool_use","id":"t1","name":"Bash","input":{}}"""),
            Event("""{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"comm"}}"""),
            Answer("m1", """{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"ls -la\n  | wc","description":"Count"}}"""),
            ToolResult("t1", "3", isError: false),
            Answer("m2", $$$"""{"type":"tool_use","id":"t2","name":"Read","input":{"file_path":"{{{_workshop.Folder}}}/src/a.cs","limit":3}}"""),
            ToolResult("t2", "no such file", isError: true),
            MessageStart("m3"),
            BlockStart(0, """{"type":"text","text":""}"""),
            TextDelta(0, "Three files."),
            Success));
        var events = await agent.AllAsync(_workshop.Task());
        Assert.Equal(
            [
                new AgentEvent.Step("t1", "Bash", null, StepStatuses.Running),
                new AgentEvent.Step("t1", "Bash", "ls -la | wc", StepStatuses.Running),
                new AgentEvent.Step("t1", "Bash", "ls -la | wc", StepStatuses.Done),
                new AgentEvent.Step("t2", "Read", "src/a.cs", StepStatuses.Running),
                new AgentEvent.Step("t2", "Read", "src/a.cs", StepStatuses.Failed),
            ],
            events.OfType<AgentEvent.Step>());
        Assert.Equal("I look.\n\nThree files.", events.Text());
    }

    [Fact]
    public async Task What_did_not_come_in_parts_comes_whole_and_nothing_comes_twice()
    {
        var agent = Claude(Print(
            Init,
            Answer("m1", """{"type":"thinking","thinking":"Hmm"}"""),
            Answer("m1", """{"type":"text","text":"One."}"""),
            Answer("m1", """{"type":"text","text":"Two."}"""),
            MessageStart("m2"),
            BlockStart(0, """{"type":"thinking","thinking":""}"""),
            Event("""{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hmm"}}"""),
            BlockStart(1, """{"type":"text","text":""}"""),
            TextDelta(1, "Three."),
            Answer("m2", """{"type":"text","text":"Three."}"""),
            Success));
        Assert.Equal("One.\n\nTwo.\n\nThree.", (await agent.AllAsync(_workshop.Task())).Text());
    }

    [Fact]
    public async Task What_a_subagent_says_is_not_the_answer()
    {
        var agent = Claude(Print(
            Init,
            Answer("m1", """{"type":"tool_use","id":"t1","name":"Task","input":{"description":"Look around","prompt":"Look"}}"""),
            """{"type":"stream_event","event":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"secretly"}},"parent_tool_use_id":"t1"}""",
            """{"type":"assistant","message":{"id":"s1","content":[{"type":"text","text":"secretly"},{"type":"tool_use","id":"t2","name":"Grep","input":{"pattern":"x"}}]},"parent_tool_use_id":"t1"}""",
            """{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"t2","content":"y"}]},"parent_tool_use_id":"t1"}""",
            Answer("m2", """{"type":"text","text":"Done."}"""),
            Success));
        var events = await agent.AllAsync(_workshop.Task());
        Assert.Equal("Done.", events.Text());
        Assert.Equal(
            [("Task", "Look around", "running"), ("Grep", "x", "running"), ("Grep", "x", "done"), ("Task", "Look around", "done")],
            events.OfType<AgentEvent.Step>().Select(step => (step.Name, step.Detail!, step.Status)));
    }

    [Fact]
    public async Task What_is_not_known_is_passed_over()
    {
        var agent = Claude($$"""
            {{Print(
                "npm warn something",
                "",
                "[1,2]",
                "null",
                """{"type":7}""",
                """{"type":"rate_limit_event","rate_limit_info":{"status":"allowed"}}""",
                """{"type":"system","subtype":"api_retry","attempt":1}""",
                """{"type":"stream_event"}""",
                """{"type":"assistant","message":{"content":"words"}}""",
                """{"type":"assistant","message":{"id":"m0","content":[7,null,{"type":"text","text":"\ud83d"}]}}""",
                """{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"nobody"}]}}""",
                """{"type":"system","subtype":"init","session_id":"--dangerous"}""")}}
            head -c {{Lines.Longest + 1}} /dev/zero | tr '\0' 'x'
            echo
            printf '%s' '{{Answer("m1", """{"type":"text","text":"Here."}""")}}'
            printf '\r\n%s' '{{Success}}'
            """);
        Assert.Equal([new AgentEvent.Text("\ud83d"), new AgentEvent.Text("\n\nHere."), new AgentEvent.Used(15)], await agent.AllAsync(_workshop.Task()));
    }

    [Fact]
    public async Task The_next_message_resumes_its_session()
    {
        var agent = Claude($"printf '%s ' \"$@\" > arguments\n{Print(Init, Success)}");
        var kept = Assert.Single((await agent.AllAsync(_workshop.Task())).OfType<AgentEvent.Keep>()).State;
        await agent.AllAsync(_workshop.Task(state: kept));
        Assert.EndsWith("--verbose --resume 0d0e-1 ", _workshop.Read("arguments"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""echo '{"type":"result","subtype":"error_during_execution","is_error":true,"errors":["No conversation found with session ID: old"],"usage":{}}'; exit 1""")]
    [InlineData("""echo 'No conversation found with session ID: old' >&2; exit 1""")]
    public async Task A_session_that_it_no_longer_knows_is_begun_anew(string forgets)
    {
        var agent = Claude($$"""
            cat >> prompts
            case "$*" in *--resume*) {{forgets}} ;; esac
            {{Print(Init, Answer("m1", """{"type":"text","text":"Hello"}"""), Success)}}
            """);
        var events = await agent.AllAsync(_workshop.Task("again ", state: "old"));
        Assert.Equal("Hello", events.Text());
        Assert.Equal(new AgentEvent.Keep("0d0e-1"), Assert.Single(events.OfType<AgentEvent.Keep>()));
        Assert.Equal("failed", Assert.Single(events.OfType<AgentEvent.Step>()).Status);
        Assert.Equal("again again ", _workshop.Read("prompts"));
    }

    [Fact]
    public async Task It_begins_anew_once_only()
    {
        var agent = Claude("echo x >> times; echo 'No conversation found' >&2; exit 1");
        var (_, message) = await agent.FailAsync(_workshop.Task(state: "old"));
        Assert.Equal("sh ended with exit code 1. The last that it said:\nNo conversation found", message);
        Assert.Equal("x\nx\n", _workshop.Read("times"));
    }

    [Theory]
    [InlineData("""{"type":"result","subtype":"error_max_turns","is_error":false}""", "Claude Code has taken as many turns as it may. Send a message to let it go on.")]
    [InlineData("""{"type":"result","subtype":"error_during_execution","is_error":true,"errors":["a","b"]}""", "Claude Code could not go on: a b")]
    [InlineData("""{"type":"result","subtype":"success","is_error":true,"result":"Prompt is too long"}""", "Claude Code could not go on: Prompt is too long")]
    [InlineData("""{"type":"result","subtype":"success","is_error":true}""", "Claude Code could not go on and did not say why. Send the message again.")]
    [InlineData(
        """{"type":"result","subtype":"success","is_error":true,"result":"Invalid API key · Please run /login"}""",
        "Claude Code is not signed in (Invalid API key · Please run /login). Run claude once as the user that the server runs as, and sign in.")]
    public async Task Why_it_could_not_go_on_is_told(string result, string message)
    {
        var agent = Claude(Print(
            Init,
            Answer("m1", """{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"ls"}}"""),
            """{"type":"assistant","error":"unknown","message":{"id":"m2","content":[{"type":"text","text":"Prompt is too long"}]}}""",
            result) + "\nexit 1");
        var (events, told) = await agent.FailAsync(_workshop.Task());
        Assert.Equal(message, told);
        Assert.Equal("", events.Text());
        Assert.Equal("failed", events.OfType<AgentEvent.Step>().Last().Status);
    }

    [Fact]
    public async Task A_program_that_ends_in_the_middle_has_failed()
    {
        var (events, message) = await Claude(Print(Init, Answer("m1", """{"type":"text","text":"I beg"}"""))).FailAsync(_workshop.Task());
        Assert.Equal("I beg", events.Text());
        Assert.Equal("Claude Code ended before its answer was complete. Send the message again.", message);
    }

    [Fact]
    public async Task What_it_asks_is_asked()
    {
        var events = await Claude(Print(
            Init,
            Answer("m1", """{"type":"tool_use","id":"t1","name":"AskUserQuestion","input":{"questions":[{"question":"Which port?","options":[]}]}}"""),
            ToolResult("t1", "nobody is there", isError: true),
            Answer("m2", """{"type":"text","text":"Tell me the port."}"""),
            Success)).AllAsync(_workshop.Task());
        Assert.Equal(new AgentEvent.Asks("Which port?"), Assert.Single(events.OfType<AgentEvent.Asks>()));
    }

    [Fact]
    public async Task A_plan_is_shown_and_waits()
    {
        var events = await Claude(Print(
            Init,
            Answer("m1", """{"type":"tool_use","id":"t1","name":"ExitPlanMode","input":{"plan":"1. Look"}}"""),
            ToolResult("t1", "no", isError: true),
            Success)).AllAsync(_workshop.Task());
        Assert.Equal("1. Look", events.Text());
        Assert.Equal(new AgentEvent.Asks("Claude has a plan for you to approve."), Assert.Single(events.OfType<AgentEvent.Asks>()));
    }

    [Fact]
    public async Task What_only_the_result_says_is_said()
    {
        Assert.Equal("Hello world", (await Claude(Print(Init, Success)).AllAsync(_workshop.Task())).Text());
    }

    [Fact]
    public async Task Tokens_are_counted_as_they_are_used_so_that_a_stopped_answer_counts_too()
    {
        var events = await Claude(Print(
            Init,
            Event("""{"type":"message_start","message":{"id":"m1","usage":{"input_tokens":3,"cache_creation_input_tokens":20,"cache_read_input_tokens":5000,"output_tokens":1}}}"""),
            TextDelta(0, "One."),
            Event("""{"type":"message_delta","usage":{"output_tokens":4}}"""),
            Event("""{"type":"message_delta","usage":{"output_tokens":7}}"""),
            """{"type":"result","subtype":"success","is_error":false,"result":"One.","usage":{"input_tokens":3,"cache_creation_input_tokens":20,"cache_read_input_tokens":5000,"output_tokens":10}}"""))
            .AllAsync(_workshop.Task());
        Assert.Equal([23L, 4, 3, 3], events.OfType<AgentEvent.Used>().Select(used => used.Tokens));
    }

    [Fact]
    public async Task Stopping_ends_it_and_what_it_had_started()
    {
        using var stop = new CancellationTokenSource();
        var agent = Claude($$"""
            sleep 600 & echo $! > child
            setsid sh -c 'echo $$ > left; exec sleep 600' &
            while [ ! -s left ]; do sleep 0.01; done
            {{Print(Init)}}
            sleep 600
            """);
        await using var events = agent.RunAsync(_workshop.Task(), stop.Token).GetAsyncEnumerator(stop.Token);
        Assert.True(await events.MoveNextAsync());
        var processes = await Task.WhenAll(_workshop.ProcessAsync("child"), _workshop.ProcessAsync("left"));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await events.MoveNextAsync());
        Assert.All(processes, process => Assert.False(Workshop.IsRunning(process)));
    }

    [Fact]
    public async Task A_program_that_has_said_all_and_does_not_end_is_ended()
    {
        var call = new ProgramCall("Agents:Test", "sh", [_workshop.Write("script.sh", "echo all; exec sleep 600")], TimeSpan.FromHours(1));
        await using var program = AgentProgram.Start(call, _workshop.Task(), TimeProvider.System, CancellationToken.None);
        await foreach (var text in program.ReadAsync())
        {
            Assert.Equal("all\n", text);
            program.EndAfterSilence(TimeSpan.FromMilliseconds(50));
        }

        var end = await program.EndAsync();
        Assert.Equal((137, true), (end.ExitCode, end.WasSilent));
    }

    [Fact]
    public void An_output_ends_by_silence_after_its_last_result()
    {
        var output = new ClaudeCodeOutput("/");
        TimeSpan? soon = TimeSpan.FromSeconds(10), later = TimeSpan.FromMinutes(5);
        TimeSpan? After(string line)
        {
            output.Read(line);
            return output.Grace;
        }

        // What a session says that is resumed, whose background task has ended meanwhile.
        Assert.Null(After(Init));
        Assert.Null(After("""{"type":"system","subtype":"task_notification","task_id":"b1","status":"completed"}"""));
        Assert.Equal(later, After("""{"type":"result","subtype":"success","is_error":false,"num_turns":0,"result":""}"""));
        Assert.False(output.IsComplete(137));
        Assert.Equal(later, After(MessageStart("m1")));
        Assert.Equal(later, After(TextDelta(0, "On")));
        Assert.Null(After(Answer("m1", """{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"make"}}""")));
        Assert.Equal(later, After(ToolResult("t1", "made", isError: false)));
        Assert.False(output.IsComplete(137));
        Assert.Equal(soon, After(Success));
        Assert.True(output.IsComplete(137));

        // Then it goes on by itself.
        Assert.Equal(soon, After("""{"type":"rate_limit_event"}"""));
        Assert.Equal(later, After(MessageStart("m2")));
        Assert.False(output.IsComplete(137));
        Assert.Equal(soon, After(Success));

        // Something is still on its way.
        Assert.Equal(later, After("""{"type":"system","subtype":"task_started","task_id":"b2"}"""));
        Assert.Equal(later, After("""{"type":"system","subtype":"task_notification","task_id":"b2"}"""));
        Assert.Equal(later, After(Success));
        Assert.True(output.IsComplete(0));
    }

    [Fact]
    public async Task An_answer_is_whole_that_goes_on_behind_a_result_of_no_turns()
    {
        var agent = Claude($$"""
            {{Print(
                Init,
                """{"type":"system","subtype":"task_notification","task_id":"b1","status":"completed"}""",
                """{"type":"result","subtype":"success","is_error":false,"num_turns":0,"result":"","session_id":"0d0e-1"}""",
                Answer("m1", """{"type":"text","text":"The build is done."}"""),
                """{"type":"result","subtype":"success","is_error":false,"num_turns":1,"result":"The build is done."}""",
                Answer("m2", """{"type":"text","text":"And now this."}"""),
                Success)}}
            """);
        Assert.Equal("The build is done.\n\nAnd now this.", (await agent.AllAsync(_workshop.Task(state: "0d0e-1"))).Text());
    }

    [Fact]
    public async Task An_answer_that_breaks_off_behind_an_earlier_result_has_failed()
    {
        var (events, message) = await Claude(Print(
            Init,
            """{"type":"result","subtype":"success","is_error":false,"num_turns":0,"result":""}""",
            Answer("m1", """{"type":"text","text":"I beg"}""")) + "\nexit 3").FailAsync(_workshop.Task());
        Assert.Equal("I beg", events.Text());
        Assert.StartsWith("sh ended with exit code 3", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_late_error_does_not_undo_a_good_answer()
    {
        var agent = Claude(Print(
            Init,
            Answer("m1", """{"type":"text","text":"All good."}"""),
            Success,
            """{"type":"result","subtype":"error_during_execution","is_error":true,"num_turns":0,"errors":["aborted"]}""") + "\nexit 1");
        Assert.Equal("All good.", (await agent.AllAsync(_workshop.Task())).Text());
    }

    [Fact]
    public async Task An_early_error_does_not_spoil_what_follows()
    {
        var agent = Claude(Print(
            Init,
            """{"type":"result","subtype":"error_during_execution","is_error":true,"num_turns":0,"errors":["aborted"]}""",
            Answer("m1", """{"type":"text","text":"All good."}"""),
            Success));
        Assert.Equal("All good.", (await agent.AllAsync(_workshop.Task())).Text());
    }

    [Fact]
    public async Task An_error_of_a_later_turn_counts()
    {
        var (_, message) = await Claude(Print(
            Init,
            Answer("m1", """{"type":"text","text":"All good."}"""),
            Success,
            Answer("m2", """{"type":"text","text":"I go on"}"""),
            """{"type":"result","subtype":"error_max_turns","is_error":true,"num_turns":9}""")).FailAsync(_workshop.Task());
        Assert.StartsWith("Claude Code has taken as many turns", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("m2")]
    [InlineData("m1")]
    public async Task The_half_of_a_stream_that_is_begun_again_is_replaced(string retried)
    {
        var events = await Claude(Print(
            Init,
            MessageStart("m0"),
            BlockStart(0, """{"type":"text","text":""}"""),
            TextDelta(0, "First."),
            Answer("m0", """{"type":"text","text":"First."}"""),
            Event("""{"type":"message_stop"}"""),
            MessageStart("m1"),
            BlockStart(0, """{"type":"text","text":""}"""),
            TextDelta(0, "Hello wor"),
            BlockStart(1, """{"type":"tool_use","id":"t1","name":"Bash","input":{}}"""),
            MessageStart(retried),
            BlockStart(0, """{"type":"text","text":""}"""),
            TextDelta(0, "Hello world."),
            Answer(retried, """{"type":"text","text":"Hello world."}"""),
            Event("""{"type":"message_stop"}"""),
            Success)).AllAsync(_workshop.Task());
        Assert.Equal("First.\n\nHello world.", events.Text());
        Assert.Equal(new AgentEvent.TakeBack("\n\nHello wor".Length), Assert.Single(events.OfType<AgentEvent.TakeBack>()));
        Assert.Equal("failed", events.OfType<AgentEvent.Step>().Last().Status);
    }

    [Fact]
    public async Task A_stream_that_is_given_up_is_replaced_by_what_comes_whole()
    {
        var events = await Claude(Print(
            Init,
            MessageStart("m1"),
            BlockStart(0, """{"type":"text","text":""}"""),
            TextDelta(0, "One."),
            Answer("m1", """{"type":"text","text":"One."}"""),
            BlockStart(1, """{"type":"text","text":""}"""),
            TextDelta(1, "Tw"),
            """{"type":"system","subtype":"api_retry","attempt":1}""",
            Answer("m2", """{"type":"text","text":"One and two."}"""),
            Success)).AllAsync(_workshop.Task());
        Assert.Equal("One and two.", events.Text());
    }

    [Fact]
    public async Task Half_a_character_costs_itself_alone()
    {
        var events = await Claude(Print(
            Init,
            MessageStart("m1"),
            BlockStart(0, """{"type":"text","text":""}"""),
            TextDelta(0, @"a\ud83d"),
            TextDelta(0, @"\ude00b \udc00 c"),
            Answer("m1", """{"type":"tool_use","id":"t1","name":"Bash","input":{"\ud83d":"x","command":"echo \ud83d!"}}"""),
            Success)).AllAsync(_workshop.Task());
        Assert.Equal("a\ud83d\ude00b \udc00 c", events.Text());
        Assert.Equal("Bash", events.OfType<AgentEvent.Step>().Last().Name);
    }

    [Fact]
    public async Task It_says_that_it_does_not_know_what_was_said_before()
    {
        var agent = Claude(Print(Init, Success));
        var events = await agent.AllAsync(_workshop.Task(history: new AgentTurn(ByPerson: true, "Remember 7.")));
        Assert.Equal(
            new AgentEvent.Step("resume", "Resume", "Claude Code does not know what was said before: it never got as far as a session of its own. It begins anew.", "failed"),
            events[0]);
    }

    [Fact]
    public void A_machine_without_it_says_what_to_install()
    {
        _workshop.Settings.ClaudeCode.Program = "no-claude-here";
        Assert.Equal(
            "There is no program 'no-claude-here' on this server. Install it, or correct Agents:ClaudeCode:Program.",
            new ClaudeCodeAgent(_workshop.Options, TimeProvider.System).Unavailable);
    }

    private ClaudeCodeAgent Claude(string script)
    {
        _workshop.Settings.ClaudeCode.Program = "sh";
        _workshop.Settings.ClaudeCode.Arguments = [_workshop.Write("claude.sh", script), .. _workshop.Settings.ClaudeCode.Arguments];
        return new ClaudeCodeAgent(_workshop.Options, TimeProvider.System);
    }

    private static string Print(params string[] lines) => $"cat <<'END'\n{string.Join('\n', lines)}\nEND";

    private static string Event(string part) => $$"""{"type":"stream_event","event":{{part}},"session_id":"0d0e-1","parent_tool_use_id":null,"uuid":"u"}""";

    private static string MessageStart(string id) =>
        Event($$$$"""{"type":"message_start","message":{"id":"{{{{id}}}}","type":"message","role":"assistant","content":[],"usage":{"input_tokens":10,"output_tokens":1}}}""");

    private static string BlockStart(int index, string block) => Event($$$"""{"type":"content_block_start","index":{{{index}}},"content_block":{{{block}}}}""");

    private static string BlockStop(int index) => Event($$$"""{"type":"content_block_stop","index":{{{index}}}}""");

    private static string TextDelta(int index, string text) =>
        Event($$$"""{"type":"content_block_delta","index":{{{index}}},"delta":{"type":"text_delta","text":"{{{text}}}"}}""");

    private static string Answer(string id, string block) =>
        $$$"""{"type":"assistant","message":{"id":"{{{id}}}","type":"message","role":"assistant","content":[{{{block}}}]},"parent_tool_use_id":null,"session_id":"0d0e-1"}""";

    private static string ToolResult(string id, string content, bool isError)
    {
        var block = $$"""{"type":"tool_result","tool_use_id":"{{id}}","content":"{{content}}","is_error":{{(isError ? "true" : "false")}}}""";
        return $$$"""{"type":"user","message":{"role":"user","content":[{{{block}}}]},"parent_tool_use_id":null}""";
    }
}
