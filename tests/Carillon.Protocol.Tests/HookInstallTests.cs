using System.Text.Json.Nodes;
using Carillon.Cli;

namespace Carillon.Protocol.Tests;

/// <summary>What <c>carillon hook install</c> does to settings that somebody else wrote.</summary>
public sealed class HookInstallTests : IDisposable
{
    private const string Foreign = """
        {
            "model": "opus",
            "permissions": { "allow": ["Bash(ls:*)"], "später": 1e3 },
            "hooks": {
                "Stop": [
                    { "hooks": [{ "type": "command", "command": "say done" }] },
                    { "hooks": [{ "type": "command", "command": "carillon-lookalike hook claude-code" }, { "type": "prompt", "prompt": "?" }] }
                ],
                "PreCompact": [],
                "Unknown": { "kind": "of tomorrow" }
            }
        }
        """;

    private readonly FakeTerminal _terminal = new() { Answer = "y" };
    private readonly string _folder = Directory.CreateTempSubdirectory("carillon-install-").FullName;

    public HookInstallTests()
    {
        _terminal.Variables["CLAUDE_CONFIG_DIR"] = Path.Combine(_folder, ".claude");
        _terminal.Variables["CODEX_HOME"] = Path.Combine(_folder, ".codex");
        _terminal.Variables["PATH"] = Path.Combine(_folder, "bin");
        Program("bin");
    }

    private string Settings => Path.Combine(_folder, ".claude", "settings.json");

    public void Dispose()
    {
        _terminal.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Hooks_are_written_once_and_taken_out_again()
    {
        Assert.Equal(0, await InstallAsync());
        Assert.Equal(["Write this? [y/N] "], _terminal.Questions);
        Assert.Contains($"\n+             \"command\": \"{_folder}/bin/carillon hook claude-code\",\n", _terminal.Output, StringComparison.Ordinal);
        Assert.EndsWith("Start Claude Code anew: it reads its hooks when it starts.\n", _terminal.Output, StringComparison.Ordinal);
        Assert.Equal(
            ["SessionStart", "UserPromptSubmit", "PreToolUse", "PermissionRequest", "PostToolUse", "Notification", "Stop", "SessionEnd"],
            Read()["hooks"]!.AsObject().Select(member => member.Key));
        var written = await File.ReadAllTextAsync(Settings);

        Assert.Equal(0, await InstallAsync());
        Assert.EndsWith($"{Settings} has these hooks already.\n", _terminal.Output, StringComparison.Ordinal);
        Assert.Equal(written, await File.ReadAllTextAsync(Settings));

        Assert.Equal(0, await InstallAsync("--remove"));
        Assert.Equal("{}\n", await File.ReadAllTextAsync(Settings));
        Assert.Equal(0, await InstallAsync("--remove"));
        Assert.EndsWith($"{Settings} has no hooks of Carillon.\n", _terminal.Output, StringComparison.Ordinal);
        Assert.Equal(2, _terminal.Questions.Count);
    }

    [Fact]
    public async Task What_others_wrote_stays_and_a_copy_of_the_file_is_kept()
    {
        Begin(Foreign);
        Assert.Equal(0, await InstallAsync());

        var stop = Read()["hooks"]!["Stop"]!.AsArray();
        Assert.Equal(3, stop.Count);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Foreign)!["hooks"]!["Stop"]![1], stop[1]));
        Assert.StartsWith("{\n    \"model\": \"opus\"", await File.ReadAllTextAsync(Settings), StringComparison.Ordinal);
        Assert.Contains("\"später\": 1e3", await File.ReadAllTextAsync(Settings), StringComparison.Ordinal);
        Assert.Equal(Foreign, await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(Path.GetDirectoryName(Settings)!, "*.bak"))));

        Assert.Equal(0, await InstallAsync("--remove"));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Foreign), Read()));
    }

    [Fact]
    public async Task Earlier_calls_of_ours_are_replaced_and_those_for_other_agents_are_not()
    {
        Begin("""
            {"hooks":{"Stop":[{"hooks":[{"type":"command","command":"CARILLON_PROJECT=x '/opt/a b/carillon' wake claude-code --for 5"},{"type":"command","command":"mine"}]}],
            "SubagentStop":[{"hooks":[{"type":"command","command":"carillon hook claude-code"}]}],"SessionEnd":[{"hooks":[{"type":"command","command":"carillon hook generic"}]}]}}
            """);
        var token = Path.Combine(_folder, "my token");
        Assert.Equal(0, await InstallAsync("--wake", "--url", "https://bell.example", "--token-file", token));

        var settings = Read();
        var calls = HookSettings.Calls(settings, "claude-code").ToList();
        Assert.Equal(8, calls.Count);
        Assert.Equal($"{_folder}/bin/carillon wake claude-code --url https://bell.example --token-file '{token}'", calls.Single(call => call.Event == "Stop").Command);
        Assert.Equal("mine", (string?)settings["hooks"]!["Stop"]![0]!["hooks"]![0]!["command"]);
        Assert.Equal((true, 28800), ((bool)settings["hooks"]!["Stop"]![1]!["hooks"]![0]!["asyncRewake"]!, (int)settings["hooks"]!["Stop"]![1]!["hooks"]![0]!["timeout"]!));
        Assert.False(settings["hooks"]!.AsObject().ContainsKey("SubagentStop"));
        Assert.Equal("carillon hook generic", (string?)settings["hooks"]!["SessionEnd"]![0]!["hooks"]![0]!["command"]);
    }

    [Theory]
    [InlineData("{\n  // mine\n  \"model\": \"opus\"\n}", "has a comment or something else that is not JSON in line 2")]
    [InlineData("{\n\"a\": 1,\n}", "has a comment or something else that is not JSON in line 3")]
    [InlineData("[]", "is no JSON object")]
    [InlineData("""{"a":1,"a":2}""", "is not JSON")]
    [InlineData("""{"hooks":[]}""", "has a member hooks that is no object")]
    [InlineData("""{"hooks":{"Stop":{}}}""", "has a member hooks.Stop that is no list")]
    public async Task A_file_that_cannot_be_written_back_without_a_loss_is_left_alone(string text, string told)
    {
        Begin(text);
        Assert.Equal(1, await InstallAsync("--yes"));
        Assert.StartsWith($"carillon: {Settings} {told}", _terminal.Error, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed.", Assert.Single(_terminal.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(Settings));
        Assert.Empty(_terminal.Questions);
    }

    [Theory]
    [InlineData("n", "carillon: Nothing was changed.\n")]
    [InlineData("", "carillon: Nothing was changed.\n")]
    [InlineData(null, "carillon: Nothing was changed. Run it again with --yes to write this.\n")]
    public async Task Without_a_yes_nothing_is_written(string? answer, string told)
    {
        _terminal.Answer = answer;
        Assert.Equal(1, await InstallAsync());
        Assert.Equal(told, _terminal.Error);
        Assert.Contains("+     \"Stop\": [", _terminal.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(Settings));
    }

    [Fact]
    public async Task Settings_that_are_a_link_stay_one()
    {
        var kept = Path.Combine(_folder, "dotfiles.json");
        await File.WriteAllTextAsync(kept, "{}");
        Directory.CreateDirectory(Path.GetDirectoryName(Settings)!);
        File.CreateSymbolicLink(Settings, kept);
        Assert.Equal(0, await InstallAsync("--yes"));
        Assert.Equal(kept, File.ResolveLinkTarget(Settings, returnFinalTarget: true)?.FullName);
        Assert.Contains("carillon hook", await File.ReadAllTextAsync(kept), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_could_read_the_settings_still_can()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const UnixFileMode Shared = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        Begin("{}");
        File.SetUnixFileMode(Settings, Shared);
        Assert.Equal(0, await InstallAsync());
        Assert.Equal(Shared, File.GetUnixFileMode(Settings));
    }

    [Fact]
    public async Task Codex_gets_its_own_events_and_a_word_about_trust()
    {
        Assert.Equal(0, await _terminal.RunAsync("hook", "install", "codex", "--yes"));
        var settings = HookSettings.Parse(await File.ReadAllTextAsync(Path.Combine(_folder, ".codex", "hooks.json")));
        Assert.Equal(["SessionStart", "UserPromptSubmit", "PermissionRequest", "PostToolUse", "Stop"], HookSettings.Calls(settings, "codex").Select(call => call.Event));
        Assert.Contains("trust the hooks", _terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_native_program_is_called_where_there_is_one()
    {
        var built = Program("built");
        File.WriteAllText(built + ".dll", "");
        var paths = string.Join(Path.PathSeparator, Path.Combine(_folder, "nothing"), Path.Combine(_folder, "built"), Path.Combine(_folder, "bin"));
        Assert.Equal(Path.Combine(_folder, "bin", "carillon"), OwnProgram.Path(paths, built));
        var link = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "links")).FullName, "carillon");
        File.CreateSymbolicLink(link, built);
        Assert.Equal(Path.Combine(_folder, "bin", "carillon"), OwnProgram.Path(Path.Combine(_folder, "links") + Path.PathSeparator + paths, null));
    }

    [Fact]
    public void A_project_has_settings_of_its_own_that_are_not_shared() =>
        Assert.Equal(Path.Combine("/p/shop", ".claude", "settings.local.json"), HookedAgent.All[0].File(_terminal.Terminal, "/p/shop"));

    private Task<int> InstallAsync(params string[] options) => _terminal.RunAsync(["hook", "install", "claude-code", .. options]);

    private JsonObject Read() => HookSettings.Parse(File.ReadAllText(Settings));

    private void Begin(string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Settings)!);
        File.WriteAllText(Settings, text);
    }

    private string Program(string folder)
    {
        var program = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, folder)).FullName, "carillon");
        File.WriteAllText(program, "");
        return program;
    }
}
