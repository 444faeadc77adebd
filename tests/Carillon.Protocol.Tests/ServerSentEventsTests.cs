using System.Text;

namespace Carillon.Protocol.Tests;

public sealed class ServerSentEventsTests
{
    /// <summary>The stream, then what it dispatches as <c>type|id|data</c>.</summary>
    public static TheoryData<string, string[]> Streams => new()
    {
        { "data: one\n\n", ["message||one"] },
        { "data: one\r\ndata:two\r\n\r\n", ["message||one\ntwo"] },
        { "data: one\r\rdata: two\r\r", ["message||one", "message||two"] },
        { "data\n\n", ["message||"] },
        { "data\ndata\n\n", ["message||\n"] },
        { "data:\n\n", ["message||"] },
        { "data:  two spaces\n\n", ["message||" + " two spaces"] },
        { "data: no end", [] },
        { "data: one\n", [] },
        { ": comment\n\n:\n\ndata: x\n\n", ["message||x"] },
        { "event: add\ndata: 1\n\ndata: 2\n\n", ["add||1", "message||2"] },
        { "event: add\n\ndata: 2\n\n", ["message||2"] },
        { "id: 7\ndata: 1\n\ndata: 2\n\n", ["message|7|1", "message|7|2"] },
        { "id: 7\n\ndata: 2\n\n", ["message|7|2"] },
        { "id: 7\ndata: 1\n\nid\ndata: 2\n\n", ["message|7|1", "message||2"] },
        { "id: 7\ndata: 1\n\nid: 8\0\ndata: 2\n\n", ["message|7|1", "message|7|2"] },
        { "\uFEFFdata: marked\n\n", ["message||marked"] },
        { "\uFEFF\uFEFFdata: twice\n\n", [] },
        { "data: a\uFEFFb\n\n", ["message||a\uFEFFb"] },
        { "unknown: x\ndata: é😀\n\n", ["message||é😀"] },
        { "data: a:b: c\n\n", ["message||a:b: c"] },
        { "Data: no\n\ndata : no\n\n", [] },
        { "event: x\r\nid: 1\r\ndata: mixed\rdata: ends\n\r\n", ["x|1|mixed\nends"] },
        { "\n\n\r\n\rdata: after nothing\n\n", ["message||after nothing"] },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public void A_stream_means_the_same_however_it_is_split(string stream, string[] expected)
    {
        var bytes = Encoding.UTF8.GetBytes(stream);
        Assert.Equal(expected, Parse([bytes]));
        Assert.Equal(expected, Parse(bytes.Select(one => new[] { one })));
        for (var at = 0; at <= bytes.Length; at++)
        {
            Assert.Equal(expected, Parse([bytes[..at], bytes[at..]]));
        }
    }

    [Fact]
    public void Random_streams_in_random_pieces_are_read_as_the_standard_says()
    {
        string[] parts =
        [
            "data", "data:", "data: ", "id", "id: ", "event:", "retry: 5", ":", " ", "x", "é", "\0", "\uFEFF", "7",
            "\n", "\r", "\r\n", "\n\n", "\r\n\r\n", "\r\r", "\r\n\n",
        ];
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var stream = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => parts[random.Next(parts.Length)]));
            var bytes = Encoding.UTF8.GetBytes(stream);
            var pieces = new List<byte[]>();
            for (var at = 0; at < bytes.Length;)
            {
                var length = Math.Min(random.Next(0, 6), bytes.Length - at);
                pieces.Add(bytes[at..(at + length)]);
                at += length;
            }

            Assert.True(Reference(stream).SequenceEqual(Parse(pieces)), $"seed {seed}");
        }
    }

    [Fact]
    public void Large_events_grow_the_buffers_and_leave_nothing_behind()
    {
        var large = new string('x', 300_000);
        var stream = $"data: {large}\ndata: {large}\n\ndata: small\n\n";
        Assert.Equal([$"message||{large}\n{large}", "message||small"], Parse(Encoding.UTF8.GetBytes(stream).Chunk(1000)));
    }

    [Theory]
    [InlineData("data: 0123456789\n\n")]
    [InlineData("data: 01234\ndata: 56789\n\n")]
    [InlineData(": a comment without an end")]
    public void An_event_beyond_the_limit_is_refused(string stream)
    {
        using var parser = new ServerSentEvents(limit: 10);
        parser.Feed(Encoding.UTF8.GetBytes(stream));
        Assert.Throws<InvalidDataException>(() => parser.TryRead(out _));
    }

    [Theory]
    [InlineData("retry: 2000\n\n", 2000)]
    [InlineData("retry:15\n", 15)]
    [InlineData("retry: 2s\n", null)]
    [InlineData("retry: -1\n", null)]
    [InlineData("retry\n", null)]
    [InlineData("retry: 99999999999\n", null)]
    public void Only_digits_set_the_reconnection_time(string stream, int? milliseconds)
    {
        using var parser = new ServerSentEvents();
        parser.Feed(Encoding.UTF8.GetBytes(stream));
        Assert.False(parser.TryRead(out _));
        Assert.Equal(milliseconds, parser.Retry?.TotalMilliseconds);
    }

    [Fact]
    public void An_event_knows_whether_the_id_is_its_own_and_an_unfinished_frame_moves_nothing()
    {
        using var parser = new ServerSentEvents();
        parser.Feed("id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: cut"u8);
        Assert.True(parser.TryRead(out var own));
        Assert.True(own.HasOwnId);
        Assert.True(parser.TryRead(out var inherited));
        Assert.False(inherited.HasOwnId);
        Assert.False(parser.TryRead(out _));
        Assert.Equal("1", parser.LastEventId);
    }

    [Fact]
    public void An_event_is_dispatched_at_a_carriage_return_without_waiting_for_a_line_feed()
    {
        using var parser = new ServerSentEvents();
        parser.Feed("data: now\r\n\r"u8);
        Assert.True(parser.TryRead(out var next));
        Assert.Equal("now", next.Text);
        parser.Feed("\ndata: then\r\n\r\n"u8);
        Assert.True(parser.TryRead(out next));
        Assert.Equal("then", next.Text);
    }

    private static List<string> Parse(IEnumerable<byte[]> pieces)
    {
        using var parser = new ServerSentEvents();
        var events = new List<string>();
        foreach (var piece in pieces)
        {
            parser.Feed(piece);
            while (parser.TryRead(out var next))
            {
                events.Add($"{next.Type}|{next.Id}|{next.Text}");
            }
        }

        return events;
    }

    /// <summary>The standard's text, as plainly as it can be written.</summary>
    private static List<string> Reference(string stream)
    {
        var events = new List<string>();
        var (data, type, id) = ("", "", "");
        var text = (stream.StartsWith('\uFEFF') ? stream[1..] : stream).Replace("\r\n", "\n").Replace('\r', '\n');
        var lines = text.Split('\n');
        foreach (var line in lines[..^1])
        {
            if (line.Length == 0)
            {
                if (data.Length > 0)
                {
                    events.Add($"{(type.Length > 0 ? type : "message")}|{id}|{data[..^1]}");
                }

                (data, type) = ("", "");
                continue;
            }

            var colon = line.IndexOf(':');
            var (field, value) = colon < 0 ? (line, "") : (line[..colon], line[(colon + 1)..]);
            value = value.StartsWith(' ') ? value[1..] : value;
            switch (field)
            {
                case "data":
                    data += value + "\n";
                    break;
                case "event":
                    type = value;
                    break;
                case "id" when !value.Contains('\0'):
                    id = value;
                    break;
            }
        }

        return events;
    }
}
