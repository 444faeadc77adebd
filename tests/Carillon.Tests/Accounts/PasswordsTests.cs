using Carillon.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Carillon.Accounts;

public sealed class PasswordsTests
{
    [Fact]
    public async Task Whoever_comes_last_is_told_at_once_and_a_known_browser_does_not_stand_behind_strangers()
    {
        using var passwords = new Passwords(Options.Create(new PasswordHasherOptions()));
        var hash = passwords.Hash("right password");
        var strangers = Enumerable.Range(0, 500).Select(_ => passwords.AreRightAsync(hash, "wrong password", isKnownBrowser: false, CancellationToken.None)).ToList();

        // More than can wait: the answer is there before any of the others has been checked.
        Assert.Contains(strangers, one => one is { IsCompletedSuccessfully: true, Result: null });
        var known = passwords.AreRightAsync(hash, "right password", isKnownBrowser: true, CancellationToken.None);
        Assert.True(await known);
        Assert.Contains(strangers, one => !one.IsCompleted);
        Assert.All(await Task.WhenAll(strangers), one => Assert.NotEqual(true, one));

        // The line is empty again.
        Assert.True(await passwords.AreRightAsync(hash, "right password", isKnownBrowser: false, CancellationToken.None));
        Assert.False(await passwords.AreRightAsync(null, "right password", isKnownBrowser: false, CancellationToken.None));
    }
}

public sealed class StrangerTests(Houses houses) : InHouse(houses, postgres: false)
{
    [Fact]
    public async Task A_stranger_who_asks_whether_the_server_is_ready_makes_it_write_nothing()
    {
        long Probed() => long.Parse(House.InDatabase(sql => sql.First("SELECT value FROM facts WHERE name = 'probed'", row => row.GetString(0))) ?? "0", System.Globalization.CultureInfo.InvariantCulture);
        (await House.Server.Anonymous.GetAsync("/readyz", [])).Is(200);
        var before = Probed();
        Assert.True(before > 0);
        using var stranger = House.From("192.0.2.99");
        for (var time = 0; time < 5; time++)
        {
            (await stranger.GetAsync("/readyz", [])).Is(200);
        }

        Assert.Equal(before, Probed());
        (await House.Admin.GetAsync("/readyz", ("X-Forwarded-For", "192.0.2.99"))).Is(200);
        Assert.True(Probed() > before);
    }
}
