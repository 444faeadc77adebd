using System.ClientModel;
using System.ClientModel.Primitives;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Options;
using OpenAI;
using OpenAI.Chat;

namespace Carillon.Agents;

/// <summary>A model behind an API like OpenAI's, in the cloud or on this machine. It has no tools; it is told what was said before.</summary>
internal sealed class OpenAIAgent(IOptions<AgentsOptions> options, TimeProvider time) : IAgent
{
    // Good enough for a limit when a server does not count.
    private const int CharactersPerToken = 4;

    private const int LongestReason = 500;

    private readonly OpenAIAgentOptions _options = options.Value.OpenAI;
    private readonly Lazy<ChatClient> _client = new(() => Connect(options.Value.OpenAI));

    public string Name => "openai";

    public string Title => _options.Model is "" ? "OpenAI-compatible" : $"OpenAI-compatible: {_options.Model}";

    public string? Unavailable =>
        _options is { ApiKey: "", BaseUrl: "" }
            ? $"No server is set. Write a key into {OpenAIAgentOptions.Section}:ApiKey, or the address of a server of your own into {OpenAIAgentOptions.Section}:BaseUrl."
        : _options.Model is "" ? $"No model is set. Write its name into {OpenAIAgentOptions.Section}:Model."
        : null;

    public async IAsyncEnumerable<AgentEvent> RunAsync(AgentTask task, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (Unavailable is { } unavailable)
        {
            throw new AgentFailedException(unavailable);
        }

        using var limit = new CancellationTokenSource(_options.TimeLimit, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        ChatTokenUsage? usage = null;
        ChatFinishReason? finish = null;
        Exception? broken = null;
        long written = 0;
        await using (var updates = _client.Value.CompleteChatStreamingAsync(Conversation(task), new(), stop.Token).GetAsyncEnumerator(stop.Token))
        {
            while (true)
            {
                try
                {
                    if (!await updates.MoveNextAsync())
                    {
                        break;
                    }
                }
                catch (Exception error) when (error is ClientResultException or AggregateException or OperationCanceledException or IOException or HttpRequestException or JsonException)
                {
                    // What was used by then counts all the same: first that is told, then this.
                    broken = error;
                    break;
                }

                var update = updates.Current;
                usage = update.Usage ?? usage;
                finish = update.FinishReason ?? finish;
                foreach (var text in update.ContentUpdate.Select(part => part.Text).Append(update.RefusalUpdate).Where(text => text is not (null or "")))
                {
                    written += text.Length;
                    yield return new AgentEvent.Text(text);
                }
            }
        }

        if (usage is not null)
        {
            yield return new AgentEvent.Used(usage.TotalTokenCount);
        }
        else if (written > 0)
        {
            yield return new AgentEvent.Used((task.History.Sum(turn => (long)turn.Text.Length) + task.Prompt.Length + written) / CharactersPerToken + 1);
        }

        cancel.ThrowIfCancellationRequested();
        if (limit.IsCancellationRequested)
        {
            throw new AgentFailedException(
                $"The model took longer than {_options.TimeLimit}. Ask for less at once, or raise {OpenAIAgentOptions.Section}:TimeLimit.", broken);
        }

        if (broken is not null)
        {
            throw new AgentFailedException(Explain(broken), broken);
        }

        if (finish == ChatFinishReason.Length)
        {
            yield return new AgentEvent.Text("\n\n*The answer ends here because it is as long as the model may make it. Ask it to go on.*");
        }
        else if (finish == ChatFinishReason.ContentFilter)
        {
            throw new AgentFailedException("The service withheld the rest of the answer. Ask for it in another way.");
        }
        else if (finish is null)
        {
            throw new AgentFailedException(
                $"The server ended before the answer was complete. Send the message again; if it never answers, check {OpenAIAgentOptions.Section}:BaseUrl.");
        }
    }

    private static ChatClient Connect(OpenAIAgentOptions options)
    {
        // Our own limit holds for the whole answer; a model on a small machine may think long before its first word. One more attempt is for
        // a connection that has gone stale; whether there is to be a third is for the person who waits.
        var client = new OpenAIClientOptions { NetworkTimeout = options.TimeLimit, RetryPolicy = new ClientRetryPolicy(maxRetries: 1) };
        if (options.BaseUrl is not "")
        {
            client.Endpoint = new Uri(options.BaseUrl);
        }

        // The client wants a key; a server that asks for none does not look at it.
        return new ChatClient(options.Model, new ApiKeyCredential(options.ApiKey is "" ? "none" : options.ApiKey), client);
    }

    private static IEnumerable<ChatMessage> Conversation(AgentTask task) =>
    [
        .. task.History.Where(turn => turn.Text is not "")
            .Select(turn => turn.ByPerson ? (ChatMessage)new UserChatMessage(turn.Text) : new AssistantChatMessage(turn.Text)),
        new UserChatMessage(task.Prompt),
    ];

    private string Explain(Exception broken)
    {
        // After several attempts, the last of them.
        var error = broken is AggregateException { InnerExceptions: [.., var last] } ? last : broken;
        var server = _options.BaseUrl is "" ? "OpenAI" : new Uri(_options.BaseUrl).Authority;
        return error switch
        {
            ClientResultException { Status: > 0 } refused => $"{server} answered with {refused.Status}{Reason(refused)}. " + refused.Status switch
            {
                401 or 403 => $"Check {OpenAIAgentOptions.Section}:ApiKey.",
                404 => $"Check {OpenAIAgentOptions.Section}:BaseUrl and {OpenAIAgentOptions.Section}:Model.",
                429 => "Wait a little, or see whether the account has anything left.",
                >= 500 => "Send the message again in a while.",
                _ => $"Check {OpenAIAgentOptions.Section}:Model, and that the conversation is not longer than the model takes.",
            },
            JsonException => $"{server} does not answer like OpenAI's API. Check {OpenAIAgentOptions.Section}:BaseUrl, which often ends in /v1.",
            IOException => $"The connection to {server} broke in the middle of the answer. Send the message again.",
            _ => $"{server} cannot be reached. Check {OpenAIAgentOptions.Section}:BaseUrl, and that it runs.",
        };
    }

    /// <summary>What the server says about it: without the key, which some repeat.</summary>
    private string Reason(ClientResultException refused)
    {
        string? reason = null;
        try
        {
            if (refused.GetRawResponse()?.Content is { } body)
            {
                using var json = JsonDocument.Parse(body.ToMemory());
                var error = json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("error", out var member) ? member : default;
                reason = error.ValueKind == JsonValueKind.String ? error.GetString()
                    : error.ValueKind == JsonValueKind.Object && error.TryGetProperty("message", out var message) ? message.GetString()
                    : null;
            }
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // Something before the server answered, with a page perhaps: the number has to do.
        }

        if (string.IsNullOrWhiteSpace(reason))
        {
            return string.Empty;
        }

        reason = _options.ApiKey is "" ? reason : reason.Replace(_options.ApiKey, "…", StringComparison.Ordinal);
        return $" ({(reason.Length > LongestReason ? reason[..LongestReason] : reason).Trim().TrimEnd('.')})";
    }
}
