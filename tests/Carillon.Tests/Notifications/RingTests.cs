using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.Accounts;
using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Notifications;

public abstract class RingTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    private const string Path = "/api/v1/notifications";

    [Fact]
    public async Task A_louder_call_of_an_old_row_is_first_and_unread_and_rings_once()
    {
        var ada = await House.AddAsync();
        var backup = await ada.PublishAsync(""" "dedupeKey":"backup","title":"Backup" """);
        await InboxTests.MarkAsync(ada, backup, """{"read":true,"archived":true}""");
        for (var row = 0; row < 60; row++)
        {
            await ada.PublishAsync();
        }

        var again = await CallAsync(ada, """ "dedupeKey":"backup","title":"Backup" """, Priorities.Urgent);

        var list = await ada.InboxAsync("?limit=50");
        var first = list["notifications"]![0]!;
        Assert.Equal(again.ToJsonString(), first.ToJsonString());
        Assert.Equal((string?)backup["id"], (string?)first["id"]);
        Assert.Equal((2, "urgent", (long)first["seq"]!), ((int)first["count"]!, (string?)first["event"]!["priority"], (long)first["rangSeq"]!));
        Assert.All((string[])["seenAt", "readAt", "archivedAt", "resolvedAt"], mark => Assert.Null(first[mark]));
        Assert.Equal(61, (int)list["unreadCount"]!);
        Assert.Equal([("notification_rang", (long)first["seq"]!)], Told(ada, (string)backup["id"]!).Where(change => change.Type == "notification_rang"));
        var change = House.InDatabase(sql => sql.First("SELECT payload FROM changes WHERE seq = $1", row => row.GetFieldValue<byte[]>(0), (long)first["seq"]!));
        Assert.Equal(first.ToJsonString(), JsonNode.Parse(change)!["notification"]!.ToJsonString());

        // The page behind the first goes on below it, and does not show it a second time.
        var older = (await ada.InboxAsync($"?beforeSeq={list["nextBeforeSeq"]}"))["notifications"]!.AsArray();
        Assert.Equal(11, older.Count);
        Assert.DoesNotContain((string)backup["id"]!, older.Select(row => (string)row!["id"]!));
    }

    [Fact]
    public async Task A_cause_that_comes_back_soon_is_open_again_and_rings_nobody()
    {
        var ada = await House.AddAsync();
        const string Keys = """ "dedupeKey":"disk","causeKey":"disk" """;
        var row = await ada.PublishAsync(Keys);
        for (var flap = 0; flap < 3; flap++)
        {
            (await ada.Token.PostAsync($"{Path}/resolve", """{"causeKey":"disk"}""")).Is(200);
            Assert.Equal((long)row["seq"]!, (long)(await ada.PublishAsync(Keys))["rangSeq"]!);
        }

        var last = (await ada.InboxAsync())["notifications"]!.AsArray().Single()!;
        Assert.Equal(4, (int)last["count"]!);
        Assert.Null(last["resolvedAt"]);
        Assert.Equal(
            ["notification_created", "notification_resolved", "notification_updated", "notification_resolved", "notification_updated", "notification_resolved", "notification_updated"],
            Told(ada, (string)row["id"]!).Select(change => change.Type));
    }

    [Fact]
    public async Task Another_question_of_an_agent_rings_at_once_and_the_same_one_does_not()
    {
        var ada = await House.AddAsync();
        var project = await ada.ProjectAsync();
        await ada.ReportAsync($"s-{project}", "blocked", $"\"projectId\":\"{project}\",\"message\":\"May I run make?\"");
        var first = await ada.AlertAsync("session.blocked", resolved: false);
        await ada.ReportAsync($"s-{project}", "blocked", "\"message\":\"May I run rm?\"");
        var second = await CountedAsync(2);
        Assert.Equal((string?)first["id"], (string?)second["id"]);
        Assert.Equal((long)second["seq"]!, (long)second["rangSeq"]!);

        await InboxTests.MarkAsync(ada, second, """{"read":true}""");
        await ada.ReportAsync($"s-{project}", "working");
        await ada.ReportAsync($"s-{project}", "blocked", "\"message\":\"May I run rm?\"");
        var third = await CountedAsync(3);
        Assert.Equal((long)second["rangSeq"]!, (long)third["rangSeq"]!);
        Assert.NotNull(third["readAt"]);
        Assert.Equal(["notification_created", "notification_rang"], Told(ada, (string)first["id"]!).Select(change => change.Type).Where(Rings));

        async Task<JsonNode> CountedAsync(int count) =>
            (await ada.Token.UntilAsync(Path, list => list["notifications"]!.AsArray() is [{ } only] && (int)only["count"]! == count && only["resolvedAt"] is null))
                .Json["notifications"]![0]!;
    }

    [Fact]
    public async Task What_a_publisher_hears_does_not_tell_whether_others_have_seen_it()
    {
        var ada = await House.AddAsync();
        var bob = await House.AddAsync();
        var keys = $"\"dedupeKey\":\"d\",\"to\":[\"{bob.Name}\"]";
        await ada.PublishAsync(keys);
        var unseen = await ada.PublishAsync(keys);
        await InboxTests.MarkAsync(bob, unseen, """{"seen":true}""");
        var seen = await CallAsync(ada, keys, Priorities.Urgent);
        Assert.Equal((long)unseen["seq"]!, (long)unseen["rangSeq"]!);
        Assert.Equal((long)seen["seq"]!, (long)seen["rangSeq"]!);
    }

    private static async Task<JsonNode> CallAsync(Resident person, string members, string priority) =>
        (await person.Token.PostAsync(Path, $$"""{"type":"build.failed","priority":"{{priority}}","message":"It broke",{{members}}}""")).Is(201).Json["notification"]!;

    private List<(string Type, long Seq)> Told(Resident person, string id) => House.InDatabase(sql => sql
        .Query("SELECT type, seq, payload FROM changes WHERE person_id = $1 AND topic = 'notifications' ORDER BY seq", row => (row.GetString(0), row.GetInt64(1), JsonNode.Parse(row.GetFieldValue<byte[]>(2))!), person.Id)
        .Where(change => (string?)change.Item3["notification"]?["id"] == id).Select(change => (change.Item1, change.Item2)).ToList());

    private static bool Rings(string type) => type is ChangeTypes.NotificationCreated or ChangeTypes.NotificationRang;
}

public sealed class RingOnSqliteTests(Houses houses) : RingTests(houses, postgres: false);

public sealed class RingOnPostgresTests(Houses houses) : RingTests(houses, postgres: true);

/// <summary>Whatever is published, marked and resolved in whatever order: the inbox and the log are those of the model.</summary>
public abstract class RingModelTests(bool onPostgres)
{
    private static readonly string[] Loudness = [Priorities.Info, Priorities.Warning, Priorities.Action, Priorities.Urgent];

    [Theory]
    [InlineData("00:00:00", 1)]
    [InlineData("00:00:00", 2)]
    [InlineData("01:00:00", 3)]
    [InlineData("01:00:00", 4)]
    public async Task Rows_ring_as_the_model_says(string ringEvery, int seed)
    {
        await using var database = onPostgres ? await TestDatabase.PostgresAsync() : TestDatabase.Embedded;
        await using var house = await House.OpenAsync(database, new() { ["Notifications:RingEvery"] = ringEvery });
        var ada = await house.AddAsync();
        var random = new Random(seed);
        var model = new Model { IsPatient = ringEvery != "00:00:00" };
        for (var step = 0; step < 150; step++)
        {
            var key = random.Next(4);
            switch (random.Next(7))
            {
                case 0 or 1 or 2:
                    var (priority, words) = (random.Next(4), random.Next(3));
                    var answer = (await ada.Token.PostAsync("/api/v1/notifications", $$"""
                        {"type":"t","priority":"{{Loudness[priority]}}","message":"Words {{words}}","dedupeKey":"{{key}}"{{(Model.HasCause(key) ? $",\"causeKey\":\"{key}\"" : "")}}}
                        """)).Is(201).Json["notification"]!;
                    model.Publish((string)answer["id"]!, key, priority, words);
                    break;
                case 3:
                    await MarkAsync(key, """{"seen":true}""", row => row.Seen = true);
                    break;
                case 4:
                    var read = random.Next(2) == 0;
                    await MarkAsync(key, $$"""{"read":{{(read ? "true" : "false")}}}""", row => (row.Read, row.Seen) = (read, row.Seen || read));
                    break;
                case 5:
                    var away = random.Next(3) > 0;
                    await MarkAsync(key, $$"""{"archived":{{(away ? "true" : "false")}}}""", row => (row.Archived, row.Seen) = (away, row.Seen || away));
                    break;
                default:
                    (await ada.Token.PostAsync("/api/v1/notifications/resolve", $$"""{"causeKey":"{{key}}"}""")).Is(200);
                    model.Resolve(key);
                    break;
            }
        }

        var rows = (await ada.InboxAsync("?includeArchived=true&limit=500"))["notifications"]!.AsArray();
        Assert.Equal(
            model.Rows.Select(row => row.ToString()),
            rows.Select(row => string.Create(CultureInfo.InvariantCulture,
                $"{row!["id"]} {row["event"]!["priority"]} {row["event"]!["message"]} x{row["count"]} seen={row["seenAt"] is not null} read={row["readAt"] is not null} away={row["archivedAt"] is not null} resolved={row["resolvedAt"] is not null}")));
        var told = house.InDatabase(sql => sql.Query(
            "SELECT seq, type, payload FROM changes WHERE person_id = $1 AND topic = 'notifications' ORDER BY seq",
            row => (Seq: row.GetInt64(0), Type: row.GetString(1), Row: JsonNode.Parse(row.GetFieldValue<byte[]>(2))!["notification"]!), ada.Id));
        Assert.Equal(model.Told, told.Select(change => $"{change.Type} {change.Row["id"]}"));
        Assert.Contains(told, change => change.Type == ChangeTypes.NotificationRang);

        // A ring stands where it was told, and nothing else moves it.
        var rang = new Dictionary<string, long>();
        foreach (var (seq, type, row) in told)
        {
            rang[(string)row["id"]!] = type is ChangeTypes.NotificationCreated or ChangeTypes.NotificationRang ? seq : rang[(string)row["id"]!];
            Assert.Equal(rang[(string)row["id"]!], (long)row["rangSeq"]!);
        }

        async Task MarkAsync(int key, string body, Action<ModelRow> mark)
        {
            if (model.Newest(key) is { } row)
            {
                (await ada.Token.PatchAsync($"/api/v1/notifications/{row.Id}", body)).Is(200);
                model.Mark(row, mark);
            }
        }
    }

    private sealed record ModelRow(string Id, int Key)
    {
        public int Priority { get; set; }

        public int Words { get; set; }

        public int Count { get; set; }

        public bool Seen { get; set; }

        public bool Read { get; set; }

        public bool Archived { get; set; }

        public bool Resolved { get; set; }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"{Id} {Loudness[Priority]} Words {Words} x{Count} seen={Seen} read={Read} away={Archived} resolved={Resolved}");
    }

    /// <summary>What docs/use/notifications.md says about repeats, as plainly as it stands there.</summary>
    private sealed class Model
    {
        /// <summary>True: the pause between two rings is longer than the test.</summary>
        public bool IsPatient { get; init; }

        /// <summary>Newest call first.</summary>
        public List<ModelRow> Rows { get; } = [];

        public List<string> Told { get; } = [];

        public static bool HasCause(int key) => key != 3;

        public ModelRow? Newest(int key) => Rows.Find(row => row.Key == key);

        public void Publish(string id, int key, int priority, int words)
        {
            var row = Newest(key);
            if (row is null or { Seen: true, Resolved: true })
            {
                row = new ModelRow(id, key) { Priority = priority, Words = words, Count = 1 };
                Rows.Insert(0, row);
                Told.Add($"notification_created {id}");
                return;
            }

            Assert.Equal(row.Id, id);
            var rose = priority > row.Priority;
            var cameBack = row.Resolved;
            var isToldElse = row.Seen && words != row.Words;
            var rings = rose || ((cameBack || isToldElse) && !IsPatient);
            (row.Priority, row.Words, row.Resolved) = (priority, words, false);
            row.Count++;
            if (rings)
            {
                (row.Seen, row.Read, row.Archived) = (false, false, false);
            }

            Rows.Remove(row);
            Rows.Insert(0, row);
            Told.Add($"{(rings ? "notification_rang" : "notification_updated")} {id}");
        }

        public void Mark(ModelRow row, Action<ModelRow> mark)
        {
            var before = row.ToString();
            mark(row);
            if (row.ToString() != before)
            {
                Told.Add($"notification_updated {row.Id}");
            }
        }

        public void Resolve(int key)
        {
            foreach (var row in Rows.Where(row => row.Key == key && HasCause(key) && !row.Resolved).Reverse())
            {
                row.Resolved = true;
                Told.Add($"notification_resolved {row.Id}");
            }
        }
    }
}

public sealed class RingModelOnSqliteTests() : RingModelTests(onPostgres: false);

public sealed class RingModelOnPostgresTests() : RingModelTests(onPostgres: true);
