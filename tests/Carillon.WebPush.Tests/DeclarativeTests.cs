using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Carillon.WebPush;

public sealed class DeclarativeTests
{
    private static readonly Uri Page = new("https://carillon.dev/sessions/7");

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    [Fact]
    public void A_message_has_each_member_where_each_grammar_looks_for_it()
    {
        var json = new DeclarativeMessage
        {
            Title = "Agent is idle — your turn",
            Body = "\"Done\" & tested 🔔",
            Lang = "pt-BR",
            Direction = TextDirection.LeftToRight,
            Tag = "session-7",
            Navigate = Page,
            Icon = new Uri("https://carillon.dev/icon.png"),
            Silent = false,
            RequireInteraction = true,
            Renotify = true,
            AppBadge = 3,
            Mutable = true,
            Data = Json("""{"kind":"idle","id":7}"""),
            Actions = [new("open-session", "Open", new Uri("https://carillon.dev/s/7"))],
        }.ToUtf8Json();

        const string Expected = """
            {"web_push":8030,"app_badge":3,"mutable":true,"notification":{"title":"Agent is idle — your turn","body":"\"Done\" & tested \uD83D\uDD14","lang":"pt-BR",
            "dir":"ltr","tag":"session-7","navigate":"https://carillon.dev/sessions/7","icon":"https://carillon.dev/icon.png","silent":false,
            "requireInteraction":true,"renotify":true,"app_badge":"3","mutable":true,"data":{"kind":"idle","id":7},
            "actions":[{"action":"open-session","title":"Open","navigate":"https://carillon.dev/s/7"}]}}
            """;
        Assert.Equal(Expected.ReplaceLineEndings(""), Strict.GetString(json));
        Assert.Equal(new WebKitGrammar.Shown("Agent is idle — your turn", Page.AbsoluteUri, 3, true), WebKitGrammar.Read(json));
        Assert.Equal(new StandardGrammar.Shown("Agent is idle — your turn", Page.AbsoluteUri, 3, true, 1), StandardGrammar.Read(json));
    }

    [Fact]
    public void The_least_message_has_title_direction_and_address()
    {
        var json = new DeclarativeMessage { Title = "Hello", Navigate = Page }.ToUtf8Json();
        Assert.Equal("""{"web_push":8030,"notification":{"title":"Hello","dir":"auto","navigate":"https://carillon.dev/sessions/7"}}""", Strict.GetString(json));
        WebKitGrammar.Read(json);
        StandardGrammar.Read(json);
    }

    [Fact]
    public void A_badge_of_zero_is_said_and_none_is_not()
    {
        Assert.Equal(0ul, StandardGrammar.Read(new DeclarativeMessage { Title = "x", Navigate = Page, AppBadge = 0 }.ToUtf8Json()).AppBadge);
        Assert.Equal(0ul, WebKitGrammar.Read(new DeclarativeMessage { Title = "x", Navigate = Page, AppBadge = 0 }.ToUtf8Json()).AppBadge);
        Assert.Null(StandardGrammar.Read(new DeclarativeMessage { Title = "x", Navigate = Page }.ToUtf8Json()).AppBadge);
        Assert.Throws<ArgumentOutOfRangeException>(() => new DeclarativeMessage { Title = "x", Navigate = Page, AppBadge = -1 });
    }

    [Fact]
    public void A_second_ring_needs_a_tag()
    {
        var json = Strict.GetString(new DeclarativeMessage { Title = "x", Navigate = Page, Renotify = true }.ToUtf8Json());
        Assert.DoesNotContain("renotify", json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/sessions/7")]
    [InlineData("javascript:alert(1)")]
    [InlineData("ftp://carillon.dev/")]
    [InlineData("https://user@carillon.dev/")]
    [InlineData("file:///etc/passwd")]
    public void An_address_that_no_browser_would_open_is_refused(string address)
    {
        var uri = new Uri(address, address[0] == '/' ? UriKind.Relative : UriKind.Absolute);
        Assert.Throws<ArgumentException>(() => new DeclarativeMessage { Title = "x", Navigate = uri });
        Assert.Throws<ArgumentException>(() => new DeclarativeMessage { Title = "x", Navigate = Page, Icon = uri });
        Assert.Throws<ArgumentException>(() => new DeclarativeAction("a", "b", uri));
        Assert.Throws<ArgumentException>(() => new DeclarativeAction("a", "b", Page) with { Navigate = uri });
    }

    [Fact]
    public void Addresses_are_written_in_ASCII_and_have_a_limit()
    {
        var json = new DeclarativeMessage { Title = "x", Navigate = new Uri("https://bücher.example:8443/größe?q=ä&r=\"#ü") }.ToUtf8Json();
        Assert.Equal("https://xn--bcher-kva.example:8443/gr%C3%B6%C3%9Fe?q=%C3%A4&r=%22#%C3%BC", WebKitGrammar.Read(json).Navigate);
        Assert.Throws<ArgumentException>(() => new DeclarativeMessage { Title = "x", Navigate = new Uri("https://carillon.dev/" + new string('x', 1_004)) });
        Assert.NotNull(new DeclarativeMessage { Title = "x", Navigate = new Uri("https://carillon.dev/" + new string('x', 1_003)) });
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    public void A_message_has_a_title(string title) => Assert.Throws<ArgumentException>(() => new DeclarativeMessage { Title = title, Navigate = Page });

    [Theory]
    [InlineData(1_535)]
    [InlineData(3_994)]
    public void A_limit_that_cannot_be_kept_is_refused(int limit) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new DeclarativeMessage { Title = "x", Navigate = Page }.ToUtf8Json(limit));

    /// <summary>Lengths in characters, and which members are there then, cut ones with a mark.</summary>
    public static TheoryData<int, int, int, int, int, string> Fitting => new()
    {
        // title, body, icon, actions, data
        { 20, 300, 20, 20, 20, "title body icon actions data lang tag" },
        { 20, 9_000, 20, 20, 20, "title body… icon actions data lang tag" },
        { 9_000, 9_000, 20, 20, 20, "title… body… icon actions data lang tag" },
        { 9_000, 100, 20, 20, 20, "title… body icon actions data lang tag" },
        { 20, 300, 900, 900, 900, "title body… actions data lang tag" },
        { 20, 20, 900, 900, 900, "title body actions data lang tag" },
        { 20, 20, 20, 1_000, 2_000, "title body data lang tag" },
        { 20, 20, 20, 1_000, 3_000, "title body lang tag" },
        { 400, 400, 1_000, 1_000, 9_000, "title… body… lang tag" },
    };

    [Theory]
    [MemberData(nameof(Fitting))]
    public void What_does_not_fit_goes_in_the_documented_order(int title, int body, int icon, int actions, int data, string expected)
    {
        var json = Large(title, body, icon, actions, data).ToUtf8Json();
        Assert.True(json.Length <= 2_764);
        Assert.Equal(expected, Kept(json));
    }

    [Fact]
    public void Language_and_tag_go_before_the_last_of_the_title()
    {
        var message = Large(300, 300, 20, 20, 20);
        Assert.Equal("title… tag", Kept((message with { Lang = new string('l', 3_000) }).ToUtf8Json()));
        Assert.Equal("title…", Kept((message with { Tag = new string('t', 3_000) }).ToUtf8Json()));

        // One letter with three thousand accents is one character, so nothing of it can stay.
        var heavy = new DeclarativeMessage { Title = "a" + new string('\u0301', 3_000), Navigate = Page }.ToUtf8Json();
        Assert.Equal("…", WebKitGrammar.Read(heavy).Title);
    }

    [Fact]
    public void A_cut_text_uses_the_room_and_breaks_no_character()
    {
        const string Family = "👩‍👩‍👧‍👦";
        var json = new DeclarativeMessage { Title = "x", Navigate = Page, Body = string.Concat(Enumerable.Repeat(Family, 1_000)) }.ToUtf8Json();
        Assert.InRange(json.Length, 2_764 - Encoding.UTF8.GetByteCount(Family) * 4, 2_764);
        var body = JsonDocument.Parse(json).RootElement.GetProperty("notification").GetProperty("body").GetString()!;
        Assert.EndsWith(Family + "…", body, StringComparison.Ordinal);
        Assert.Equal(0, (body.Length - 1) % Family.Length);
    }

    [Fact]
    public void Half_of_a_surrogate_pair_becomes_a_replacement_character()
    {
        var json = new DeclarativeMessage { Title = "a\ud83d", Body = "\udd14b", Tag = "\ud800", Navigate = Page, Actions = [new("\udfff", "\ud800", Page)] }.ToUtf8Json();
        Assert.Equal("a\ufffd", WebKitGrammar.Read(json).Title);
        StandardGrammar.Read(json);
    }

    [Fact]
    public void Any_message_fits_and_is_read_in_both_grammars()
    {
        var pieces = Gen.Elements(
            "a", "é", "e\u0301", "漢", "🔔", "👩‍👩‍👧‍👦", "\ud800", "\udc00", "\"", "\\", "\0", "\n", "\u2028", "<&>'", "\u202e", new string('x', 300), new string('"', 400),
            string.Concat(Enumerable.Repeat("🔔", 500)), "z" + new string('\u0301', 900));
        var texts = Gen.Choose(0, 12).SelectMany(count => pieces.ListOf(count)).Select(string.Concat);
        var paths = Gen.Choose(0, 1_003).Select(length => new Uri("https://carillon.dev/" + new string('p', length)));
        var limits = Gen.Elements(1_536, 2_000, 2_764, 3_993);
        var messages =
            from title in texts
            from body in texts
            from lang in texts
            from tag in texts
            from data in texts
            from navigate in paths
            from icon in paths
            from actions in (from name in texts from label in texts from target in paths select new DeclarativeAction(name, label, target)).ListOf(2)
            from badge in Gen.Choose(-1, int.MaxValue)
            from flags in Gen.Choose(0, 31)
            from limit in limits
            select (limit, message: new DeclarativeMessage
            {
                Title = string.IsNullOrWhiteSpace(title) ? "title" : title,
                Body = (flags & 1) == 0 ? null : body,
                Lang = lang,
                Tag = tag,
                Navigate = navigate,
                Icon = (flags & 2) == 0 ? null : icon,
                Actions = [.. actions],
                AppBadge = badge < 0 ? null : badge,
                Mutable = (flags & 4) == 0,
                Renotify = (flags & 8) == 0,
                Silent = (flags & 16) == 0,
                Data = JsonSerializer.SerializeToElement(data.Replace("\ud800", "", StringComparison.Ordinal)),
            });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1_000), Prop.ForAll(messages.ToArbitrary(), one =>
        {
            var json = one.message.ToUtf8Json(one.limit);
            Assert.True(json.Length <= one.limit);
            Strict.GetString(json);
            var (webKit, standard) = (WebKitGrammar.Read(json), StandardGrammar.Read(json));
            Assert.Equal(webKit, new WebKitGrammar.Shown(standard.Title, standard.Navigate, standard.AppBadge, standard.Mutable));
            Assert.Equal(one.message.Navigate.AbsoluteUri, webKit.Navigate);
            Assert.True(webKit.Title == one.message.Title || webKit.Title.EndsWith('…'));
        }));
    }

    private static DeclarativeMessage Large(int title, int body, int icon, int actions, int data) => new()
    {
        Title = new string('t', title),
        Body = new string('b', body),
        Lang = "en",
        Tag = "tag",
        Navigate = Page,
        Icon = new Uri("https://carillon.dev/" + new string('i', icon)),
        Actions = [new("a", new string('a', actions), Page)],
        Data = JsonSerializer.SerializeToElement(new string('d', data)),
        AppBadge = 1,
        Mutable = true,
    };

    private static string Kept(byte[] json)
    {
        WebKitGrammar.Read(json);
        StandardGrammar.Read(json);
        var notification = JsonDocument.Parse(json).RootElement.GetProperty("notification");
        string[] names = ["title", "body", "icon", "actions", "data", "lang", "tag"];
        return string.Join(' ', names
            .Where(name => notification.TryGetProperty(name, out _))
            .Select(name => notification.GetProperty(name) is { ValueKind: JsonValueKind.String } value && value.GetString()!.EndsWith('…') ? name + "…" : name));
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
