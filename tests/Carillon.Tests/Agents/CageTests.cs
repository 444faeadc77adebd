using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Carillon.Accounts;

namespace Carillon.Agents;

/// <summary>What keeps an agent away from the server and from what is not its own: against the real bubblewrap, and the real kernel.</summary>
[SupportedOSPlatform("linux")]
public sealed class CageTests : IDisposable
{
    private readonly Workshop _workshop = new();
    private readonly string _data = Directory.CreateTempSubdirectory("carillon-data-").FullName;

    public void Dispose()
    {
        _workshop.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task In_the_cage_it_works_in_its_folder_and_sees_nothing_of_the_servers()
    {
        await NeedBubblewrapAsync();
        await File.WriteAllTextAsync(Path.Combine(_data, "secret"), "the secret");
        var shared = Directory.CreateDirectory(Path.Combine(_data, "shared")).FullName;
        var book = Path.Combine(_data, "book");
        await File.WriteAllTextAsync(book, "to read");
        _workshop.Settings.Sandbox = "bubblewrap";
        _workshop.Settings.SandboxWritable = [shared];
        _workshop.Settings.SandboxReadable = [book];
        var agent = _workshop.Command($$"""
            pwd -P
            cat
            echo mine > made && cat made
            cat '{{_data}}/secret' 2>/dev/null || echo no secret
            cat '{{book}}'; echo
            echo no > '{{book}}' 2>/dev/null || echo not written
            echo ours > '{{shared}}/note' && cat '{{shared}}/note'
            ( echo x > /etc/carillon-was-here ) 2>/dev/null || echo system closed
            ls -A "$HOME" | head -n 1
            ls -d /proc/[0-9]* | wc -l
            """);
        var answer = (await agent.AllAsync(_workshop.Task("asked\n") with { Hidden = [_data] })).Text().Trim().Split('\n');
        Assert.Equal(
            [_workshop.Folder, "asked", "mine", "no secret", "to read", "not written", "ours", "system closed"],
            answer.Take(8));
        Assert.InRange(int.Parse(answer[^1], CultureInfo.InvariantCulture), 1, 8);
        Assert.Equal("mine\n", _workshop.Read("made"));
        Assert.Equal("ours\n", await File.ReadAllTextAsync(Path.Combine(shared, "note")));
    }

    [Fact]
    public async Task Stopping_ends_what_is_in_the_cage()
    {
        await NeedBubblewrapAsync();
        _workshop.Settings.Sandbox = "bubblewrap";
        var name = $"carillon-caged-{Guid.NewGuid():N}";
        using var stop = new CancellationTokenSource();
        var agent = _workshop.Command($$"""
            ( env -i setsid sh -c 'sleep 600 # {{name}}' > /dev/null 2>&1 < /dev/null & )
            echo ready
            sleep 600
            """);
        await using var events = agent.RunAsync(_workshop.Task(), stop.Token).GetAsyncEnumerator(stop.Token);
        Assert.True(await events.MoveNextAsync());
        await Workshop.UntilAsync(() => Running(name));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await events.MoveNextAsync());
        Assert.False(Running(name));
    }

    [Fact]
    public async Task When_the_server_is_killed_its_programs_end_by_themselves()
    {
        await using var house = await House.OpenAsync(TestDatabase.Embedded, new()
        {
            ["Agents:Command:Program"] = "sh",
            ["Agents:Command:Arguments:0"] = _workshop.Write(
                "script.sh", $"( env -i setsid sh -c 'echo $$ > {_workshop.Folder}/wiped; exec sleep 600' > /dev/null 2>&1 < /dev/null & )\nexec sleep 600"),
        });
        var root = await house.AddAsync(Protocol.Roles.Admin);
        await root.SessionAsync(await root.ProjectAsync(), "\"message\":\"Hi\"", agent: "command");
        var wiped = await _workshop.ProcessAsync("wiped");
        await house.Server.KillAsync();
        await Workshop.UntilAsync(() => !Workshop.IsRunning(wiped));
        await house.Server.StartProcessAsync();
    }

    [Fact]
    public async Task Whoever_runs_as_the_servers_user_cannot_look_into_it()
    {
        // Root may look into everything, so as root it is somebody else who runs the server and looks.
        string[] somebody = Environment.UserName == "root" ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
        var program = Path.Combine(AppContext.BaseDirectory, "carillon");
        if (await RunAsync([.. somebody, program, "--version"]) is not (0, _))
        {
            Missing.Report($"{program} cannot be run as somebody else here.");
        }

        var folder = Directory.CreateDirectory(Path.Combine(_data, "server")).FullName;
        if (somebody is not [])
        {
            File.SetUnixFileMode(_data, (UnixFileMode)0b111_101_101);
            Assert.Equal(0, (await RunAsync(["chown", "65534:65534", folder])).Code);
        }

        string[] call = [.. somebody, program, "serve", "--data", folder, "--urls", "http://127.0.0.1:0"];
        var start = new ProcessStartInfo(call[0], call[1..])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var server = Process.Start(start)!;
        try
        {
            while (await server.StandardError.ReadLineAsync() is { } line && !line.Contains("Set up Carillon", StringComparison.Ordinal))
            {
            }

            var (code, _) = await RunAsync([.. somebody, "cat", $"/proc/{server.Id}/environ"]);
            Assert.NotEqual(0, code);
            Assert.Equal(0, (await RunAsync([.. somebody, "cat", $"/proc/{server.Id}/status"])).Code);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    private static bool Running(string words) => Directory.EnumerateDirectories("/proc").Any(folder =>
    {
        try
        {
            return int.TryParse(Path.GetFileName(folder), out _) && File.ReadAllText($"{folder}/cmdline").Contains(words, StringComparison.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });

    private static async Task NeedBubblewrapAsync()
    {
        if (ProgramCall.FindFile("bwrap") is not { } bubblewrap)
        {
            Missing.Report("There is no bubblewrap on this machine.");
        }
        else if (await RunAsync([bubblewrap, "--unshare-pid", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--", "true"]) is (not 0, var said))
        {
            Missing.Report($"This kernel does not let bubblewrap work: {said.Trim()}");
        }
    }

    private static async Task<(int Code, string Said)> RunAsync(string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(words[0], words[1..]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        return (process.ExitCode, error);
    }
}
