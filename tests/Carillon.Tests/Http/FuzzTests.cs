using System.Text;
using System.Text.Json.Nodes;
using Carillon.Accounts;

namespace Carillon.Http;

/// <summary>Requests that no client means, against every endpoint. The seed is fixed, so a failure comes again.</summary>
public abstract class FuzzTests(bool postgres)
{
    private const int Rounds = 40;

    private static readonly string[] Strange =
    [
        "null", "true", "false", "0", "-1", "1e400", "9223372036854775808", "[]", "{}", "[null]", "[[]]", "{\"a\":null}", "\"\"", "\"\\u0000\"", "\"a\\u0000b\"",
        "\"\\ud83d\"", "\"\\udc00\\ud800\"", "\"\\u202e\"", "\"../../etc/passwd\"", "\"'; DROP TABLE users; --\"", "\"%00%s%n\"", "\"everyone\"", "\"pn_\"",
        "[\"\\u0000\"]", "[\"everyone\",null]", "[{\"id\":\"a\"}]", "[null,null]", "{\"\":{\"\":[]}}", "\"9999-12-31T23:59:59.9999999-14:00\"", "\"0001-01-01T00:00:00Z\"",
        "1.5", "\"1\"", "-0", "\"\\n\"", "\"" + new string('x', 3_000) + "\"",
    ];

    private static readonly string[] StrangePaths = ["x", "..", "%2e%2e%2f", "a%20b", "%F0%9F%94%94", "%C3%28", "'%22;--", "everyone", "ntf_x", "a:b", "%0A", new string('y', 600)];

    private static readonly string[] StrangeQueries =
        ["", "?limit=-1", "?limit=abc", "?limit=", "?limit=1&limit=2", "?beforeSeq=-9223372036854775808", "?before=1.%00", "?before=.", "?before=9223372036854775808.x", "?before=1.",
         "?projectId=%00", "?projectId=", "?sessionId=%00", "?sessionId=%C3%28", "?unreadOnly=2", "?all=true", "?all=x", "?%00=%00", "?&&&=", "?sessionId=" + new string('z', 2_000)];

    [Fact]
    public async Task Whatever_is_thrown_at_it_the_server_stays_up_and_says_what_is_wrong()
    {
        // A house that nobody else uses: some of what is thrown hits, and what its log says is said of this.
        await using var house = await House.OpenAsync(postgres ? await TestDatabase.PostgresAsync() : TestDatabase.Embedded);
        var ada = await house.AddAsync();
        var random = new Random(20261121);
        var document = (await house.Server.Anonymous.GetAsync("/openapi/v1.json", [])).Is(200).Json;
        var operations = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => (Method: operation.Key.ToUpperInvariant(), Path: path.Key, Operation: operation.Value!)))
            .Where(operation => operation.Path is not "/api/v1/sign-out").ToList();
        var row = await ada.PublishAsync("\"actions\":[{\"id\":\"a\",\"kind\":\"dismiss\",\"label\":\"b\"}]");
        var token = (string)(await ada.Token.GetAsync("/api/v1/action-token", [])).Json["token"]!;

        for (var round = 0; round < Rounds; round++)
        {
            await Task.WhenAll(operations.Select(async operation =>
            {
                string path, body;
                (string, string)[] headers;
                lock (random)
                {
                    path = string.Join('/', operation.Path.Split('/').Select(part => part is ['{', ..] ? (random.Next(3) == 0 ? (string)row["id"]! : Pick(random, StrangePaths)) : part))
                        + (operation.Method == "GET" || random.Next(4) == 0 ? Pick(random, StrangeQueries) : "");
                    body = Body(random, document, operation.Operation);
                    headers = random.Next(3) switch
                    {
                        0 => [("Idempotency-Key", Pick(random, ["", "k", "a\tb", new string('k', 300)])), ("X-AO-Action-Token", token)],
                        1 => [("X-AO-Action-Token", Pick(random, ["", "x", new string('A', 54)])), ("X-Forwarded-Proto", "gopher")],
                        _ => [],
                    };
                }

                using var content = operation.Method is "GET" or "DELETE" ? null : new StringContent(body, Encoding.UTF8, "application/json");
                // Wrong passwords count for an address of their own.
                var answer = await ada.Page.SendAsync(operation.Method, path, content, [.. headers, ("X-Forwarded-For", "198.51.100.7")]);
                Assert.True(answer.Status < 500, $"{operation.Method} {path} {body} {string.Join(", ", headers)}: {answer.Status} {answer.Text}");
                if (answer.Status >= 400 && answer.Text.Length > 0)
                {
                    Assert.NotNull((string?)answer.Json["code"]);
                }
            }));
        }

        (await house.Admin.GetAsync("/readyz", [])).Is(200);
        (await ada.Page.GetAsync("/api/v1/notifications", [])).Is(200);
        var log = house.Server.Log;
        var failure = log.IndexOf(" fail: ", StringComparison.Ordinal);
        Assert.True(failure < 0, failure < 0 ? "" : log.Substring(failure, Math.Min(4_000, log.Length - failure)));
    }

    /// <summary>A body of the described shape with one or more members changed, or no JSON at all.</summary>
    private static string Body(Random random, JsonNode document, JsonNode operation)
    {
        var reference = (string?)operation["requestBody"]?["content"]?["application/json"]?["schema"]?["$ref"];
        if (reference is null || random.Next(10) == 0)
        {
            return Pick(random, [.. Strange, "", "{", "\u0000", "{\"a\":", new string('[', 200)]);
        }

        var members = document["components"]!["schemas"]![reference.Split('/')[^1]]!["properties"]!.AsObject();
        var parts = new List<string>();
        foreach (var (name, schema) in members)
        {
            if (random.Next(5) > 0)
            {
                parts.Add($"\"{name}\":{(random.Next(3) == 0 ? Pick(random, Strange) : Plausible(random, name, schema!))}");
            }
        }

        if (random.Next(8) == 0)
        {
            parts.Add($"\"surprise\":{Pick(random, Strange)}");
        }

        return $"{{{string.Join(',', parts)}}}";
    }

    private static string Plausible(Random random, string name, JsonNode schema) => name switch
    {
        "password" or "currentPassword" => "\"long enough\"",
        "to" => "[\"root\"]",
        "priority" => "\"info\"",
        "activity" => "\"working\"",
        "scopes" => "[\"read\"]",
        "role" => "\"member\"",
        "projectId" => "null",
        "type" => "\"fuzz\"",
        "id" => $"\"f{random.Next(100)}\"",
        "data" => "{\"a\":[1,{\"b\":null}]}",
        "actions" => "[{\"id\":\"a\",\"kind\":\"open-pr\",\"label\":\"x\",\"url\":\"https://github.com/a\"}]",
        "expiresAt" => "\"2999-01-01T00:00:00Z\"",
        "occurredAt" => "\"2026-01-01T00:00:00Z\"",
        "upToSeq" => "5",
        "ids" => "[\"ntf_x\"]",
        "read" or "seen" or "archived" or "closed" => "true",
        _ => schema.ToJsonString().Contains("array", StringComparison.Ordinal) ? "[]" : "\"x\"",
    };

    private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];
}

public sealed class FuzzOnSqliteTests() : FuzzTests(postgres: false);

public sealed class FuzzOnPostgresTests() : FuzzTests(postgres: true);
