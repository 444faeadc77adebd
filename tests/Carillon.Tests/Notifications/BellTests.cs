using System.Text.Json.Nodes;
using Carillon.Accounts;
using Carillon.Http;
using Carillon.Sessions;

namespace Carillon.Notifications;

/// <summary>What reaches whom, by what they chose at a session's bell.</summary>
public abstract class BellTests(Houses houses, bool postgres) : InHouse(houses, postgres)
{
    private static readonly string[] ToAct =
    [
        "pr.changes_requested", "pr.ci_failing", "pr.closed", "pr.conflicts", "pr.merge_ready", "session.blocked", "session.exited", "session.needs_input", "session.stuck",
    ];

    private static readonly string[] ToKnow = ["pr.merged", "run.finished"];

    /// <summary>What a person may have chosen, and what they hear then. Nothing chosen is null.</summary>
    public static TheoryData<bool, string?, bool, bool> Choices => new()
    {
        { true, null, true, true },
        { true, "all", true, true },
        { true, "needs_me", true, false },
        { true, "off", false, false },
        { false, null, false, false },
        { false, "all", true, true },
        { false, "needs_me", true, false },
        { false, "off", false, false },
    };

    [Theory]
    [MemberData(nameof(Choices))]
    public async Task A_bell_rings_for_what_was_chosen(bool isOwner, string? mode, bool hearsToAct, bool hearsToKnow)
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var project = await ada.ProjectAsync();
        var session = $"s-{project}";
        await ada.ReportAsync(session, "working", $"\"projectId\":\"{project}\"");
        var person = isOwner ? ada : bob;
        await ChooseAsync(person, session, mode);
        await EverythingAsync(ada, session);

        Assert.Equal(
            (hearsToAct ? ToAct : []).Concat(hearsToKnow ? ToKnow : []).Order(StringComparer.Ordinal),
            await HeardAsync(ada, project, person));
    }

    [Fact]
    public async Task Who_asked_hears_the_end_unless_they_chose_otherwise()
    {
        foreach (var (mode, hears) in new[] { (null, true), ("all", true), ("needs_me", false), ("off", false) })
        {
            var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
            var project = await ada.ProjectAsync();
            var session = $"s-{project}";
            await ada.ReportAsync(session, "working", $"\"projectId\":\"{project}\"");
            await ChooseAsync(bob, session, mode);
            House.Append("session_updated", "sessions", project, session, System.Text.Encoding.UTF8.GetBytes($$"""
                {"session":{"id":"{{session}}","projectId":"{{project}}","agent":"demo","title":"T","owner":"{{ada.Name}}","activity":"idle","message":"Done.","hosted":true,
                 "createdAt":"2026-11-21T09:00:00.000Z","updatedAt":"2026-11-21T09:00:00.000Z"},
                 "activityBefore":"working","run":{"id":"run_1","status":"completed","askedBy":"{{bob.Name}}","silent":false } }
                """));
            Assert.Equal(hears ? ["run.finished"] : [], await HeardAsync(ada, project, bob));
        }
    }

    [Fact]
    public async Task Who_lost_sight_of_a_project_hears_nothing_whatever_they_chose()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var project = await ada.ProjectAsync();
        var session = $"s-{project}";
        await ada.ReportAsync(session, "working", $"\"projectId\":\"{project}\"");
        await ChooseAsync(bob, session, "all");
        (await House.Admin.PatchAsync($"/api/v1/projects/{project}", """{"closed":true}""")).Is(200);
        await EverythingAsync(ada, session);
        await HeardAsync(ada, project, ada);
        Assert.Equal(0, House.InDatabase(sql => sql.Number("SELECT count(*) FROM notifications WHERE person_id = $1", bob.Id)));
    }

    [Fact]
    public async Task Only_the_owner_is_offered_to_answer_an_agent_elsewhere()
    {
        var (ada, bob) = (await House.AddAsync(), await House.AddAsync());
        var project = await ada.ProjectAsync();
        var session = $"s-{project}";
        await ada.ReportAsync(session, "working", $"\"projectId\":\"{project}\"");
        await ChooseAsync(bob, session, "needs_me");
        await ada.ReportAsync(session, "waiting_input", "\"message\":\"Which port?\"");
        foreach (var (person, kinds) in new[] { (ada, "open-session send-message"), (bob, "open-session") })
        {
            var row = (await person.Token.UntilAsync("/api/v1/notifications", list => Rows(list).Count == 1)).Json["notifications"]![0]!;
            Assert.Equal(kinds, string.Join(' ', row["actions"]!.AsArray().Select(action => (string)action!["kind"]!)));
        }
    }

    private static async Task ChooseAsync(Resident person, string session, string? mode)
    {
        var path = $"/api/v1/sessions/{session}/subscription";
        if (mode is not null)
        {
            (await (mode == "off" ? person.Token.CallAsync("DELETE", path) : person.Token.CallAsync("PUT", path, $$"""{"mode":"{{mode}}"}"""))).Is(204);
        }
    }

    /// <summary>Everything that is told of a session, one after the other.</summary>
    private static async Task EverythingAsync(Resident owner, string session)
    {
        foreach (var activity in new[] { "waiting_input", "blocked", "stuck", "idle", "working", "exited" })
        {
            await owner.ReportAsync(session, activity);
        }

        (await owner.Token.PutAsync(session, report =>
        {
            report["checks"] = "failing";
            report["review"] = "changes_requested";
            report["conflicts"] = true;
        })).Is(200);
        (await owner.Token.PutAsync(session)).Is(200);
        (await owner.Token.PutAsync(session, report => report["state"] = "closed")).Is(200);
        (await owner.Token.PutAsync(session, name: "github/example/shop/13", change: report => report["state"] = "merged")).Is(200);
    }

    /// <summary>What a person was told, when the notifier is through with everything that has happened.</summary>
    private static async Task<string[]> HeardAsync(Resident owner, string project, Resident person)
    {
        var marker = $"marker-{project}";
        await owner.ReportAsync(marker, "working", $"\"projectId\":\"{project}\"");
        await owner.ReportAsync(marker, "waiting_input");
        await owner.Token.UntilAsync($"/api/v1/notifications?sessionId={marker}", list => Rows(list).Count == 1);
        return
        [
            .. Rows((await person.Token.GetAsync("/api/v1/notifications?limit=100", [])).Is(200).Json)
                .Where(row => (string?)row!["event"]!["sessionId"] != marker)
                .Select(row => (string)row!["event"]!["type"]!).Order(StringComparer.Ordinal),
        ];
    }

    private static JsonArray Rows(JsonNode list) => list["notifications"]!.AsArray();
}

public sealed class BellOnSqliteTests(Houses houses) : BellTests(houses, postgres: false);

public sealed class BellOnPostgresTests(Houses houses) : BellTests(houses, postgres: true);
