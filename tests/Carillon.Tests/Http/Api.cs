using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Carillon.Http;

/// <summary>What the server answered, read to its end.</summary>
internal sealed record Answer(int Status, string Text, HttpResponseMessage Message)
{
    public JsonNode Json => JsonNode.Parse(Text) ?? throw new InvalidOperationException("The answer is null");

    public string? Header(string name) =>
        Message.Headers.TryGetValues(name, out var values) || Message.Content.Headers.TryGetValues(name, out values) ? string.Join(", ", values) : null;

    public Answer Is(int status)
    {
        Assert.True(Status == status, $"{Message.RequestMessage?.Method} {Message.RequestMessage?.RequestUri} answered {Status}, not {status}: {Text}");
        return this;
    }

    /// <summary>A problem with this code, complete, and of the right type.</summary>
    public Answer IsProblem(int status, string code)
    {
        Is(status);
        Assert.Equal("application/problem+json", Header("Content-Type")?.Split(';')[0]);
        Assert.Equal(["code", "detail", "status", "title"], Json.AsObject().Select(member => member.Key).Order());
        Assert.Equal(status, (int)Json["status"]!);
        Assert.Equal(code, (string?)Json["code"]);
        Assert.NotEmpty((string)Json["title"]!);
        Assert.NotEmpty((string)Json["detail"]!);
        return this;
    }

    /// <summary>The detail speaks of this.</summary>
    public Answer Names(string word)
    {
        Assert.Contains(word, (string)Json["detail"]!, StringComparison.Ordinal);
        return this;
    }
}

internal static class Api
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public static Task<Answer> GetAsync(this HttpClient client, string path, params (string Name, string Value)[] headers) => client.CallAsync("GET", path, null, headers);

    public static Task<Answer> PostAsync(this HttpClient client, string path, string json, params (string Name, string Value)[] headers) =>
        client.CallAsync("POST", path, json, headers);

    public static Task<Answer> PatchAsync(this HttpClient client, string path, string json) => client.CallAsync("PATCH", path, json);

    public static async Task<Answer> CallAsync(this HttpClient client, string method, string path, string? json = null, params (string Name, string Value)[] headers)
    {
        using var content = json is null ? null : new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        return await client.SendAsync(method, path, content, headers);
    }

    public static async Task<Answer> SendAsync(this HttpClient client, string method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        var answer = await client.SendAsync(request);
        return new Answer((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer);
    }

    /// <summary>Asks until the answer has this status: what a command beside the server takes away ends a moment later.</summary>
    public static async Task UntilStatusAsync(this HttpClient client, string path, int status)
    {
        var clock = Stopwatch.StartNew();
        while ((await client.GetAsync(path, [])).Status != status)
        {
            Assert.True(clock.Elapsed < Longest, $"{path} never answered with {status}");
        }
    }

    /// <summary>Asks again until the answer is the wanted one; each asking is a round trip, so it spins no core.</summary>
    public static async Task<Answer> UntilAsync(this HttpClient client, string path, Func<JsonNode, bool> wanted)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var answer = (await client.GetAsync(path, [])).Is(200);
            if (wanted(answer.Json))
            {
                return answer;
            }

            Assert.True(clock.Elapsed < Longest, $"{path} never came to what was waited for; last: {answer.Text}");
        }
    }
}
