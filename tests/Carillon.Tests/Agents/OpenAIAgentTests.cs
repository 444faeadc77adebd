using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Carillon.Agents;

/// <summary>Against a server on the loopback that answers as documented of chat completions.</summary>
public sealed class OpenAIAgentTests : IAsyncDisposable
{
    private const string Key = "sk-the-key-of-the-house";
    private const string Stop = """{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""";
    private const string Usage = """{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":11,"completion_tokens":20,"total_tokens":31}}""";

    private readonly Workshop _workshop = new();
    private WebApplication? _server;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _workshop.Dispose();
    }

    [Fact]
    public async Task An_answer_is_shown_as_it_is_written_and_its_tokens_are_counted()
    {
        var go = new TaskCompletionSource();
        (string Line, JsonNode Body) asked = ("", "");
        var agent = await AgentAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            asked = ($"{context.Request.Path} {context.Request.Headers.Authorization}", JsonNode.Parse(await reader.ReadToEndAsync())!);
            await SayAsync(context, Text("Hello "));
            await go.Task;
            await SayAsync(context, Text("wörld"), Stop, Usage, "[DONE]");
        });
        await using var events = agent
            .RunAsync(_workshop.Task("And now?", history: [new(true, "Hi"), new(false, "Hello."), new(false, "")]), CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(new AgentEvent.Text("Hello "), events.Current);
        go.SetResult();
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(new AgentEvent.Text("wörld"), events.Current);
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(new AgentEvent.Used(31), events.Current);
        Assert.False(await events.MoveNextAsync());

        Assert.Equal($"/v1/chat/completions Bearer {Key}", asked.Line);
        Assert.Equal("some-model", (string?)asked.Body["model"]);
        Assert.True((bool)asked.Body["stream_options"]!["include_usage"]!);
        Assert.Equal(
            ["user Hi", "assistant Hello.", "user And now?"],
            asked.Body["messages"]!.AsArray().Select(message => $"{message!["role"]} {message["content"]}"));
    }

    [Fact]
    public async Task A_server_of_ones_own_needs_no_key_and_may_not_count()
    {
        var agent = await AgentAsync(context => SayAsync(context, Text("12345678"), Stop, "[DONE]"), key: "");
        Assert.Null(agent.Unavailable);
        var events = await agent.AllAsync(_workshop.Task("1234", history: [new(true, "1234")]));
        Assert.Equal([new AgentEvent.Text("12345678"), new AgentEvent.Used(5)], events);
    }

    [Theory]
    [InlineData(401, "Check Agents:OpenAI:ApiKey.")]
    [InlineData(403, "Check Agents:OpenAI:ApiKey.")]
    [InlineData(404, "Check Agents:OpenAI:BaseUrl and Agents:OpenAI:Model.")]
    [InlineData(400, "Check Agents:OpenAI:Model, and that the conversation is not longer than the model takes.")]
    [InlineData(429, "Wait a little, or see whether the account has anything left.")]
    [InlineData(503, "Send the message again in a while.")]
    public async Task A_refusal_is_told_with_what_to_check_and_never_with_the_key(int status, string advice)
    {
        var agent = await AgentAsync(async context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync($$$"""{"error":{"message":"Wrong key {{{Key}}}.","type":"some_error","param":null,"code":null}}""");
        });
        var (events, message) = await agent.FailAsync(_workshop.Task("Hi"));
        Assert.Empty(events);
        Assert.Equal($"127.0.0.1:{new Uri(_server!.Urls.Single()).Port} answered with {status} (Wrong key …). {advice}", message);
    }

    [Fact]
    public async Task A_connection_that_breaks_in_the_middle_keeps_what_was_said_and_says_so()
    {
        var heard = new TaskCompletionSource();
        var agent = await AgentAsync(async context =>
        {
            await SayAsync(context, Text("Half of "));
            await heard.Task;
            context.Abort();
        });
        List<AgentEvent> events = [];
        var failure = await Assert.ThrowsAsync<AgentFailedException>(async () =>
        {
            await foreach (var happened in agent.RunAsync(_workshop.Task("Hi"), CancellationToken.None))
            {
                events.Add(happened);
                heard.TrySetResult();
            }
        });
        Assert.Equal([new AgentEvent.Text("Half of "), new AgentEvent.Used(3)], events);
        Assert.EndsWith("broke in the middle of the answer. Send the message again.", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/event-stream", "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Half\"}}]}\n\n", "before the answer was complete")]
    [InlineData("text/html", "<html>Welcome</html>", "before the answer was complete")]
    [InlineData("text/event-stream", "data: {oh no}\n\n", "does not answer like OpenAI's API")]
    public async Task An_answer_without_its_end_is_not_taken_for_whole(string type, string body, string told)
    {
        var agent = await AgentAsync(async context =>
        {
            context.Response.ContentType = type;
            await context.Response.WriteAsync(body);
        });
        Assert.Contains(told, (await agent.FailAsync(_workshop.Task("Hi"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named()
    {
        _workshop.Settings.OpenAI.BaseUrl = "http://127.0.0.1:9/v1";
        _workshop.Settings.OpenAI.Model = "m";
        var (_, message) = await new OpenAIAgent(_workshop.Options, TimeProvider.System).FailAsync(_workshop.Task("Hi"));
        Assert.Equal("127.0.0.1:9 cannot be reached. Check Agents:OpenAI:BaseUrl, and that it runs.", message);
    }

    [Fact]
    public async Task Stopping_ends_the_request_and_counts_what_was_used()
    {
        var left = new TaskCompletionSource();
        var agent = await AgentAsync(async context =>
        {
            await SayAsync(context, Text("Hello"));
            context.RequestAborted.Register(left.SetResult);
            await left.Task;
        });
        using var stop = new CancellationTokenSource();
        List<AgentEvent> events = [];
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var happened in agent.RunAsync(_workshop.Task("Hi"), stop.Token))
            {
                events.Add(happened);
                await stop.CancelAsync();
            }
        });
        Assert.Equal([new AgentEvent.Text("Hello"), new AgentEvent.Used(2)], events);
        await left.Task;
    }

    [Fact]
    public async Task The_time_limit_ends_a_model_that_says_nothing()
    {
        _workshop.Settings.OpenAI.TimeLimit = TimeSpan.FromMilliseconds(300);
        var agent = await AgentAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        var (_, message) = await agent.FailAsync(_workshop.Task("Hi"));
        Assert.Equal("The model took longer than 00:00:00.3000000. Ask for less at once, or raise Agents:OpenAI:TimeLimit.", message);
    }

    [Theory]
    [InlineData("length", "Half\n\n*The answer ends here")]
    [InlineData("stop", "Half")]
    public async Task An_answer_that_is_too_long_for_the_model_says_so(string reason, string told)
    {
        var agent = await AgentAsync(context => SayAsync(context, Text("Half"), Stop.Replace("\"stop\"", $"\"{reason}\"", StringComparison.Ordinal), "[DONE]"));
        Assert.StartsWith(told, (await agent.AllAsync(_workshop.Task("Hi"))).Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_is_withheld_has_failed()
    {
        var agent = await AgentAsync(context => SayAsync(context, Stop.Replace("\"stop\"", "\"content_filter\"", StringComparison.Ordinal), "[DONE]"));
        Assert.StartsWith("The service withheld", (await agent.FailAsync(_workshop.Task("Hi"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a role that is empty", """{"choices":[{"delta":{"role":"","content":"Hi"}}]}""", """{"choices":[{"delta":{},"finish_reason":"stop"}]}""")]
    [InlineData("a role of its own", """{"choices":[{"delta":{"role":"model","content":"Hi"},"finish_reason":"stop"}]}""")]
    [InlineData("an empty reason before the true one", """{"choices":[{"delta":{"content":"H"},"finish_reason":""}]}""", """{"choices":[{"delta":{"content":"i"},"finish_reason":"eos"}]}""")]
    [InlineData("no choices", """{"choices":null}""", """{"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}""", """{"choices":null,"usage":null}""")]
    [InlineData("no reason at all", """{"choices":[{"delta":{"content":"Hi"}}]}""", "[DONE]")]
    [InlineData("keep-alives as data", ": keepalive", "", "ping", """{"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}""", "", "[DONE]")]
    [InlineData("content in parts", """{"choices":[{"delta":{"content":[{"type":"text","text":"H"},{"type":"text","text":"i"}]},"finish_reason":"stop"}]}""")]
    [InlineData("numbers and nulls where text should be", """{"choices":[{"delta":{"role":7,"content":null,"reasoning":5}}]}""", """{"choices":[{"delta":{"content":"Hi","tool_calls":null},"finish_reason":"stop"}]}""")]
    [InlineData("a message that pretends to be streamed", """{"choices":[{"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}""")]
    [InlineData("the whole message again at the end", """{"choices":[{"delta":{"content":"Hi"}}]}""", """{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}""")]
    public async Task A_server_that_is_only_like_OpenAIs_is_understood(string what, params string[] events)
    {
        var agent = await AgentAsync(context => SayAsync(context, events));
        Assert.Equal((what, "Hi"), (what, (await agent.AllAsync(_workshop.Task("Hello"))).Text()));
    }

    [Fact]
    public async Task Half_a_character_waits_for_its_other_half_and_costs_nothing_else()
    {
        var agent = await AgentAsync(context => SayAsync(context, Text(@"a\ud83d"), Text(@"\ude00b"), Text(@"c\ud83d d \n\u00e9"), Stop, "[DONE]"));
        Assert.Equal("a\ud83d\ude00bc\ud83d d \né", (await agent.AllAsync(_workshop.Task("Hello"))).Text());
    }

    [Theory]
    [InlineData("""{"choices":[{"delta":{"reasoning_content":"First "}}]}""", """{"choices":[{"delta":{"reasoning_content":"this."}}]}""")]
    [InlineData("""{"choices":[{"delta":{"reasoning":"First this.","content":""}}]}""")]
    [InlineData("""{"choices":[{"delta":{"reasoning":"First this.","reasoning_content":"First this."}}]}""")]
    [InlineData("""{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"First "},{"type":"text","text":"this."}]}]}}]}""")]
    public async Task What_it_thinks_is_a_step_and_not_the_answer(params string[] thoughts)
    {
        var agent = await AgentAsync(context => SayAsync(context, [.. thoughts, Text("Hi"), Stop, "[DONE]"]));
        Assert.Equal(
            [
                new AgentEvent.Step("thinking-1", "Thinking", null, "running"),
                new AgentEvent.Step("thinking-1", "Thinking", "First this.", "done"),
                new AgentEvent.Text("Hi"),
            ],
            (await agent.AllAsync(_workshop.Task("Hello"))).Where(happened => happened is not AgentEvent.Used));
    }

    [Theory]
    [InlineData("stop", "*The answer is empty: the model thought and then said nothing. Send the message again, or say what is missing.*")]
    [InlineData("length", "*The answer is empty: the model thought for as long as it may answer. Ask for less at once, or allow longer answers.*")]
    public async Task An_answer_of_thoughts_alone_says_that_it_is_empty(string finish, string told)
    {
        var agent = await AgentAsync(context => SayAsync(
            context, """{"choices":[{"delta":{"reasoning":"Hm."}}]}""", Stop.Replace("\"stop\"", $"\"{finish}\"", StringComparison.Ordinal), "[DONE]"));
        var events = await agent.AllAsync(_workshop.Task("Hello"));
        Assert.Equal(told, events.Text());
        Assert.Equal("Hm.", events.OfType<AgentEvent.Step>().Last().Detail);
    }

    [Theory]
    [InlineData("""{"error":{"message":"The model has run out of memory.","code":500}}""", "broke the answer off (The model has run out of memory). Send the message again in a while.")]
    [InlineData("""{"error":"out of memory"}""", "broke the answer off (out of memory). Send the message again in a while.")]
    [InlineData("""{"object":"error","message":"too long","code":400}""", "broke the answer off (too long). Check Agents:OpenAI:Model, and that the conversation is not longer than the model takes.")]
    [InlineData("""{"choices":[{"delta":{"content":""},"finish_reason":"error"}],"error":{"code":502,"message":"Provider gone"}}""", "broke the answer off (Provider gone). Send the message again in a while.")]
    [InlineData("""{"choices":[{"delta":{},"finish_reason":"error"}]}""", "broke the answer off and did not say why. Send the message again in a while.")]
    public async Task An_error_in_the_middle_is_told_in_the_servers_own_words(string error, string told)
    {
        var agent = await AgentAsync(context => SayAsync(context, Text("Half"), error, "[DONE]"));
        var (events, message) = await agent.FailAsync(_workshop.Task("Hello"));
        Assert.Equal("Half", events.Text());
        Assert.Equal($"127.0.0.1:{new Uri(_server!.Urls.Single()).Port} {told}", message);
    }

    [Theory]
    [InlineData("application/json", """{"error":{"message":"No such model."}}""", "broke the answer off (No such model).")]
    [InlineData("text/event-stream", "\n {\"error\":\"No such model\"}", "broke the answer off (No such model).")]
    [InlineData("text/event-stream", "event: error\ndata: No such model\n\n", "broke the answer off (No such model).")]
    [InlineData("application/json", """[{"error":{"message":"No such model"}}]""", "broke the answer off (No such model).")]
    [InlineData("application/json", """{"detail":"No such model"}""", "broke the answer off (No such model).")]
    [InlineData("application/json", """{"status":"ok"}""", "broke the answer off and did not say why.")]
    public async Task An_error_in_place_of_a_stream_is_told(string type, string body, string told)
    {
        var agent = await AgentAsync(async context =>
        {
            context.Response.ContentType = type;
            await context.Response.WriteAsync(body);
        });
        Assert.Contains(told, (await agent.FailAsync(_workshop.Task("Hello"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_is_not_streamed_is_taken_whole()
    {
        var agent = await AgentAsync(async context =>
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(
                """{"choices":[{"message":{"role":"assistant","reasoning_content":"Hm.","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}""");
        });
        var events = await agent.AllAsync(_workshop.Task("Hello"));
        Assert.Equal("Hi", events.Text());
        Assert.Equal(new AgentEvent.Used(7), events[^1]);
    }

    [Theory]
    [InlineData("90", "Send the message again in 90 seconds.")]
    [InlineData("1200", "Send the message again in 20 minutes.")]
    [InlineData("36000", "Send the message again in 10 hours.")]
    public async Task Who_has_to_wait_long_is_told_so_at_once(string seconds, string told)
    {
        var asked = 0;
        var agent = await AgentAsync(async context =>
        {
            asked++;
            context.Response.StatusCode = 429;
            context.Response.Headers.RetryAfter = seconds;
            await context.Response.WriteAsync("""{"error":{"message":"Slow down, please."}}""");
        });
        var (_, message) = await agent.FailAsync(_workshop.Task("Hello"));
        Assert.EndsWith($"answered with 429 (Slow down, please). {told}", message, StringComparison.Ordinal);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task A_server_that_is_busy_for_a_moment_is_asked_once_more()
    {
        var asked = 0;
        var agent = await AgentAsync(async context =>
        {
            if (++asked == 1)
            {
                context.Response.StatusCode = 429;
                context.Response.Headers.RetryAfter = "1";
                return;
            }

            await SayAsync(context, Text("Hi"), Stop, "[DONE]");
        });
        Assert.Equal("Hi", (await agent.AllAsync(_workshop.Task("Hello"))).Text());
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task A_connection_that_breaks_behind_the_end_costs_nothing()
    {
        var heard = new TaskCompletionSource();
        var agent = await AgentAsync(async context =>
        {
            await SayAsync(context, """{"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}""");
            await heard.Task;
            context.Abort();
        });
        List<AgentEvent> events = [];
        await foreach (var happened in agent.RunAsync(_workshop.Task("Hello"), CancellationToken.None))
        {
            events.Add(happened);
            heard.TrySetResult();
        }

        Assert.Equal("Hi", events.Text());
    }

    [Fact]
    public async Task A_key_does_not_follow_to_another_address()
    {
        var agent = await AgentAsync(context =>
        {
            Assert.Equal("/v1/chat/completions", context.Request.Path);
            context.Response.Redirect("/elsewhere", permanent: true, preserveMethod: true);
            return Task.CompletedTask;
        });
        Assert.EndsWith(
            "answered with 308. Check Agents:OpenAI:BaseUrl and Agents:OpenAI:Model.", (await agent.FailAsync(_workshop.Task("Hello"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", "m", "Agents:OpenAI:ApiKey")]
    [InlineData("k", "", "", "Agents:OpenAI:Model")]
    [InlineData("k", "", "m", null)]
    [InlineData("", "http://127.0.0.1:9", "m", null)]
    public void What_is_missing_is_named(string key, string url, string model, string? named)
    {
        (_workshop.Settings.OpenAI.ApiKey, _workshop.Settings.OpenAI.BaseUrl, _workshop.Settings.OpenAI.Model) = (key, url, model);
        var unavailable = new OpenAIAgent(_workshop.Options, TimeProvider.System).Unavailable;
        Assert.Equal(named is null, unavailable is null);
        Assert.Contains(named ?? "", unavailable ?? "", StringComparison.Ordinal);
    }

    private async Task<OpenAIAgent> AgentAsync(RequestDelegate answer, string key = Key)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.Run(answer);
        await _server.StartAsync();
        _workshop.Settings.OpenAI.BaseUrl = $"{_server.Urls.Single()}/v1";
        _workshop.Settings.OpenAI.ApiKey = key;
        _workshop.Settings.OpenAI.Model = "some-model";
        return new OpenAIAgent(_workshop.Options, TimeProvider.System);
    }

    private static string Text(string text) =>
        $$$"""{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"{{{text}}}"},"finish_reason":null}]}""";

    private static async Task SayAsync(HttpContext context, params string[] lines)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.ContentType = "text/event-stream";
        }

        foreach (var line in lines)
        {
            await context.Response.WriteAsync($"data: {line}\n\n");
        }

        await context.Response.Body.FlushAsync();
    }
}
