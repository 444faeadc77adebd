using System.Text;
using System.Text.Json;
using Carillon.Http;
using Carillon.Protocol;
using static Carillon.Agents.LooseJson;

namespace Carillon.Agents;

/// <summary>
/// What a server that is like OpenAI's streams, understood event by event: https://platform.openai.com/docs/api-reference/chat-streaming.
/// Servers differ in what they leave out, and in where they put thoughts and errors.
/// </summary>
internal sealed class OpenAIAnswer
{
    private const string Thinking = "Thinking";

    // Folded in the page, and read by few.
    private const int LongestThoughts = 32_000;

    private readonly List<AgentEvent> _happened = [];
    private readonly StringBuilder _thoughts = new();
    private int _thoughtCount;
    private bool _isThinking;

    /// <summary>How much text has come.</summary>
    public long Length { get; private set; }

    public bool HasThought => _thoughtCount > 0;

    /// <summary>Why it ended, in the words that OpenAI has for it; null when nobody said so.</summary>
    public string? Finish { get; private set; }

    /// <summary>True after the last event: nothing more comes.</summary>
    public bool IsDone { get; private set; }

    /// <summary>What went wrong, in the server's own words; empty when it did not say.</summary>
    public string? Error { get; private set; }

    /// <summary>The status that an error in the middle would have had at the beginning.</summary>
    public int? ErrorStatus { get; private set; }

    /// <summary>Tokens that the server counted; null when it did not.</summary>
    public long? Tokens { get; private set; }

    /// <param name="data">An event's data.</param>
    /// <param name="isError">The server calls the event an error.</param>
    /// <exception cref="JsonException">It begins like JSON and is none.</exception>
    public IReadOnlyList<AgentEvent> Read(string data, bool isError = false)
    {
        _happened.Clear();
        data = data.Trim();
        if (data == "[DONE]")
        {
            IsDone = true;
        }
        else if (data is ['{' or '[', ..])
        {
            try
            {
                ReadChunk(data, isError);
            }
            catch (JsonException) when (data.Contains('\n', StringComparison.Ordinal))
            {
                // Lines that each are an event, without what should stand between them.
                foreach (var line in data.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                {
                    if (line == "[DONE]")
                    {
                        IsDone = true;
                    }
                    else if (line is ['{', ..])
                    {
                        ReadChunk(line, isError);
                    }
                }
            }
        }
        else if (isError)
        {
            (Error, IsDone) = (data, true);
        }

        // Anything else, often nothing or ": keepalive", only says that the server is there.
        return [.. _happened];
    }

    /// <summary>A body that is JSON: an answer that was not streamed, or an error.</summary>
    /// <exception cref="JsonException">It begins like JSON and is none.</exception>
    public IReadOnlyList<AgentEvent> ReadWhole(string body)
    {
        var happened = Read(body);
        if (Length == 0 && !HasThought && Finish is null)
        {
            Error ??= WordsOf(body) ?? string.Empty;
        }

        IsDone = true;
        return happened;
    }

    /// <summary>Nothing more comes: what is under way is over.</summary>
    public IReadOnlyList<AgentEvent> Conclude()
    {
        _happened.Clear();
        EndThought();
        return [.. _happened];
    }

    /// <summary>What a server says in a body that reports an error; null when it says nothing in words.</summary>
    public static string? WordsOf(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return WordsOf(First(json.RootElement));
        }
        catch (JsonException)
        {
            // Something before the server may have answered with a page, and nobody wants to read that.
            return body.TrimStart() is ['<' or '{' or '[', ..] ? null : body;
        }
    }

    private void ReadChunk(string data, bool isError)
    {
        using var json = JsonDocument.Parse(data);
        var chunk = First(json.RootElement);
        ReadUsage(Member(chunk, "usage"));
        var choice = Items(chunk, "choices").FirstOrDefault();
        if (Member(choice, "delta") is { ValueKind: JsonValueKind.Object } delta)
        {
            ReadWords(delta);
        }
        else if (Length == 0)
        {
            // It did not stream, or only pretends to.
            ReadWords(Member(choice, "message"));
            Say(Word(choice, "text"));
        }

        Finish = Word(choice, "finish_reason")?.ToLowerInvariant() switch
        {
            null or "" => Finish,
            "length" or "max_tokens" or "model_length" => "length",
            "content_filter" or "safety" => "content_filter",
            "error" => "error",
            _ => "stop",
        };
        if (isError || Word(chunk, "object") is "error" || IsError(chunk) || IsError(choice))
        {
            Error = WordsOf(chunk) ?? WordsOf(choice) ?? string.Empty;
            var error = Member(chunk, "error") is { ValueKind: JsonValueKind.Object } told ? told : chunk;
            ErrorStatus = (int?)(Number(error, "code") ?? Number(error, "status"));
            IsDone = true;
        }
    }

    private static bool IsError(JsonElement of) => Member(of, "error").ValueKind is JsonValueKind.Object or JsonValueKind.String;

    // Some wrap the one thing that they have to say into a list.
    private static JsonElement First(JsonElement root) => root.ValueKind == JsonValueKind.Array ? root.EnumerateArray().FirstOrDefault() : root;

    private static string? WordsOf(JsonElement of)
    {
        var error = Member(of, "error");
        string?[] places =
        [
            Text(error), Word(error, "message"), Word(Member(error, "error"), "message"), Word(error, "detail"),
            Word(of, "message"), Text(Member(of, "detail")), Word(Items(of, "detail").FirstOrDefault(), "msg"),
            Text(Items(of, "errors").FirstOrDefault()), Word(Items(of, "errors").FirstOrDefault(), "message"),
        ];
        return places.FirstOrDefault(words => !string.IsNullOrWhiteSpace(words));
    }

    private void ReadUsage(JsonElement usage)
    {
        // Those that tell it with every event tell the sum so far.
        Tokens = Number(usage, "total_tokens")
            ?? (Number(usage, "prompt_tokens") is { } read && Number(usage, "completion_tokens") is { } written ? read + written : Tokens);
    }

    private void ReadWords(JsonElement message)
    {
        // Where both are, they say the same.
        Think(Word(message, "reasoning_content") is { Length: > 0 } thought ? thought : Word(message, "reasoning"));
        Say(Word(message, "content"));
        foreach (var part in Items(message, "content"))
        {
            if (Word(part, "type") is "thinking" or "reasoning")
            {
                Think(Word(part, "thinking") ?? Word(part, "reasoning") ?? Word(part, "text"));
                foreach (var thoughts in Items(part, "thinking"))
                {
                    Think(Word(thoughts, "text"));
                }
            }
            else
            {
                Say(Text(part) ?? Word(part, "text"));
            }
        }

        Say(Word(message, "refusal"));
    }

    private void Think(string? text)
    {
        if (text is null or "")
        {
            return;
        }

        if (!_isThinking)
        {
            _isThinking = true;
            _thoughtCount++;
            _happened.Add(Step(null, StepStatuses.Running));
        }

        if (_thoughts.Length <= LongestThoughts)
        {
            _thoughts.Append(text);
        }
    }

    private void EndThought()
    {
        if (_isThinking)
        {
            _isThinking = false;
            _happened.Add(Step(PlainText.Shortened(_thoughts.ToString().Trim(), LongestThoughts), StepStatuses.Done));
            _thoughts.Clear();
        }
    }

    private AgentEvent.Step Step(string? detail, string status) => new($"thinking-{_thoughtCount}", Thinking, detail, status);

    private void Say(string? text)
    {
        if (text is null or "")
        {
            return;
        }

        EndThought();
        Length += text.Length;
        _happened.Add(new AgentEvent.Text(text));
    }
}
