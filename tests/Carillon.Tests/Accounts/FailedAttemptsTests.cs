using System.Globalization;
using System.Net;

namespace Carillon.Accounts;

public sealed class FailedAttemptsTests
{
    private readonly SetTime _time = new();

    [Fact]
    public void Five_failures_a_minute_and_the_sixth_waits_for_the_first_to_be_a_minute_old()
    {
        var attempts = new FailedAttempts(_time);
        for (var failure = 0; failure < 5; failure++)
        {
            Assert.Null(attempts.Begin("name:ada"));
            _time.Now += TimeSpan.FromSeconds(10);
        }

        Assert.Equal(TimeSpan.FromSeconds(10), attempts.Begin("name:ada"));
        Assert.Null(attempts.Begin("name:bob"));
        _time.Now += TimeSpan.FromSeconds(10);
        Assert.Null(attempts.Begin("name:ada"));
        Assert.Equal(TimeSpan.FromSeconds(10), attempts.Begin("name:ada"));
    }

    [Fact]
    public void What_succeeds_does_not_count()
    {
        var attempts = new FailedAttempts(_time);
        for (var success = 0; success < 20; success++)
        {
            Assert.Null(attempts.Begin("name:ada", "address:x"));
            attempts.Succeeded("name:ada", "address:x");
        }
    }

    [Fact]
    public void An_address_that_has_to_wait_uses_up_no_attempts_of_a_name()
    {
        var attempts = new FailedAttempts(_time);
        for (var failure = 0; failure < 5; failure++)
        {
            attempts.Begin("address:x");
        }

        for (var refused = 0; refused < 10; refused++)
        {
            Assert.NotNull(attempts.Begin("name:ada", "address:x"));
        }

        Assert.Null(attempts.Begin("name:ada", "address:y"));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:102::1", false)]
    public void An_IPv6_subscriber_is_one_address(string one, string other, bool same) =>
        Assert.Equal(same, FailedAttempts.AddressKeys(IPAddress.Parse(one))[0] == FailedAttempts.AddressKeys(IPAddress.Parse(other))[0]);

    [Theory]
    [InlineData("2001:db8:1:{0}::1", 0x10, 15)]
    [InlineData("2001:db8:2:{0}::1", 0x1000, 45)]
    public void A_site_with_many_networks_has_an_end_too(string network, int step, int most)
    {
        // Every attempt from a /64 of its own: first inside one /56, then inside one /48.
        var attempts = new FailedAttempts(_time);
        var passed = Enumerable.Range(0, 100)
            .Select(number => IPAddress.Parse(string.Format(CultureInfo.InvariantCulture, network, (step == 0x10 ? number : number * 0x100).ToString("x", CultureInfo.InvariantCulture))))
            .Count(address => attempts.Begin(FailedAttempts.AddressKeys(address)) is null);
        Assert.Equal(most, passed);
        Assert.Null(attempts.Begin(FailedAttempts.AddressKeys(IPAddress.Parse("2001:db8:99::1"))));
    }

    private sealed class SetTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
