using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Carillon.Load;

/// <summary>What a scenario needs to be there before it starts: a project and sessions. Outside of all measuring.</summary>
internal sealed class Server(Target target, string token) : IDisposable
{
    private readonly HttpClient http = new()
    {
        BaseAddress = target.Url,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
    };

    /// <summary>A project that everybody sees; it may be there already.</summary>
    public async Task CreateProjectAsync(string id) =>
        await PostAsync("/api/v1/projects", new JsonObject { ["id"] = id, ["name"] = id }, HttpStatusCode.Conflict);

    public async Task ReportAsync(string session, string project, string activity) => await PostAsync(
        $"/api/v1/sessions/{session}/activity",
        new JsonObject { ["activity"] = activity, ["projectId"] = project, ["agent"] = "load", ["title"] = "Under load" });

    /// <summary>New sessions of an agent that the server runs.</summary>
    public async Task<string[]> BeginSessionsAsync(string project, string agent, int count)
    {
        await CreateProjectAsync(project);
        var ids = new string[count];
        for (var index = 0; index < count; index++)
        {
            var answer = await PostAsync("/api/v1/sessions", new JsonObject { ["projectId"] = project, ["agent"] = agent, ["title"] = "Under load" });
            ids[index] = JsonNode.Parse(answer)!["session"]!["id"]!.GetValue<string>();
        }

        return ids;
    }

    public void Dispose() => http.Dispose();

    private async Task<string> PostAsync(string path, JsonObject body, HttpStatusCode? alsoFine = null)
    {
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), content);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode || answer.StatusCode == alsoFine ? text : throw new IOException($"POST {path}: {(int)answer.StatusCode} {text}");
    }
}
