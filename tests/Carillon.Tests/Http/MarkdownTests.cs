namespace Carillon.Http;

public sealed class MarkdownTests
{
    [Theory]
    [InlineData("**bold**, *leaning*, ***both*** and ~~gone~~.", "bold, leaning, both and gone.")]
    [InlineData("**One *within* the other** and (*here*) and **there**: *so*.", "One within the other and (here) and there: so.")]
    [InlineData("Run `npm test` and ``a `tick` b``.", "Run npm test and a `tick` b.")]
    [InlineData("`**kept**` and `[kept](as it is)`", "**kept** and [kept](as it is)")]
    [InlineData("See [the docs](https://example.org/a_b_c) and [**this**](/x \"Title\").", "See the docs and this.")]
    [InlineData("**[Read it](https://en.example.org/A_(b))**", "Read it")]
    [InlineData("![A crane](crane.png) and <https://example.org/_a_>", "A crane and https://example.org/_a_")]
    [InlineData("## Done\n\n> You said:\n> - hello", "Done\n\nYou said:\nhello")]
    [InlineData("- one\n* two\n+ three\n  - [x] four\n1. five", "one\ntwo\nthree\nfour\n1. five")]
    [InlineData("Title\n=====\nwords\n\n---\nmore", "Title\nwords\n\nmore")]
    [InlineData("| a | b |\n|---|:-:|\n| 1 | 2 |", "| a | b |\n| 1 | 2 |")]
    [InlineData("So:\n```ts\nconst a = b * c * d; // **kept**\n# kept\n```\nThat is **all**.", "So:\nconst a = b * c * d; // **kept**\n# kept\nThat is all.")]
    [InlineData("~~~~\n```\nkept\n~~~~\n*end*", "```\nkept\nend")]
    [InlineData("```\nnever closed *here*", "never closed *here*")]
    [InlineData("**🔔 Ring** 👩‍💻*", "🔔 Ring 👩‍💻*")]
    public void Marks_go_and_words_stay(string markdown, string plain) => Assert.Equal(plain, Markdown.Plain(markdown));

    [Theory]
    [InlineData("snake_case_names, __init__, _private and C#")]
    [InlineData("2*3*4 = 24, 2 * 3 * 4, a**b**c, 5 > 3, -5 degrees")]
    [InlineData("/usr/local/bin/my-agent, C:\\_work\\*.cs, ~/notes, src/**/*.cs and tests/**/*.cs")]
    [InlineData("*.cs and *.ts, def f(*args, **kwargs), char *a, *b")]
    [InlineData("handlers[0](event), a[1][2], [not a link] (really), [a](b c)")]
    [InlineData("a < b > c, <div>, List<int>, x ^ y ~ z, `alone")]
    [InlineData("May I run rm -rf build/* && ls *?")]
    [InlineData("#42 is fixed, see !7 and @ada")]
    public void What_only_looks_like_a_mark_stays(string text) => Assert.Equal(text, Markdown.Plain(text));

    [Fact]
    public void The_beginning_is_enough_and_no_half_of_a_character()
    {
        var plain = Markdown.Plain("a" + string.Concat(Enumerable.Repeat("🔔", 5_000)));
        Assert.InRange(plain.Length, 1_100, 1_200);
        Assert.EndsWith("🔔", plain, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("  two  gaps\r\nand \u2028 another line \n")]
    [InlineData("a_name and 2 * 3 and [1]")]
    [InlineData("***")]
    public void What_has_no_mark_in_it_is_published_as_it_is(string text)
    {
        Assert.Equal(text, Markdown.Words(text));
        Assert.Equal(text, Markdown.Line(text));
    }

    [Fact]
    public void What_is_published_is_not_cut()
    {
        var text = string.Concat(Enumerable.Repeat("**word** ", 400));
        Assert.Equal(text.Replace("*", "", StringComparison.Ordinal).Trim(), Markdown.Words(text));
    }

    [Fact]
    public void A_text_of_marks_alone_takes_no_time()
    {
        foreach (var mark in (string[])["*a ", "[", "`a ``", "(*x", "> ", "- -", "~~~ ", "[a](", "<https://"])
        {
            Assert.InRange(Markdown.Plain(string.Concat(Enumerable.Repeat(mark, 10_000))).Length, 0, 4_000);
        }
    }
}
