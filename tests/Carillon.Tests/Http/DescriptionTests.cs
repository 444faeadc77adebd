using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Carillon.Accounts;

namespace Carillon.Http;

/// <summary>
/// What stands in <c>docs/protocol</c> is what the server says. After a change on purpose, run the tests once with
/// <c>CARILLON_UPDATE=1</c>: it writes the files anew.
/// </summary>
[AlsoNative]
public sealed class DescriptionTests(Houses houses) : InHouse(houses, postgres: false)
{
    [Fact]
    public async Task The_committed_description_is_the_one_that_the_server_gives() =>
        await CompareAsync("openapi.json", (await House.Server.Anonymous.GetAsync("/openapi/v1.json", [])).Is(200).Text.ReplaceLineEndings("\n").TrimEnd() + "\n");

    [Fact]
    public async Task The_page_knows_the_kinds_of_actions_as_the_server_does()
    {
        var text = new StringBuilder("// Made from ActionKinds of Carillon.Protocol by the tests (CARILLON_UPDATE=1).\n\nexport const actionKinds = {\n");
        foreach (var kind in Protocol.ActionKinds.Table)
        {
            var name = kind.Name.Contains('-', StringComparison.Ordinal) ? $"'{kind.Name}'" : kind.Name;
            text.Append($"  {name}: {{ label: '{kind.Label}', doer: '{kind.Doer.ToString().ToLowerInvariant()}', url: {Word(kind.MayHaveUrl)}, text: {Word(kind.TakesText)}, lowRisk: {Word(kind.IsLowRisk)} }},\n");
        }

        await CompareAsync("../../web/src/shell/action-kinds.generated.ts", text.Append("} as const;\n").ToString());
        var guide = await File.ReadAllTextAsync(FileOf("../use/notifications.md"));
        Assert.All(Protocol.ActionKinds.All, kind => Assert.Contains($"`{kind}`", guide, StringComparison.Ordinal));

        static string Word(bool yes) => yes ? "true" : "false";
    }

    [Fact]
    public async Task A_member_that_is_one_of_a_list_names_the_list()
    {
        // Records are told apart: the words of a member are those of its own record, and a new one has to say its own.
        var schemas = JsonNode.Parse((await House.Server.Anonymous.GetAsync("/openapi/v1.json", [])).Is(200).Text)!["components"]!["schemas"]!.AsObject();
        var open = schemas.SelectMany(schema => (schema.Value!["properties"]?.AsObject() ?? []).Select(member => (Name: $"{schema.Key}.{member.Key}", Shape: member.Value!)))
            .Where(member => ((string?)member.Shape["description"])?.StartsWith("One of ", StringComparison.Ordinal) is true)
            .Where(member => member.Shape["enum"] is null && member.Shape["items"]?["enum"] is null)
            .Select(member => member.Name);
        Assert.Empty(open);
    }

    [Fact]
    public async Task The_committed_list_of_errors_is_the_one_that_the_server_answers_with()
    {
        var text = new StringBuilder("""
            # Errors

            Every error is `application/problem+json` with `status`, `title`, `detail` and a `code` that never changes its meaning.
            `detail` says what to do, and may say it more exactly than here. This page is made from `src/Carillon/Http/Problems.cs`
            by the tests (`CARILLON_UPDATE=1`).

            | status | code | title | what to do |
            |---|---|---|---|

            """.ReplaceLineEndings("\n"));
        foreach (var problem in Problems.All)
        {
            text.Append($"| {problem.Status} | `{problem.Code}` | {problem.Title} | {problem.Detail} |\n");
        }

        await CompareAsync("errors.md", text.ToString());
    }

    [Fact]
    public async Task The_description_leaves_nothing_to_guess()
    {
        var document = (await House.Server.Anonymous.GetAsync("/openapi/v1.json", [])).Is(200).Json;
        Assert.StartsWith("3.1.", (string)document["openapi"]!, StringComparison.Ordinal);
        Assert.Null(document["servers"]?.AsArray().FirstOrDefault());
        var schemes = document["components"]!["securitySchemes"]!;
        Assert.Equal("bearer", (string?)schemes["bearer"]!["scheme"]);
        Assert.Equal("carillon_session", (string?)schemes["cookie"]!["name"]);

        foreach (var (path, operations) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in operations!.AsObject())
            {
                var where = $"{method} {path}";
                Assert.True(operation!["summary"] is not null, $"{where} has no summary");
                Assert.True(operation["tags"] is JsonArray { Count: 1 }, $"{where} has no tag");
                Assert.Equal("#/components/schemas/Problem", (string?)operation["responses"]!["default"]!["content"]!["application/problem+json"]!["schema"]!["$ref"]);
                var success = operation["responses"]!.AsObject().Single(response => response.Key[0] == '2');
                var mediaType = path.EndsWith("/export", StringComparison.Ordinal) ? "application/x-ndjson" : "application/json";
                Assert.True(success.Key == "204" || success.Value!["content"]![mediaType]!["schema"]!["$ref"] is not null, $"{where} says nothing of its answer");
                if (method is "patch" || (method is "post" && path != "/api/v1/sign-out" && !path.EndsWith("/stop", StringComparison.Ordinal) && !path.EndsWith("/restore", StringComparison.Ordinal)))
                {
                    Assert.NotNull(operation["requestBody"]!["content"]!["application/json"]!["schema"]!["$ref"]);
                }

                var isPublic = path is "/api/v1/setup" or "/api/v1/sign-in" || (path == "/api/v1/sign-ins" && method == "post");
                Assert.True(isPublic == (operation["security"] is null), $"{where}: security");
            }
        }

        foreach (var (name, schema) in document["components"]!["schemas"]!.AsObject())
        {
            Assert.True(schema!["description"] is not null, $"{name} is not described");
            foreach (var (member, shape) in schema["properties"]!.AsObject())
            {
                Assert.True(shape!["type"] is not null || shape["$ref"] is not null || shape["oneOf"] is not null, $"{name}.{member} has no type");
                Assert.True(shape["description"] is not null || shape["oneOf"]!.AsArray().Any(one => one!["description"] is not null), $"{name}.{member} is not described");
            }
        }

        // Members that are always there are not optional in the page's types; what a client may leave out is.
        string[] Required(string name) => [.. document["components"]!["schemas"]![name]!["required"]!.AsArray().Select(member => (string)member!).Order()];
        Assert.Equal(["actions", "archivedAt", "count", "event", "id", "rangSeq", "readAt", "receivedAt", "resolvedAt", "seenAt", "seq"], Required("Notification"));
        Assert.Equal(["headSeq", "limit", "nextBeforeSeq", "notifications", "unhandledCount", "unreadCount"], Required("NotificationList"));
        Assert.Equal(["message", "priority", "type"], Required("PublishNotification"));
        Assert.Equal(["id", "name", "pushId", "role"], Required("CurrentPerson"));
        Assert.Equal(["id", "kind", "label"], Required("NotificationAction"));
    }

    private static string FileOf(string name, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../docs/protocol", name));

    private static async Task CompareAsync(string name, string text)
    {
        var file = FileOf(name);
        if (Environment.GetEnvironmentVariable("CARILLON_UPDATE") == "1")
        {
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, text);
        }

        Assert.True(File.Exists(file), $"{file} is missing. Run the tests with CARILLON_UPDATE=1.");
        Assert.True(text == (await File.ReadAllTextAsync(file)).ReplaceLineEndings("\n"), $"{name} is not what the server says. If the change is meant, run the tests with CARILLON_UPDATE=1.");
    }
}
