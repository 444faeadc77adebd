using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Carillon.WebPush;

/// <summary>Both ways with npm's <c>web-push</c> and <c>http_ece</c>, which others' messages are made and read with.</summary>
public sealed class InteropTests
{
    private const int Messages = 1_000;
    private const string Endpoint = "https://push.carillon.dev/a";

    [Fact]
    public async Task What_web_push_encrypts_is_read_here()
    {
        var random = new Random(8291);
        var plaintexts = Enumerable.Range(0, Messages).Select(_ => Plaintext(random)).ToArray();
        using var rare = Keys.Receiver(Keys.ReceiverWithZeroAt(1));
        var bodies = await AskAsync(plaintexts.Select((plaintext, number) => new JsonObject
        {
            ["ask"] = "encrypt",
            ["p256dh"] = Of(number, rare, receiver => receiver.P256dh),
            ["auth"] = rare.Auth,
            ["plaintext"] = Base64UrlText.Write(plaintext),
        }));
        for (var number = 0; number < Messages; number++)
        {
            using var receiver = Keys.Receiver(number);
            Assert.Equal(plaintexts[number], (number % 2 == 0 ? rare : receiver).Decrypt(Base64UrlText.Read(bodies[number])));
        }
    }

    [Fact]
    public async Task What_is_encrypted_here_is_read_by_http_ece()
    {
        var random = new Random(8188);
        var plaintexts = Enumerable.Range(0, Messages).Select(_ => Plaintext(random)).ToArray();
        var rare = Keys.ReceiverWithZeroAt(33);
        using var fresh = new PushEncryption();
        using var kept = new PushEncryption(TimeSpan.FromHours(1));
        var read = await AskAsync(plaintexts.Select((plaintext, number) =>
        {
            var key = number % 2 == 0 ? rare : number;
            using var receiver = Keys.Receiver(key);
            var padding = random.Next(Math.Min(300, PushEncryption.MaxPlaintextLength - plaintext.Length + 1));
            return Decrypt(key, receiver, (number % 3 == 0 ? kept : fresh).Encrypt(receiver.Subscription(Endpoint), plaintext, padding));
        }));
        Assert.Equal(plaintexts.Select(plaintext => Base64UrlText.Write(plaintext)), read);
    }

    [Fact]
    public async Task A_shared_secret_that_begins_with_a_zero_is_the_same_for_both()
    {
        using var receiver = Keys.Receiver(0);
        using var sender = Keys.Sender(Keys.SenderWithZeroSecret(receiver));
        var body = PushEncryption.Seal(receiver.Subscription(Endpoint), "zero"u8, 0, sender, new byte[16]);
        Assert.Equal([Base64UrlText.Write("zero"u8)], await AskAsync([Decrypt(0, receiver, body)]));
    }

    private static JsonObject Decrypt(int number, PushDecryption receiver, byte[] body) => new()
    {
        ["ask"] = "decrypt",
        ["privateKey"] = Base64UrlText.Write(Keys.PrivateKey("receiver", number)),
        ["auth"] = receiver.Auth,
        ["body"] = Base64UrlText.Write(body),
    };

    private static string Of(int number, PushDecryption rare, Func<PushDecryption, string> what)
    {
        using var receiver = Keys.Receiver(number);
        return what(number % 2 == 0 ? rare : receiver);
    }

    // Of every length, and the ends more often than chance would have them.
    private static byte[] Plaintext(Random random)
    {
        var plaintext = new byte[random.Next(10) switch { 0 => 0, 1 => PushEncryption.MaxPlaintextLength, _ => random.Next(PushEncryption.MaxPlaintextLength) }];
        random.NextBytes(plaintext);
        return plaintext;
    }

    private static async Task<string[]> AskAsync(IEnumerable<JsonObject> questions)
    {
        var web = Path.GetFullPath(InRepository("web"));
        if (!Directory.Exists(Path.Combine(web, "node_modules/web-push")) || !Directory.Exists(Path.Combine(web, "node_modules/http_ece")))
        {
            Missing.Report("web-push and http_ece are missing: npm --prefix web ci");
        }

        using var node = Start(InRepository("tests/Carillon.WebPush.Tests/interop.mjs"), web);
        var said = node.StandardOutput.ReadToEndAsync();
        var complaints = node.StandardError.ReadToEndAsync();
        foreach (var question in questions)
        {
            await node.StandardInput.WriteLineAsync(question.ToJsonString());
        }

        node.StandardInput.Close();
        await node.WaitForExitAsync();
        Assert.Equal("", await complaints);
        return (await said).Split('\n', StringSplitOptions.TrimEntries)[..^1];
    }

    private static Process Start(string script, string web)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("node", [script, web])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Missing.Report("node is missing: apt-get install nodejs");
            throw;
        }
    }

    private static string InRepository(string path, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "../..", path);
}
