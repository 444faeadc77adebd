using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Carillon.Accounts;

namespace Carillon.Http;

public sealed class ProblemTests(Houses houses) : InHouse(houses, postgres: false)
{
    private const string Publish = "/api/v1/notifications";
    private const string Good = """{"type":"t","priority":"info","message":"m"}""";

    [Theory]
    [InlineData("""{"type":"t","priority":"info","message":"m","volume":11}""", "volume")]
    [InlineData("""{"type":"t","priority":"info","message":1}""", "message")]
    [InlineData("""{"type":"t","priority":"info","message":null}""", "message")]
    [InlineData("""{"type":"t","priority":"info"}""", "message")]
    [InlineData("""{"type":"t","priority":"info","message":"m","message":"n"}""", "message")]
    [InlineData("""{"type":"t","priority":"info","message":"m","data":{"a":1,"a":2}}""", "a")]
    [InlineData("""{"type":"t","priority":"info","message":"m","to":"root"}""", "to")]
    [InlineData("""{"type":"t","priority":"info","message":"m","occurredAt":"yesterday"}""", "occurredAt")]
    [InlineData("""{"type":"t","priority":"info","message":"m","occurredAt":"0001-01-01T00:00:00+14:00"}""", "occurredAt")]
    [InlineData("""{"type":"t","priority":"info","message":"m","actions":[{"id":"a","kind":"dismiss","label":"b","confirm":true}]}""", "confirm")]
    [InlineData("""{"Type":"t","priority":"info","message":"m"}""", "Type")]
    [InlineData("", "empty")]
    [InlineData("null", "empty")]
    [InlineData("{", "JSON")]
    [InlineData("[]", "JSON")]
    [InlineData("\"text\"", "JSON")]
    [InlineData("{\"type\":\"t\",}", "JSON")]
    [InlineData("{} {}", "")]
    [InlineData("""{"type":"t","priority":"info","message":"\ud800"}""", "message")]
    public async Task What_is_wrong_with_a_body_is_named(string body, string named) =>
        (await House.Admin.PostAsync(Publish, body)).IsProblem(400, "INVALID_NOTIFICATION").Names(named);

    [Theory]
    [InlineData("PATCH", "/api/v1/notifications/ntf_x", "INVALID_NOTIFICATION_UPDATE")]
    [InlineData("POST", "/api/v1/notifications/read-all", "INVALID_NOTIFICATION_UPDATE")]
    [InlineData("POST", "/api/v1/sessions/x/activity", "INVALID_ACTIVITY")]
    [InlineData("POST", "/api/v1/projects", "INVALID_REQUEST")]
    [InlineData("POST", "/api/v1/sign-in", "INVALID_REQUEST")]
    public async Task Each_endpoint_has_its_code_for_a_body_that_cannot_be_read(string method, string path, string code)
    {
        (await House.Admin.CallAsync(method, path, """{"unknown":1}""")).IsProblem(400, code).Names("unknown");
        (await House.Admin.CallAsync(method, path, "")).IsProblem(400, code).Names("empty");
        (await House.Admin.SendAsync(method, path, null)).IsProblem(400, code).Names("empty");
        (await House.Admin.CallAsync(method, path, "{x")).IsProblem(400, code);
    }

    [Fact]
    public async Task Deep_nesting_and_huge_numbers_are_the_clients_mistake()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 5_000)) + string.Concat(Enumerable.Repeat("]", 5_000));
        (await House.Admin.PostAsync(Publish, Good[..^1] + $",\"data\":{{\"a\":{deep}}}}}")).IsProblem(400, "INVALID_NOTIFICATION");
        foreach (var levels in new[] { 10, 31, 32, 40, 55, 60, 61, 62, 63 })
        {
            var nested = string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels);
            var answer = await House.Admin.PostAsync(Publish, Good[..^1] + $",\"data\":{nested}}}", ("Idempotency-Key", $"deep-{levels}"));
            Assert.Equal(levels <= 32 ? 201 : 400, answer.Status);
            Assert.Equal(answer.Status, (await House.Admin.PostAsync(Publish, Good[..^1] + $",\"data\":{nested}}}", ("Idempotency-Key", $"deep-{levels}"))).Status);
        }

        (await House.Admin.GetAsync(Publish, [])).Is(200);
        (await House.Admin.PostAsync("/api/v1/notifications/read-all", """{"upToSeq":1e999}""")).IsProblem(400, "INVALID_NOTIFICATION_UPDATE").Names("upToSeq");
        (await House.Admin.PostAsync("/api/v1/notifications/read-all", """{"upToSeq":99999999999999999999}""")).IsProblem(400, "INVALID_NOTIFICATION_UPDATE").Names("upToSeq");
        (await House.Admin.PostAsync(Publish, Good[..^1] + ",\"data\":{\"a\":1e999,\"b\":12345678901234567890123456789}}")).Is(201);
    }

    [Fact]
    public async Task Text_that_is_not_UTF_8_is_refused()
    {
        using var content = new ByteArrayContent([.. "{\"type\":\"t\",\"priority\":\"info\",\"message\":\""u8, 0xC3, 0x28, .. "\"}"u8]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        (await House.Admin.SendAsync("POST", Publish, content)).IsProblem(400, "INVALID_NOTIFICATION");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData(null)]
    public async Task What_is_not_JSON_is_not_read(string? type)
    {
        // Forms of other sites can send exactly these types.
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Good));
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        (await House.Admin.SendAsync("POST", Publish, content)).IsProblem(415, "NOT_JSON");
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("utf-7")]
    [InlineData("\"x-none\"")]
    public async Task An_unknown_charset_is_the_clients_mistake_also_a_strangers(string charset)
    {
        foreach (var client in (HttpClient[])[House.Admin, House.From("127.0.0.1")])
        {
            foreach (var path in (string[])[Publish, "/api/v1/sign-in", "/api/v1/nothing"])
            {
                using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Good));
                content.Headers.TryAddWithoutValidation("Content-Type", $"application/json; charset={charset}");
                (await client.SendAsync("POST", path, content)).IsProblem(415, "NOT_JSON").Names(charset.Trim('"'));
            }
        }
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("UTF-8")]
    [InlineData("\"utf-8\"")]
    [InlineData("utf-16")]
    public async Task A_known_charset_is_read(string charset)
    {
        using var content = new ByteArrayContent((charset == "utf-16" ? Encoding.Unicode : Encoding.UTF8).GetBytes(Good));
        content.Headers.TryAddWithoutValidation("Content-Type", $"application/json; charset={charset}");
        (await House.Admin.SendAsync("POST", Publish, content)).Is(201);
    }

    [Fact]
    public async Task A_null_inside_any_list_of_any_request_is_the_clients_mistake_and_the_list_is_named()
    {
        var document = (await House.Admin.GetAsync("/openapi/v1.json", [])).Is(200).Json;
        var lists = 0;
        foreach (var (path, methods) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in methods!.AsObject())
            {
                var schema = (string?)operation!["requestBody"]?["content"]?["application/json"]?["schema"]?["$ref"];
                if (schema is null)
                {
                    continue;
                }

                var body = document["components"]!["schemas"]![schema.Split('/')[^1]]!;
                foreach (var (member, shape) in body["properties"]!.AsObject().Where(one => IsArray(one.Value!)))
                {
                    lists++;
                    var request = new JsonObject { [member] = new JsonArray((JsonNode?)null) };
                    foreach (var needed in body["required"]?.AsArray().Select(name => (string)name!).Where(name => name != member) ?? [])
                    {
                        request[needed] = needed switch { "priority" => "info", _ => "text" };
                    }

                    var answer = await House.Admin.CallAsync(method.ToUpperInvariant(), path.Replace("{id}", "x", StringComparison.Ordinal), request.ToJsonString());
                    Assert.True(answer.Status == 400, $"{method} {path} with {request.ToJsonString()} answered {answer.Status}: {answer.Text}");
                    answer.Names(member);
                }
            }
        }

        Assert.True(lists >= 5, $"Only {lists} lists were found.");
    }

    private static bool IsArray(JsonNode shape) => shape["type"] switch
    {
        JsonArray types => types.Any(type => (string?)type == "array"),
        var type => (string?)type == "array",
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_256_KiB_is_too_large_whether_it_says_its_length_or_not(bool saysLength)
    {
        using var client = House.From("127.0.0.1");
        client.DefaultRequestHeaders.Authorization = House.Admin.DefaultRequestHeaders.Authorization;
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Good[..^2] + new string('m', 256 * 1024) + "\"}"));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, Publish) { Content = content };
        request.Headers.TransferEncodingChunked = !saysLength;
        using var answer = await client.SendAsync(request);
        new Answer((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer).IsProblem(413, "BODY_TOO_LARGE");
        (await House.Admin.GetAsync("/api/v1/me", [])).Is(200);
    }

    [Theory]
    [InlineData("GET", "/api/v1/nothing", 404, null)]
    [InlineData("POST", "/api/v1/nothing", 404, null)]
    [InlineData("DELETE", "/nothing", 404, null)]
    [InlineData("GET", "/api", 404, null)]
    [InlineData("GET", "/api/", 404, null)]
    [InlineData("GET", "/openapi/v2.json", 404, null)]
    [InlineData("GET", "/nothing.js", 404, null)]
    [InlineData("GET", "/assets/nothing-1a2b3c.js", 404, null)]
    [InlineData("GET", "/api/v1/sign-in", 405, "POST")]
    [InlineData("HEAD", "/api/v1/sign-in", 405, "POST")]
    [InlineData("POST", "/api/v1/me", 405, "GET")]
    [InlineData("OPTIONS", "/api/v1/me", 405, "GET")]
    [InlineData("BREW", "/api/v1/me", 405, "GET")]
    [InlineData("PUT", "/api/v1/notifications/ntf_x", 405, "GET, PATCH")]
    [InlineData("GET", "/api/v1/sessions/x/activity", 405, "POST")]
    [InlineData("POST", "/events", 405, "GET")]
    [InlineData("POST", "/healthz", 405, "GET")]
    public async Task Unknown_paths_and_wrong_methods_are_problems_too(string method, string path, int status, string? allow)
    {
        var answer = (await House.Admin.SendAsync(method, path, null)).Is(status);
        Assert.Equal(allow, answer.Header("Allow"));
        if (method != "HEAD")
        {
            answer.IsProblem(status, status == 404 ? "NOT_FOUND" : "METHOD_NOT_ALLOWED");
        }
    }

    [Theory]
    [InlineData("limit", "abc")]
    [InlineData("limit", "1.5")]
    [InlineData("limit", "--1")]
    [InlineData("beforeSeq", "abc")]
    [InlineData("beforeSeq", "99999999999999999999")]
    [InlineData("unreadOnly", "perhaps")]
    public async Task A_parameter_of_the_wrong_form_is_named(string name, string value) =>
        (await House.Admin.GetAsync($"/api/v1/notifications?{name}={value}", [])).IsProblem(400, "INVALID_REQUEST").Names(name);

    [Theory]
    [InlineData("GET", "/healthz", null)]
    [InlineData("GET", "/api/v1/me", null)]
    [InlineData("GET", "/openapi/v1.json", null)]
    [InlineData("GET", "/api/nothing", null)]
    [InlineData("GET", "/nothing.js", null)]
    [InlineData("DELETE", "/nothing", null)]
    [InlineData("POST", "/api/v1/me", null)]
    [InlineData("POST", "/api/v1/sign-in", "{x")]
    [InlineData("POST", "/api/v1/sign-in", "")]
    [InlineData("GET", "/api/v1/notifications?limit=abc", null)]
    [InlineData("GET", "/auth/verify", null)]
    [InlineData("GET", "/events?after=abc", null)]
    public async Task Every_answer_tells_browsers_what_not_to_do_with_it(string method, string path, string? body)
    {
        foreach (var client in new[] { House.Admin, House.Server.Anonymous })
        {
            var answer = await client.CallAsync(method, path, body);
            Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
            Assert.Equal("same-origin", answer.Header("Referrer-Policy"));
            Assert.Equal("default-src 'none'; frame-ancestors 'none'", answer.Header("Content-Security-Policy"));
            Assert.Null(answer.Header("Server"));
            Assert.Null(answer.Header("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task A_client_that_gives_up_halfway_costs_nothing()
    {
        for (var time = 0; time < 20; time++)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, House.Server.Url.Port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"POST {Publish} HTTP/1.1\r\nHost: x\r\nAuthorization: {House.Admin.DefaultRequestHeaders.Authorization}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{\"ty"));
        }

        (await House.Admin.GetAsync("/readyz", [])).Is(200);
    }

    [Fact]
    public void Every_problem_is_in_the_list_once_and_can_be_told_apart()
    {
        var declared = typeof(Problems).GetFields().Where(field => field.FieldType == typeof(Refusal)).Select(field => (Refusal)field.GetValue(null)!).ToList();
        Assert.Equal(declared, Problems.All);
        Assert.Equal(Problems.All.Count, Problems.All.Select(problem => problem.Code).Distinct().Count());
        Assert.All(Problems.All, problem =>
        {
            Assert.Matches("^[A-Z][A-Z_]+$", problem.Code);
            Assert.InRange(problem.Status, 400, 599);
            Assert.NotEmpty(problem.Title);
            Assert.EndsWith(".", problem.Detail, StringComparison.Ordinal);
        });
    }
}
