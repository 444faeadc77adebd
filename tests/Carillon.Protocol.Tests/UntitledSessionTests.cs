using Carillon.Cli;

namespace Carillon.Protocol.Tests;

public sealed class UntitledSessionTests
{
    private static readonly DateTimeOffset Began = new(2026, 3, 4, 9, 14, 30, TimeSpan.FromHours(2));

    [Theory]
    [InlineData("claude-code", "/nowhere/shop", "laptop", "Claude Code in shop on laptop, 09:14")]
    [InlineData("codex", "/nowhere/shop/", "", "Codex in shop, 09:14")]
    [InlineData(null, "/nowhere/shop", "a-machine-with-a-name-that-is-too-long", "Agent in shop, 09:14")]
    public void It_says_who_works_where_and_since_when(string? agent, string folder, string machine, string title) =>
        Assert.Equal(title, UntitledSession.Title(agent, folder, machine, Began));

    [Fact]
    public void It_names_the_branch_of_the_folder_or_of_the_one_around_it()
    {
        var folder = Directory.CreateTempSubdirectory("carillon-test-");
        try
        {
            var inner = folder.CreateSubdirectory("shop");
            File.WriteAllText(Path.Combine(folder.CreateSubdirectory(".git").FullName, "HEAD"), "ref: refs/heads/feature/till\n");
            Assert.Equal("Claude Code in shop (feature/till) on laptop, 09:14", UntitledSession.Title("claude-code", inner.FullName, "laptop", Began));
            File.WriteAllText(Path.Combine(folder.FullName, ".git", "HEAD"), "0123456789abcdef0123456789abcdef01234567\n");
            Assert.Equal("Claude Code in shop on laptop, 09:14", UntitledSession.Title("claude-code", inner.FullName, "laptop", Began));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void It_is_never_longer_than_a_title()
    {
        var title = UntitledSession.Title("claude-code", "/" + new string('x', 200), "laptop", Began);
        Assert.InRange(title.Length, 1, HookReport.TitleLimit);
        Assert.EndsWith("…, 09:14", title, StringComparison.Ordinal);
    }
}
