using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Carillon.Agents;

public sealed class AgentsOptionsTests
{
    [Theory]
    [InlineData("Agents:Folders:0", "code")]
    [InlineData("Agents:Home", "sessions")]
    [InlineData("Agents:Environment:0", "PGPASSWORD")]
    [InlineData("Agents:Environment:0", "P*")]
    [InlineData("Agents:Environment:0", "otel_*")]
    [InlineData("Agents:Environment:0", "*")]
    [InlineData("Agents:Environment:0", "A=B")]
    [InlineData("Agents:Sandbox", "docker")]
    [InlineData("Agents:SandboxWritable:0", "~/code")]
    [InlineData("Agents:Demo:Who", "nobody")]
    [InlineData("Agents:Command:Who", "")]
    [InlineData("Agents:Demo:Pause", "-00:00:01")]
    [InlineData("Agents:Demo:Pause", "1.00:00:00")]
    [InlineData("Agents:Command:Program", "./agent")]
    [InlineData("Agents:Command:TimeLimit", "00:00:00")]
    [InlineData("Agents:ClaudeCode:Program", "")]
    [InlineData("Agents:ClaudeCode:Program", "bin/claude")]
    [InlineData("Agents:ClaudeCode:TimeLimit", "100.00:00:00")]
    [InlineData("Agents:OpenAI:BaseUrl", "localhost:11434")]
    [InlineData("Agents:OpenAI:BaseUrl", "http://me:secret@localhost/v1")]
    [InlineData("Agents:OpenAI:ApiKey", "two words")]
    [InlineData("Agents:OpenAI:TimeLimit", "-00:00:01")]
    public void A_wrong_value_is_refused_by_name(string setting, string value)
    {
        using var services = Services(new() { [setting] = value });
        var refused = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<AgentsOptions>>().Value);
        Assert.Contains(setting.Replace(":0", "", StringComparison.Ordinal), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_set_is_read()
    {
        using var services = Services(new()
        {
            ["Agents:Folders:0"] = "/srv/code",
            ["Agents:Demo:Pause"] = "00:00:00",
            ["Agents:ClaudeCode:Arguments:0"] = "--model",
            ["Agents:ClaudeCode:Arguments:1"] = "opus",
            ["Agents:Command:Program"] = "/bin/cat",
            ["Agents:Command:TimeLimit"] = "00:05:00",
            ["Agents:OpenAI:BaseUrl"] = "http://127.0.0.1:11434/v1",
        });
        var options = services.GetRequiredService<IOptions<AgentsOptions>>().Value;
        Assert.Equal(["/srv/code"], options.Folders);
        Assert.Equal(TimeSpan.Zero, options.Demo.Pause);
        Assert.Equal(("claude", "--model opus"), (options.ClaudeCode.Program, string.Join(' ', options.ClaudeCode.Arguments)));
        Assert.Equal(("/bin/cat", TimeSpan.FromMinutes(5)), (options.Command.Program, options.Command.TimeLimit));
        Assert.Equal("http://127.0.0.1:11434/v1", options.OpenAI.BaseUrl);
    }

    [Fact]
    public void The_agent_that_needs_nothing_comes_first()
    {
        using var services = Services([]);
        Assert.Equal(["demo", "claude-code", "command", "openai"], services.GetServices<IAgent>().Select(agent => agent.Name));
    }

    private static ServiceProvider Services(Dictionary<string, string?> settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        services.AddSingleton(TimeProvider.System);
        services.AddAgents(Path.GetTempPath());
        return services.BuildServiceProvider();
    }
}
