using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Carillon.Protocol.Tests;
using FsCheck;
using FsCheck.Fluent;

namespace Carillon.WebPush;

public sealed class EncryptionTests
{
    private const string Endpoint = "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV";

    [Fact]
    public void The_example_of_RFC_8291_comes_out_byte_for_byte()
    {
        using var sender = new SenderKey(ECDiffieHellman.Create(P256.Parameters(Bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))));
        Assert.Equal(Bytes("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"), sender.Point);
        var subscription = PushSubscription.Parse(
            Endpoint, "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "BTBZMqHH6r4Tts7J_aSIgg");

        var body = PushEncryption.Seal(subscription, "When I grow up, I want to be a watermelon"u8, 0, sender, Bytes("DGv6ra1nlYgDCS1FRnbzlw"));

        const string Expected =
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
            + "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        Assert.Equal(Expected, Base64UrlText.Write(body));
        using var receiver = PushDecryption.Import("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94", "BTBZMqHH6r4Tts7J_aSIgg");
        Assert.Equal("When I grow up, I want to be a watermelon", Encoding.UTF8.GetString(receiver.Decrypt(body)));
        Assert.Equal("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", receiver.P256dh);
    }

    [Fact]
    public void The_first_example_of_RFC_8188_is_read_and_written()
    {
        var material = Bytes("yqdlZ-tYemfogSmv7Ws5PQ");
        var body = Bytes("I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg");
        Assert.Equal("I am the walrus"u8, ContentCoding.Decrypt(material, body));
        Assert.Equal(body, ContentCoding.Encrypt(material, body.AsSpan(0, 16), [], "I am the walrus"u8, 0, 4096));
    }

    [Fact]
    public void The_second_example_of_RFC_8188_has_two_records_which_Web_Push_forbids()
    {
        var body = Bytes("uNCkWiNYzKTnBN9ji3-qWAAAABkCYTHOG8chz_gnvgOqdGYovxyjuqRyJFjEDyoF1Fvkj6hQPdPHI51OEUKEpgz3SsLWIqS_uA");
        Assert.Equal("a1"u8, ContentCoding.KeyId(body));
        var error = Assert.Throws<CryptographicException>(() => ContentCoding.Decrypt(Bytes("BO3ZVPxUlnLORbVGMpbT1Q"), body));
        Assert.Contains("more than one record", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_is_encrypted_is_decrypted_to_the_same()
    {
        using var encryption = new PushEncryption();
        using var receiver = PushDecryption.Generate();
        var subscription = receiver.Subscription(Endpoint);
        var messages = Gen.Choose(0, PushEncryption.MaxPlaintextLength)
            .SelectMany(length => Gen.Choose(0, PushEncryption.MaxPlaintextLength - length).Select(padding => (length, padding)));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(messages.ToArbitrary(), message =>
        {
            var plaintext = RandomNumberGenerator.GetBytes(message.length);
            var body = encryption.Encrypt(subscription, plaintext, message.padding);
            return body.Length == message.length + message.padding + 103 && receiver.Decrypt(body).AsSpan().SequenceEqual(plaintext);
        }));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 3_993)]
    [InlineData(3_993, 0)]
    [InlineData(1, 3_992)]
    public void The_largest_messages_fill_4096_bytes_and_no_more(int length, int padding)
    {
        using var encryption = new PushEncryption();
        using var receiver = PushDecryption.Generate();
        var plaintext = new byte[length];
        var body = encryption.Encrypt(receiver.Subscription(Endpoint), plaintext, padding);
        Assert.Equal(length + padding + 103, body.Length);
        Assert.True(body.Length <= 4_096);
        Assert.Equal(plaintext, receiver.Decrypt(body));
    }

    [Fact]
    public void What_is_too_large_is_refused_with_the_limit_in_words()
    {
        using var encryption = new PushEncryption();
        using var receiver = PushDecryption.Generate();
        var subscription = receiver.Subscription(Endpoint);
        var error = Assert.Throws<ArgumentException>(() => encryption.Encrypt(subscription, new byte[3_994]));
        Assert.Contains("3993", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => encryption.Encrypt(subscription, new byte[3_000], 994));
        Assert.Throws<ArgumentOutOfRangeException>(() => encryption.Encrypt(subscription, [], -1));
    }

    [Fact]
    public void Zeros_in_front_of_coordinates_and_secrets_count()
    {
        int[] places = [1, 33];
        var receivers = places.Select(Keys.ReceiverWithZeroAt).ToArray();
        var senders = places.Select(Keys.SenderWithZeroAt).ToArray();
        foreach (var (receiverNumber, senderNumber) in receivers.SelectMany(one => senders.Append(0).Select(other => (one, other))).Append((0, senders[0])))
        {
            using var receiver = Keys.Receiver(receiverNumber);
            using var sender = Keys.Sender(senderNumber);
            Assert.Equal("zero"u8, receiver.Decrypt(Encrypted(receiver, sender, "zero"u8)));
        }

        using var usual = Keys.Receiver(0);
        using var rare = Keys.Sender(Keys.SenderWithZeroSecret(usual));
        var secret = Keys.Secret(rare, usual);
        Assert.Equal(0, secret[0]);

        // Both sides could forget the zero and still understand each other, so the secret is computed by other means as well.
        Assert.Equal(Reference.SharedSecret(rare.Key.ExportParameters(true).D, Bytes(usual.P256dh)), secret);
        Assert.Equal("zero"u8, usual.Decrypt(Encrypted(usual, rare, "zero"u8)));
    }

    [Fact]
    public void A_salt_that_begins_with_zeros_counts_whole()
    {
        using var receiver = Keys.Receiver(0);
        using var sender = Keys.Sender(0);
        byte[] salt = [0, 0, 0, .. Enumerable.Range(1, 13).Select(one => (byte)one)];
        var body = PushEncryption.Seal(receiver.Subscription(Endpoint), "salt"u8, 0, sender, salt);
        Assert.Equal(salt, body[..16]);
        Assert.Equal("salt"u8, receiver.Decrypt(body));
    }

    [Fact]
    public void A_body_with_any_bit_turned_is_refused()
    {
        using var receiver = Keys.Receiver(0);
        using var sender = Keys.Sender(0);
        var body = Encrypted(receiver, sender, "bits"u8, padding: 3);
        for (var bit = 0; bit < body.Length * 8; bit++)
        {
            var tampered = (byte[])body.Clone();
            tampered[bit / 8] ^= (byte)(1 << (bit % 8));

            // The record size is not part of what is sealed: a larger one changes nothing, as long as there is one record.
            if (bit / 8 is >= 16 and < 20 && BinaryPrimitives.ReadUInt32BigEndian(tampered.AsSpan(16)) >= body.Length - 86)
            {
                Assert.Equal("bits"u8, receiver.Decrypt(tampered));
                continue;
            }

            Assert.ThrowsAny<CryptographicException>(() => receiver.Decrypt(tampered));
        }
    }

    [Fact]
    public void A_body_that_was_cut_or_is_longer_is_refused()
    {
        using var receiver = Keys.Receiver(0);
        using var sender = Keys.Sender(0);
        var body = Encrypted(receiver, sender, "whole"u8);
        for (var length = 0; length < body.Length; length++)
        {
            Assert.ThrowsAny<CryptographicException>(() => receiver.Decrypt(body.AsSpan(0, length)));
        }

        Assert.ThrowsAny<CryptographicException>(() => receiver.Decrypt([.. body, 0]));
        Assert.ThrowsAny<CryptographicException>(() => receiver.Decrypt(new byte[4_097]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0000")]
    [InlineData("61")]
    [InlineData("6101")]
    [InlineData("610200000001")]
    [InlineData("6103")]
    public void A_record_without_its_delimiter_is_refused(string record)
    {
        using var receiver = Keys.Receiver(0);
        Assert.ThrowsAny<CryptographicException>(() => receiver.Decrypt(Sealed(receiver, Convert.FromHexString(record), 4096)));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(17u)]
    [InlineData(18u)]
    public void A_record_size_that_does_not_fit_is_refused(uint size)
    {
        using var receiver = Keys.Receiver(0);
        Assert.ThrowsAny<CryptographicException>(() => receiver.Decrypt(Sealed(receiver, [1, 2, 3, 2], size)));
        Assert.Equal([1, 2, 3], receiver.Decrypt(Sealed(receiver, [1, 2, 3, 2], 20)));
    }

    [Fact]
    public void A_message_for_somebody_else_is_refused()
    {
        using var receiver = Keys.Receiver(0);
        using var other = Keys.Receiver(1);
        using var sender = Keys.Sender(0);
        Assert.ThrowsAny<CryptographicException>(() => other.Decrypt(Encrypted(receiver, sender, "mine"u8)));
        using var otherSecret = PushDecryption.Import(Base64UrlText.Write(Keys.PrivateKey("receiver", 0)), Base64UrlText.Write(new byte[16]));
        Assert.Equal(receiver.P256dh, otherSecret.P256dh);
        Assert.ThrowsAny<CryptographicException>(() => otherSecret.Decrypt(Encrypted(receiver, sender, "mine"u8)));
    }

    [Fact]
    public void Each_message_has_its_own_salt_and_its_own_key_unless_a_key_may_live()
    {
        var time = new ManualTime();
        using var receiver = Keys.Receiver(0);
        var subscription = receiver.Subscription(Endpoint);
        using var fresh = new PushEncryption(time: time);
        using var kept = new PushEncryption(TimeSpan.FromMinutes(10), time);

        var (one, two) = (fresh.Encrypt(subscription, "x"u8), fresh.Encrypt(subscription, "x"u8));
        Assert.NotEqual(one[..16], two[..16]);
        Assert.NotEqual(one[21..86], two[21..86]);

        (one, two) = (kept.Encrypt(subscription, "x"u8), kept.Encrypt(subscription, "x"u8));
        Assert.NotEqual(one[..16], two[..16]);
        Assert.Equal(one[21..86], two[21..86]);
        Assert.NotEqual(one[86..], two[86..]);
        Assert.Equal("x"u8, receiver.Decrypt(two));

        time.Advance(TimeSpan.FromMinutes(10));
        Assert.NotEqual(one[21..86], kept.Encrypt(subscription, "x"u8)[21..86]);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PushEncryption(TimeSpan.FromHours(25)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PushEncryption(TimeSpan.FromTicks(-1)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public void What_was_disposed_encrypts_nothing(int minutes)
    {
        using var receiver = Keys.Receiver(0);
        var encryption = new PushEncryption(TimeSpan.FromMinutes(minutes));
        encryption.Encrypt(receiver.Subscription(Endpoint), "x"u8);
        encryption.Dispose();
        Assert.Throws<ObjectDisposedException>(() => encryption.Encrypt(receiver.Subscription(Endpoint), "x"u8));
    }

    [Fact]
    public void Many_threads_may_encrypt_and_decrypt_at_once()
    {
        using var receiver = PushDecryption.Generate();
        var subscription = receiver.Subscription(Endpoint);
        using var kept = new PushEncryption(TimeSpan.FromHours(1));
        Parallel.For(0, 500, number =>
        {
            var plaintext = BitConverter.GetBytes(number);
            Assert.Equal(plaintext, receiver.Decrypt(kept.Encrypt(subscription, plaintext)));
        });
    }

    [Theory]
    [InlineData("", "BTBZMqHH6r4Tts7J_aSIgg")]
    [InlineData("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM9", "BTBZMqHH6r4Tts7J_aSIgg")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "BTBZMqHH6r4Tts7J_aSIgg")]
    [InlineData("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE", "BTBZMqHH6r4Tts7J_aSIgg")]
    [InlineData("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94", "BTBZMqHH6r4Tts7J_aSI")]
    [InlineData("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94", "")]
    public void Keys_that_are_none_are_refused(string privateKey, string auth) =>
        Assert.Throws<FormatException>(() => PushDecryption.Import(privateKey, auth));

    private static byte[] Bytes(string text) => Base64UrlText.Read(text)!;

    private static byte[] Encrypted(PushDecryption receiver, SenderKey sender, ReadOnlySpan<byte> plaintext, int padding = 0) =>
        PushEncryption.Seal(receiver.Subscription(Endpoint), plaintext, padding, sender, "0123456789abcdef"u8);

    /// <summary>A body whose seal is good and whose record is whatever the test wants.</summary>
    private static byte[] Sealed(PushDecryption receiver, byte[] record, uint recordSize)
    {
        using var sender = Keys.Sender(0);
        var subscription = receiver.Subscription(Endpoint);
        var salt = "0123456789abcdef"u8.ToArray();
        var material = new byte[KeyingMaterial.Length];
        KeyingMaterial.Derive(sender.Key, subscription.P256dh, subscription.Auth, subscription.P256dh, sender.Point, material);
        var key = HKDF.DeriveKey(HashAlgorithmName.SHA256, material, 16, salt, "Content-Encoding: aes128gcm\0"u8.ToArray());
        var nonce = HKDF.DeriveKey(HashAlgorithmName.SHA256, material, 12, salt, "Content-Encoding: nonce\0"u8.ToArray());
        using var cipher = new AesGcm(key, 16);
        var (text, tag, size) = (new byte[record.Length], new byte[16], new byte[4]);
        cipher.Encrypt(nonce, record, text, tag);
        BinaryPrimitives.WriteUInt32BigEndian(size, recordSize);
        return [.. salt, .. size, 65, .. sender.Point, .. text, .. tag];
    }

    /// <summary>The curve by the schoolbook, slow and short.</summary>
    private static class Reference
    {
        private static readonly BigInteger P = BigInteger.Pow(2, 256) - BigInteger.Pow(2, 224) + BigInteger.Pow(2, 192) + BigInteger.Pow(2, 96) - 1;

        public static byte[] SharedSecret(byte[]? privateKey, byte[] point)
        {
            var factor = Number(privateKey);
            var step = (X: Number(point.AsSpan(1, 32)), Y: Number(point.AsSpan(33)));
            (BigInteger X, BigInteger Y)? sum = null;
            for (; !factor.IsZero; factor >>= 1)
            {
                if (!factor.IsEven)
                {
                    sum = sum is { } so ? Add(so, step) : step;
                }

                step = Add(step, step);
            }

            var secret = sum!.Value.X.ToByteArray(isUnsigned: true, isBigEndian: true);
            return [.. new byte[32 - secret.Length], .. secret];
        }

        private static (BigInteger X, BigInteger Y) Add((BigInteger X, BigInteger Y) one, (BigInteger X, BigInteger Y) two)
        {
            var slope = one == two ? ((3 * one.X * one.X) - 3) * Inverse(2 * one.Y) : (two.Y - one.Y) * Inverse(two.X - one.X);
            var x = Rest((slope * slope) - one.X - two.X);
            return (x, Rest((slope * (one.X - x)) - one.Y));
        }

        private static BigInteger Inverse(BigInteger number) => BigInteger.ModPow(Rest(number), P - 2, P);

        private static BigInteger Rest(BigInteger number) => ((number % P) + P) % P;

        private static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);
    }
}
