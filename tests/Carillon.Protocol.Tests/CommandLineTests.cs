namespace Carillon.Protocol.Tests;

/// <summary>What the program says before it does anything: help, and why it does not understand.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly FakeTerminal _terminal = new();

    public void Dispose() => _terminal.Dispose();

    [Fact]
    public async Task Without_a_word_it_prints_help()
    {
        Assert.Equal(0, await _terminal.RunAsync());
        Assert.Contains("notify", _terminal.Output, StringComparison.Ordinal);
        Assert.Empty(_terminal.Error);
    }

    [Theory]
    [InlineData("There is no command 'foo'. See carillon --help.", "foo")]
    [InlineData("There is no command 'notfy'. Did you mean 'notify'? See carillon --help.", "notfy", "x")]
    [InlineData("There is no command 'user lst'. Did you mean 'list'? See carillon user --help.", "user", "lst", "--data", "x")]
    [InlineData("There is no option '--verison'. Did you mean '--version'? See carillon serve --help.", "--verison")]
    [InlineData("There is no option '--titel'. Did you mean '--title'? See carillon notify --help.", "notify", "x", "--titel", "y")]
    [InlineData("There is no option '--jsno'. Did you mean '--json'? See carillon user list --help.", "user", "list", "--jsno")]
    [InlineData("'extra' is not expected here. See carillon user list --help.", "user", "list", "extra")]
    [InlineData("'b' is one word too many. Put quotes around a text with spaces. See carillon notify --help.", "notify", "a", "b")]
    [InlineData("TEXT is missing. What to say, up to 1,000 characters. See carillon notify --help.", "notify")]
    [InlineData("Name a command: create, list or revoke. See carillon token --help.", "token")]
    [InlineData("Option '--user' is required. See carillon token list --help.", "token", "list")]
    [InlineData("--days takes a number, not 'many'. See carillon token create --help.", "token", "create", "--user", "a", "--scope", "read", "--days", "many")]
    [InlineData("--priority takes action, info, urgent or warning, not 'loud'. See carillon notify --help.", "notify", "x", "--priority", "loud")]
    [InlineData("SHELL is bash, fish or zsh, not 'tcsh'. See carillon completion --help.", "completion", "tcsh")]
    public async Task What_it_does_not_understand_is_named(string sentence, params string[] args)
    {
        Assert.Equal(2, await _terminal.RunAsync(args));
        Assert.Equal(("", $"carillon: {sentence}\n"), (_terminal.Output, _terminal.Error));
    }

    [Fact]
    public async Task A_hook_that_is_misspelt_in_an_agents_settings_does_not_stop_the_agent()
    {
        Assert.Equal(0, await _terminal.RunAsync("hook", "claude-cod"));
        Assert.Equal("carillon: There is no command 'hook claude-cod'. Did you mean 'claude-code'? See carillon hook --help.\n", _terminal.Error);
    }

    [Theory]
    [InlineData("foo", "'foo' is not an address to listen on.")]
    [InlineData("http://127.0.0.1:99999", "The highest port is 65535.")]
    [InlineData("http://127.0.0.1:x", "--urls wants addresses like")]
    [InlineData("ftp://127.0.0.1:1", "--urls wants addresses like")]
    [InlineData("https://127.0.0.1:1", "plain HTTP")]
    [InlineData("http://127.0.0.1:1/carillon", "An address has no path")]
    [InlineData("http://127.0.0.1:7420;bar", "'bar' is not an address to listen on.")]
    public async Task Options_without_a_command_are_those_of_serve_and_a_wrong_address_is_named(string urls, string told)
    {
        var folder = Path.Combine(_terminal.Variables["XDG_CACHE_HOME"], "data");
        Assert.Equal(1, await _terminal.RunAsync("--data", folder, "--urls", urls));
        Assert.Contains(told, Assert.Single(_terminal.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder, "carillon.db")));
    }

    [Theory]
    [InlineData(0, "", "long enough", "long enough")]
    [InlineData(1, "carillon: The two passwords differ. Nothing was changed; run the command again.\n", "long enough", "long enouhg")]
    [InlineData(1, "carillon: A password has 8 to 256 characters.\n", "short")]
    public async Task At_a_terminal_a_password_is_asked_for_twice_and_not_shown(int code, string error, params string[] typed)
    {
        var folder = Path.Combine(_terminal.Variables["XDG_CACHE_HOME"], "data");
        Array.ForEach(typed, _terminal.Unseen.Enqueue);
        Assert.Equal(code, await _terminal.RunAsync("user", "add", "ada", "--data", folder));
        Assert.Equal(["New password for ada: ", "The same again: "], typed.Length == 2 ? _terminal.Questions : [.. _terminal.Questions, "The same again: "]);
        Assert.Equal(("", error), (_terminal.Output, _terminal.Error.Replace($"carillon: Created a new database: the file {Path.Combine(folder, "carillon.db")}.\n", "", StringComparison.Ordinal)));
    }
}
