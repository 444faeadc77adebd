using System.Text.Json;
using Carillon.Http;
using Carillon.Protocol;

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

    private readonly Dictionary<string, AgentEvent.Step> _steps = [];
    private readonly HashSet<string> _streamed = [];
    private readonly List<AgentEvent> _happened = [];
    private string _message = string.Empty;
    private bool _hasText;
    private bool _isBetweenBlocks;
    private string? _question;
    private long _writtenInMessage;
    private long _used;

    /// <summary>True when anything of the answer has come.</summary>
    public bool HasSpoken => _hasText || _steps.Count > 0;

    /// <summary>True after the line that comes last.</summary>
    public bool HasResult { get; private set; }

    /// <summary>Why the answer could not be completed; null when it was, or when that is not known yet.</summary>
    public string? Failure { get; private set; }

    public IReadOnlyList<AgentEvent> Read(string line)
    {
        _happened.Clear();
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            switch (Word(root, "type"))
            {
                case "system" when Word(root, "subtype") is "init":
                    KeepSession(Word(root, "session_id"));
                    break;
                case "stream_event":
                    ReadPart(Member(root, "event"), isMain: IsMain(root));
                    break;
                case "assistant":
                    ReadAnswer(root, Member(root, "message"));
                    break;
                case "user":
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
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // A line that is no JSON, or no Unicode, is something that a wrapper or a plug-in printed: the answer goes on without it.
        }

        return [.. _happened];
    }

    // What a subagent says is said to the agent that asked it.
    private static bool IsMain(JsonElement line) => Word(line, "parent_tool_use_id") is null;

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
                _message = isMain ? Word(Member(part, "message"), "id") ?? string.Empty : _message;
                _writtenInMessage = 0;
                Use(Read(usage));
                break;
            case "content_block_start":
                var block = Member(part, "content_block");
                ReadTool(block);
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
            case "message_delta" when Number(Member(part, "usage"), "output_tokens") is var written && written > _writtenInMessage:
                Use(written - _writtenInMessage);
                _writtenInMessage = written;
                break;
        }
    }

    /// <summary>A whole message, or the next block of it: says how tools are used, and all that it says when it did not come in parts.</summary>
    private void ReadAnswer(JsonElement line, JsonElement message)
    {
        var isNew = !_streamed.Contains(Word(message, "id") ?? string.Empty);
        foreach (var block in Items(message, "content"))
        {
            ReadTool(block);
            ReadToolResult(block);

            // The words of an error come again with the result, and are told there.
            if (Word(block, "type") is "text" && isNew && IsMain(line) && Word(line, "error") is null)
            {
                BeginBlock();
                Say(Word(block, "text"), isPart: false);
            }
        }
    }

    private void BeginBlock() => _isBetweenBlocks = _hasText;

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

        _happened.Add(new AgentEvent.Text(_isBetweenBlocks ? $"\n\n{text}" : text));
        _isBetweenBlocks = false;
        _hasText = true;
    }

    private void ReadTool(JsonElement block)
    {
        if (Word(block, "type") is not ("tool_use" or "server_tool_use" or "mcp_tool_use") || Word(block, "id") is not { } id || Word(block, "name") is not { } name)
        {
            return;
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
        foreach (var step in _steps.Values.Where(step => step.Status is StepStatuses.Running).ToList())
        {
            Tell(step with { Status = isError ? StepStatuses.Failed : StepStatuses.Done });
        }

        // What was not counted on the way: versions that say less there, and subagents.
        var usage = Member(line, "usage");
        Use(Read(usage) + Number(usage, "output_tokens") - _used);
        HasResult = true;
        if (isError)
        {
            Failure = Explain(line);
        }
        else if (_question is not null)
        {
            _happened.Add(new AgentEvent.Asks(_question));
        }
        else if (!_hasText)
        {
            // A command such as /cost answers with its result alone.
            Say(Word(line, "result"), isPart: false);
        }
    }

    private static string Explain(JsonElement line)
    {
        var said = string.Join(' ', Items(line, "errors").Where(error => error.ValueKind == JsonValueKind.String).Select(error => error.GetString()));
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
            text = input.EnumerateObject().Where(member => member.Value.ValueKind == JsonValueKind.String).Select(member => member.Value.GetString()).FirstOrDefault();
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
    private static long Read(JsonElement usage) => Number(usage, "input_tokens") + Number(usage, "cache_creation_input_tokens");

    private void Use(long tokens)
    {
        if (tokens > 0)
        {
            _used += tokens;
            _happened.Add(new AgentEvent.Used(tokens));
        }
    }

    private static JsonElement Member(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var member) ? member : default;

    private static string? Word(JsonElement of, string name) => Member(of, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static bool Is(JsonElement of, string name) => Member(of, name).ValueKind == JsonValueKind.True;

    private static long Number(JsonElement of, string name) =>
        Member(of, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : 0;

    private static JsonElement[] Items(JsonElement of, string name) =>
        Member(of, name) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];
}
