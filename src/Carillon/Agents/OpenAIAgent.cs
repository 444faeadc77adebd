using System.Buffers;
using System.IO.Pipelines;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Carillon.Http;
using Microsoft.Extensions.Options;

namespace Carillon.Agents;

/// <summary>A model behind an API like OpenAI's, in the cloud or on this machine. It has no tools; it is told what was said before.</summary>
internal sealed class OpenAIAgent(IOptions<AgentsOptions> options, TimeProvider time) : IAgent, IDisposable
{
    private const string OwnAddress = "https://api.openai.com/v1";

    // Good enough for a limit when a server does not count.
    private const int CharactersPerToken = 4;

    private const int LongestReason = 500;
    private const int LongestRefusal = 64 * 1024;
    private const int LongestBody = 8 * 1024 * 1024;

    // Some never close what they stream, or count what was used a moment later.
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(10);

    // One more attempt may help a server that is starting. Whether there is to be a third, or one after a longer wait, is for the person to say.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromSeconds(5);

    private readonly OpenAIAgentOptions _options = options.Value.OpenAI;

    // Our own limit holds for the whole answer; a model on a small machine may think long before its first word. A key goes nowhere but to the
    // address that was set.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };

    public string Name => "openai";

    public string Title => _options.Model is "" ? "OpenAI-compatible" : $"OpenAI-compatible: {_options.Model}";

    public Audience Who => AgentsOptions.AudienceOf(_options.Who)!.Value;

    public string? Unavailable =>
        _options is { ApiKey: "", BaseUrl: "" }
            ? $"No server is set. Write a key into {OpenAIAgentOptions.Section}:ApiKey, or the address of a server of your own into {OpenAIAgentOptions.Section}:BaseUrl."
        : _options.Model is "" ? $"No model is set. Write its name into {OpenAIAgentOptions.Section}:Model."
        : null;

    private string Server => _options.BaseUrl is "" ? "OpenAI" : new Uri(_options.BaseUrl).Authority;

    public void Dispose() => _http.Dispose();

    public async IAsyncEnumerable<AgentEvent> RunAsync(AgentTask task, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (Unavailable is { } unavailable)
        {
            throw new AgentFailedException(unavailable);
        }

        using var limit = new CancellationTokenSource(_options.TimeLimit, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        var answer = new OpenAIAnswer();
        Exception? broken = null;
        await using (var events = AskAsync(task, answer, stop.Token).GetAsyncEnumerator(stop.Token))
        {
            while (true)
            {
                try
                {
                    if (!await events.MoveNextAsync())
                    {
                        break;
                    }
                }
                catch (Exception error) when (error is AgentFailedException or OperationCanceledException or IOException or HttpRequestException or JsonException)
                {
                    // What was used by then counts all the same: first that is told, then this.
                    broken = error;
                    break;
                }

                yield return events.Current;
            }
        }

        foreach (var happened in answer.Conclude())
        {
            yield return happened;
        }

        if (answer.Tokens is { } tokens)
        {
            yield return new AgentEvent.Used(tokens);
        }
        else if (answer.Length > 0)
        {
            yield return new AgentEvent.Used((task.History.Sum(turn => (long)turn.Text.Length) + task.Prompt.Length + answer.Length) / CharactersPerToken + 1);
        }

        cancel.ThrowIfCancellationRequested();
        if (limit.IsCancellationRequested)
        {
            throw new AgentFailedException(
                $"The model took longer than {_options.TimeLimit}. Ask for less at once, or raise {OpenAIAgentOptions.Section}:TimeLimit.", broken);
        }

        if (Failure(answer, broken) is { } failure)
        {
            throw new AgentFailedException(failure, broken);
        }

        if (Remark(answer) is { } remark)
        {
            yield return new AgentEvent.Text(answer.Length > 0 ? $"\n\n*{remark}*" : $"*{remark}*");
        }
    }

    private async IAsyncEnumerable<AgentEvent> AskAsync(AgentTask task, OpenAIAnswer answer, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var response = await SendAsync(task, cancel);
        using var quiet = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var body = PipeReader.Create(await response.Content.ReadAsStreamAsync(cancel));
        if (await BeginsWithJsonAsync(body, cancel))
        {
            foreach (var happened in answer.ReadWhole(await ReadAsync(body, LongestBody, cancel)))
            {
                yield return happened;
            }

            yield break;
        }

        await using var events = SseParser.Create(body.AsStream()).EnumerateAsync(quiet.Token).GetAsyncEnumerator(quiet.Token);
        while (!answer.IsDone)
        {
            try
            {
                if (!await events.MoveNextAsync())
                {
                    yield break;
                }
            }
            catch (Exception error) when (answer.Finish is not null && !cancel.IsCancellationRequested && error is OperationCanceledException or IOException)
            {
                yield break;    // the answer was complete
            }

            foreach (var happened in answer.Read(events.Current.Data, isError: events.Current.EventType is "error"))
            {
                yield return happened;
            }

            if (answer.Finish is not null)
            {
                quiet.CancelAfter(LongestEnd);
            }
        }
    }

    /// <summary>Asks, once more when the server is only busy for a moment.</summary>
    /// <exception cref="AgentFailedException">It refuses.</exception>
    private async Task<HttpResponseMessage> SendAsync(AgentTask task, CancellationToken cancel)
    {
        var body = RequestBody(task);
        for (var isFirst = true; ; isFirst = false)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{(_options.BaseUrl is "" ? OwnAddress : _options.BaseUrl).TrimEnd('/')}/chat/completions");
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            if (_options.ApiKey is not "")
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _options.ApiKey);
            }

            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            using (response)
            {
                var status = (int)response.StatusCode;
                var wait = WaitOf(response);
                if (!isFirst || status is not (429 or 500 or 502 or 503 or 504) || wait > LongestRetryAfter)
                {
                    var words = OpenAIAnswer.WordsOf(await ReadAsync(PipeReader.Create(await response.Content.ReadAsStreamAsync(cancel)), LongestRefusal, cancel));
                    throw new AgentFailedException(
                        $"{Server} answered with {status}{InBrackets(words)}. {(wait is null || wait < RetryAfter ? Advice(status) : $"Send the message again in {InWords(wait.Value)}.")}");
                }

                await Task.Delay(wait ?? RetryAfter, time, cancel);
            }
        }
    }

    private byte[] RequestBody(AgentTask task)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("model", _options.Model);
            json.WriteBoolean("stream", true);
            json.WriteStartObject("stream_options");
            json.WriteBoolean("include_usage", true);
            json.WriteEndObject();
            json.WriteStartArray("messages");
            foreach (var turn in task.History.Where(turn => turn.Text is not "").Append(new AgentTurn(ByPerson: true, task.Prompt)))
            {
                json.WriteStartObject();
                json.WriteString("role", turn.ByPerson ? "user" : "assistant");
                json.WriteString("content", turn.Text);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return body.WrittenSpan.ToArray();
    }

    private string? Failure(OpenAIAnswer answer, Exception? broken) => broken switch
    {
        AgentFailedException => broken.Message,
        JsonException => $"{Server} does not answer like OpenAI's API. Check {OpenAIAgentOptions.Section}:BaseUrl, which often ends in /v1.",
        IOException => $"The connection to {Server} broke in the middle of the answer. Send the message again.",
        not null => $"{Server} cannot be reached. Check {OpenAIAgentOptions.Section}:BaseUrl, and that it runs.",
        null when answer.Error is { } error =>
            $"{Server} broke the answer off{(error is "" ? " and did not say why" : InBrackets(error))}. {Advice(answer.ErrorStatus ?? 500)}",
        null => answer.Finish switch
        {
            "error" => $"{Server} broke the answer off and did not say why. {Advice(500)}",
            "content_filter" => "The service withheld the rest of the answer. Ask for it in another way.",
            null when !answer.IsDone =>
                $"The server ended before the answer was complete. Send the message again; if it never answers, check {OpenAIAgentOptions.Section}:BaseUrl.",
            _ => null,
        },
    };

    /// <summary>What the person has to know of an answer that ended as it should.</summary>
    private static string? Remark(OpenAIAnswer answer) => (answer.Finish, answer.Length, answer.HasThought) switch
    {
        ("length", 0, true) => "The answer is empty: the model thought for as long as it may answer. Ask for less at once, or allow longer answers.",
        ("length", _, _) => "The answer ends here because it is as long as the model may make it. Ask it to go on.",
        (_, 0, true) => "The answer is empty: the model thought and then said nothing. Send the message again, or say what is missing.",
        _ => null,
    };

    private static string Advice(int status) => status switch
    {
        401 or 403 => $"Check {OpenAIAgentOptions.Section}:ApiKey.",
        >= 300 and < 400 or 404 => $"Check {OpenAIAgentOptions.Section}:BaseUrl and {OpenAIAgentOptions.Section}:Model.",
        429 => "Wait a little, or see whether the account has anything left.",
        >= 500 => "Send the message again in a while.",
        _ => $"Check {OpenAIAgentOptions.Section}:Model, and that the conversation is not longer than the model takes.",
    };

    /// <summary>What the server says about it, without the key, which some repeat.</summary>
    private string InBrackets(string? words)
    {
        words = string.Concat((words ?? string.Empty).Select(letter => char.IsControl(letter) ? ' ' : letter));
        words = string.Join(' ', PlainText.WithoutBidiControls(words).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        words = _options.ApiKey is "" ? words : words.Replace(_options.ApiKey, "…", StringComparison.Ordinal);
        return words is "" ? string.Empty : $" ({PlainText.Shortened(words, LongestReason).TrimEnd('.')})";
    }

    private TimeSpan? WaitOf(HttpResponseMessage response) =>
        response.Headers.RetryAfter is not { } after ? null
        : (after.Delta ?? after.Date - time.GetUtcNow()) is { } wait && wait > TimeSpan.Zero ? wait
        : TimeSpan.Zero;

    private static string InWords(TimeSpan wait) =>
        wait < TimeSpan.FromSeconds(100) ? $"{Math.Ceiling(wait.TotalSeconds)} seconds"
        : wait < TimeSpan.FromMinutes(100) ? $"{Math.Ceiling(wait.TotalMinutes)} minutes"
        : $"{Math.Ceiling(wait.TotalHours)} hours";

    /// <summary>Looks at the first character that means something: an error often comes as a body of its own, whatever was asked for.</summary>
    private static async Task<bool> BeginsWithJsonAsync(PipeReader body, CancellationToken cancel)
    {
        while (true)
        {
            var read = await body.ReadAsync(cancel);
            var first = Encoding.UTF8.GetString(read.Buffer.Slice(0, Math.Min(read.Buffer.Length, 1024))).TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
            if (first.Length > 0 || read.IsCompleted || read.Buffer.Length >= 1024)
            {
                body.AdvanceTo(read.Buffer.Start);
                return first is ['{' or '[', ..];
            }

            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static async Task<string> ReadAsync(PipeReader body, int most, CancellationToken cancel)
    {
        while (true)
        {
            var read = await body.ReadAsync(cancel);
            if (read.IsCompleted || read.Buffer.Length >= most)
            {
                var text = Encoding.UTF8.GetString(read.Buffer.Slice(0, Math.Min(read.Buffer.Length, most)));
                body.AdvanceTo(read.Buffer.End);
                return text;
            }

            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
