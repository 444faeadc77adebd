using System.Text;
using System.Text.Json.Nodes;
using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Runs;

namespace Carillon.Storage;

/// <summary>JSON in the database may be of a newer node or of last year. Neither makes a page or a bell fail.</summary>
public abstract class StoredColumnsTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    private const string Path = "/api/v1/notifications";

    // Each has a test below.
    private static readonly string[] Json =
    [
        "changes.payload", "messages.steps", "notifications.actions", "notifications.data", "notifications.subject", "publish_answers.answer", "run_parts.content",
    ];

    // Words, ids, names, hashes, and what an agent keeps in words of its own.
    private static readonly string[] Plain =
    [
        "audit.address", "audit.detail", "audit.kind", "audit.means", "audit.means_name", "audit.person", "audit.subject",
        "changes.project_id", "changes.person_id", "changes.session_id", "changes.topic", "changes.type", "facts.name", "facts.value", "followers.name", "gone_people.id",
        "messages.client_id", "messages.completes", "messages.id", "messages.person_id", "messages.role", "messages.run_id", "messages.session_id",
        "messages.status", "messages.text", "migrations.name", "notifications.cause_key", "notifications.dedupe_key", "notifications.id",
        "notifications.message", "notifications.person_id", "notifications.priority", "notifications.project_id", "notifications.published_by",
        "notifications.session_id", "notifications.title", "notifications.type", "project_members.project_id", "project_members.user_id", "projects.id",
        "projects.made_by", "projects.name", "publish_answers.key", "publish_answers.person_id", "publish_answers.request", "publish_answers.session_id", "pull_requests.checks",
        "pull_requests.head_sha", "pull_requests.owner", "pull_requests.provider", "pull_requests.repo", "pull_requests.review",
        "pull_requests.session_id", "pull_requests.state", "pull_requests.title", "pull_requests.url", "report_keys.key", "report_keys.person_id",
        "report_keys.request", "run_parts.kind", "run_parts.run_id", "runs.id", "runs.message_id", "runs.node", "runs.person_id", "runs.session_id",
        "runs.status", "sessions.activity", "sessions.agent", "sessions.agent_state", "sessions.creation_key", "sessions.creation_request",
        "sessions.folder", "sessions.given_id", "sessions.id", "sessions.message", "sessions.owner_id", "sessions.parent_id", "sessions.project_id", "sessions.title",
        "sessions.tool", "sign_ins.device", "sign_ins.hash", "sign_ins.id", "sign_ins.user_id", "subscriptions.mode", "subscriptions.session_id", "subscriptions.user_id",
        "tokens.hash", "tokens.id", "tokens.name", "tokens.project_id", "tokens.scopes", "tokens.session_id", "tokens.user_id", "users.id", "users.name", "users.name_key",
        "users.password_hash", "users.push_id", "users.role",
    ];

    protected abstract string Columns { get; }

    [Fact]
    public void Every_column_of_text_is_known_to_hold_JSON_or_not()
    {
        var found = House.InDatabase(sql => sql.Query(Columns, row => row.GetString(0)));
        Assert.Equal(Json.Concat(Plain).Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{"session":{"id":"s1","projectId":"p","title":"T","colour":"red"},"ticket":{"id":"t1","state":"open"}}""", """{"session":{"id":"s1","projectId":"p","title":"T"}}""")]
    [InlineData("""{"session":{"projectId":"p"},"project":{"id":"p"}}""", """{"session":{"id":"","projectId":"p"},"project":{"id":"p","name":""}}""")]
    [InlineData("""{"session":7,"project":{"id":"p","name":"P"}}""", """{"project":{"id":"p","name":"P"}}""")]
    [InlineData("""{"pullRequest":{"provider":"forgejo","owner":"o","repo":"r","number":"seven","headSha":"abc"}}""", """{"pullRequest":{"provider":"forgejo","owner":"o","repo":"r","number":0,"headSha":"abc"}}""")]
    [InlineData("[1]", null)]
    [InlineData("not JSON", null)]
    public async Task A_subject_costs_what_cannot_be_read_of_it(string stored, string? shown) =>
        Assert.Equal(shown, (await ShowAsync("subject", stored))["event"]!["data"]!["subject"]?.ToJsonString());

    [Theory]
    [InlineData("""{"run":7,"deep":{"er":[1]}}""", 7)]
    [InlineData("[1]", null)]
    [InlineData("{", null)]
    public async Task Data_costs_what_cannot_be_read_of_it(string stored, int? run) =>
        Assert.Equal(run, (int?)(await ShowAsync("data", stored))["event"]!["data"]!["run"]);

    [Theory]
    [InlineData("""[{"id":"a","kind":"decide","label":"Allow","option":"once"},{"id":"b","kind":"mark-read","label":"Read"}]""", "a decide Allow, b mark-read Read")]
    [InlineData("""[{"id":"a","kind":"mark-read"},7,null,{"id":"b","kind":"dismiss","label":"Away"}]""", "a mark-read , b dismiss Away")]
    [InlineData("""{"id":"a"}""", "")]
    [InlineData("", "")]
    public async Task Actions_cost_what_cannot_be_read_of_them(string stored, string shown) =>
        Assert.Equal(shown, string.Join(", ", (await ShowAsync("actions", stored))["actions"]!.AsArray().Select(action => $"{action!["id"]} {action["kind"]} {action["label"]}")));

    [Fact]
    public async Task An_answer_that_cannot_be_read_is_given_again()
    {
        var ada = await House.AddAsync();
        const string Body = """{"type":"t","priority":"info","message":"once","dedupeKey":"d"}""";
        var key = ("Idempotency-Key", $"key-{ada.Name}");
        var id = (string)(await ada.Token.PostAsync(Path, Body, key)).Is(201).Json["notification"]!["id"]!;

        // Of last year, when there was no rangSeq, and of a newer node.
        var stored = House.InDatabase(sql => sql.First("SELECT answer FROM publish_answers WHERE key = $1", row => row.GetString(0), key.Item2))!;
        var answer = JsonNode.Parse(stored)!;
        answer["notification"]!.AsObject().Remove("rangSeq");
        answer["notification"]!["mood"] = "good";
        Store(answer.ToJsonString());
        Assert.Equal(id, (string?)(await ada.Token.PostAsync(Path, Body, key)).Is(201).Json["notification"]!["id"]);
        Store("nothing");
        Assert.Equal(id, (string?)(await ada.Token.PostAsync(Path, Body, key)).Is(201).Json["notification"]!["id"]);
        Assert.Equal(2, (int)(await ada.Token.PostAsync(Path, Body, key)).Is(201).Json["notification"]!["count"]!);

        void Store(string text) => House.InDatabase(sql => sql.Execute("UPDATE publish_answers SET answer = $2 WHERE key = $1", key.Item2, text));
    }

    [Theory]
    [InlineData("""[{"id":"1","title":"Read","status":"paused","cost":3}]""", 1)]
    [InlineData("""[{"title":"Read"},{"id":"2","title":"Write","status":"done"},"x"]""", 2)]
    [InlineData("""{"id":"1"}""", 0)]
    [InlineData("?", 0)]
    public async Task Steps_cost_what_cannot_be_read_of_them(string stored, int count)
    {
        var ada = await House.AddAsync();
        var session = await ada.SessionAsync(await ada.ProjectAsync(), "\"message\":\"hello\"");
        await ada.Token.UntilAsync($"/api/v1/sessions/{session}/messages", list => list["messages"]!.AsArray().Any(one => (string?)one!["role"] == "agent"));
        House.InDatabase(sql => sql.Execute("UPDATE messages SET steps = $2 WHERE session_id = $1 AND role = 'agent'", session, stored));
        var messages = (await ada.Token.GetAsync($"/api/v1/sessions/{session}/messages", [])).Is(200).Json["messages"]!.AsArray();
        Assert.Equal(count, messages.Last(one => (string?)one!["role"] == "agent")!["steps"]?.AsArray().Count ?? 0);
    }

    [Theory]
    [InlineData("""{"id":"1","title":"Read","status":"paused","cost":3}""", "1")]
    [InlineData("""{"title":"Read"}""", "")]
    [InlineData("[]", null)]
    [InlineData("?", null)]
    public void A_step_of_a_run_costs_what_cannot_be_read_of_it(string stored, string? id)
    {
        var step = House.InDatabase(sql => sql.First("SELECT 1, 'step', 0, $1, 'run_1'", RunParts.Read, stored))!.Step;
        Assert.Equal(id, step?.Id);
    }

    [Fact]
    public async Task A_change_of_a_newer_node_rings_as_far_as_its_words_are_known()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        var (dreaming, waiting) = ($"dreams-{project}", $"waits-{project}");
        await ada.ReportAsync(dreaming, "working", $"\"projectId\":\"{project}\"");
        await ada.ReportAsync(waiting, "working", $"\"projectId\":\"{project}\"");
        foreach (var (session, activity) in new[] { (dreaming, "dreaming"), (waiting, "waiting_input") })
        {
            House.Append("session_updated", Topics.Sessions, project, session, Encoding.UTF8.GetBytes(Told(session, activity, ",\"mood\":[1]")));
        }

        var rows = (await ada.Token.UntilAsync(Path, list => list["notifications"]!.AsArray().Count > 0)).Json["notifications"]!.AsArray();
        Assert.Equal([waiting], rows.Select(row => (string)row!["event"]!["sessionId"]!));

        string Told(string id, string activity, string more) => $$"""
            {"session":{"id":"{{id}}","projectId":"{{project}}","agent":"demo","title":"T","owner":"{{ada.Name}}","activity":"{{activity}}","hosted":false,
             "createdAt":"2026-11-21T09:00:00.000Z","updatedAt":"2026-11-21T09:00:00.000Z"{{more}}},"activityBefore":"working","weather":"fine"}
            """;
    }

    private async Task<JsonNode> ShowAsync(string column, string stored)
    {
        var ada = await House.AddAsync();
        var row = await ada.PublishAsync("\"data\":{\"n\":1},\"causeKey\":\"c\"");
        House.InDatabase(sql => sql.Execute($"UPDATE notifications SET {column} = $2 WHERE id = $1", (string)row["id"]!, stored));

        // Every way to the row goes on: the page, the mark and the change that it writes, the resolution.
        await ada.InboxAsync();
        (await ada.Token.PatchAsync($"{Path}/{row["id"]}", """{"read":true}""")).Is(200);
        (await ada.Token.PostAsync($"{Path}/resolve", """{"causeKey":"c"}""")).Is(200);
        return (await ada.Token.GetAsync($"{Path}/{row["id"]}", [])).Is(200).Json["notification"]!;
    }
}

public sealed class StoredColumnsOnSqliteTests(Houses houses) : StoredColumnsTests(houses, postgres: false)
{
    protected override string Columns =>
        "SELECT m.name || '.' || c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table' AND c.type IN ('TEXT', 'BLOB')";

    [Fact]
    public async Task An_end_of_an_access_that_names_none_makes_every_access_be_looked_up_again()
    {
        await using var house = await House.OpenAsync(TestDatabase.Embedded);
        var ada = await house.AddAsync();
        var project = await ada.ProjectAsync();
        using var stream = await EventReader.OpenAsync(house.Server.Url, ada.Token.DefaultRequestHeaders.Authorization!.Parameter!, "?topics=notifications");
        house.Append(AccountChanges.AccessEnded, AccountChanges.Topic, project, "none", "?"u8.ToArray());
        await house.Server.LoggedAsync("changes.payload of");

        // Readers end, and come back with what they have.
        while (await stream.ChangeAsync() is not null)
        {
        }

        await ada.PublishAsync();
        Assert.Single((await ada.InboxAsync())["notifications"]!.AsArray());
    }

    [Fact]
    public async Task What_cannot_be_read_stands_in_the_log_with_its_row()
    {
        await using var server = await CarillonServer.StartAsync(TestDatabase.Embedded);
        using var ada = await server.AddPersonAsync("ada", admin: true);
        var id = (string)(await ada.PostAsync("/api/v1/notifications", """{"type":"t","priority":"info","message":"m"}""")).Is(201).Json["notification"]!["id"]!;
        using (var connection = Dialect.For("Data Source=carillon.db", server.Folder).CreateWriter())
        {
            connection.Open();
            using var statements = new Statements(connection, Dialect.For("Data Source=carillon.db", server.Folder));
            statements.Execute("UPDATE notifications SET subject = $1", """{"session":7}""");
        }

        (await ada.GetAsync("/api/v1/notifications", [])).Is(200);
        await server.LoggedAsync($"notifications.subject of {id} cannot be read and was left out: $.session");
    }
}

public sealed class StoredColumnsOnPostgresTests(Houses houses) : StoredColumnsTests(houses, postgres: true)
{
    protected override string Columns =>
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema() AND data_type IN ('text', 'bytea', 'json', 'jsonb')";
}
