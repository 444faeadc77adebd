using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace Carillon.WebPush;

public sealed class ReadmeTests
{
    [Fact]
    public async Task The_example_works_with_a_service_that_answers()
    {
        using var receiver = PushDecryption.Generate();
        using var service = new ScriptedService(HttpStatusCode.Created);
        var json = Encoding.UTF8.GetBytes(
            $$$"""{"endpoint":"https://push.carillon.dev/a","keys":{"p256dh":"{{{receiver.P256dh}}}","auth":"{{{receiver.Auth}}}"}}""");
        Assert.Equal("sent", await ExampleAsync(json, service));
        Assert.Equal("Agent is idle", WebKitGrammar.Read(receiver.Decrypt(service.Bodies[0])).Title);
        Assert.Equal("A subscription is a JSON object with endpoint and keys", await ExampleAsync("{}"u8.ToArray(), service));
    }

    [Fact]
    public void The_example_of_the_page_is_the_one_that_is_compiled()
    {
        var page = File.ReadAllText(InRepository("src/Carillon.WebPush/README.md"));
        var shown = page.Split("```csharp\n")[1].Split("```")[0].Replace("new SocketsHttpHandler { AllowAutoRedirect = false }", "service, false", StringComparison.Ordinal);
        var source = File.ReadAllLines(InRepository("tests/Carillon.WebPush.Tests/ReadmeTests.cs")).Select(line => line.Length > 8 ? line[8..] : line.TrimStart());
        Assert.Contains(shown, string.Join('\n', source), StringComparison.Ordinal);
    }

    private static async Task<string> ExampleAsync(byte[] json, ScriptedService service)
    {
        // Once: make a key pair and keep both halves. Browsers bind their subscriptions to the public one.
        using var key = VapidKey.Generate();
        var (publicKey, privateKey) = (key.PublicKey, key.ExportPrivateKey());

        // For as long as the server runs. Never follow redirects: an endpoint is an address that a user supplied.
        using var http = new HttpClient(service, false);
        using var encryption = new PushEncryption();
        var sender = new PushSender(http, encryption, new VapidSigner(key, "mailto:you@your-domain.org"));

        // For each subscription that a browser gives.
        if (!PushSubscription.TryParseJson(json, out var subscription, out var objection))
        {
            return objection;
        }

        var message = new DeclarativeMessage { Title = "Agent is idle", Body = "Your turn", Navigate = new Uri("https://your-domain.org/sessions/7") };
        var outcome = await sender.SendAsync(subscription, new PushMessage
        {
            Payload = message.ToUtf8Json(),
            TimeToLive = TimeSpan.FromHours(1),
            Urgency = PushUrgency.High,
            Topic = "session-7",
        });
        return outcome switch
        {
            PushOutcome.Accepted => "sent",
            PushOutcome.Gone => "forget the subscription",
            PushOutcome.KeyMismatch => $"the browser has to subscribe again: {outcome.Words}",
            PushOutcome.TooLarge => "send less",
            PushOutcome.SlowDown { RetryAfter: var wait } => $"wait {wait}",
            PushOutcome.TryLater => "try again",
            _ => $"refused with {outcome.Status}: {outcome.Words}",
        };
    }

    private static string InRepository(string path, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "../..", path);
}
