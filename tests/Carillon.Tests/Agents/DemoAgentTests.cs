using Carillon.Protocol;

namespace Carillon.Agents;

public sealed class DemoAgentTests : IDisposable
{
    private readonly Workshop _workshop = new();
    private readonly DemoAgent _agent;

    public DemoAgentTests()
    {
        _workshop.Settings.Demo.Pause = TimeSpan.Zero;
        _agent = new DemoAgent(_workshop.Options, TimeProvider.System);
    }

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public async Task It_quotes_uses_a_tool_and_shows_code()
    {
        var events = await _agent.AllAsync(_workshop.Task("Hello\nyou"));
        Assert.StartsWith("You said:\n\n> Hello\n> you\n\nI am the **demo agent**.", events.Text(), StringComparison.Ordinal);
        Assert.Contains("\n```sh\n", events.Text(), StringComparison.Ordinal);
        Assert.Equal(
            [("Read", "your message, 2 words", StepStatuses.Running), ("Read", "your message, 2 words", StepStatuses.Done)],
            events.OfType<AgentEvent.Step>().Select(step => (step.Name, step.Detail!, step.Status)));
        Assert.Equal(events.OfType<AgentEvent.Text>().Count(), events.OfType<AgentEvent.Used>().Sum(used => used.Tokens));
    }

    [Fact]
    public async Task The_same_prompt_gets_the_same_answer()
    {
        Assert.Equal(await _agent.AllAsync(_workshop.Task("Hello")), await _agent.AllAsync(_workshop.Task("Hello")));
    }

    [Theory]
    [InlineData("count to 3", "1 2 3")]
    [InlineData(" Count to 1, please", "1")]
    [InlineData("count to 0", "")]
    [InlineData("count to 100001", "I count to 100000 at most.")]
    [InlineData("count to 99999999999999999999", "I count to 100000 at most.")]
    public async Task It_counts(string prompt, string answer)
    {
        Assert.Equal(answer, (await _agent.AllAsync(_workshop.Task(prompt))).Text());
    }

    [Fact]
    public async Task A_word_is_a_token()
    {
        var events = await _agent.AllAsync(_workshop.Task("count to 100000"));
        Assert.Equal(100_000, events.OfType<AgentEvent.Used>().Sum(used => used.Tokens));
        Assert.Equal(100_000, events.Text().Split(' ').Length);
    }

    [Fact]
    public async Task It_asks()
    {
        var events = await _agent.AllAsync(_workshop.Task("Ask me something"));
        var question = Assert.Single(events.OfType<AgentEvent.Asks>()).Question;
        Assert.EndsWith(question, events.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_fails_in_the_middle()
    {
        var (events, message) = await _agent.FailAsync(_workshop.Task("fail"));
        Assert.NotEmpty(events.Text());
        Assert.Contains("because you asked it to", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_keeps_silent()
    {
        Assert.Empty((await _agent.AllAsync(_workshop.Task("silent"))).Text());
    }

    [Theory]
    [InlineData("failing tests")]
    [InlineData("ask-me")]
    [InlineData("Do not fail")]
    [InlineData("")]
    public async Task Other_words_are_only_words(string prompt)
    {
        Assert.StartsWith("You said:", (await _agent.AllAsync(_workshop.Task(prompt))).Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_takes_its_time_and_can_be_stopped()
    {
        _workshop.Settings.Demo.Pause = TimeSpan.FromMilliseconds(1);
        using var stop = new CancellationTokenSource();
        var heard = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in _agent.RunAsync(_workshop.Task("count to 100000"), stop.Token))
            {
                if (++heard == 5)
                {
                    await stop.CancelAsync();
                }
            }
        });
        Assert.Equal(5, heard);
    }
}
