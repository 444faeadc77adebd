using System.Text.Json.Nodes;
using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary><c>carillon doctor</c> beside a server that works, and beside one whose folder is not right.</summary>
[AlsoNative]
public sealed class DoctorTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("carillon-doctor-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task A_server_that_works_has_nothing_to_mend()
    {
        await using var server = await CarillonServer.StartAsync(TestDatabase.Embedded);
        using var ada = await server.AddPersonAsync("ada", admin: true);
        var token = (await server.RunAsync(null, "token", "create", "--user", "ada", "--scope", Scopes.Read, "--scope", Scopes.Publish, "--days", "30")).Output.Trim();

        var installed = await CarillonServer.RunProgramAsync(null, Environment(server, token), "hook", "install", "claude-code", "--yes");
        Assert.Equal(0, installed.ExitCode);
        var (code, states, output) = await RunAsync(server, token);
        Assert.Equal(
            ["Server", "Clock", "Token", "Scopes", "Reports", "Stream", "Sockets", "Claude Code", "Codex", "Database", "Secret", "Disk"], states.Keys);
        Assert.Equal("skipped", states["Codex"]);

        // Those depend on how busy and how full the machine is.
        Assert.All(states.Where(check => check.Key is not ("Codex" or "Claude Code" or "Disk")), check => Assert.Equal("ok", check.Value));
        Assert.Equal(0, code);
        Assert.Contains("\"says\":\"ada's. It ends on ", output, StringComparison.Ordinal);
        Assert.DoesNotContain(token, output, StringComparison.Ordinal);

        // The hook was called, and reported nothing.
        Assert.StartsWith("""{"sessions":[],""", await ada.GetStringAsync(new Uri("/api/v1/sessions", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_settings_of_a_folder_call_is_not_started()
    {
        var (folder, trace) = (Directory.CreateDirectory(Path.Combine(_home, "cloned")).FullName, Path.Combine(_home, "trace"));
        var program = Path.Combine(folder, "carillon");
        await File.WriteAllTextAsync(program, $"#!/bin/sh\ntouch '{trace}'\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        Directory.CreateDirectory(Path.Combine(folder, ".claude"));
        await File.WriteAllTextAsync(
            Path.Combine(folder, ".claude", "settings.local.json"),
            $$$"""{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"{{{program}}} hook claude-code"}]}]}}""");
        var start = CarillonServer.StartInfo(
            new Dictionary<string, string?>
            {
                ["CARILLON_URL"] = "http://127.0.0.1:1",
                ["XDG_CACHE_HOME"] = Path.Combine(_home, "cache"),
                ["CLAUDE_CONFIG_DIR"] = Path.Combine(_home, ".claude"),
                ["CODEX_HOME"] = Path.Combine(_home, ".codex"),
            },
            ["doctor", "--data", Path.Combine(_home, "nothing")]);
        start.WorkingDirectory = folder;
        using var doctor = System.Diagnostics.Process.Start(start)!;
        doctor.StandardInput.Close();
        var output = await doctor.StandardOutput.ReadToEndAsync();
        await doctor.WaitForExitAsync();
        Assert.Contains($"call {program}. It was not started", output, StringComparison.Ordinal);
        Assert.False(File.Exists(trace));
    }

    [Fact]
    public async Task A_secret_that_everybody_reads_and_a_database_that_is_none_are_found()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("There, the person's own folders are closed to others by themselves.");
            return;
        }

        await using var server = await CarillonServer.StartAsync(TestDatabase.Embedded);
        var secret = Path.Combine(server.Folder, "secret");
        File.SetUnixFileMode(secret, File.GetUnixFileMode(secret) | UnixFileMode.GroupRead);
        var (code, states, _) = await RunAsync(server, "car_nobody");
        Assert.Equal((1, "failed", "failed", "warning"), (code, states["Secret"], states["Token"], states["Server"]));

        var other = Directory.CreateDirectory(Path.Combine(_home, "other")).FullName;
        await File.WriteAllTextAsync(Path.Combine(other, "carillon.db"), "no database, but long enough to be taken for the head of one");
        (code, states, _) = await RunAsync(server, "car_nobody", other);
        Assert.Equal((1, "failed"), (code, states["Database"]));

        (code, states, _) = await RunAsync(server, "car_nobody", Path.Combine(_home, "nothing"));
        Assert.Equal((1, "failed"), (code, states["Data"]));
        Assert.False(Directory.Exists(Path.Combine(_home, "nothing")));
    }

    private async Task<(int Code, Dictionary<string, string> States, string Output)> RunAsync(CarillonServer server, string token, string? folder = null)
    {
        var (code, output, error) = await CarillonServer.RunProgramAsync(
            null,
            Environment(server, token),
            "doctor", "--json", "--data", folder ?? server.Folder);
        Assert.Equal("", error);
        var checks = JsonNode.Parse(output)!["checks"]!.AsArray();
        return (code, checks.ToDictionary(check => (string)check!["check"]!, check => (string)check!["state"]!), output);
    }

    private Dictionary<string, string?> Environment(CarillonServer server, string token) => new()
    {
        ["CARILLON_URL"] = server.Url.AbsoluteUri,
        ["CARILLON_TOKEN"] = token,
        ["XDG_CACHE_HOME"] = Path.Combine(_home, "cache"),
        ["CLAUDE_CONFIG_DIR"] = Path.Combine(_home, ".claude"),
        ["CODEX_HOME"] = Path.Combine(_home, ".codex"),
    };
}
