using System.Security.Cryptography;
using System.Text;

namespace Carillon.WebPush;

/// <summary>Keys that are the same in every run, and the rare ones among them.</summary>
internal static class Keys
{
    private static readonly string Auth = Base64UrlText.Write("sixteen bytes ok"u8);

    /// <summary>The receiver with this number.</summary>
    public static PushDecryption Receiver(int number) => PushDecryption.Import(Base64UrlText.Write(PrivateKey("receiver", number)), Auth);

    /// <summary>The sender with this number.</summary>
    public static SenderKey Sender(int number) => new(ECDiffieHellman.Create(P256.Parameters(PrivateKey("sender", number))));

    public static byte[] PrivateKey(string role, int number) => SHA256.HashData(Encoding.UTF8.GetBytes($"{role} {number}"));

    /// <summary>The number of the first receiver whose point has a zero at this place: 1 is where x begins, 33 where y does.</summary>
    public static int ReceiverWithZeroAt(int place) => First(number =>
    {
        using var receiver = Receiver(number);
        return Base64UrlText.Read(receiver.P256dh)![place] == 0;
    });

    /// <summary>The number of the first sender whose point has a zero at this place.</summary>
    public static int SenderWithZeroAt(int place) => First(number =>
    {
        using var sender = Sender(number);
        return sender.Point[place] == 0;
    });

    /// <summary>The number of the first sender that shares a secret with this receiver which begins with a zero.</summary>
    public static int SenderWithZeroSecret(PushDecryption receiver) => First(number =>
    {
        using var sender = Sender(number);
        return Secret(sender, receiver)[0] == 0;
    });

    public static byte[] Secret(SenderKey sender, PushDecryption receiver)
    {
        var secret = new byte[P256.NumberLength];
        P256.Agree(sender.Key, Base64UrlText.Read(receiver.P256dh), secret);
        return secret;
    }

    // One in 256 will do.
    private static int First(Func<int, bool> does) => Enumerable.Range(0, 10_000).First(does);
}
