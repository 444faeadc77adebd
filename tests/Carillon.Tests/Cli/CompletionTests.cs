using System.Diagnostics;

namespace Carillon.Cli;

/// <summary>The scripts that <c>carillon completion</c> prints, read by the shells themselves.</summary>
[AlsoNative]
public sealed class CompletionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("carillon-completion-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, string[]> Lines => new()
    {
        { "carillon tok", ["token"] },
        { "carillon token cr", ["create"] },
        { "carillon token create --sc", ["--scope"] },
        { "carillon token create --scope pub", ["publish"] },
        { "carillon notify --priority ur", ["urgent"] },
        { "carillon hook co", ["codex"] },
        { "carillon completion f", ["fish"] },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Bash_completes(string line, string[] expected) => Assert.Equal(expected, await CompleteAsync("bash", line, """
        source "$1"; COMP_WORDS=($2); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _carillon carillon "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"; printf '%s\n' "${COMPREPLY[@]}"
        """));

    // What zsh would offer; it takes out by itself what does not begin as the word does.
    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Zsh_offers(string line, string[] expected)
    {
        var offered = await CompleteAsync("zsh", line, """
            compdef() { }; _describe() { print -rl -- ${(P)2%%:*} }
            source "$1"; words=(${=2}); CURRENT=$#words; _carillon
            """);
        Assert.All(expected, word => Assert.Contains(word, offered));
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Fish_completes(string line, string[] expected) => Assert.Equal(expected, await CompleteAsync("fish", line, """
        source $argv[1]; complete -C $argv[2] | string replace -r '\t.*' ''
        """));

    [Fact]
    public async Task The_manual_page_has_every_command_of_the_help()
    {
        var (code, page, error) = await CarillonServer.RunProgramAsync(null, new Dictionary<string, string?>(), "manual");

        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith(".TH CARILLON 1", page);
        var (_, help, _) = await CarillonServer.RunProgramAsync(null, new Dictionary<string, string?>(), "--help");
        var commands = help.Split("Commands:")[1].Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal)).Select(line => line.Trim().Split(' ')[0]).ToList();
        Assert.Contains("serve", commands);
        Assert.All(commands, command => Assert.Contains($".SS carillon {command}", page));
    }

    private async Task<string[]> CompleteAsync(string shell, string line, string ask)
    {
        if (!Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, shell))))
        {
            Missing.Report($"{shell} is not installed: apt-get install {shell}");
        }

        var (code, script, error) = await CarillonServer.RunProgramAsync(null, new Dictionary<string, string?>(), "completion", shell);
        Assert.Equal((0, ""), (code, error));
        var file = Path.Combine(_folder, shell);
        await File.WriteAllTextAsync(file, script);

        var start = new ProcessStartInfo(shell) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments = shell == "fish" ? ["--no-config", "-c", ask, file, line] : ["-c", ask, shell, file, line];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var said = process.StandardError.ReadToEndAsync();
        var answer = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal("", await said);
        return answer.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
