using System.Text;

namespace Carillon.WebPush;

public sealed class SubscriptionTests
{
    private const string Endpoint = "https://updates.push.services.mozilla.com/wpush/v2/gAAAA";
    private const string P256dh = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    private const string Auth = "BTBZMqHH6r4Tts7J_aSIgg";

    [Theory]
    [InlineData(Endpoint, P256dh, Auth)]
    [InlineData(Endpoint, P256dh + "=", Auth + "==")]
    [InlineData("HTTPS://fcm.googleapis.com/fcm/send/x:y_z", P256dh, Auth)]
    [InlineData("https://push.example:8443/a?b=c@d", P256dh, Auth)]
    [InlineData("https://[2001:db8::1]/a", P256dh, Auth)]
    public void What_browsers_give_is_taken(string endpoint, string p256dh, string auth)
    {
        var subscription = PushSubscription.Parse(endpoint, p256dh, auth);
        Assert.Equal(new Uri(endpoint), subscription.Endpoint);
        Assert.Equal(P256dh, Base64UrlText.Write(subscription.P256dh));
        Assert.Equal(Auth, Base64UrlText.Write(subscription.Auth));
    }

    /// <summary>Endpoint, key, secret, and a word of the objection.</summary>
    public static TheoryData<string?, string?, string?, string> Bad => new()
    {
        { null, P256dh, Auth, "endpoint is missing" },
        { "", P256dh, Auth, "endpoint is missing" },
        { "push", P256dh, Auth, "absolute" },
        { "/push", P256dh, Auth, "absolute" },
        { "//host/push", P256dh, Auth, "https" },
        { "https://", P256dh, Auth, "absolute" },
        { "https:///push", P256dh, Auth, "absolute" },
        { "http://host.example/push", P256dh, Auth, "https" },
        { "http://127.0.0.1/push", P256dh, Auth, "https" },
        { "ftp://host.example/push", P256dh, Auth, "https" },
        { "file:///etc/passwd", P256dh, Auth, "absolute" },
        { "javascript:alert(1)", P256dh, Auth, "absolute" },
        { "data:text/plain,x", P256dh, Auth, "absolute" },
        { "https://user@host.example/push", P256dh, Auth, "user information" },
        { "https://user:password@host.example/push", P256dh, Auth, "user information" },
        { "https://@host.example/push", P256dh, Auth, "user information" },
        { "https://host.example\\@other.example/", P256dh, Auth, "backslash" },
        { " https://host.example/", P256dh, Auth, "white space" },
        { "https://host.example/ ", P256dh, Auth, "white space" },
        { "https://host.example/\r\nX: y", P256dh, Auth, "white space" },
        { "https://host.example/" + new string('x', 2_048), P256dh, Auth, "longer" },
        { Endpoint, null, Auth, "p256dh is missing" },
        { Endpoint, "", Auth, "p256dh is missing" },
        { Endpoint, P256dh[..^1], Auth, "p256dh" },
        { Endpoint, P256dh[..^2], Auth, "p256dh is not base64url" },
        { Endpoint, Base64UrlText.Write(new byte[64]), Auth, "p256dh has 64 bytes" },
        { Endpoint, P256dh + "A", Auth, "p256dh has 66 bytes" },
        { Endpoint, P256dh + "==", Auth, "p256dh is longer" },
        { Endpoint, new string('A', 1_000_000), Auth, "p256dh is longer" },
        { Endpoint, P256dh.Replace('_', '/'), Auth, "p256dh is not base64url" },
        { Endpoint, P256dh.Replace('-', '+'), Auth, "p256dh is not base64url" },
        { Endpoint, P256dh[..40] + " " + P256dh[41..], Auth, "p256dh is not base64url" },
        { Endpoint, P256dh[..^1] + "5", Auth, "p256dh is not base64url" },
        { Endpoint, "BD" + P256dh[2..], Auth, "curve" },
        { Endpoint, "A" + P256dh[1..], Auth, "curve" },
        { Endpoint, P256dh[..^3] + "ixw", Auth, "curve" },
        { Endpoint, Base64UrlText.Write(new byte[65]), Auth, "curve" },
        { Endpoint, Base64UrlText.Write([4, .. new byte[64]]), Auth, "curve" },
        { Endpoint, Base64UrlText.Write([4, .. Enumerable.Repeat((byte)255, 64)]), Auth, "curve" },
        { Endpoint, P256dh, null, "auth is missing" },
        { Endpoint, P256dh, "", "auth is missing" },
        { Endpoint, P256dh, "BTBZMqHH6r4Tts7J_aSI", "auth has 15 bytes" },
        { Endpoint, P256dh, Auth + "AA", "auth has 18 bytes" },
        { Endpoint, P256dh, Auth + "AAA", "auth is longer" },
        { Endpoint, P256dh, Auth[..^1] + "h", "auth is not base64url" },
        { Endpoint, P256dh, Auth[..^2] + "%%", "auth is not base64url" },
        { Endpoint, P256dh, Auth + "=", "auth is not base64url" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void What_is_wrong_is_said(string? endpoint, string? p256dh, string? auth, string word)
    {
        Assert.False(PushSubscription.TryParse(endpoint, p256dh, auth, out var subscription, out var objection));
        Assert.Null(subscription);
        Assert.Contains(word, objection, StringComparison.Ordinal);
        Assert.Equal(objection, Assert.Throws<FormatException>(() => PushSubscription.Parse(endpoint!, p256dh!, auth!)).Message);
    }

    [Fact]
    public void A_point_beside_the_curve_is_refused_whichever_bit_is_wrong()
    {
        var point = Base64UrlText.Read(P256dh)!;
        for (var bit = 0; bit < point.Length * 8; bit++)
        {
            var other = (byte[])point.Clone();
            other[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(PushSubscription.TryParse(Endpoint, Base64UrlText.Write(other), Auth, out _, out _));
        }
    }

    [Fact]
    public void A_coordinate_that_is_not_reduced_is_refused()
    {
        // The point with x = 0 lies on the curve; with x = p it would be the same number and another text.
        byte[] y = [.. Convert.FromHexString("66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4")];
        Assert.True(P256.IsPoint([4, .. new byte[32], .. y]));
        Assert.False(P256.IsPoint([4, .. Convert.FromHexString("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"), .. y]));
    }

    [Theory]
    [InlineData("http://127.0.0.1:9/push", true)]
    [InlineData("http://localhost/push", true)]
    [InlineData("http://[::1]/push", true)]
    [InlineData("http://host.example/push", false)]
    [InlineData("http://127.0.0.1.host.example/push", false)]
    public void Plain_http_is_for_tests_on_the_loopback_and_on_request(string endpoint, bool isTaken)
    {
        Assert.False(PushSubscription.TryParse(endpoint, P256dh, Auth, out _, out _));
        Assert.Equal(isTaken, PushSubscription.TryParse(endpoint, P256dh, Auth, out _, out _, allowLoopbackHttp: true));
    }

    [Fact]
    public void The_browsers_JSON_is_read()
    {
        var json = Encoding.UTF8.GetBytes($$$"""{"endpoint":"{{{Endpoint}}}","expirationTime":null,"keys":{"p256dh":"{{{P256dh}}}","auth":"{{{Auth}}}"}}""");
        Assert.True(PushSubscription.TryParseJson(json, out var subscription, out _));
        Assert.Equal(Endpoint, subscription.Endpoint.AbsoluteUri);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"endpoint\":\"https://a.example/\"}")]
    [InlineData("{\"endpoint\":\"https://a.example/\",\"keys\":null}")]
    [InlineData("{\"endpoint\":\"https://a.example/\",\"keys\":[]}")]
    [InlineData("{\"endpoint\":\"https://a.example/\",\"keys\":{}}")]
    [InlineData("{\"endpoint\":7,\"keys\":{}}")]
    [InlineData("{\"endpoint\":\"https://a.example/\",\"keys\":{\"p256dh\":1,\"auth\":true}}")]
    [InlineData("{\"endpoint\":\"\\ud800\",\"keys\":{\"p256dh\":\"x\",\"auth\":\"y\"}}")]
    [InlineData("{\"endpoint\":\"https://a.example/\",\"keys\":{\"p256dh\":\"x\",\"auth\":\"y\"}")]
    public void JSON_that_is_no_subscription_is_refused(string json)
    {
        Assert.False(PushSubscription.TryParseJson(Encoding.UTF8.GetBytes(json), out var subscription, out var objection));
        Assert.Null(subscription);
        Assert.NotEmpty(objection);
    }
}
