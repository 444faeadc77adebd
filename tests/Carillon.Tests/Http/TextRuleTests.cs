using System.Text.Json.Nodes;
using Carillon.Accounts;

namespace Carillon.Http;

/// <summary>Texts that people are shown hold nothing that would show them something else: one rule at every door.</summary>
public sealed class TextRuleTests(Houses houses) : InHouse(houses, postgres: false)
{
    // What has a form of its own is judged by that; what is written here is taken as it comes, and why.
    private static readonly Dictionary<string, string> AnyText = new()
    {
        ["POST /api/v1/setup name"] = "The set-up is over here; SetupTests have what it refuses.",
        ["POST /api/v1/setup code"] = "A wrong code is a wrong code.",
        ["POST /api/v1/setup password"] = "Nobody is shown a password.",
        ["POST /api/v1/sign-in name"] = "An unknown name answers as a wrong password does.",
        ["POST /api/v1/sign-in password"] = "Nobody is shown a password.",
        ["POST /api/v1/sign-ins name"] = "An unknown name answers as a wrong password does.",
        ["POST /api/v1/sign-ins password"] = "Nobody is shown a password.",
        ["POST /api/v1/users password"] = "Nobody is shown a password.",
        ["PATCH /api/v1/users/{name} password"] = "Nobody is shown a password.",
        ["PATCH /api/v1/users/{name} currentPassword"] = "Nobody is shown a password.",
        ["POST /api/v1/sessions message"] = "What people say to an agent may be any text of any script; the conversation keeps it inside its bubble.",
        ["POST /api/v1/sessions/{id}/messages message"] = "What people say to an agent may be any text of any script; the conversation keeps it inside its bubble.",
        ["POST /api/v1/notifications/{id}/actions/{actionId} text"] = "What people say to an agent.",
        ["POST /api/v1/sessions parentSessionId"] = "It names a session, or nothing.",
        ["POST /api/v1/sessions projectId"] = "It names a project, or nothing.",
        ["POST /api/v1/notifications/read-all projectId"] = "It names a project, or nothing.",
        ["POST /api/v1/notifications/read-all sessionId"] = "It names a session, or nothing.",
        ["POST /api/v1/sessions/{id}/activity projectId"] = "It names a project, or nothing.",
        ["POST /api/v1/tokens projectId"] = "It names a project, or nothing.",
    };

    private static readonly Dictionary<string, JsonNode> Fitting = new()
    {
        ["priority"] = "info",
        ["type"] = "t",
        ["message"] = "m",
        ["activity"] = "working",
        ["scopes"] = new JsonArray("read"),
        ["name"] = "somebody",
        ["id"] = "fits",
        ["password"] = "long enough",
        ["code"] = "c",
        ["agent"] = "demo",
        ["ids"] = new JsonArray("msg_x"),
        ["causeKey"] = "c",
        ["headSha"] = "6dcb09b5b57875f334f61aebed695e2e4193db5e",
        ["title"] = "t",
        ["url"] = "https://github.com/example/shop/pull/12",
        ["state"] = "open",
        ["checks"] = "passing",
        ["review"] = "none",
        ["draft"] = false,
        ["conflicts"] = false,
    };

    [Theory]
    [InlineData("\u202E")]
    [InlineData("\u2066")]
    [InlineData("\u0007")]
    [InlineData("\u001b[31m")]
    public async Task No_text_of_any_request_holds_what_would_show_something_else(string hostile)
    {
        var project = await (await House.AddAsync()).ProjectAsync();
        var document = (await House.Admin.GetAsync("/openapi/v1.json", [])).Is(200).Json;
        var (tried, taken) = (0, new List<string>());
        foreach (var (path, methods) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in methods!.AsObject())
            {
                if ((string?)operation!["requestBody"]?["content"]?["application/json"]?["schema"]?["$ref"] is not { } schema)
                {
                    continue;
                }

                var body = document["components"]!["schemas"]![schema.Split('/')[^1]]!;
                var required = body["required"]?.AsArray().Select(name => (string)name!).ToList() ?? [];
                foreach (var (member, shape) in body["properties"]!.AsObject().Where(one => IsText(one.Value!)))
                {
                    var door = $"{method.ToUpperInvariant()} {path} {member}";
                    if (AnyText.ContainsKey(door))
                    {
                        continue;
                    }

                    var request = new JsonObject { [member] = $"a{hostile}b" };
                    foreach (var needed in required.Where(name => name != member))
                    {
                        request[needed] = needed == "projectId" ? project : Fitting[needed].DeepClone();
                    }

                    tried++;
                    var answer = await House.Admin.CallAsync(method.ToUpperInvariant(), PathOf(path, project), request.ToJsonString());
                    if (answer.Status != 400 || !answer.Text.Contains(member, StringComparison.OrdinalIgnoreCase))
                    {
                        taken.Add($"{door}: {answer.Status} {answer.Text}");
                    }
                }
            }
        }

        Assert.True(tried > 25, $"Only {tried} texts were found.");
        Assert.True(taken.Count == 0, string.Join('\n', taken));
    }

    [Fact]
    public async Task Every_exception_is_a_text_that_some_request_has()
    {
        var document = (await House.Admin.GetAsync("/openapi/v1.json", [])).Is(200).Json;
        foreach (var door in AnyText.Keys)
        {
            var parts = door.Split(' ');
            var schema = (string?)document["paths"]?[parts[1]]?[parts[0].ToLowerInvariant()]?["requestBody"]?["content"]?["application/json"]?["schema"]?["$ref"];
            Assert.True(schema is not null && document["components"]!["schemas"]![schema.Split('/')[^1]]!["properties"]![parts[2]] is not null, door);
        }
    }

    private static string PathOf(string path, string project) => path
        .Replace("/projects/{id}", $"/projects/{project}", StringComparison.Ordinal)
        .Replace("{provider}/{owner}/{repo}/{number}", "github/example/shop/12", StringComparison.Ordinal)
        .Replace("{name}", "root", StringComparison.Ordinal).Replace("{id}", "x", StringComparison.Ordinal).Replace("{actionId}", "x", StringComparison.Ordinal);

    private static bool IsText(JsonNode shape) => (string?)shape["format"] is null && shape["type"] switch
    {
        JsonArray types => types.Any(type => (string?)type == "string"),
        var type => (string?)type == "string",
    };
}
