using System.Globalization;
using System.Text;
using Carillon.Push;
using Carillon.WebPush;
using Other = Lib.Net.Http.WebPush;

// The processor time of a message from payload to request, here and in Lib.Net.Http.WebPush, in turn and in one process. Prints one line of JSON.
//   carillon-push [MESSAGES] [ROUNDS]
var messages = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5_000;
var rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 7;

const string Subject = "mailto:push@carillon.dev";
var text = new string('x', 500);
var payload = Encoding.UTF8.GetBytes(text);
using var service = new AnsweringService();
using var http = new HttpClient(service);
using var key = VapidKey.Generate();
var receivers = Enumerable.Range(0, 100).Select(_ => PushDecryption.Generate()).ToArray();

var signer = new VapidSigner(key, Subject);
using var freshKeys = new PushEncryption();
using var keptKey = new PushEncryption(TimeSpan.FromHours(1));
var subscriptions = receivers.Select(receiver => receiver.Subscription("https://push.carillon.dev/a")).ToArray();
var message = new PushMessage { Payload = payload };

using var authentication = new Other.Authentication.VapidAuthentication(key.PublicKey, key.ExportPrivateKey()) { Subject = Subject, TokenCache = new KeptTokens() };
var otherClient = new Other.PushServiceClient(http) { DefaultAuthentication = authentication };
var otherSubscriptions = receivers.Select(receiver =>
{
    var subscription = new Other.PushSubscription { Endpoint = "https://push.carillon.dev/a" };
    subscription.SetKey(Other.PushEncryptionKeyName.P256DH, receiver.P256dh);
    subscription.SetKey(Other.PushEncryptionKeyName.Auth, receiver.Auth);
    return subscription;
}).ToArray();

(string Name, Func<int, Task> Send)[] ways =
[
    ("fresh", Ours(freshKeys)),
    ("kept", Ours(keptKey)),
    ("other", number => otherClient.RequestPushMessageDeliveryAsync(otherSubscriptions[number], new Other.PushMessage(text))),
];

// Each must be readable, or it is quick for nothing.
foreach (var (_, send) in ways)
{
    await send(0);
    if (!receivers[0].Decrypt(service.LastBody).AsSpan().SequenceEqual(payload))
    {
        return 1;
    }
}

var times = ways.ToDictionary(way => way.Name, _ => new List<double>());
for (var round = -1; round < rounds; round++)
{
    foreach (var (name, send) in ways)
    {
        var before = Environment.CpuUsage.TotalTime;
        for (var number = 0; number < messages; number++)
        {
            await send(number % receivers.Length);
        }

        // The first round warms up.
        if (round >= 0)
        {
            times[name].Add((Environment.CpuUsage.TotalTime - before).TotalMicroseconds / messages);
        }
    }
}

Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $$"""{"scenario":"push","label":null,"messages":{{messages}},"rounds":{{rounds}},"cpuUs":{{Median(times["fresh"]):0}},"keptKeyCpuUs":{{Median(times["kept"]):0}},"otherCpuUs":{{Median(times["other"]):0}},"otherToOurs":{{Ratio("other", "fresh"):0.00}},"freshToKept":{{Ratio("fresh", "kept"):0.00}},"ok":true}"""));
return 0;

Func<int, Task> Ours(PushEncryption encryption)
{
    var sender = new PushSender(http, encryption, signer);
    return number => sender.SendAsync(subscriptions[number], message);
}

// Of neighbours in time, so that what else the machine does touches both.
double Ratio(string one, string other) => Median([.. times[one].Zip(times[other], (first, second) => first / second)]);

static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);
