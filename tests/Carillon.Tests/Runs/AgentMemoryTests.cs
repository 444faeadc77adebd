using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Carillon.Accounts;
using Carillon.Conversations;

namespace Carillon.Runs;

/// <summary>What an agent needs to go on is kept as soon as it is known. Against a stand-in for <c>claude</c>, with servers that are killed.</summary>
[UnsupportedOSPlatform("windows")]
public abstract class AgentMemoryTests
{
    private const string Init = """{"type":"system","subtype":"init","session_id":"0d0e-1"}""";

    [Fact]
    public async Task After_kill_9_in_the_first_answer_the_next_message_resumes_it()
    {
        using var claude = new StandIn($$"""
            echo '{{Init}}'
            echo '{{Says("m1", "Once upon")}}'
            [ -e "$HERE/again" ] || exec sleep 600
            echo '{"type":"result","subtype":"success","is_error":false,"num_turns":1}'
            """);
        await using var house = await House.OpenAsync(await DatabaseAsync(), claude.Settings);
        var ada = await house.AddAsync(Protocol.Roles.Admin);
        var session = await ada.SessionAsync(await ada.ProjectAsync(), agent: "claude-code");
        using (var reader = await ChatReader.OpenAsync(house.Server.Url, ada.Token))
        {
            await reader.AttachedAsync(session);
            await reader.AskAsync("m1", session, "Tell me a story");
            await reader.UntilAsync("chunk");
        }

        claude.Write("again", "");
        await KillAsync(house);
        using var again = await ChatReader.OpenAsync(house.Server.Url, ada.Token);
        await again.AttachedAsync(session, 0);
        await again.EndsAsync(session, 1);
        Assert.Equal("failed", again.Of(session).Ends[0].Status);
        await again.AskAsync("m2", session, "Go on");
        await again.EndsAsync(session, 2);
        Assert.Equal("completed", again.Of(session).Ends[1].Status);
        var calls = claude.Read("calls").Trim().Split('\n');
        Assert.Equal(2, calls.Length);
        Assert.DoesNotContain("--resume", calls[0], StringComparison.Ordinal);
        Assert.EndsWith("--resume 0d0e-1", calls[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_kill_9_before_the_first_word_the_conversation_says_that_it_begins_anew()
    {
        using var claude = new StandIn($$"""
            [ -e "$HERE/again" ] || exec sleep 600
            echo '{{Init}}'
            echo '{{Says("m1", "What story?")}}'
            echo '{"type":"result","subtype":"success","is_error":false,"num_turns":1}'
            """);
        await using var house = await House.OpenAsync(await DatabaseAsync(), claude.Settings);
        var ada = await house.AddAsync(Protocol.Roles.Admin);
        var session = await ada.SessionAsync(await ada.ProjectAsync(), agent: "claude-code");
        using (var reader = await ChatReader.OpenAsync(house.Server.Url, ada.Token))
        {
            await reader.AttachedAsync(session);
            await reader.AskAsync("m1", session, "Tell me a story");
            await Agents.Workshop.UntilAsync(() => claude.Has("calls"));
        }

        claude.Write("again", "");
        await KillAsync(house);
        using var again = await ChatReader.OpenAsync(house.Server.Url, ada.Token);
        await again.AttachedAsync(session, 0);
        await again.EndsAsync(session, 1);
        await again.AskAsync("m2", session, "Go on");
        await again.EndsAsync(session, 2);
        var answer = again.Of(session).Messages.Values.Last();
        var step = Assert.Single(answer["steps"]!.AsArray())!;
        Assert.Equal(("Resume", "failed"), ((string)step["name"]!, (string)step["status"]!));
        Assert.Contains("It begins anew.", (string)step["detail"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("--resume", claude.Read("calls"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Half_of_a_stream_that_is_begun_again_is_replaced_before_everybodys_eyes()
    {
        using var claude = new StandIn($$$"""
            echo '{{{Init}}}'
            echo '{{{Says("m1", "First.")}}}'
            echo '{"type":"stream_event","event":{"type":"message_start","message":{"id":"m2"}},"parent_tool_use_id":null}'
            echo '{"type":"stream_event","event":{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}},"parent_tool_use_id":null}'
            echo '{"type":"stream_event","event":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello wor"}},"parent_tool_use_id":null}'
            echo '{"type":"assistant","message":{"id":"m2","content":[{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"ls"}}]},"parent_tool_use_id":null}'
            while [ ! -e "$HERE/go" ]; do sleep 0.01; done
            echo '{"type":"system","subtype":"api_retry","attempt":1}'
            while [ ! -e "$HERE/on" ]; do sleep 0.01; done
            echo '{{{Says("m3", "Hello world.")}}}'
            echo '{"type":"result","subtype":"success","is_error":false,"num_turns":1}'
            """);
        await using var house = await House.OpenAsync(await DatabaseAsync(), claude.Settings);
        var ada = await house.AddAsync(Protocol.Roles.Admin);
        var session = await ada.SessionAsync(await ada.ProjectAsync(), agent: "claude-code");
        using var reader = await ChatReader.OpenAsync(house.Server.Url, ada.Token, new() { [session] = new Transcript { MayTakeBack = true } });
        await reader.AttachedAsync(session);
        await reader.AskAsync("m1", session, "Hi");
        await reader.UntilAsync("step", step => (string)step["name"]! == "Bash");
        claude.Write("go", "");
        Assert.Equal("First.", (string)(await reader.UntilAsync("snapshot"))["text"]!);
        Assert.Equal("First.".Length, (int)(await reader.UntilAsync("step", step => (string)step["name"]! == "Bash"))["offset"]!);

        // Who comes now hears nothing of it.
        using var later = await ChatReader.OpenAsync(house.Server.Url, ada.Token);
        await later.AttachedAsync(session);
        Assert.Equal("First.", (string)(await later.UntilAsync("snapshot"))["text"]!);
        claude.Write("on", "");
        await reader.EndsAsync(session, 1);
        await later.EndsAsync(session, 1);
        Assert.Equal("First.\n\nHello world.", reader.TextOf(reader.Of(session).Ends[0].Run));
        Assert.Equal("First.\n\nHello world.", (string)reader.Of(session).Messages.Values.Last()["text"]!);
    }

    private static string Says(string id, string text) =>
        new JsonObject
        {
            ["type"] = "assistant",
            ["message"] = new JsonObject { ["id"] = id, ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text }) },
        }.ToJsonString();

    private static async Task KillAsync(House house)
    {
        await house.Server.KillAsync();
        await house.Server.StartProcessAsync();

        // On a cluster it might live on another node, so its lease is waited for: up to 30 seconds.
        house.InDatabase(sql => sql.Execute("UPDATE runs SET lease_until = 1 WHERE status = 'running' AND ended_at IS NULL"));
    }

    private protected abstract Task<TestDatabase> DatabaseAsync();

    /// <summary>A program that writes down how it is called and then follows a script.</summary>
    private sealed class StandIn : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("carillon-claude-").FullName;

        public StandIn(string script)
        {
            Write("claude.sh", $"HERE='{_folder}'\necho \"$@\" >> \"$HERE/calls\"\n{script}");
            Settings = new() { ["Agents:ClaudeCode:Program"] = "sh", ["Agents:ClaudeCode:Arguments:0"] = Path.Combine(_folder, "claude.sh") };
        }

        public Dictionary<string, string?> Settings { get; }

        public bool Has(string name) => File.Exists(Path.Combine(_folder, name));

        public string Read(string name) => File.ReadAllText(Path.Combine(_folder, name));

        public void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}

[UnsupportedOSPlatform("windows")]
public sealed class AgentMemoryTestsOnSqlite : AgentMemoryTests
{
    private protected override Task<TestDatabase> DatabaseAsync() => Task.FromResult(TestDatabase.Embedded);
}

[UnsupportedOSPlatform("windows")]
public sealed class AgentMemoryTestsOnPostgres : AgentMemoryTests
{
    private protected override Task<TestDatabase> DatabaseAsync() => TestDatabase.PostgresAsync();
}
