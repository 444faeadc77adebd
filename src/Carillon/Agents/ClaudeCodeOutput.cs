using System.Text.Json;
using Carillon.Http;
using Carillon.Protocol;
using static Carillon.Agents.LooseJson;

namespace Carillon.Agents;

/// <summary>
/// What Claude Code prints as <c>stream-json</c>, understood line by line: https://code.claude.com/docs/en/headless. What is not known is
/// passed over, because newer versions say more.
/// </summary>
internal sealed class ClaudeCodeOutput(string folder)
{
    private const int LongestDetail = 200;

    // What a person wants to know of the use of a tool, the best first.
    private static readonly string[] Telling = ["command", "file_path", "path", "notebook_path", "pattern", "query", "url", "description", "prompt", "skill"];

    // It saves its session before it ends. Something that it left running may keep it from ending.
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(10);

    // After a result that is not the last one, it thinks before it goes on.
    private static readonly TimeSpan LongestThought = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, AgentEvent.Step> _steps = [];
    private readonly HashSet<string> _streamed = [];
    private readonly HashSet<string> _tasks = [];
    private readonly List<AgentEvent> _happened = [];
    private string _message = string.Empty;
    private Draft? _draft;
    private int _length;
    private bool _isBetweenBlocks;
    private string? _question;
    private string? _result;
    private long _writtenInMessage;
    private long _used;
    private bool _isTurnOpen;
    private bool _wasNotified;
    private bool _hasResult;
    private bool _hasAnswered;
    private bool _isSettled;

    /// <summary>True when anything of the answer has come.</summary>
    public bool HasSpoken => _length > 0 || _steps.Count > 0;

    /// <summary>Why the answer could not be completed; null when it was, or when that is not known yet.</summary>
    public string? Failure { get; private set; }

    /// <summary>
    /// How long it may be silent from here before its output counts as ended; null for as long as it likes. A result need not be the end:
    /// a session that is resumed first reports what ran in the background, with results of no turns, and an agent may go on by itself.
    /// </summary>
    public TimeSpan? Grace =>
        !_hasResult || (_isTurnOpen && IsUsingTools) ? null
        : _isTurnOpen || !_isSettled || _wasNotified || _tasks.Count > 0 || IsUsingTools ? LongestThought
        : LongestEnd;

    /// <summary>Whether the answer is complete, now that the program has ended with this exit code.</summary>
    public bool IsComplete(int exitCode) => _hasResult && Failure is null && (exitCode == 0 || (_isSettled && !_isTurnOpen));

    public IReadOnlyList<AgentEvent> Read(string line)
    {
        _happened.Clear();
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            switch (Word(root, "type"))
            {
                case "system":
                    ReadNotice(root);
                    break;
                case "stream_event":
                    _isTurnOpen |= IsMain(root);
                    ReadPart(Member(root, "event"), isMain: IsMain(root));
                    break;
                case "assistant":
                    _isTurnOpen |= IsMain(root);
                    ReadAnswer(root, Member(root, "message"));
                    break;
                case "user":
                    _isTurnOpen |= IsMain(root);
                    _draft = IsMain(root) ? null : _draft;
                    foreach (var block in Items(Member(root, "message"), "content"))
                    {
                        ReadToolResult(block);
                    }

                    break;
                case "result":
                    ReadResult(root);
                    break;
            }
        }
        catch (JsonException)
        {
            // A line that is no JSON is something that a wrapper or a plug-in printed: the answer goes on without it.
        }

        return [.. _happened];
    }

    /// <summary>What a complete answer ends with.</summary>
    public IEnumerable<AgentEvent> Conclude()
    {
        if (_question is not null)
        {
            yield return new AgentEvent.Asks(_question);
        }
        else if (_length == 0 && _result is not (null or ""))
        {
            // A command such as /cost answers with its result alone.
            yield return new AgentEvent.Text(_result);
        }
    }

    private bool IsUsingTools => _steps.Values.Any(step => step.Status is StepStatuses.Running);

    // What a subagent says is said to the agent that asked it.
    private static bool IsMain(JsonElement line) => Word(line, "parent_tool_use_id") is null;

    private void ReadNotice(JsonElement line)
    {
        switch (Word(line, "subtype"))
        {
            case "init":
                KeepSession(Word(line, "session_id"));
                break;
            case "api_retry":
                DropDraft(isWhole: true);
                break;
            case "task_started" when Word(line, "task_id") is { } task:
                _tasks.Add(task);
                break;
            case "task_notification":
                _tasks.Remove(Word(line, "task_id") ?? string.Empty);

                // It will have something to say about that, after the next result.
                _wasNotified = true;
                break;
        }
    }

    private void KeepSession(string? id)
    {
        // It comes back as an argument: nothing that could be taken for an option.
        if (id is { Length: > 0 and <= 128 } && id[0] is not '-' && id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
        {
            _happened.Add(new AgentEvent.Keep(id));
        }
    }

    /// <summary>A part of a message that is being written.</summary>
    private void ReadPart(JsonElement part, bool isMain)
    {
        switch (Word(part, "type"))
        {
            case "message_start":
                var usage = Member(Member(part, "message"), "usage");
                if (isMain)
                {
                    DropDraft();
                    _message = Word(Member(part, "message"), "id") ?? string.Empty;
                    _draft = new Draft(_message, _length);
                }

                _writtenInMessage = 0;
                Use(Read(usage));
                break;
            case "content_block_start":
                var block = Member(part, "content_block");
                if (ReadTool(block) is { } begun && isMain)
                {
                    _draft?.Steps.Add(begun);
                }

                ReadToolResult(block);
                if (isMain && Word(block, "type") is "text")
                {
                    BeginBlock();
                    Say(Word(block, "text"), isPart: true);
                }

                break;
            case "content_block_delta" when isMain && Member(part, "delta") is var delta && Word(delta, "type") is "text_delta":
                Say(Word(delta, "text"), isPart: true);
                break;
            case "message_delta":
                if (Number(Member(part, "usage"), "output_tokens") is { } written && written > _writtenInMessage)
                {
                    Use(written - _writtenInMessage);
                    _writtenInMessage = written;
                }

                _draft = isMain && Word(Member(part, "delta"), "stop_reason") is not null ? null : _draft;
                break;
            case "message_stop" when isMain:
                _draft = null;
                break;
        }
    }

    /// <summary>A whole message, or the next block of it: says how tools are used, and all that it says when it did not come in parts.</summary>
    private void ReadAnswer(JsonElement line, JsonElement message)
    {
        var id = Word(message, "id") ?? string.Empty;
        var isError = Word(line, "error") is not null;
        if (IsMain(line) && !isError && _draft?.Id != id)
        {
            DropDraft();
        }

        var isNew = !_streamed.Contains(id);
        foreach (var block in Items(message, "content"))
        {
            ReadTool(block);
            ReadToolResult(block);

            // The words of an error come again with the result, and are told there.
            if (Word(block, "type") is "text" && isNew && IsMain(line) && !isError)
            {
                BeginBlock();
                Say(Word(block, "text"), isPart: false);
            }
        }

        if (_draft?.Id == id)
        {
            _draft.Settled = _length;
            _draft.Steps.Clear();
        }
    }

    /// <summary>
    /// The stream of a message broke off and the message is made anew: what was shown of it goes. Blocks that came whole stay, unless the
    /// message is known to have been given up as a whole.
    /// </summary>
    private void DropDraft(bool isWhole = false)
    {
        if (_draft is not { } draft)
        {
            return;
        }

        _draft = null;
        _streamed.Remove(draft.Id);
        foreach (var step in draft.Steps)
        {
            Tell(_steps[step] with { Status = StepStatuses.Failed });
        }

        var kept = isWhole ? draft.Start : draft.Settled;
        if (_length > kept)
        {
            _happened.Add(new AgentEvent.TakeBack(_length - kept));
            _length = kept;
        }
    }

    private void BeginBlock() => _isBetweenBlocks = _length > 0;

    private void Say(string? text, bool isPart)
    {
        if (text is null or "")
        {
            return;
        }

        if (isPart)
        {
            _streamed.Add(_message);
        }

        text = _isBetweenBlocks ? $"\n\n{text}" : text;
        _happened.Add(new AgentEvent.Text(text));
        _isBetweenBlocks = false;
        _length += text.Length;
    }

    /// <summary>The id of the step that it is; null when it is none.</summary>
    private string? ReadTool(JsonElement block)
    {
        if (Word(block, "type") is not ("tool_use" or "server_tool_use" or "mcp_tool_use") || Word(block, "id") is not { } id || Word(block, "name") is not { } name)
        {
            return null;
        }

        var input = Member(block, "input");
        Tell(new AgentEvent.Step(id, name, Detail(input), StepStatuses.Running));

        // Nobody sits at its terminal: what it asks there is for the person in the conversation.
        if (name is "AskUserQuestion" && Items(input, "questions").Select(question => Word(question, "question")).FirstOrDefault(text => text is not null) is { } asked)
        {
            _question = asked;
        }
        else if (name is "ExitPlanMode" && Word(input, "plan") is { } plan && _question is null)
        {
            BeginBlock();
            Say(plan, isPart: false);
            _question = "Claude has a plan for you to approve.";
        }

        return id;
    }

    private void ReadToolResult(JsonElement block)
    {
        if (Word(block, "type")?.EndsWith("tool_result", StringComparison.Ordinal) == true
            && Word(block, "tool_use_id") is { } id && _steps.TryGetValue(id, out var step))
        {
            Tell(step with { Status = Is(block, "is_error") ? StepStatuses.Failed : StepStatuses.Done });
        }
    }

    private void ReadResult(JsonElement line)
    {
        var isError = Is(line, "is_error") || Word(line, "subtype") is { } subtype && subtype.StartsWith("error", StringComparison.Ordinal);
        var hasTurns = Number(line, "num_turns") is not 0;
        var isLate = isError && _hasAnswered && (!hasTurns || !_isTurnOpen);
        _draft = null;
        _isTurnOpen = false;

        // What was not counted on the way: versions that say less there, and subagents.
        var usage = Member(line, "usage");
        Use(Read(usage) + (Number(usage, "output_tokens") ?? 0) - _used);
        if (isLate)
        {
            return;     // something broke behind the answer, which stands
        }

        foreach (var step in _steps.Values.Where(step => step.Status is StepStatuses.Running).ToList())
        {
            Tell(step with { Status = isError ? StepStatuses.Failed : StepStatuses.Done });
        }

        Failure = isError ? Explain(line) : null;
        _hasResult = true;
        _hasAnswered = _hasAnswered || (!isError && hasTurns);
        _isSettled = isError || (hasTurns && !_wasNotified);
        _wasNotified = false;
        if (!isError)
        {
            _result = Word(line, "result");
        }
    }

    private static string Explain(JsonElement line)
    {
        var said = string.Join(' ', Items(line, "errors").Select(Text).OfType<string>());
        said = said is not "" ? said : Word(line, "result") ?? string.Empty;
        return Word(line, "subtype") switch
        {
            "error_max_turns" => "Claude Code has taken as many turns as it may. Send a message to let it go on.",
            "error_max_budget_usd" => "Claude Code has spent as much as it may. Raise its budget in Agents:ClaudeCode:Arguments.",
            _ when said.Contains("/login", StringComparison.Ordinal) =>
                $"Claude Code is not signed in ({said}). Run claude once as the user that the server runs as, and sign in.",
            _ when said is not "" => $"Claude Code could not go on: {said}",
            _ => "Claude Code could not go on and did not say why. Send the message again.",
        };
    }

    private void Tell(AgentEvent.Step step)
    {
        var known = _steps.GetValueOrDefault(step.Id);
        if (known is { Status: not StepStatuses.Running })
        {
            return;
        }

        // The parts of a message name a tool before they say how it is used.
        step = step with { Detail = step.Detail ?? known?.Detail };
        if (step != known)
        {
            _steps[step.Id] = step;
            _happened.Add(step);
        }
    }

    private string? Detail(JsonElement input)
    {
        var text = Telling.Select(name => Word(input, name)).FirstOrDefault(value => value is not (null or ""));
        if (text is null && input.ValueKind == JsonValueKind.Object)
        {
            text = input.EnumerateObject().Select(member => Text(member.Value)).FirstOrDefault(value => value is not null);
        }

        if (text is null)
        {
            return null;
        }

        text = text.StartsWith($"{folder}/", StringComparison.Ordinal) ? text[(folder.Length + 1)..] : text;
        text = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return PlainText.Shortened(text, LongestDetail + 1);
    }

    // What is read from the cache costs next to nothing and would be most of the sum: the whole conversation, at every turn.
    private static long Read(JsonElement usage) => (Number(usage, "input_tokens") ?? 0) + (Number(usage, "cache_creation_input_tokens") ?? 0);

    private void Use(long tokens)
    {
        if (tokens > 0)
        {
            _used += tokens;
            _happened.Add(new AgentEvent.Used(tokens));
        }
    }

    /// <summary>A message that is being streamed and has not come to its end.</summary>
    /// <param name="Start">How much text stood before it.</param>
    private sealed record Draft(string Id, int Start)
    {
        /// <summary>How much text there is up to the last of its blocks that came whole.</summary>
        public int Settled { get; set; } = Start;

        /// <summary>The steps that no whole block has named yet.</summary>
        public List<string> Steps { get; } = [];
    }
}
