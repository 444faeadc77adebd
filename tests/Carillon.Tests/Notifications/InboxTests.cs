using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Notifications;

public abstract class InboxTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    [Fact]
    public async Task A_record_has_exactly_these_members_in_this_order()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        await ada.ReportAsync($"s-{project}", "starting", $"\"projectId\":\"{project}\",\"title\":\"Fix the bell\"");
        var row = await ada.PublishAsync($$"""
            "sessionId":"s-{{project}}","title":"Build","occurredAt":"2026-11-20T10:00:00.5+02:00","data":{"run":7},
            "actions":[{"id":"open-session","kind":"open-session","label":"Open session","route":"/projects/{{project}}/sessions/s-{{project}}"}]
            """);
        var (seq, id, receivedAt) = ((long)row["seq"]!, (string)row["id"]!, (string)row["receivedAt"]!);
        Assert.Matches("^ntf_", id);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", receivedAt);

        var text = (await ada.Token.GetAsync($"/api/v1/notifications/{id}", [])).Is(200).Text;
        Assert.Equal(
            $$$"""{"notification":{"seq":{{{seq}}},"rangSeq":{{{seq}}},"id":"{{{id}}}","receivedAt":"{{{receivedAt}}}","seenAt":null,"readAt":null,"archivedAt":null,"resolvedAt":null,"count":1,"""
            + $$$"""
            "event":{"id":"{{{id}}}","type":"build.failed","priority":"action","sessionId":"s-{{{project}}}","projectId":"{{{project}}}","timestamp":"2026-11-20T08:00:00.500Z","by":"{{{ada.Name}}}","title":"Build","message":"It broke",
            """
            + $$$"""
            "data":{"schemaVersion":3,"semanticType":"build.failed","subject":{"session":{"id":"s-{{{project}}}","projectId":"{{{project}}}","title":"Fix the bell"},"project":{"id":"{{{project}}}","name":"The {{{project}}}"}},"run":7}},
            """
            + $$$"""
            "actions":[{"id":"open-session","kind":"open-session","label":"Open session","route":"/projects/{{{project}}}/sessions/s-{{{project}}}"}]}}
            """,
            text);
        var bare = await ada.PublishAsync();
        Assert.Equal(
            """{"id":"ID","type":"build.failed","priority":"action","sessionId":null,"projectId":null,"timestamp":"AT","by":"BY","title":null,"message":"It broke","data":{"schemaVersion":3,"semanticType":"build.failed","subject":null}}""",
            bare["event"]!.ToJsonString().Replace((string)bare["id"]!, "ID", StringComparison.Ordinal).Replace((string)bare["event"]!["timestamp"]!, "AT", StringComparison.Ordinal)
                .Replace(ada.Name, "BY", StringComparison.Ordinal));
        Assert.Equal(["notifications", "unreadCount", "limit", "nextBeforeSeq", "headSeq", "unhandledCount"], (await ada.InboxAsync()).AsObject().Select(member => member.Key));
    }

    [Fact]
    public async Task Filters_narrow_and_unread_counts_follow_the_scope_and_not_the_page()
    {
        var ada = await House.AddAsync();
        var (one, two) = (await ada.ProjectAsync(), await ada.ProjectAsync());
        var a = await ada.PublishAsync($"\"projectId\":\"{one}\",\"sessionId\":\"s1\"");
        var b = await ada.PublishAsync($"\"projectId\":\"{one}\",\"sessionId\":\"s2\",\"causeKey\":\"c\"");
        var c = await ada.PublishAsync($"\"projectId\":\"{two}\"");
        var d = await ada.PublishAsync();
        await MarkAsync(ada, a, """{"read":true}""");
        await MarkAsync(ada, c, """{"archived":true}""");
        (await ada.Token.PostAsync("/api/v1/notifications/resolve", """{"causeKey":"c"}""")).Is(200);

        await ListsAsync("", [d, b, a], 2);
        await ListsAsync("?limit=1", [d], 2);
        await ListsAsync("?includeArchived=true", [d, c, b, a], 2);
        await ListsAsync("?unreadOnly=true", [d, b], 2);
        await ListsAsync("?unresolvedOnly=true", [d, a], 2);
        await ListsAsync($"?projectId={one}", [b, a], 1);
        await ListsAsync($"?projectId={two}", [], 0);
        await ListsAsync($"?projectId={two}&includeArchived=true", [c], 0);
        await ListsAsync("?sessionId=s2", [b], 1);
        await ListsAsync($"?projectId={two}&sessionId=s2", [], 0);
        await ListsAsync($"?projectId={one}&sessionId=s1&unreadOnly=true", [], 0);
        await ListsAsync($"?beforeSeq={b["seq"]}", [a], 2);
        await ListsAsync("?beforeSeq=-1", [], 2);
        (await ada.Token.GetAsync("/api/v1/notifications?projectId=nothing", [])).IsProblem(404, "PROJECT_NOT_FOUND");

        async Task ListsAsync(string query, JsonNode[] rows, int unread)
        {
            var list = await ada.InboxAsync(query);
            Assert.Equal(rows.Select(row => (string)row["id"]!), list["notifications"]!.AsArray().Select(row => (string)row!["id"]!));
            Assert.Equal(unread, (int)list["unreadCount"]!);
        }
    }

    [Theory]
    [InlineData("0", 1)]
    [InlineData("-5", 1)]
    [InlineData("1", 1)]
    [InlineData("500", 500)]
    [InlineData("9999", 500)]
    [InlineData("99999999999999999999", 500)]
    [InlineData("", 50)]
    public async Task The_page_size_is_clamped_and_never_an_error(string limit, int used)
    {
        foreach (var path in new[] { "/api/v1/notifications", "/api/v1/sessions" })
        {
            var list = (await House.Admin.GetAsync($"{path}?limit={limit}", [])).Is(200).Json;
            Assert.True(list["limit"] is null || (int)list["limit"]! == used);
        }

        Assert.Equal(50, (int)(await House.Admin.GetAsync("/api/v1/notifications", [])).Is(200).Json["limit"]!);
    }

    [Fact]
    public async Task Pages_neither_repeat_nor_miss_a_row_while_others_arrive()
    {
        var ada = await House.AddAsync();
        var old = new HashSet<string>();
        for (var row = 0; row < 25; row++)
        {
            old.Add((string)(await ada.PublishAsync())["id"]!);
        }

        var seen = new List<string>();
        var before = "";
        do
        {
            var (page, _) = (await ada.InboxAsync($"?limit=4{before}"), await ada.PublishAsync());
            seen.AddRange(page["notifications"]!.AsArray().Select(row => (string)row!["id"]!));
            before = page["nextBeforeSeq"] is { } next ? $"&beforeSeq={next}" : "";
        }
        while (before.Length > 0);

        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Equal(old.Order(), seen.Order());
    }

    [Fact]
    public async Task Marking_is_idempotent_and_a_repeat_writes_no_change()
    {
        var ada = await House.AddAsync();
        var row = await ada.PublishAsync();
        Assert.Equal(1, Changes(ada));

        var read = await MarkAsync(ada, row, """{"read":true}""");
        Assert.NotNull(read["readAt"]);
        Assert.NotNull(read["seenAt"]);
        Assert.Null(read["archivedAt"]);
        Assert.Equal(2, Changes(ada));
        Assert.Equal(read.ToJsonString(), (await MarkAsync(ada, row, """{"read":true}""")).ToJsonString());
        Assert.Equal(read.ToJsonString(), (await MarkAsync(ada, row, """{"seen":true}""")).ToJsonString());
        Assert.Equal(read.ToJsonString(), (await MarkAsync(ada, row, """{"archived":false}""")).ToJsonString());
        Assert.Equal(2, Changes(ada));

        var unread = await MarkAsync(ada, row, """{"read":false}""");
        Assert.Null(unread["readAt"]);
        Assert.Equal((string?)read["seenAt"], (string?)unread["seenAt"]);
        Assert.Equal(3, Changes(ada));
        var archived = await MarkAsync(ada, row, """{"archived":true}""");
        Assert.NotNull(archived["archivedAt"]);
        Assert.Null(archived["readAt"]);
        await MarkAsync(ada, row, """{"archived":true}""");
        Assert.Equal(4, Changes(ada));
        Assert.Null((await MarkAsync(ada, row, """{"archived":false,"read":true}"""))["archivedAt"]);
        Assert.Equal(5, Changes(ada));
        Assert.Null((await MarkAsync(ada, row, """{"read":true}"""))["resolvedAt"]);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"read":null}""")]
    [InlineData("""{"read":"true"}""")]
    [InlineData("""{"read":1}""")]
    [InlineData("""{"seen":false}""")]
    [InlineData("""{"resolved":true}""")]
    [InlineData("""{"read":true,"resolvedAt":null}""")]
    [InlineData("""[]""")]
    [InlineData("")]
    public async Task An_update_that_says_nothing_or_too_much_is_refused(string body)
    {
        var ada = await House.AddAsync();
        var row = await ada.PublishAsync();
        (await ada.Token.PatchAsync($"/api/v1/notifications/{row["id"]}", body)).IsProblem(400, "INVALID_NOTIFICATION_UPDATE");
        Assert.Equal(1, Changes(ada));
    }

    [Fact]
    public async Task Somebody_elses_row_answers_like_one_that_does_not_exist()
    {
        var ada = await House.AddAsync();
        var eve = await House.AddAsync(Roles.Admin);
        var row = await ada.PublishAsync("\"actions\":[{\"id\":\"a\",\"kind\":\"mark-read\",\"label\":\"Read\"}]");
        var token = ("X-AO-Action-Token", (string)(await eve.Token.GetAsync("/api/v1/action-token", [])).Json["token"]!);
        foreach (var id in new[] { (string)row["id"]!, "ntf_nothing" })
        {
            (await eve.Page.GetAsync($"/api/v1/notifications/{id}", [])).IsProblem(404, "NOTIFICATION_NOT_FOUND");
            (await eve.Page.PatchAsync($"/api/v1/notifications/{id}", """{"read":true}""")).IsProblem(404, "NOTIFICATION_NOT_FOUND");
            (await eve.Token.PostAsync($"/api/v1/notifications/{id}/actions/a", "{}", token)).IsProblem(404, "NOTIFICATION_NOT_FOUND");
            Assert.Equal(0, (int)(await eve.Token.PostAsync("/api/v1/notifications/read-all", $$"""{"ids":["{{id}}"]}""")).Is(200).Json["updated"]!);
        }

        Assert.DoesNotContain((string)row["id"]!, (await eve.Page.GetAsync("/api/v1/notifications?includeArchived=true", [])).Is(200).Text, StringComparison.Ordinal);
        Assert.Equal(1, (int)(await ada.InboxAsync())["unreadCount"]!);
    }

    [Fact]
    public async Task Read_all_reads_what_is_in_scope_and_nothing_else()
    {
        var ada = await House.AddAsync();
        var other = await House.AddAsync();
        await other.PublishAsync();
        var project = await ada.ProjectAsync();
        var rows = new List<JsonNode>
        {
            await ada.PublishAsync($"\"projectId\":\"{project}\",\"sessionId\":\"s1\""),
            await ada.PublishAsync($"\"projectId\":\"{project}\""),
            await ada.PublishAsync("\"sessionId\":\"s1\""),
            await ada.PublishAsync(),
            await ada.PublishAsync(),
            await ada.PublishAsync(),
        };
        await MarkAsync(ada, rows[5], """{"archived":true}""");
        var changes = Changes(ada);

        await ReadsAsync($$"""{"upToSeq":{{(long)rows[0]["seq"]! - 1}}}""", 0);
        await ReadsAsync("""{"sessionId":"nothing"}""", 0);
        await ReadsAsync($$"""{"projectId":"{{project}}","sessionId":"s1"}""", 1);
        await ReadsAsync($$"""{"projectId":"{{project}}"}""", 1);
        await ReadsAsync($$"""{"ids":["{{rows[3]["id"]}}","{{rows[3]["id"]}}","ntf_x"]}""", 1);
        await ReadsAsync("""{"ids":[]}""", 0);
        await ReadsAsync($$"""{"upToSeq":{{rows[2]["seq"]}}}""", 1);
        await ReadsAsync("{}", 1);
        await ReadsAsync("{}", 0);
        Assert.Equal(changes + 5, Changes(ada));
        Assert.Equal(0, (int)(await ada.InboxAsync())["unreadCount"]!);
        Assert.Equal(1, (int)(await other.InboxAsync())["unreadCount"]!);
        Assert.Null((await ada.InboxAsync("?includeArchived=true&limit=1"))["notifications"]![0]!["readAt"]);

        // Taken back in one commit, and only what was read.
        changes = Changes(ada);
        await ReadsAsync($$"""{"ids":["{{rows[1]["id"]}}","{{rows[3]["id"]}}","{{rows[5]["id"]}}","ntf_x"],"read":false}""", 2);
        await ReadsAsync($$"""{"ids":["{{rows[1]["id"]}}"],"read":false}""", 0);
        Assert.Equal(changes + 2, Changes(ada));
        Assert.Equal(1, Commits(ada, changes));
        Assert.Equal(2, (int)(await ada.InboxAsync())["unreadCount"]!);
        await ReadsAsync($$"""{"ids":["{{rows[1]["id"]}}","{{rows[3]["id"]}}"],"read":true}""", 2);
        foreach (var body in new[] { """{"read":false}""", $$"""{"read":false,"projectId":"{{project}}"}""" })
        {
            (await ada.Token.PostAsync("/api/v1/notifications/read-all", body)).IsProblem(400, "INVALID_NOTIFICATION_UPDATE").Names("ids");
        }

        (await ada.Token.PostAsync("/api/v1/notifications/read-all", """{"ids":[null]}""")).IsProblem(400, "INVALID_NOTIFICATION_UPDATE");
        (await ada.Token.PostAsync("/api/v1/notifications/read-all", """{"projectId":"nothing"}""")).IsProblem(404, "PROJECT_NOT_FOUND");
        (await ada.Token.PostAsync("/api/v1/notifications/read-all", new JsonObject { ["ids"] = new JsonArray([.. Enumerable.Range(0, 501).Select(id => (JsonNode)$"ntf_{id}")]) }.ToJsonString()))
            .IsProblem(400, "INVALID_NOTIFICATION_UPDATE").Names("500");

        async Task ReadsAsync(string body, int rows) =>
            Assert.Equal(rows, (int)(await ada.Token.PostAsync("/api/v1/notifications/read-all", body)).Is(200).Json["updated"]!);
    }

    [Fact]
    public async Task Read_all_goes_on_after_its_first_step()
    {
        var ada = await House.AddAsync();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

        // Rows of long ago, below every seq that the log gives: publishing 1,200 would take its time.
        House.InDatabase(sql =>
        {
            sql.Execute("BEGIN");
            for (var row = 1; row <= 1_200; row++)
            {
                var seq = -row - (1_000_000L * long.Parse(ada.Name.Split('-')[1], CultureInfo.InvariantCulture));
                sql.Execute(
                    """
                    INSERT INTO notifications (seq, id, person_id, type, priority, message, count, occurred_at, received_at)
                    VALUES ($1, $2, $3, 't', 'info', 'm', 1, $4, $4)
                    """, seq, $"ntf_{seq}", ada.Id, now);
            }

            return sql.Execute("COMMIT");
        });
        Assert.Equal(1_200, (int)(await ada.InboxAsync("?limit=1"))["unreadCount"]!);
        Assert.Equal(1_200, (int)(await ada.Token.PostAsync("/api/v1/notifications/read-all", "{}")).Is(200).Json["updated"]!);
        Assert.Equal(0, (int)(await ada.InboxAsync("?limit=1"))["unreadCount"]!);
    }

    [Fact]
    public async Task The_head_of_a_snapshot_is_not_before_its_rows()
    {
        var ada = await House.AddAsync();
        for (var time = 0; time < 5; time++)
        {
            var row = await ada.PublishAsync();
            var list = await ada.InboxAsync("?limit=1");
            Assert.Equal((long)row["seq"]!, (long)list["notifications"]![0]!["seq"]!);
            Assert.True((long)list["headSeq"]! >= (long)row["seq"]!);
        }
    }

    internal static async Task<JsonNode> MarkAsync(Resident person, JsonNode row, string body) =>
        (await person.Token.PatchAsync($"/api/v1/notifications/{row["id"]}", body)).Is(200).Json["notification"]!;

    // What one commit holds has one time.
    private long Commits(Resident person, long behind) => House.InDatabase(sql => sql.Number(
        "SELECT count(DISTINCT created_at) FROM (SELECT created_at FROM changes WHERE person_id = $1 AND topic = 'notifications' ORDER BY seq LIMIT 1000 OFFSET $2) AS newest", person.Id, behind));

    private long Changes(Resident person) => House.InDatabase(sql => sql.Number("SELECT count(*) FROM changes WHERE person_id = $1 AND topic = 'notifications'", person.Id));
}

public sealed class InboxOnSqliteTests(Houses houses) : InboxTests(houses, postgres: false);

public sealed class InboxOnPostgresTests(Houses houses) : InboxTests(houses, postgres: true);
