using System.Text;
using System.Text.Json;
using Carillon.Cli;

namespace Carillon.Protocol.Tests;

public sealed class HookMappingTests
{
    /// <summary>The members of an event, the activity it means (null: nothing to report) and the message that goes along.</summary>
    public static TheoryData<string, string?, string?> ClaudeCode => new()
    {
        { """ "hook_event_name":"SessionStart","source":"startup","model":"m" """, "idle", null },
        { """ "hook_event_name":"SessionStart","source":"resume" """, "idle", null },
        { """ "hook_event_name":"SessionStart","source":"clear" """, "idle", null },
        { """ "hook_event_name":"SessionStart","source":"compact" """, null, null },
        { """ "hook_event_name":"UserPromptSubmit","prompt":"Fix the build" """, "working", null },
        { """ "hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"npm test"} """, "working", null },
        { """ "hook_event_name":"PreToolUse","tool_name":"AskUserQuestion","tool_input":{"questions":[{"question":"Which?"}]} """, "waiting_input", "Claude has a question for you." },
        { """ "hook_event_name":"PreToolUse","tool_name":"ExitPlanMode","tool_input":{"plan":"1."} """, "waiting_input", "Claude has a plan for you to approve." },
        { """ "hook_event_name":"PreToolUse","tool_name":"Bash","agent_id":"a1","agent_type":"Explore" """, "working", null },
        { """ "hook_event_name":"PermissionRequest","tool_name":"Bash","tool_input":{"command":"npm\ttest","description":"d"},"permission_suggestions":[{"type":"addRules"}] """, "blocked", "Claude needs your permission to use Bash: npm test" },
        { """ "hook_event_name":"PermissionRequest","tool_name":"Write","tool_input":{"content":"x","file_path":"/a/b"} """, "blocked", "Claude needs your permission to use Write: /a/b" },
        { """ "hook_event_name":"PermissionRequest","tool_name":"mcp__x__y","tool_input":{"n":1} """, "blocked", "Claude needs your permission to use mcp__x__y" },
        { """ "hook_event_name":"PermissionRequest","tool_name":"AskUserQuestion","tool_input":{"questions":[]} """, "waiting_input", "Claude has a question for you." },
        { """ "hook_event_name":"PermissionRequest","tool_name":"ExitPlanMode","tool_input":{"plan":"1."} """, "waiting_input", "Claude has a plan for you to approve." },
        { """ "hook_event_name":"PostToolUse","tool_name":"Bash","tool_input":{},"tool_response":{"stdout":"ok"} """, "working", null },
        { """ "hook_event_name":"PostToolUse","tool_name":"Bash","agent_id":"a1" """, "working", null },
        { """ "hook_event_name":"PostToolUseFailure","tool_name":"Bash","error":"exit 1" """, "working", null },
        { """ "hook_event_name":"Notification","notification_type":"permission_prompt","message":"Claude needs your permission to use Bash","title":"Permission needed" """, "blocked", "Claude needs your permission to use Bash" },
        { """ "hook_event_name":"Notification","notification_type":"permission_prompt","message":"Claude needs your permission to use AskUserQuestion" """, "waiting_input", "Claude has a question for you." },
        { """ "hook_event_name":"Notification","notification_type":"permission_prompt" """, "blocked", null },
        { """ "hook_event_name":"Notification","notification_type":"idle_prompt","message":"Claude is waiting for your input" """, "waiting_input", null },
        { """ "hook_event_name":"Notification","notification_type":"elicitation_dialog","message":"Which account?" """, "waiting_input", "Which account?" },
        { """ "hook_event_name":"Notification","notification_type":"elicitation_complete","message":"Done" """, "working", null },
        { """ "hook_event_name":"Notification","notification_type":"agent_needs_input","message":"A session waits" """, "waiting_input", "A session waits" },
        { """ "hook_event_name":"Notification","notification_type":"agent_completed","message":"Done" """, null, null },
        { """ "hook_event_name":"Notification","notification_type":"auth_success","message":"Welcome" """, null, null },
        { """ "hook_event_name":"Notification","notification_type":"of_next_year","message":"?" """, null, null },
        { """ "hook_event_name":"Notification","message":"Claude needs your permission to use Write" """, "blocked", "Claude needs your permission to use Write" },
        { """ "hook_event_name":"Notification","message":"Claude Code needs your approval for the plan" """, "blocked", "Claude Code needs your approval for the plan" },
        { """ "hook_event_name":"Notification","message":"Claude is waiting for your input" """, "waiting_input", "Claude is waiting for your input" },
        { """ "hook_event_name":"Notification","message":"Something of its own" """, "waiting_input", "Something of its own" },
        { """ "hook_event_name":"Notification" """, null, null },
        { """ "hook_event_name":"Stop","stop_hook_active":false,"last_assistant_message":"All done.\n\nTwo files changed." """, "idle", "All done.\n\nTwo files changed." },
        { """ "hook_event_name":"Stop","stop_hook_active":true """, "idle", null },
        { """ "hook_event_name":"Stop","background_tasks":[{"id":"b1","type":"shell","status":"running","description":"Build","command":"make"}],"last_assistant_message":"Started." """, "working", "Started." },
        { """ "hook_event_name":"Stop","background_tasks":[{"id":"b1","status":"completed"},{"id":"b2","status":"failed"}],"session_crons":[],"last_assistant_message":"Done." """, "idle", "Done." },
        { """ "hook_event_name":"Stop","background_tasks":[],"last_assistant_message":"\u001b[1;31mDone\u001b[0m \u001b]8;;https://x.example\u0007here\u001b]8;;\u001b\\." """, "idle", "Done here." },
        { """ "hook_event_name":"StopFailure","error":"rate_limit","last_assistant_message":"API Error: Rate limit reached" """, "stuck", "API Error: Rate limit reached" },
        { """ "hook_event_name":"SubagentStop","stop_hook_active":false,"agent_id":"a1","last_assistant_message":"Found it" """, null, null },
        { """ "hook_event_name":"SessionEnd","reason":"other" """, "exited", null },
        { """ "hook_event_name":"SessionEnd" """, "exited", null },
        { """ "hook_event_name":"SessionEnd","reason":"logout" """, "exited", "Signed out of Claude Code." },
        { """ "hook_event_name":"SessionEnd","reason":"prompt_input_exit" """, "exited", "Closed at the prompt." },
        { """ "hook_event_name":"SessionEnd","reason":"clear" """, "killed", null },
        { """ "hook_event_name":"SessionEnd","reason":"resume" """, "killed", null },
        { """ "hook_event_name":"PreCompact","trigger":"auto" """, null, null },
        { """ "hook_event_name":"OfNextYear" """, null, null },
    };

    [Theory]
    [MemberData(nameof(ClaudeCode))]
    public void Events_of_Claude_Code_mean(string members, string? activity, string? message)
    {
        var report = ClaudeCodeHook.ToReport(Encoding.UTF8.GetBytes(
            $$"""{"session_id":"abc123","transcript_path":"/home/u/.claude/projects/x/t.jsonl","cwd":"/home/u/My Project","permission_mode":"default",{{members}}}"""));
        Assert.Equal(activity, report?.Activity);
        Assert.Equal(message, report?.Message);
        if (report is not null)
        {
            Assert.Equal(("claude-code", "abc123", "/home/u/My Project"), (report.Agent, report.SessionId, report.Folder));
        }
    }

    [Fact]
    public void A_prompt_offers_itself_as_the_title_on_one_line_of_at_most_80()
    {
        var prompt = "Fix\tthe\nbuild \u0007 " + string.Concat(Enumerable.Repeat("😀", 60));
        var report = ClaudeCodeHook.ToReport(JsonSerializer.SerializeToUtf8Bytes(
            new Dictionary<string, string> { ["hook_event_name"] = "UserPromptSubmit", ["session_id"] = "s", ["prompt"] = prompt }, Reflection));
        Assert.StartsWith("Fix the build 😀", report!.Prompt);
        Assert.EndsWith("😀…", report.Prompt);
        Assert.InRange(report.Prompt!.Length, 70, 80);
        Assert.Null(report.Title);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("{}")]
    [InlineData("{\"hook_event_name\":7}")]
    [InlineData("{\"hook_event_name\" \"Stop\"}")]
    [InlineData("\0\u0001")]
    public void What_is_no_event_is_said_to_be_none(string json) =>
        Assert.ThrowsAny<JsonException>(() => ClaudeCodeHook.ToReport(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void An_event_whose_large_rest_was_cut_off_still_counts()
    {
        var json = """{"session_id":"s","list":[{"a":["b"]}],"hook_event_name":"PostToolUse","tool_name":"Read","tool_response":"xxxxxxxxxxxxx"""u8;
        Assert.Equal("working", ClaudeCodeHook.ToReport(json)!.Activity);
        for (var length = 0; length < json.Length; length++)
        {
            // At any byte: a report or a plain "no", nothing else.
            try
            {
                _ = ClaudeCodeHook.ToReport(json[..length]);
            }
            catch (JsonException)
            {
            }
        }
    }

    [Fact]
    public void Half_a_surrogate_pair_and_a_byte_order_mark_do_no_harm()
    {
        byte[] json = [0xEF, 0xBB, 0xBF, .. """{"hook_event_name":"Stop","session_id":"s","last_assistant_message":"\ud83d"}"""u8];
        var report = ClaudeCodeHook.ToReport(json);
        Assert.Equal(("idle", "\uFFFD"), (report!.Activity, report.Message));
        report = ClaudeCodeHook.ToReport("""{"hook_event_name":"Stop","session_id":"s","last_assistant_message":"a\"\u00e9\n\ud83d b\ud83d\ude00\\u"}"""u8);
        Assert.Equal("a\"é\n\uFFFD b😀\\u", report!.Message);
    }

    [Fact]
    public void Bytes_of_an_old_code_page_are_replaced_and_the_text_stays()
    {
        byte[] json = [.. """{"hook_event_name":"Stop","session_id":"s","last_assistant_message":"Tests gr"""u8, 0xFC, .. "n, caf"u8, 0xE9, .. "\"}"u8];
        Assert.True(HookInput.IsWhole(json));
        Assert.Equal("Tests gr\uFFFDn, caf\uFFFD", ClaudeCodeHook.ToReport(json)!.Message);
    }

    [Theory]
    [InlineData("{\"a\":1}", true)]
    [InlineData("{\"a\":{\"b\":1}", false)]
    [InlineData("{\"a\":\"}", false)]
    [InlineData("{\"a\":[1,2]}\n", true)]
    [InlineData("{", false)]
    [InlineData("", false)]
    [InlineData("nonsense}", true)]
    public void A_whole_object_needs_no_end_of_input(string json, bool whole) =>
        Assert.Equal(whole, HookInput.IsWhole(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("""{"type":"agent-turn-complete","thread-id":"b5f6","turn-id":"12345","cwd":"/home/u/project","input-messages":["Rename foo."],"last-assistant-message":"Renamed."}""", "idle", "b5f6", "Renamed.")]
    [InlineData("""{"type":"agent-turn-start","thread-id":"b5f6","turn-id":"1","cwd":"/p","input-messages":["Go"]}""", "working", "b5f6", null)]
    [InlineData("""{"type":"of-next-year","thread-id":"b5f6"}""", null, null, null)]
    [InlineData("""{"hook_event_name":"Stop","session_id":"b5f6","turn_id":"1","cwd":"/p","model":"m","permission_mode":"default","stop_hook_active":false,"transcript_path":null,"last_assistant_message":"Renamed."}""", "idle", "b5f6", "Renamed.")]
    [InlineData("""{"hook_event_name":"PermissionRequest","session_id":"b5f6","turn_id":"1","cwd":"/p","tool_name":"Bash","tool_input":{"command":"make","description":"Build"}}""", "blocked", "b5f6", "Codex needs your permission to use Bash: make")]
    [InlineData("""{"hook_event_name":"UserPromptSubmit","session_id":"b5f6","turn_id":"1","cwd":"/p","prompt":"Go"}""", "working", "b5f6", null)]
    [InlineData("""{"hook_event_name":"SessionStart","session_id":"b5f6","cwd":"/p","source":"startup"}""", "idle", "b5f6", null)]
    public void Events_of_Codex_mean(string json, string? activity, string? session, string? message)
    {
        var report = CodexHook.ToReport(Encoding.UTF8.GetBytes(json));
        Assert.Equal((activity, session, message), (report?.Activity, report?.SessionId, report?.Message));
        Assert.True(report is null or { Agent: "codex", Hand: null });
    }

    [Fact]
    public void A_Codex_that_names_no_thread_has_one_session_for_each_folder()
    {
        static string? SessionIn(string folder) =>
            CodexHook.ToReport(Encoding.UTF8.GetBytes($$"""{"type":"agent-turn-complete","turn-id":"12345","cwd":"{{folder}}","input-messages":[]}"""))?.SessionId;

        Assert.StartsWith("codex-project-x-", SessionIn("/home/u/Project X"), StringComparison.Ordinal);
        Assert.Equal(SessionIn("/home/u/Project X"), SessionIn("/home/u/Project X"));

        // Two people's folders may have the same name.
        Assert.NotEqual(SessionIn("/home/u/Project X"), SessionIn("/home/v/Project X"));
    }

    [Fact]
    public void The_first_message_to_Codex_offers_itself_as_the_title() =>
        Assert.Equal("One", CodexHook.ToReport("""{"type":"agent-turn-complete","thread-id":"t","input-messages":["One","Two"]}"""u8)!.Prompt);

    [Fact]
    public void An_agent_of_ones_own_says_what_it_does()
    {
        var report = GenericHook.ToReport("""{"activity":"waiting_input","message":"Which?","sessionId":"s1","projectId":"p1","title":"T"}"""u8);
        Assert.Equal(
            new HookReport { Agent = "agent", Activity = "waiting_input", Message = "Which?", SessionId = "s1", ProjectId = "p1", Title = "T" }, report);
        Assert.ThrowsAny<JsonException>(() => GenericHook.ToReport("""{"activity":"dancing"}"""u8));
    }

    [Theory]
    [InlineData("/home/u/My Project", "my-project")]
    [InlineData("/home/u/carillon/", "carillon")]
    [InlineData("C:\\Users\\u\\Web App", "web-app")]
    [InlineData("/srv/a.b_c-d", "a.b_c-d")]
    [InlineData("/srv/.config", "config")]
    [InlineData("/", "project")]
    public void A_folder_names_a_project(string folder, string id) => Assert.Equal(id, ProjectSlug.Of(folder));

    [Fact]
    public void Folders_in_any_script_are_projects_of_their_own()
    {
        string[] folders = ["/srv/請求書", "/srv/проект", "/srv/项目", "/srv/café", "/srv/cafè", "/srv/🚀", "/srv/" + new string('я', 300), "/srv/a\uD800"];
        var ids = folders.Select(ProjectSlug.Of).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[a-z0-9][a-z0-9._-]{0,63}$", id));

        // Stable: these ids are in databases.
        Assert.Equal(("project-666097c3", "caf-850f7dc4"), (ProjectSlug.Of("/srv/請求書"), ProjectSlug.Of("/srv/café")));
        Assert.Equal(ProjectSlug.Of("/home/u/Проект"), ProjectSlug.Of("C:\\u\\проект"));
    }

    [Theory]
    [InlineData("\u001b[2J\u001b[Hclear", "clear")]
    [InlineData("a\u001b[38;5;196mred\u001b[mb", "aredb")]
    [InlineData("\u009b31mred", "red")]
    [InlineData("\u001b]0;title\u0007text", "text")]
    [InlineData("\u001b]0;title\u001b\\text", "text")]
    [InlineData("\u001b(Btext\u001b=", "text")]
    [InlineData("cut \u001b[3", "cut ")]
    [InlineData("cut \u001b", "cut ")]
    [InlineData("[31m stays", "[31m stays")]
    public void Codes_for_a_terminal_are_not_text(string text, string rest) => Assert.Equal(rest, TerminalCodes.Without(text));

    [Fact]
    public void A_long_folder_names_a_project_of_at_most_64() => Assert.Equal(new string('a', 64), ProjectSlug.Of("/" + new string('a', 300)));

    private static JsonSerializerOptions Reflection { get; } = new() { TypeInfoResolver = new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver() };
}
