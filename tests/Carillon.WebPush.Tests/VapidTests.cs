using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Carillon.Protocol.Tests;

namespace Carillon.WebPush;

public sealed class VapidTests
{
    private const string Subject = "mailto:push@carillon.dev";

    private readonly ManualTime _time = new();

    [Fact]
    public void The_token_is_signed_with_the_key_and_says_who_where_and_until_when()
    {
        using var key = VapidKey.Generate();
        var authorization = new VapidSigner(key, Subject, _time).Authorize(new Uri("https://fcm.googleapis.com/fcm/send/abc"));

        Assert.StartsWith("vapid t=", authorization, StringComparison.Ordinal);
        Assert.EndsWith($", k={key.PublicKey}", authorization, StringComparison.Ordinal);
        var parts = TokenOf(authorization).Split('.');
        Assert.Equal("""{"typ":"JWT","alg":"ES256"}""", Encoding.UTF8.GetString(Base64UrlText.Read(parts[0])!));
        var claims = JsonDocument.Parse(Base64UrlText.Read(parts[1])).RootElement;
        Assert.Equal(["aud", "exp", "sub"], claims.EnumerateObject().Select(claim => claim.Name));
        Assert.Equal("https://fcm.googleapis.com", claims.GetProperty("aud").GetString());
        Assert.Equal(Subject, claims.GetProperty("sub").GetString());
        Assert.Equal((_time.GetUtcNow() + TimeSpan.FromHours(12)).ToUnixTimeSeconds(), claims.GetProperty("exp").GetInt64());

        var signature = Base64UrlText.Read(parts[2])!;
        Assert.Equal(64, signature.Length);
        using var verifier = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = P256.Read(Base64UrlText.Read(key.PublicKey)) });
        var text = Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}");
        Assert.True(verifier.VerifyData(text, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        text[^1] ^= 1;
        Assert.False(verifier.VerifyData(text, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    [Theory]
    [InlineData("https://push.example/a?b#c", "https://push.example")]
    [InlineData("https://push.example:443/a", "https://push.example")]
    [InlineData("https://push.example:8443/a", "https://push.example:8443")]
    [InlineData("https://PUSH.Example/a", "https://push.example")]
    [InlineData("https://[2001:DB8::1]/a", "https://[2001:db8::1]")]
    [InlineData("https://[2001:db8::1]:8443/a", "https://[2001:db8::1]:8443")]
    [InlineData("https://203.0.113.7:444/a", "https://203.0.113.7:444")]
    [InlineData("https://bücher.example/a", "https://xn--bcher-kva.example")]
    [InlineData("https://BÜCHER.example:81/a", "https://xn--bcher-kva.example:81")]
    [InlineData("http://localhost:5000/a", "http://localhost:5000")]
    [InlineData("http://localhost/a", "http://localhost")]
    [InlineData("http://localhost:443/a", "http://localhost:443")]
    public void The_audience_is_the_origin_of_the_endpoint(string endpoint, string audience)
    {
        using var key = VapidKey.Generate();
        var token = TokenOf(new VapidSigner(key, Subject, _time).Authorize(new Uri(endpoint)));
        Assert.Equal(audience, JsonDocument.Parse(Base64UrlText.Read(token.Split('.')[1])).RootElement.GetProperty("aud").GetString());
    }

    [Theory]
    [InlineData("mailto:push@carillon.dev")]
    [InlineData("MAILTO:first.last+tag@mail.carillon.dev")]
    [InlineData("mailto:o'neill@xn--bcher-kva.de")]
    [InlineData("https://carillon.dev")]
    [InlineData("https://carillon.dev:8443/contact?for=push")]
    public void A_subject_at_which_somebody_can_be_reached_is_taken(string subject) => Assert.Null(VapidSubject.Objection(subject));

    [Theory]
    [InlineData(null, "missing")]
    [InlineData("", "missing")]
    [InlineData("push@carillon.dev", "neither")]
    [InlineData("http://carillon.dev", "neither")]
    [InlineData("tel:+123", "neither")]
    [InlineData("mailto:", "not one mail address")]
    [InlineData("mailto:push", "not one mail address")]
    [InlineData("mailto:@carillon.dev", "not one mail address")]
    [InlineData("mailto:a,b@carillon.dev", "not one mail address")]
    [InlineData("mailto:push@", "domain")]
    [InlineData("mailto:a@b@carillon.dev", "domain")]
    [InlineData("mailto:push@carillon.dev?subject=x", "domain")]
    [InlineData("mailto:push@carillon..dev", "domain")]
    [InlineData("mailto:push@-carillon.dev", "domain")]
    [InlineData("mailto:push@carillon.dev.", "domain")]
    [InlineData("mailto:push@localhost", "localhost")]
    [InlineData("mailto:push@LOCALHOST", "cannot reach")]
    [InlineData("mailto:push@my.localhost", "cannot reach")]
    [InlineData("mailto:push@server.local", "cannot reach")]
    [InlineData("mailto:push@server", "cannot reach")]
    [InlineData("mailto:push@nas.lan", "cannot reach")]
    [InlineData("mailto:push@nas.home.arpa", "cannot reach")]
    [InlineData("mailto:push@a.internal", "cannot reach")]
    [InlineData("mailto:push@a.test", "cannot reach")]
    [InlineData("mailto:push@a.example", "cannot reach")]
    [InlineData("mailto:push@127.0.0.1", "cannot reach")]
    [InlineData("mailto:push@[127.0.0.1]", "domain")]
    [InlineData("mailto:push@bücher.de", "ASCII")]
    [InlineData("mailto: push@carillon.dev", "spaces")]
    [InlineData("mailto:push@carillon.dev\r\nX: y", "spaces")]
    [InlineData("https://", "not an https: address")]
    [InlineData("https://localhost", "cannot reach")]
    [InlineData("https://localhost:5001/", "cannot reach")]
    [InlineData("https://192.168.1.7/", "cannot reach")]
    [InlineData("https://[::1]/", "domain")]
    [InlineData("https://user@carillon.dev/", "not an https: address")]
    [InlineData("https://nas.local/", "cannot reach")]
    public void A_subject_that_push_services_refuse_is_refused_before_with_the_reason(string? subject, string word)
    {
        Assert.Contains(word, VapidSubject.Objection(subject), StringComparison.Ordinal);
        using var key = VapidKey.Generate();
        Assert.Contains(word, Assert.Throws<ArgumentException>(() => new VapidSigner(key, subject!)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_token_serves_an_audience_until_an_hour_before_its_end()
    {
        using var key = VapidKey.Generate();
        var signer = new VapidSigner(key, Subject, _time);
        var first = signer.Authorize(new Uri("https://a.dev/1"));
        Assert.Equal(first, signer.Authorize(new Uri("https://a.dev/2")));
        Assert.NotEqual(first, signer.Authorize(new Uri("https://a.dev:8443/1")));
        _time.Advance(TimeSpan.FromHours(11) - TimeSpan.FromSeconds(1));
        Assert.Equal(first, signer.Authorize(new Uri("https://a.dev/1")));
        _time.Advance(TimeSpan.FromSeconds(1));
        var second = signer.Authorize(new Uri("https://a.dev/1"));
        Assert.NotEqual(first, second);
        Assert.Equal(second, signer.Authorize(new Uri("https://a.dev/1")));
    }

    [Fact]
    public void A_token_from_before_the_clock_was_put_back_is_not_used()
    {
        using var key = VapidKey.Generate();
        var signer = new VapidSigner(key, Subject, _time);
        var first = signer.Authorize(new Uri("https://a.dev/"));
        _time.Advance(TimeSpan.FromMinutes(-30));
        Assert.Equal(first, signer.Authorize(new Uri("https://a.dev/")));
        _time.Advance(TimeSpan.FromDays(-1));
        Assert.NotEqual(first, signer.Authorize(new Uri("https://a.dev/")));
    }

    [Fact]
    public void What_is_kept_is_bounded_and_the_token_that_ends_first_goes_first()
    {
        using var key = VapidKey.Generate();
        var signer = new VapidSigner(key, Subject, _time);
        var oldest = signer.Authorize(new Uri("https://oldest.dev/"));
        _time.Advance(TimeSpan.FromSeconds(1));
        var next = signer.Authorize(new Uri("https://next.dev/"));
        _time.Advance(TimeSpan.FromSeconds(1));
        for (var number = 0; number < VapidSigner.MaxAudiences - 1; number++)
        {
            signer.Authorize(new Uri($"https://host{number}.dev/"));
        }

        Assert.Equal(next, signer.Authorize(new Uri("https://next.dev/")));
        Assert.NotEqual(oldest, signer.Authorize(new Uri("https://oldest.dev/")));
    }

    [Fact]
    public void Many_threads_get_one_token()
    {
        using var key = VapidKey.Generate();
        var signer = new VapidSigner(key, Subject, _time);
        var tokens = new string[200];
        Parallel.For(0, tokens.Length, at => tokens[at] = signer.Authorize(new Uri("https://a.dev/")));
        Assert.Single(tokens.Distinct());
    }

    [Fact]
    public void Keys_come_back_from_what_was_exported()
    {
        using var key = VapidKey.Generate();
        var privateKey = key.ExportPrivateKey();
        Assert.Equal(43, privateKey.Length);
        Assert.Equal(87, key.PublicKey.Length);
        using var again = VapidKey.Import(key.PublicKey, privateKey);
        Assert.Equal(key.PublicKey, again.PublicKey);
        Assert.Equal(privateKey, again.ExportPrivateKey());
        using var padded = VapidKey.Import(key.PublicKey + "=", privateKey + "=");
        Assert.Equal(key.PublicKey, padded.PublicKey);
    }

    [Fact]
    public void A_private_key_that_begins_with_zeros_keeps_its_32_bytes()
    {
        byte[] number = [0, 0, .. Enumerable.Range(1, 30).Select(one => (byte)one)];
        using var sender = new SenderKey(ECDiffieHellman.Create(P256.Parameters(number)));
        using var key = VapidKey.Import(Base64UrlText.Write(sender.Point), Base64UrlText.Write(number));
        Assert.Equal(Base64UrlText.Write(number), key.ExportPrivateKey());
    }

    [Fact]
    public void Keys_that_are_none_or_do_not_belong_together_are_refused()
    {
        using var one = VapidKey.Generate();
        using var other = VapidKey.Generate();
        Assert.Contains("belong together", Refusal(one.PublicKey, other.ExportPrivateKey()), StringComparison.Ordinal);
        Assert.Contains("public key", Refusal("", one.ExportPrivateKey()), StringComparison.Ordinal);
        Assert.Contains("public key", Refusal(one.PublicKey[..^2], one.ExportPrivateKey()), StringComparison.Ordinal);
        Assert.Contains("public key", Refusal(Base64UrlText.Write([4, .. new byte[64]]), one.ExportPrivateKey()), StringComparison.Ordinal);
        Assert.Contains("private key", Refusal(one.PublicKey, ""), StringComparison.Ordinal);
        Assert.Contains("private key", Refusal(one.PublicKey, Base64UrlText.Write(new byte[32])), StringComparison.Ordinal);
        Assert.Contains("private key", Refusal(one.PublicKey, one.ExportPrivateKey()[1..]), StringComparison.Ordinal);
    }

    private static string Refusal(string publicKey, string privateKey)
    {
        var message = Assert.Throws<FormatException>(() => VapidKey.Import(publicKey, privateKey)).Message;
        Assert.True(privateKey.Length == 0 || !message.Contains(privateKey, StringComparison.Ordinal));
        return message;
    }

    private static string TokenOf(string authorization) => authorization["vapid t=".Length..authorization.IndexOf(',', StringComparison.Ordinal)];
}
